"""SIGINT, SIGTERM and the end of input stop every transport within two seconds, with calls in flight answered or undone."""

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any, cast

import anyio
import pytest

from tests.end_to_end.kill_nine import integrity
from tests.end_to_end.support.door import META, door
from tests.end_to_end.support.listeners import LISTENERS, Listener
from tests.end_to_end.support.process import (
    END_SECONDS,
    MILEPOST,
    START_SECONDS,
    Server,
    create_token,
    environment,
    run_milepost,
    serving,
)
from tests.end_to_end.support.writers import Promises, deployment, write_all

LIMIT_SECONDS = 2.0
WRITERS = 8
IN_FLIGHT = 40
SIGNALS = (signal.SIGINT, signal.SIGTERM)
both_signals = pytest.mark.parametrize("number", SIGNALS)


async def stop(server: Server, number: signal.Signals) -> None:
    """The server ends by itself, in time, cleanly, and says nothing of a bug."""
    seconds = await anyio.to_thread.run_sync(server.stop, number)
    assert seconds <= LIMIT_SECONDS
    assert server.process.returncode == 0
    assert "Traceback" not in server.log.read_text()


async def names_in(database: Path, token: str) -> set[str]:
    with serving(database) as server:
        async with door(server.url, token) as through:
            return {event["name"] for event in await through.all_events()}


@both_signals
async def test_serve_ends_in_time_with_writers_at_work(number: signal.Signals, tmp_path: Path):
    database, promises = tmp_path / "served.db", Promises()
    token = create_token(database)

    with serving(database) as server:
        async with anyio.create_task_group() as group:
            group.start_soon(write_all, server.url, token, WRITERS, promises)
            with anyio.fail_after(START_SECONDS):
                await promises.first.wait()
            await stop(server, number)

    # Whatever was taken was answered: nothing was written that nobody was told of.
    assert promises.kept.keys() == await names_in(database, token)
    assert integrity(database) == []


async def keep_listening(listener: Listener, url: str, token: str, listening: anyio.Event) -> None:
    """Listen until cancelled, whatever the server does to the stream meanwhile."""
    try:
        async with listener(url, token):
            listening.set()
            await anyio.sleep_forever()
    except Exception:
        if not listening.is_set():
            raise


@both_signals
@pytest.mark.parametrize("listener", LISTENERS.values(), ids=LISTENERS.keys())
async def test_serve_ends_in_time_with_a_client_still_listening(
    listener: Listener, number: signal.Signals, tmp_path: Path
):
    database, listening = tmp_path / "served.db", anyio.Event()
    token = create_token(database)

    with serving(database) as server:
        async with anyio.create_task_group() as group:
            group.start_soon(keep_listening, listener, server.url, token, listening)
            with anyio.fail_after(START_SECONDS):
                await listening.wait()
            await stop(server, number)
            group.cancel_scope.cancel()


def create(number: int) -> bytes:
    """One line of JSON-RPC that creates an event."""
    params: dict[str, Any] = {"name": "create_event", "arguments": deployment(f"stdio {number}"), "_meta": META}
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}).encode() + b"\n"


@pytest.fixture
def assistant(tmp_path: Path) -> Generator[subprocess.Popen[bytes]]:
    """`milepost mcp`, up: it has created one event."""
    env = environment(tmp_path / "assistant.db", MILEPOST_LOG_LEVEL="error")
    pipe = subprocess.PIPE
    with subprocess.Popen([MILEPOST, "mcp"], env=env, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        stdin.write(create(0))
        stdin.flush()
        first = json.loads(stdout.readline())
        assert first["id"] == 0
        yield process
        process.kill()


def answers(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def acknowledged(out: bytes) -> set[str]:
    return {answer["result"]["structuredContent"]["sid"] for answer in answers(out) if "result" in answer}


def sids_in(database: Path) -> set[str]:
    listed = json.loads(run_milepost(database, "events", "list", "--limit", "100", "--json"))
    return {record["sid"] for record in listed["records"]}


@pytest.mark.parametrize("number", [None, *SIGNALS], ids=["EOF", "SIGINT", "SIGTERM"])
def test_stdio_ends_in_time_with_calls_in_flight(
    number: signal.Signals | None, assistant: subprocess.Popen[bytes], tmp_path: Path
):
    stdin, stdout, stderr = (cast("IO[bytes]", pipe) for pipe in (assistant.stdin, assistant.stdout, assistant.stderr))
    stdin.write(b"".join(create(call) for call in range(1, IN_FLIGHT + 1)))
    stdin.flush()
    # They came in one piece, so with the first answer all of them have been read.
    out = stdout.readline()

    started = time.monotonic()
    if number is None:
        stdin.close()
    else:
        assistant.send_signal(number)
    assistant.wait(END_SECONDS)
    seconds = time.monotonic() - started

    assert seconds <= LIMIT_SECONDS
    assert (assistant.returncode, stderr.read()) == (0, b"")
    out += stdout.read()
    assert Counter(answer["id"] for answer in answers(out)) == Counter(range(1, IN_FLIGHT + 1))
    assert all(("result" in answer) != ("error" in answer) for answer in answers(out))
    assert acknowledged(out) <= sids_in(tmp_path / "assistant.db")
    assert integrity(tmp_path / "assistant.db") == []
