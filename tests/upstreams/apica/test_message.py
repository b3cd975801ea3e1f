"""That no message is missed which holds the substring by our folding, whatever letters it is written with."""

import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.text import fold
from milepost.upstreams.apica.message import NO_MESSAGE, certain_part
from tests.domain.strategies import TAKEN_TEXT

ODD = "ſßẞﬀﬁﬂﬃﬄﬅﬆŉẚİıKÅ`;´éÉ\u0307\u030c\u02be\u0338\u0331"
"""Letters that become ASCII when they are folded, and marks that go together with one."""


def ascii_lower(text: str) -> str:
    """What the comparison of ASCII letters alone disregards."""
    return "".join(char.lower() if char.isascii() else char for char in text)


def assert_never_narrower(text: str) -> None:
    """Whatever part of the folded text is looked for: what is sent of it is in the text."""
    folded = fold(text)
    for begin in range(len(folded)):
        for end in range(begin + 3, len(folded) + 1):
            part = certain_part(folded[begin:end])
            assert part is None or part in ascii_lower(text), (text, folded[begin:end], part)


def test_no_character_there_is_hides_a_message():
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        if not char.isascii() and any(one.isascii() for one in fold(char)):
            assert_never_narrower(f"abc{char}dea")
            assert_never_narrower(f"dea {char}{char}bc")
            assert_never_narrower(f"tabi{char}ntil")


def test_no_two_odd_characters_hide_a_message():
    for one, other in pairwise(ODD + ODD[::-1] + ODD[::2]):
        assert_never_narrower(f"cab{one}{other}eda")


@given(st.text(st.sampled_from(ODD + "abnitlsfkABNITLSFK 1-"), min_size=3, max_size=14) | TAKEN_TEXT)
def test_no_text_is_missed(text: str):
    assert_never_narrower(text[:40])


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("apica", "apic"),
        ("error", "error"),
        ("response time", "e time"),
        ("connection timeout", "connection timeout"),
        ("100%_done", "done"),
        ("no", None),
        ("sss", None),
        ("größe", None),
        ("message", None),
        ("no m", None),
        (NO_MESSAGE, None),
        ("a message", "a me"),
    ],
)
def test_the_longest_part_that_is_certain_is_sent(message: str, part: str | None):
    assert certain_part(message) == part
