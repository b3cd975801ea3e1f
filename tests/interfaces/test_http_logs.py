"""What is logged, in which form, and what never is."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from milepost.telemetry.logs import configure_logging
from tests.interfaces.http_world import GUARD_SECONDS, bearer, call, environment
from tests.logging_as_before import logging_as_before

SECRET = "tok_" + "Ab1" * 16 + "Z"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def undone() -> Generator[None]:
    """What a test configures is undone."""
    with logging_as_before():
        yield


def logged(level: str, form: str, stream: io.StringIO | None = None) -> io.StringIO:
    stream = stream or io.StringIO()
    configure_logging(level, form, stream)
    return stream


def test_elsewhere_than_on_a_terminal_a_line_is_one_json_object():
    stream = logged("info", "auto")
    logging.getLogger("milepost.test").info("it %s", "happened", extra={"number": 3})
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "it happened", "level": "info", "logger": "milepost.test", "number": 3}


def test_on_a_terminal_a_line_is_for_people():
    stream = logged("info", "auto", Terminal())
    logging.getLogger("milepost.test").info("it happened", extra={"number": 3})
    assert "it happened" in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(stream.getvalue())


def test_the_form_can_be_chosen():
    stream = logged("info", "json", Terminal())
    logging.getLogger("milepost.test").warning("x")
    assert json.loads(stream.getvalue())["level"] == "warning"
    stream = logged("info", "human")
    logging.getLogger("milepost.test").warning("x")
    assert not stream.getvalue().startswith("{")


def test_lines_below_the_level_are_not_written():
    stream = logged("warning", "json")
    logging.getLogger("milepost.test").info("x")
    assert stream.getvalue() == ""


def test_libraries_are_heard_from_warnings_on():
    stream = logged("debug", "json")
    logging.getLogger("mcp.server").info("chatter")
    logging.getLogger("mcp.server").warning("trouble")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["trouble"]


@pytest.mark.parametrize("form", ["json", "human"])
def test_a_token_in_a_message_or_an_exception_is_masked(form: str):
    stream = logged("info", form)
    log = logging.getLogger("milepost.test")
    log.info("got %s", SECRET, extra={"header": f"Bearer {SECRET}"})
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("failed")
    assert SECRET not in stream.getvalue()
    assert "tok_Ab1Ab*******Ab1AZ" not in stream.getvalue()
    assert stream.getvalue().count(f"{SECRET[:9]}*******{SECRET[-5:]}") == 3


@pytest.mark.parametrize("form", ["json", "human"])
@pytest.mark.parametrize("around", ["\n{}", "x{}y", "\t{}\u00e9", "_{}_", "0{}0", "\\{}"])
def test_a_token_is_masked_whatever_stands_around_it(around: str, form: str):
    stream = logged("info", form)
    log = logging.getLogger("milepost.test")
    text = around.format(SECRET)
    log.info(text, extra={"field": text, "deep": {"list": [text]}})
    try:
        raise ValueError(text) from OSError(text)
    except ValueError:
        log.exception("failed")
    assert SECRET not in stream.getvalue()
    assert SECRET[10:-10] not in stream.getvalue()
    assert "*******" in stream.getvalue()


def serve_and_ask(folder: Path, **settings: str) -> tuple[str, list[dict[str, Any]]]:
    """Run the real server, ask a few things, stop it: the secret it printed and the lines it logged."""
    env = {**os.environ, **environment(folder, {"log_level": "debug", "log_format": "json", **settings})}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.interfaces.http_process"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        started = json.loads(process.stdout.readline())
        with httpx2.Client(base_url=started["url"], timeout=GUARD_SECONDS) as client:
            body, headers = call("create_event", type="deployment", name="v1")
            known = {"x-request-id": "my-own-id"}
            client.post("/mcp", json=body, headers=headers | bearer(started["secret"]) | known)
            client.get("/mcp", params={"token": started["secret"]}, headers=bearer(started["secret"][:-1] + "_"))
            client.get("/healthz")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=GUARD_SECONDS)
        assert process.returncode == 0
    return started["secret"], [json.loads(line) for line in err.splitlines()]


def test_the_servers_log_names_requests_and_holds_no_token(tmp_path: Path):
    secret, lines = serve_and_ask(tmp_path)
    assert secret not in json.dumps(lines)
    assert secret[10:-10] not in json.dumps(lines)
    # A line is written when the answer is out, so the next request can overtake it.
    requests = {(line["method"], line["path"]): line for line in lines if line["event"] == "request"}
    post, get, health = (requests[key] for key in (("POST", "/mcp"), ("GET", "/mcp"), ("GET", "/healthz")))
    assert post["status"] == 200
    assert post["request_id"] == "my-own-id"
    assert post["token"].startswith("mcp_")
    assert post["client"] == "127.0.0.1"
    assert post["milliseconds"] > 0
    assert (get["status"], "token" in get) == (401, False)
    assert health["level"] == "debug"
    assert [line["event"] for line in lines if line["logger"] == "milepost.app.serving"] == ["serving", "stopped"]


def test_machines_that_look_every_few_seconds_do_not_fill_the_log(tmp_path: Path):
    _, lines = serve_and_ask(tmp_path, log_level="info")
    assert [line["path"] for line in lines if line["event"] == "request"] == ["/mcp", "/mcp"]
