"""The standard streams: what is on them, and what comes of messages that are none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import anyio
import pytest

from milepost.interfaces.mcp_server.pipes import LONGEST_LINE_BYTES, TooLong, claimed_streams, read_lines, write_all
from tests.end_to_end.support.process import END_SECONDS, MILEPOST, create_token, environment, run_milepost

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def message(number: int | str, method: str, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params | {"_meta": META}}).encode()


class Assistant:
    """A client of `milepost mcp` that writes and reads lines itself."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._in = cast("IO[bytes]", process.stdin)
        self._out = cast("IO[bytes]", process.stdout)

    def say(self, *lines: bytes) -> None:
        self._in.write(b"".join(line + b"\n" for line in lines))
        self._in.flush()

    def hear(self) -> dict[str, Any]:
        return json.loads(self._out.readline())

    def ask(self, number: int | str, method: str, **params: Any) -> dict[str, Any]:
        self.say(message(number, method, **params))
        return self.hear()

    def end(self) -> bytes:
        """Hang up; returns what was still said."""
        self._in.close()
        rest = self._out.read()
        assert self.process.wait(END_SECONDS) == 0
        return rest


@contextmanager
def assistant(database: Path, **settings: str) -> Generator[Assistant]:
    process = subprocess.Popen(
        [MILEPOST, "mcp"],
        env=environment(database, **settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield Assistant(process)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            with suppress(BrokenPipeError):
                cast("IO[bytes]", stream).close()


def test_what_is_no_message_is_told_so_and_the_rest_goes_on(tmp_path: Path):
    with assistant(tmp_path / "a.db") as client:
        client.say(b"hello", b"", b'{"jsonrpc": "1.0"}', b"[]", b'"\xff"', b"x" * (LONGEST_LINE_BYTES + 1))
        answers = [client.hear() for _ in range(5)]
        listed = client.ask(1, "tools/list")

    assert [answer["error"]["code"] for answer in answers] == [-32700, -32600, -32600, -32700, -32600]
    assert all(answer["id"] is None for answer in answers)
    assert "Skipped a message of more than 1,048,576 bytes" in answers[4]["error"]["message"]
    assert len(listed["result"]["tools"]) == 6


LONG = b"x" * LONGEST_LINE_BYTES
DEEP = b"[" * 100_000
UNREADABLE = {
    "invalid UTF-8": (b'{"jsonrpc": "2.0", "id": %s, "method": "ping", "params": {"a": "\xff"}}', -32700),
    "no JSON behind": (b'{"jsonrpc": "2.0", "method": "ping", "id": %s, "params": {"id": 99, ', -32700),
    "no JSON before": (b'{"method": "ping", "params": {"id": 99, }, "jsonrpc": "2.0", "id": %s}', -32700),
    "too long, id first": (b'{"jsonrpc":"2.0","id":%s,"method":"ping","params":{"a":"' + LONG + b'"}}', -32600),
    "too long, id last": (b'{"method":"ping","params":{"id":99,"a":"' + LONG + b'"},"jsonrpc":"2.0","id":%s}', -32600),
    "too deep": (b'{"jsonrpc": "2.0", "id": %s, "method": "ping", "params": {"a": ' + DEEP, -32700),
    "rather deep": (
        b'{"jsonrpc": "2.0", "id": %s, "method": "ping", "params": {"a": ' + b"[" * 300 + b"]" * 300 + b"}}",
        -32700,
    ),
    "no JSON-RPC": (b'{"jsonrpc": "1.0", "id": %s, "method": "ping"}', -32600),
    "a surrogate in the method": (b'{"jsonrpc": "2.0", "id": %s, "method": "\\ud83d"}', -32601),
}


@pytest.mark.parametrize(("line", "code"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_whoever_sent_what_can_not_be_read_is_told_under_its_id(line: bytes, code: int, tmp_path: Path):
    with assistant(tmp_path / "a.db") as client:
        client.say(line.replace(b"%s", b"7"), line.replace(b"%s", b'"seven"'))
        answers = [client.hear() for _ in range(2)]

    assert [(answer["id"], answer["error"]["code"]) for answer in answers] == [(7, code), ("seven", code)]


@pytest.mark.parametrize("surrogate", ["\\ud83d", "x\\ud83dx", "\\udc00", "\\ude00\\ud83d"])
def test_a_lone_surrogate_is_refused_by_the_field_it_stands_in(surrogate: str, tmp_path: Path):
    written = message(3, "tools/call", name="create_event", arguments={"type": "custom", "name": "NAME"})
    with assistant(tmp_path / "a.db") as client:
        client.say(written.replace(b"NAME", surrogate.encode()))
        answer = client.hear()
        client.say(written.replace(b'"custom"', b'"custom", "metadata": {"%s": 1}' % surrogate.encode()))
        deeper = client.hear()
        client.say(written.replace(b"create_event", surrogate.encode()), written.replace(b'"type"', b'"\\ud83d"'))
        others = [client.hear() for _ in range(2)]
        odd = client.ask("\ud83d", "tools/list")
        listed = client.ask(1, "tools/list")

    assert (answer["id"], answer["result"]["isError"]) == (3, True)
    assert "name: " in answer["result"]["content"][0]["text"]
    assert (deeper["id"], deeper["result"]["isError"]) == (3, True)
    assert "metadata" in deeper["result"]["content"][0]["text"]
    assert [other["id"] for other in others] == [3, 3]
    assert odd["id"] == "\ud83d"
    assert "result" in listed


def test_a_message_in_pieces_is_one_message(tmp_path: Path):
    with assistant(tmp_path / "a.db") as client:
        whole = message(1, "tools/call", name="list_events", arguments={}) + b"\n"
        for piece in (whole[:10], whole[10:50], whole[50:]):
            os.write(cast("IO[bytes]", client.process.stdin).fileno(), piece)

        assert client.hear()["id"] == 1


def test_what_was_asked_is_answered_after_the_client_hung_up(tmp_path: Path):
    with assistant(tmp_path / "a.db") as client:
        client.ask(0, "server/discover")
        client.say(
            *(
                message(number, "tools/call", name="create_event", arguments={"type": "custom", "name": f"{number}"})
                for number in range(1, 21)
            )
        )
        answers = [json.loads(line) for line in client.end().splitlines()]

    assert {answer["id"] for answer in answers} == set(range(1, 21))
    assert all("structuredContent" in answer["result"] for answer in answers)


def test_a_listener_is_told_of_the_end(tmp_path: Path):
    with assistant(tmp_path / "a.db") as client:
        notifications = {"resourceSubscriptions": ["milepost://timeline"]}
        assert client.ask(7, "subscriptions/listen", notifications=notifications)["method"].endswith("acknowledged")
        last = [json.loads(line) for line in client.end().splitlines()]

    assert [answer["id"] for answer in last] == [7]
    assert "result" in last[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_client_that_stopped_reading_cant_hold_up_the_end(number: signal.Signals, tmp_path: Path):
    with assistant(tmp_path / "a.db") as client:
        client.ask(0, "server/discover")
        # Answers that nobody reads fill the pipe long before the last.
        writing = threading.Thread(target=_say_too_much, args=(client,), daemon=True)
        writing.start()
        writing.join(0.5)
        client.process.send_signal(number)

        assert client.process.wait(END_SECONDS) == 0
        writing.join()


def _say_too_much(client: Assistant) -> None:
    with suppress(BrokenPipeError):
        client.say(*(message(number, "tools/list") for number in range(1, 100)))


def test_a_revoked_token_is_refused_from_the_next_call_on(tmp_path: Path):
    database = tmp_path / "a.db"
    token = create_token(database)
    listed = json.loads(run_milepost(database, "tokens", "list", "--json"))

    with assistant(database, MILEPOST_MCP_TOKEN=token) as client:
        assert "result" in client.ask(1, "tools/list")
        for record in listed:
            run_milepost(database, "tokens", "revoke", record["sid"])
        refused = client.ask(2, "tools/call", name="list_events", arguments={})

    assert "unknown, expired or revoked" in refused["error"]["message"]


def test_an_open_stream_ends_with_its_token_though_nothing_happens(tmp_path: Path):
    database = tmp_path / "a.db"
    token = create_token(database)
    (record,) = json.loads(run_milepost(database, "tokens", "list", "--json"))

    with assistant(database, MILEPOST_MCP_TOKEN=token) as client:
        notifications = {"resourceSubscriptions": ["milepost://timeline"]}
        assert client.ask(7, "subscriptions/listen", notifications=notifications)["method"].endswith("acknowledged")
        run_milepost(database, "tokens", "revoke", record["sid"])
        ended = client.hear()

    assert ended["id"] == 7
    assert "result" in ended


def test_each_call_is_a_use_of_its_token(tmp_path: Path):
    database = tmp_path / "a.db"
    token = create_token(database)

    def last_used() -> str:
        (record,) = json.loads(run_milepost(database, "tokens", "list", "--json"))
        return record["lastUsedAt"]

    with assistant(database, MILEPOST_MCP_TOKEN=token) as client:
        client.ask(1, "tools/list")
        client.end()
    first = last_used()
    with assistant(database, MILEPOST_MCP_TOKEN=token) as client:
        client.ask(1, "server/discover")
        before = datetime.now(UTC)
        client.ask(2, "tools/call", name="list_events", arguments={})
        client.end()

    assert first < last_used()
    assert datetime.fromisoformat(last_used()) >= before.replace(microsecond=before.microsecond // 1000 * 1000)


@asynccontextmanager
async def pipe() -> AsyncGenerator[tuple[int, int]]:
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        for fd in (reading, writing):
            # A test that ends the stream has closed its end already.
            with suppress(OSError):
                os.close(fd)


async def test_lines_are_those_that_were_written_whatever_their_size():
    read: list[bytes | TooLong] = []
    sizes = [0, 1, 4_095, 4_096, 4_097, 65_536, 200_000, LONGEST_LINE_BYTES]
    async with pipe() as (reading, writing), anyio.create_task_group() as tasks:

        async def write() -> None:
            for size in sizes:
                await write_all(writing, b"x" * size + b"\n")
            await write_all(writing, b"y" * (LONGEST_LINE_BYTES + 1) + b"\nunended")
            os.close(writing)

        tasks.start_soon(write)
        read = [line async for line in read_lines(reading)]

    *lines, too_long, last = read
    assert [len(line) for line in lines if isinstance(line, bytes)] == sizes
    assert isinstance(too_long, TooLong)
    assert last == b"unended"


async def test_input_may_be_a_plain_file(tmp_path: Path):
    (tmp_path / "input").write_bytes(b"one\ntwo\n")
    with (tmp_path / "input").open("rb") as file:
        assert [line async for line in read_lines(file.fileno())] == [b"one", b"two"]


def test_only_messages_are_on_stdout_whoever_prints():
    done = subprocess.run(
        [sys.executable, "-c", _PRINTING.format(claimed=claimed_streams.__module__)],
        input=b"asked",
        capture_output=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == (b"message asked\nafter\n", b"printed b''\n")


_PRINTING = """
import os, sys
from {claimed} import claimed_streams
with claimed_streams() as (reading, writing):
    print("printed", sys.stdin.buffer.read())
    os.write(writing, b"message " + os.read(reading, 100) + b"\\n")
print("after")
"""
