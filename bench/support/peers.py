"""The programs that are measured: ours, a server of the same SDK that does nothing, and mcp-grafana."""

import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from tests.end_to_end.support.process import MILEPOST

NO_OP = Path(__file__).with_name("no_op.py")


@dataclass(frozen=True)
class Program:
    """A server over stdio: what starts it."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict[str, str])


def milepost(database: Path) -> Program:
    return Program("milepost mcp", (MILEPOST, "mcp"), {"MILEPOST_BACKEND": f"sqlite:///{database}"})


def no_op() -> Program:
    """A bare MCPServer with one tool that returns its argument."""
    return Program("no-op MCPServer", (sys.executable, str(NO_OP)))


def grafana(url: str) -> Program:
    """mcp-grafana with its annotation tools alone, talking to a Grafana at `url`."""
    package = find_spec("mcp_grafana")
    if package is None or package.origin is None:
        raise SystemExit("mcp-grafana is not installed: run `make bench`, which installs it")
    binary = Path(package.origin).parent / "bin" / "mcp-grafana"
    binary.chmod(0o755)  # pip installs package data without the executable bit
    env = {"GRAFANA_URL": url, "GRAFANA_SERVICE_ACCOUNT_TOKEN": "bench"}
    return Program("mcp-grafana", (str(binary), "-enabled-tools", "annotations"), env)
