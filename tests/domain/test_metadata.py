import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.event import METADATA_BYTES, METADATA_DEPTH, parse_metadata
from tests.domain.refusals import refusal
from tests.domain.strategies import JSON_OBJECTS


def nested(depth: int, *, in_lists: bool) -> dict[str, Any]:
    """An object that is `depth` deep, itself being the first."""
    value: Any = "bottom"
    for _ in range(depth - 1):
        value = [value] if in_lists else {"a": value}
    return {"a": value}


@given(JSON_OBJECTS)
def test_metadata_is_kept_as_it_came_key_order_included(metadata: dict[str, Any]) -> None:
    taken = parse_metadata(metadata)
    assert json.dumps(taken) == json.dumps(metadata)


@given(st.permutations(["commitSha", "branch", "actor", "runId", "0", "Z"]))
def test_keys_keep_their_order(keys: list[str]) -> None:
    assert list(parse_metadata(dict.fromkeys(keys, "x"))) == keys


@pytest.mark.parametrize("in_lists", [True, False])
def test_eight_levels_are_taken_and_nine_are_not(in_lists: bool) -> None:
    assert METADATA_DEPTH == 8
    assert parse_metadata(nested(8, in_lists=in_lists))
    problem = refusal(parse_metadata, nested(9, in_lists=in_lists))
    assert problem.field == "metadata" + (".a" + "[0]" * 7 if in_lists else ".a" * 8)
    assert "at most 8 levels" in problem.message


@pytest.mark.parametrize("char", ["x", "é", "\u2028", "😀", '"', "\x1f"])
def test_sixteen_kibibytes_of_compact_utf8_are_taken_and_one_more_is_not(char: str) -> None:
    width = len(orjson.dumps(char)) - 2
    count, rest = divmod(METADATA_BYTES - len('{"a":""}'), width)
    metadata = {"a": char * count + "x" * rest}
    assert len(orjson.dumps(metadata)) == METADATA_BYTES == 16 * 1_024
    assert parse_metadata(metadata)
    message = refusal(parse_metadata, {"a": metadata["a"] + "x"}).message
    assert message == "16,385 bytes of JSON came; at most 16,384 are taken"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 2**63, -(2**63) - 1, 10**30])
@pytest.mark.parametrize("shape", ["member", "item", "deep"])
def test_a_number_that_is_none_in_json_or_beyond_64_bits_is_refused_where_it_stands(number: float, shape: str) -> None:
    metadata, field = {
        "member": ({"ok": 1, "n": number}, "metadata.n"),
        "item": ({"list": [0, number]}, "metadata.list[1]"),
        "deep": ({"a": {"b": [{"c": number}]}}, "metadata.a.b[0].c"),
    }[shape]
    assert refusal(parse_metadata, metadata).field == field


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 1e308, -0.0, 5e-324])
def test_the_outermost_numbers_are_taken(number: float) -> None:
    assert repr(parse_metadata({"n": number})["n"]) == repr(number)


@pytest.mark.parametrize("bad", ["a\0b", "\ud83d"])
def test_nul_and_lone_surrogates_are_refused_in_keys_and_values(bad: str) -> None:
    assert refusal(parse_metadata, {"note": bad}).field == "metadata.note"
    assert refusal(parse_metadata, {"list": [{"note": bad}]}).field == "metadata.list[0].note"
    assert refusal(parse_metadata, {bad: 1}).field == "metadata"
    assert refusal(parse_metadata, {"inner": {bad: 1}}).field == "metadata.inner"


def test_other_control_characters_are_kept() -> None:
    text = "".join(map(chr, range(1, 32))) + "\x7f\x85\u200b\u202e\u2028"
    assert parse_metadata({text: text}) == {text: text}


@pytest.mark.parametrize("value", [None, [], "{}", 5, True])
def test_metadata_is_an_object(value: object) -> None:
    problem = refusal(parse_metadata, value)
    assert problem.field == "metadata"
    assert 'is not an object; write one such as {"commitSha": "a1b2c3d"}' in problem.message


@pytest.mark.parametrize("value", [b"x", (1, 2), {1}, object()])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    assert refusal(parse_metadata, {"a": value}).message.endswith("is no JSON value")


def test_a_key_is_a_string() -> None:
    assert refusal(parse_metadata, {1: "a"}).message == "the key 1 is not a string"
