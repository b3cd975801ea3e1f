import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.tags import (
    LONGEST_FILTER,
    LONGEST_NAME,
    MOST_VALUES,
    TagFilter,
    TagId,
    Tags,
    format_tag_filter,
    parse_tag_filter,
    parse_tags,
)
from milepost.domain.text import is_visible
from tests.domain.refusals import refusal
from tests.domain.strategies import TAG_FILTERS, TAG_NAMES, TAGS


@given(TAGS)
def test_tags_are_kept_in_the_order_written(tags: Tags) -> None:
    parsed = parse_tags({key: list(values) for key, values in tags.items()}, "tags")
    assert parsed is not None
    assert list(parsed.items()) == list(tags.items())


@given(TAG_NAMES, TAG_NAMES)
def test_one_string_is_a_list_of_one(key: str, value: str) -> None:
    assert parse_tags({key: value}, "tags") == {key: (value,)}


def test_no_tag_at_all_is_none() -> None:
    assert parse_tags({}, "tags") is None


@pytest.mark.parametrize(
    "name", ["a~b", "~", "a;b", ";", ".a", ".", ".4568", "", "  ", "x" * 129, "\0", "\ud800", 5, None]
)
def test_what_the_filters_use_is_no_name_of_a_key_or_value(name: object) -> None:
    if isinstance(name, str):
        assert refusal(parse_tags, {name: ["v"]}, "tags").field == "tags"
    assert refusal(parse_tags, {"key": [name]}, "tags").field == "tags.key"


@given(TAG_NAMES)
def test_any_other_name_is_one(name: str) -> None:
    assert parse_tags({name: [name]}, "tags") == {name: (name,)}
    assert parse_tags({"a.b": ["a."]}, "tags") == {"a.b": ("a.",)}


def test_names_have_128_characters_and_no_more() -> None:
    assert LONGEST_NAME == 128
    assert parse_tags({"k" * 128: ["v" * 128]}, "tags")
    assert "129 characters came; at most 128" in refusal(parse_tags, {"k" * 129: ["v"]}, "tags").message


def test_there_are_fifty_values_in_all_and_no_more() -> None:
    assert MOST_VALUES == 50
    fifty = {"a": [f"v{n}" for n in range(25)], "b": [f"v{n}" for n in range(25)]}
    assert parse_tags(fifty, "tags")
    assert refusal(parse_tags, fifty | {"c": ["one more"]}, "tags").message == (
        "51 values came; at most 50 in all are taken"
    )


@pytest.mark.parametrize("values", [[], None, 5, {}, {"a": 1}, True])
def test_a_key_without_values_is_refused(values: object) -> None:
    problem = refusal(parse_tags, {"Environment": values}, "tags")
    assert problem.field == "tags.Environment"
    assert 'write one such as ["Prod"]' in problem.message


def test_a_value_listed_twice_is_refused() -> None:
    assert "listed twice" in refusal(parse_tags, {"Environment": ["Prod", "Prod"]}, "tags").message


@pytest.mark.parametrize("value", [None, 5, [], ["Environment"], "Environment~Prod"])
def test_tags_are_an_object(value: object) -> None:
    problem = refusal(parse_tags, value, "tags")
    assert problem.field == "tags"
    assert '{"Environment": ["Prod"]}' in problem.message


@given(TAG_FILTERS)
def test_a_filter_is_read_back_as_it_was_written(tag_filter: TagFilter) -> None:
    if tag_filter.key is not None or tag_filter.values:
        assert parse_tag_filter(format_tag_filter(tag_filter), "includeTag") == tag_filter


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Environment", TagFilter("Environment", ())),
        ("Environment~Dev;Prod", TagFilter("Environment", ("Dev", "Prod"))),
        ("~Dev", TagFilter(None, ("Dev",))),
        ("~Dev;.6985", TagFilter(None, ("Dev", TagId(6985)))),
        (".4568~Prod", TagFilter(TagId(4568), ("Prod",))),
        ("Environment~.6985", TagFilter("Environment", (TagId(6985),))),
        (".4568", TagFilter(TagId(4568), ())),
        ("a b~c d", TagFilter("a b", ("c d",))),
        ("v1.2~3.4", TagFilter("v1.2", ("3.4",))),
        (".9223372036854775807", TagFilter(TagId(2**63 - 1), ())),
        (".0000000000000000042", TagFilter(TagId(42), ())),
    ],
)
def test_these_are_filters(text: str, meant: TagFilter) -> None:
    assert parse_tag_filter(text, "includeTag") == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "~",
        "Environment~",
        "a~b~c",
        "~~",
        "a;b",
        "a;b~c",
        ";",
        "~;",
        "~a;",
        "~;a",
        "a~b;;c",
        ".",
        ".a",
        ".1a",
        ".-1",
        ". 1",
        ".٣",
        ".²",
        "a~.",
        "a~.x",
        ".9223372036854775808",
        ".00000000000000000042",
        "." + "9" * 500,
        "a\0",
        "~\ud800",
        "x" * (LONGEST_FILTER + 1),
    ],
)
def test_these_are_no_filters(text: str) -> None:
    assert refusal(parse_tag_filter, text, "excludeTag").field == "excludeTag"


def test_a_wrong_filter_is_answered_with_one_that_is_right() -> None:
    assert refusal(parse_tag_filter, "~", "includeTag").message == (
        '"~" is no tag filter; write key~value;value, a key alone, or ~value, such as Environment~Dev;Prod'
    )


@given(st.text("ab.~;1 ", min_size=1, max_size=12))
def test_every_filter_that_is_taken_says_the_same_when_written_again(text: str) -> None:
    lawful = _lawful(text)
    if lawful:
        assert _lawful(format_tag_filter(parse_tag_filter(text, "includeTag")))
    else:
        refusal(parse_tag_filter, text, "includeTag")


def _lawful(text: str) -> bool:
    """The grammar of the language, told another way: by splitting."""
    key, *rest = text.split("~")
    names = ([key] if key or not rest else []) + (rest[0].split(";") if rest else [])
    plain = all(name and (name[0] != "." or name[1:].isdigit()) for name in names)
    return is_visible(text) and len(rest) <= 1 and ";" not in key and plain
