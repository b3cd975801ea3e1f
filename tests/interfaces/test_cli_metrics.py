"""What `milepost doctor` says of Prometheus."""

from __future__ import annotations

import time

import pytest

from tests.interfaces.command_line import CommandLine
from tests.interfaces.http_world import free_port
from tests.prometheus_server import Traffic, running_prometheus

FREE_PORT = "--port=0"


def line_of(cli: CommandLine) -> tuple[int, str]:
    outcome = cli("doctor", FREE_PORT)
    [line] = [line for line in outcome.out.splitlines() if " prometheus " in line]
    return outcome.code, line


def test_a_prometheus_that_answers_is_fine(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    now = int(time.time())
    with running_prometheus([Traffic({"service": "checkout"}, now - 600, now, lambda _: {"200": 3.0})]) as server:
        monkeypatch.setenv("MILEPOST_PROMETHEUS_URL", server.url)
        assert line_of(cli) == (0, f"  ok     prometheus prometheus:127.0.0.1:{server.port} answers")
        monkeypatch.setenv("MILEPOST_PROMETHEUS_THROUGHPUT", "rate(requests{$labels}[$window])")
        code, line = line_of(cli)
        assert code == 0
        assert "answers, but MILEPOST_PROMETHEUS_THROUGHPUT found nothing in the last hour" in line


def test_one_that_is_away_is_to_be_mended(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MILEPOST_PROMETHEUS_URL", f"http://127.0.0.1:{free_port()}")
    code, line = line_of(cli)
    assert code == 1
    assert line.startswith("  WRONG  prometheus ")
    assert line.endswith("can't be reached (it refuses the connection)")


def test_its_credential_is_not_shown(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MILEPOST_PROMETHEUS_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("MILEPOST_PROMETHEUS_TOKEN", "12345:opaque-credential")
    outcome = cli("doctor", FREE_PORT)
    assert "MILEPOST_PROMETHEUS_TOKEN" in outcome.out
    assert "opaque" not in outcome.out + outcome.err
