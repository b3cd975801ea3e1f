"""Pages that tests open, built from `server/web/harness`, and a server on loopback for them."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from milepost.interfaces.mcp_server.timeline_page import BUILT_PAGE
from tests.end_to_end.support.node import NODE

WEB: Final = Path(__file__).parents[2] / "server" / "web"
BUILD_SECONDS: Final = 120
APP_PATH: Final = "/app.html"
SPECIFIED: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self' data:; connect-src 'none'"
)
"""What hosts allow a page that asks for nothing: MCP Apps 2026-01-26, "Content Security Policy"."""


def build_harness(folder: Path) -> None:
    """Build the pages into `folder`."""
    vite = WEB / "node_modules/vite/bin/vite.js"
    assert vite.exists(), "the web packages are not installed: run `npm ci --ignore-scripts` in server/web"
    command = [str(NODE), str(vite), "build", "--config", "vite.harness.config.ts", "--outDir", str(folder)]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    assert done.returncode == 0, done.stderr


class _Pages(SimpleHTTPRequestHandler):
    """The harness, and the App under the policy of hosts."""

    def do_GET(self) -> None:
        if self.path != APP_PATH:
            super().do_GET()
            return
        body = BUILT_PAGE.read_bytes()
        self.send_response(200)
        headers: Mapping[str, str] = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": SPECIFIED,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: what goes wrong shows in the browser."""


@contextmanager
def serving_pages(folder: Path) -> Generator[str]:
    """The address under which `folder` is served meanwhile."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
