"""What the command line prints: safe on any terminal, aligned for people, exact for programs."""

import json
import os
import pty
import re
import struct
import subprocess
import termios
from fcntl import ioctl
from pathlib import Path

import pytest
from hypothesis import given

from milepost.cli.terminal import json_text, print_fields, print_table, visible
from tests.domain.strategies import JSON_OBJECTS, TAKEN_TEXT
from tests.interfaces.command_line import event_lines
from tests.interfaces.test_cli_program import PROGRAM, environment

ROWS, COLUMNS = 24, 80


def on_terminal(tmp_path: Path, *arguments: str) -> str:
    """What a command shows on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with subprocess.Popen(
        [PROGRAM, *arguments], env=environment(tmp_path), stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
        assert process.wait(30) == 0
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux's way of saying that the other side was closed
        return b""


@given(TAKEN_TEXT)
def test_visible_text_is_one_line_of_what_shows(text: str):
    assert visible(text).isprintable()


@given(JSON_OBJECTS)
def test_json_text_reads_back_the_same(value: dict[str, object]):
    assert json.loads(json_text(value)) == value
    assert json.loads(json_text(value, pretty=True)) == value


@pytest.mark.parametrize(
    "char", ["\x1b", "\x07", "\x7f", "\x9b", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\ufeff"]
)
def test_what_a_terminal_obeys_is_escaped(char: str):
    assert char not in visible(f"a{char}b")
    assert char not in json_text({"a": char})
    assert visible("Ünïcode 日本 😀") == "Ünïcode 日本 😀"


def test_columns_line_up_whatever_the_width_of_their_characters(capsys: pytest.CaptureFixture[str]):
    print_table(("A", "B"), [("日本", "x"), ("cafe\u0301", "y"), ("plain", "z")])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["A      B", "日本   x", "cafe\u0301   y", "plain  z"]


def test_fields_that_are_not_set_are_left_out(capsys: pytest.CaptureFixture[str]):
    print_fields({"a": "1", "long": None, "text": "x\ny"}, with_breaks="text")
    assert capsys.readouterr().out == "a     1\ntext  x\n      y\n"


def test_on_a_terminal_lines_fit_json_is_indented_and_long_work_shows_progress(tmp_path: Path):
    file = tmp_path / "many.jsonl"
    file.write_text("\n".join(event_lines(1_200, name="a long name " * 20)))

    imported = on_terminal(tmp_path, "import", str(file))
    assert re.search(r"imported  \[#{30}\]  100% +1,201, [\d,]+/s", imported)
    assert "imported 1,201 entries" in imported
    listed = on_terminal(tmp_path, "events", "list", "--limit=2").splitlines()
    assert listed[1].endswith("…")
    assert '\n  "sid"' in on_terminal(tmp_path, "events", "get", "evt_0", "--json").replace("\r", "")
