"""haproxy in front of two servers, as `examples/deploy/haproxy.cfg` sets it up."""

import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.support.pipelines import EXAMPLES
from tests.end_to_end.support.process import Server, free_port, started

CONFIGURATION = EXAMPLES / "deploy" / "haproxy.cfg"


def haproxy() -> str:
    found = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert found is not None, "haproxy is missing: run `make tools`"
    return found


def configuration(port: int, ports: Sequence[int]) -> str:
    """The example with these ports of loopback in place of its host names."""
    text = CONFIGURATION.read_text().replace("bind :8080", f"bind 127.0.0.1:{port}")
    for number, backend in enumerate(ports, 1):
        text = text.replace(f"milepost{number}:8080", f"127.0.0.1:{backend}")
    return text


@contextmanager
def balanced(servers: Sequence[Server], folder: Path) -> Generator[str]:
    """The URL under which all of them are reached."""
    port, file = free_port(), folder / "haproxy.cfg"
    file.write_text(configuration(port, [server.port for server in servers]))
    with started([haproxy(), "-f", str(file)], {}, port, folder / "haproxy.log") as balancer:
        yield balancer.url


def check(file: Path) -> subprocess.CompletedProcess[str]:
    """What haproxy says of a configuration."""
    return subprocess.run([haproxy(), "-c", "-f", str(file)], capture_output=True, text=True, check=False)
