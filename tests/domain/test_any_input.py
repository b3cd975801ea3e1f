"""Whatever comes, a parser takes it or says Invalid in words that can be shown."""

import string
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.account import parse_account_name, parse_labels, parse_place_name
from milepost.domain.cursor import decode_cursor
from milepost.domain.errors import Invalid
from milepost.domain.event import (
    parse_check,
    parse_dedup_key,
    parse_description,
    parse_metadata,
    parse_name,
    parse_severity,
    parse_source,
    parse_type,
)
from milepost.domain.instant import parse_instant, parse_lifetime, parse_when
from milepost.domain.query import fold_message, parse_limit
from milepost.domain.scope import parse_scope
from milepost.domain.sid import check_sid
from milepost.domain.tags import parse_tag_filter, parse_tags
from milepost.domain.text import check_integer
from milepost.domain.token import hash_secret, mask, parse_token_name, parse_token_scopes, well_formed
from tests.domain.refusals import assert_fit_to_show
from tests.domain.strategies import ANY_TEXT, ANYTHING

Parser = Callable[[Any], object]
FIELD = "theField"

PARSERS: dict[str, Parser] = {
    parse.__name__: partial(parse, field=FIELD)
    for parse in (
        check_integer,
        check_sid,
        parse_account_name,
        parse_check,
        parse_dedup_key,
        parse_description,
        parse_instant,
        parse_labels,
        parse_lifetime,
        parse_limit,
        parse_metadata,
        parse_name,
        parse_place_name,
        parse_scope,
        parse_severity,
        parse_source,
        parse_tag_filter,
        parse_tags,
        parse_token_name,
        parse_token_scopes,
        parse_type,
        parse_when,
    )
}

ODDITIES: dict[str, object] = {
    "a number of 5,001 digits": 10**5_000,
    "no number": float("nan"),
    "an infinity": float("inf"),
    "U+0000": "\0",
    "a lone surrogate": "\ud800",
    "line ends": "\r\n\u2028\u2029",
    "a long text": "x" * 100_000,
    "a surrogate for a key": {"\ud800": 1},
    "U+0000 for a key": {"\0": 1},
    "a line end in a key": {"a\nb": "\0"},
    "a long key": {"x" * 10_000: [{}]},
    "lists in a list": [[1]],
    "an object in a list": [{}],
    "a number for a key": {1: 2},
    "a long number for an id": {"id": 10**5_000},
    "an unknown key that ends a line": {"id": 1, "x\u2028y": 1},
    "bytes": b"\xff",
    "a class": object,
}


def attempt(parse: Parser, value: object) -> None:
    """Parse; a refusal has to name the field and to be fit to be shown."""
    with suppress(Invalid):
        parse(value)
        return
    with pytest.raises(Invalid) as refused:
        parse(value)
    assert_fit_to_show(refused.value)
    assert refused.value.problems
    for problem in refused.value.problems:
        assert problem.field == FIELD or problem.field.startswith((f"{FIELD}.", f"{FIELD}["))
        assert problem.message


@pytest.mark.parametrize("name", PARSERS)
@given(value=ANYTHING)
def test_a_parser_takes_what_came_or_says_what_to_write_instead(name: str, value: object) -> None:
    attempt(PARSERS[name], value)


@pytest.mark.parametrize("oddity", ODDITIES)
@pytest.mark.parametrize("name", PARSERS)
def test_the_oddest_input_is_no_exception_but_invalid(name: str, oddity: str) -> None:
    attempt(PARSERS[name], ODDITIES[oddity])


def test_input_nested_a_thousand_deep_is_no_exception_but_invalid() -> None:
    deep: object = []
    for _ in range(100_000):
        deep = [deep]
    for parse in PARSERS.values():
        attempt(parse, deep)
        attempt(parse, {"a": deep})


@given(ANY_TEXT | st.text(string.ascii_letters + string.digits + "-_="))
def test_any_text_at_all_may_stand_where_a_cursor_is_asked_for(text: str) -> None:
    attempt(partial(decode_cursor, digest=bytes(8), field=FIELD), text)


@given(st.text(st.characters()), st.booleans())
def test_any_text_at_all_may_be_looked_for_as_a_message(text: str, bounded: bool) -> None:
    attempt(partial(fold_message, bounded=bounded, field=FIELD), text)


@given(ANY_TEXT)
def test_any_text_at_all_may_be_presented_as_a_token(text: str) -> None:
    assert not well_formed(text)
    mask(text)
    if text.isascii():
        hash_secret(text)
