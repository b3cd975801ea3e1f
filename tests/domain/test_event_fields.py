from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.event import (
    Check,
    EventType,
    Severity,
    parse_check,
    parse_dedup_key,
    parse_description,
    parse_name,
    parse_severity,
    parse_source,
    parse_type,
)
from tests.domain.refusals import refusal
from tests.domain.strategies import INTEGERS, TAKEN_TEXT, VISIBLE_TEXT

Parser = Callable[[object], str]

LENGTHS: dict[str, tuple[Parser, int]] = {
    "name": (parse_name, 256),
    "description": (parse_description, 8_192),
    "source": (parse_source, 128),
    "dedupKey": (parse_dedup_key, 256),
}


@pytest.mark.parametrize("field", LENGTHS)
@pytest.mark.parametrize("char", ["x", "é", "😀"])
def test_text_has_its_longest_length_in_characters(field: str, char: str) -> None:
    parse, longest = LENGTHS[field]
    assert parse(char * longest) == char * longest
    problem = refusal(parse, char * (longest + 1))
    assert problem.field == field
    assert problem.message == f"{longest + 1:,} characters came; at most {longest:,} are taken"


@pytest.mark.parametrize("field", LENGTHS)
@pytest.mark.parametrize("value", ["a\0b", "\udc00", None, 5, ["x"]])
def test_text_is_a_string_without_nul_and_lone_surrogates(field: str, value: object) -> None:
    assert refusal(LENGTHS[field][0], value).field == field


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u2003"])
def test_name_and_dedup_key_are_not_blank(blank: str) -> None:
    for field in ("name", "dedupKey"):
        assert "is blank" in refusal(LENGTHS[field][0], blank).message
    assert parse_description(blank) == blank
    assert parse_source(blank) == blank


@given(VISIBLE_TEXT.filter(lambda text: len(text) <= 256))
def test_a_name_is_kept_to_the_letter(name: str) -> None:
    assert parse_name(name) == name


def test_there_are_five_types() -> None:
    names = ["deployment", "incident", "config_change", "scale", "custom"]
    assert [parse_type(name) for name in names] == list(EventType)


@pytest.mark.parametrize("value", ["Deployment", "deploy", "", None, 5, ["deployment"], {}, True])
def test_another_type_is_refused_naming_the_five(value: object) -> None:
    problem = refusal(parse_type, value)
    assert problem.field == "type"
    assert problem.message.endswith("is not one of deployment, incident, config_change, scale, custom")


def test_there_are_four_severities() -> None:
    assert [parse_severity(letter) for letter in "IWEF"] == list(Severity)
    assert [severity.name for severity in Severity] == ["INFORMATION", "WARNING", "ERROR", "FATAL"]


@pytest.mark.parametrize("value", ["i", "IW", "X", "", None, 1, "error"])
def test_another_severity_is_refused_naming_the_four(value: object) -> None:
    problem = refusal(parse_severity, value)
    assert problem.field == "severity"
    assert problem.message.endswith("is not one of I, W, E, F")


@given(INTEGERS, st.none() | TAKEN_TEXT, st.none() | TAKEN_TEXT)
def test_a_check_is_an_id_and_perhaps_names(number: int, symbol: str | None, descriptor: str | None) -> None:
    written = {"id": number, "symbol": symbol, "descriptor": descriptor}
    assert parse_check(written) == Check(number, symbol, descriptor)
    assert parse_check({"id": number}) == Check(number)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({}, "check.id"),
        ({"id": None}, "check.id"),
        ({"id": "42"}, "check.id"),
        ({"id": True}, "check.id"),
        ({"id": 1.0}, "check.id"),
        ({"id": 2**63}, "check.id"),
        ({"symbol": "login"}, "check.id"),
        ({"id": 1, "symbol": 5}, "check.symbol"),
        ({"id": 1, "symbol": "x" * 257}, "check.symbol"),
        ({"id": 1, "descriptor": "x" * 1_025}, "check.descriptor"),
        ({"id": 1, "descriptor": "a\0"}, "check.descriptor"),
        ({"id": 1, "name": "login"}, "check.name"),
        ({"id": 1, "b": 1, "a": 1}, "check.a"),
        ({"id": 1, "\ud800": 1}, "check.\\ud800"),
        (None, "check"),
        (42, "check"),
        ([1], "check"),
        ("login", "check"),
    ],
)
def test_a_wrong_check_is_refused_naming_the_part(value: object, field: str) -> None:
    assert refusal(parse_check, value).field == field
