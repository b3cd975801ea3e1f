"""Pages that only tests and benches open, built from `server/web/harness`: the chart by itself, and a host of MCP Apps."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.end_to_end.support.node import NODE

WEB = Path(__file__).parents[3] / "server" / "web"
BUILD_SECONDS = 120


def build_harness(folder: Path) -> None:
    """Build the pages into `folder`."""
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    assert vite.exists(), "what the pages are built with is not installed: run `make web`"
    command = [str(NODE), str(vite), "build", "--config", "vite.harness.config.ts", "--outDir", str(folder)]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    assert done.returncode == 0, done.stderr


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what goes wrong shows in the browser."""


@contextmanager
def serving_harness(folder: Path) -> Generator[str]:
    """The address under which `folder` is served meanwhile."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
