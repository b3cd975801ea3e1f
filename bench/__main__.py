"""Runs the benches named on the command line, or all of them, each in a process of its own."""

import pkgutil
import subprocess
import sys

import bench


def names() -> list[str]:
    return [
        module.name for module in pkgutil.iter_modules(bench.__path__) if not module.ispkg and module.name != "__main__"
    ]


def main(chosen: list[str]) -> int:
    known = names()
    unknown = [name for name in chosen if name not in known]
    if unknown:
        print(f"No bench is called {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    failed = 0
    for name in chosen or known:
        print(f"\n== {name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
