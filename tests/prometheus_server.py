"""A Prometheus of the tests' own, on a free port of loopback, with a past that is written into it before it starts.

    with running_prometheus([Traffic({"service": "checkout"}, start, end, ...)]) as prometheus:
        ... MILEPOST_PROMETHEUS_URL=prometheus.url

The programs `prometheus` and `promtool` come from Debian's packages (tests/end_to_end/install_programs prometheus).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.interfaces.http_world import free_port

SCRAPE_SECONDS = 15
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
START_SECONDS = 20.0
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
Rates = Mapping[str, float]
"""Requests a second, by status (`{"200": 9, "500": 1}`)."""
Spread = tuple[float, ...]
"""Which share of all requests took no longer than each of `BUCKETS`; ascending, none behind the last."""


def _quick(_: int) -> Spread:
    return (0.5, 0.9, 0.99, 1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Traffic:
    """What one service was asked, from `start` to `end` in seconds since 1970, a sample every `SCRAPE_SECONDS`.

    `rates` and `spread` say how it was in the interval that ends at a moment. `status_label` is what holds the status.
    """

    labels: Mapping[str, str]
    start: int
    end: int
    rates: Callable[[int], Rates]
    spread: Callable[[int], Spread] = _quick
    status_label: str = "code"


@dataclass
class _Counters:
    """Where the counters of one service stand."""

    traffic: Traffic
    requests: dict[str, float] = field(default_factory=dict[str, float])
    buckets: list[float] = field(default_factory=lambda: [0.0] * len(BUCKETS))

    def samples(self) -> Iterator[tuple[str, str, int, float]]:
        """Family, series, moment, value; each series from zero on, as a service that has just started."""
        traffic = self.traffic
        for moment in range(traffic.start, traffic.end + 1, SCRAPE_SECONDS):
            if moment > traffic.start:
                self._count(moment)
            else:
                self.requests = dict.fromkeys(traffic.rates(moment), 0.0)
            for status, count in self.requests.items():
                labels = {**traffic.labels, traffic.status_label: status}
                yield "requests", f"http_requests_total{_labels(labels)}", moment, count
            for bound, count in zip(
                (*map(str, BUCKETS), "+Inf"), (*self.buckets, sum(self.requests.values())), strict=True
            ):
                labels = {**traffic.labels, "le": bound}
                yield "seconds", f"http_request_duration_seconds_bucket{_labels(labels)}", moment, count

    def _count(self, moment: int) -> None:
        rates = self.traffic.rates(moment)
        for status, rate in rates.items():
            self.requests[status] = self.requests.get(status, 0.0) + rate * SCRAPE_SECONDS
        total = sum(rates.values()) * SCRAPE_SECONDS
        self.buckets = [
            count + share * total for count, share in zip(self.buckets, self.traffic.spread(moment), strict=True)
        ]


def _labels(labels: Mapping[str, str]) -> str:
    escaped = {
        name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"


def write_history(traffics: Iterable[Traffic], folder: Path) -> None:
    """Blocks of a Prometheus' storage in `folder`, by `promtool tsdb create-blocks-from openmetrics`."""
    families: dict[str, list[str]] = {"requests": [], "seconds": []}
    for traffic in traffics:
        for family, series, moment, value in _Counters(traffic).samples():
            families[family].append(f"{series} {value!r} {moment}")
    lines = [
        "# TYPE http_requests counter", *families["requests"],
        "# TYPE http_request_duration_seconds histogram", *families["seconds"],
        "# EOF", "",
    ]  # fmt: skip
    text = folder.with_suffix(".openmetrics")
    text.write_text("\n".join(lines))
    _run("promtool", "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder))
    text.unlink()


@dataclass(frozen=True)
class Prometheus:
    """A running one."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_prometheus(
    traffics: Iterable[Traffic] = (), configuration: str = "global: {}\n", *options: str
) -> Generator[Prometheus]:
    """One that has that past, ended and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="milepost-prometheus-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "prometheus.yml").write_text(configuration)
        if past := list(traffics):
            write_history(past, folder / "data")
        prometheus = Prometheus(free_port())
        # Old samples are to be kept, however old a test has them.
        command = [
            _program("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{prometheus.port}", "--storage.tsdb.retention.time=100y",
            "--log.level=warn", *options,
        ]  # fmt: skip
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(prometheus, process, folder / "log")
            yield prometheus
        finally:
            process.kill()
            process.wait()


def _wait(prometheus: Prometheus, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(f"{prometheus.url}/-/ready", trust_env=False).is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"Prometheus doesn't start: {log.read_text()[-2_000:]}")


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run([_program(program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stdout[-1_000:]}{done.stderr[-1_000:]}")


def _program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        raise RuntimeError(f"{name} isn't installed: tests/end_to_end/install_programs prometheus")
    return found
