import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.account import (
    MOST_LABELS,
    Place,
    PlaceKind,
    parse_account_name,
    parse_labels,
    parse_place_name,
    resolve_place,
)
from milepost.domain.instant import Instant
from tests.domain.refusals import refusal
from tests.domain.strategies import TAKEN_TEXT, VISIBLE_TEXT


def bucket(sid: str, name: str) -> Place:
    return Place(sid=sid, account_sid="acc_1", kind=PlaceKind.BUCKET, name=name, labels={}, created_at=Instant(0))


CHECKOUT, SEARCH = bucket("bkt_1", "checkout"), bucket("bkt_2", "search")
DEVIOUS = bucket("bkt_3", "bkt_1")
"""Its name is another's SID."""


def test_a_name_means_its_sid() -> None:
    assert resolve_place("search", [CHECKOUT, SEARCH], "bucketSid", PlaceKind.BUCKET) == "bkt_2"


def test_a_sid_means_itself_even_where_another_bears_it_as_a_name() -> None:
    for places in ([CHECKOUT, DEVIOUS], [DEVIOUS, CHECKOUT]):
        assert resolve_place("bkt_1", places, "bucketSid", PlaceKind.BUCKET) == "bkt_1"
    assert resolve_place("bkt_1", [DEVIOUS], "bucketSid", PlaceKind.BUCKET) == "bkt_3"


@pytest.mark.parametrize("reference", ["Search", "searc", "bkt_", "bkt_9", "", " search", "*"])
def test_an_unknown_one_is_an_error_listing_the_known(reference: str) -> None:
    problem = refusal(resolve_place, reference, [CHECKOUT, SEARCH], "bucketSids[0]", PlaceKind.BUCKET)
    assert problem.field == "bucketSids[0]"
    assert problem.message == (
        f'"{reference}" is no bucket of this account; known: "checkout" (bkt_1), "search" (bkt_2)'
    )


def test_where_none_is_in_reach_that_is_said() -> None:
    message = refusal(resolve_place, "a", [], "environmentSid", PlaceKind.ENVIRONMENT).message
    assert message == '"a" is no environment of this account; known: none that you may use'


def test_a_long_list_of_known_ones_is_cut() -> None:
    many = [bucket(f"bkt_{number}", f"service {number}") for number in range(1_000)]
    message = refusal(resolve_place, "none", many, "bucketSid", PlaceKind.BUCKET).message
    assert "bkt_49" in message
    assert "bkt_50" not in message


@given(VISIBLE_TEXT.filter(lambda text: text != "*" and len(text) <= 128))
def test_a_name_is_anything_visible_but_a_star(name: str) -> None:
    assert parse_place_name(name) == parse_account_name(name) == name


def test_a_star_is_no_name_since_it_means_everywhere() -> None:
    assert "means everywhere" in refusal(parse_place_name, "*").message


@pytest.mark.parametrize("name", ["", " ", "x" * 129, None, 5, "a\0", "\ud800"])
def test_these_are_no_names(name: object) -> None:
    assert refusal(parse_place_name, name).field == "name"
    assert refusal(parse_account_name, name).field == "name"


@given(
    st.dictionaries(
        VISIBLE_TEXT.filter(lambda key: len(key) <= 128), TAKEN_TEXT.filter(lambda text: len(text) <= 256), max_size=5
    )
)
def test_labels_are_strings_by_strings(labels: dict[str, str]) -> None:
    assert parse_labels(labels) == labels


def test_there_are_fifty_labels_and_no_more() -> None:
    assert MOST_LABELS == 50
    assert len(parse_labels({f"k{number}": "v" for number in range(50)})) == 50
    message = refusal(parse_labels, {f"k{number}": "v" for number in range(51)}).message
    assert message == "51 labels came; at most 50 are taken"


@pytest.mark.parametrize(
    ("labels", "field"),
    [
        (None, "labels"),
        (["service"], "labels"),
        ("service=checkout", "labels"),
        ({"": "x"}, "labels"),
        ({1: "x"}, "labels"),
        ({"k" * 129: "x"}, "labels"),
        ({"service": 5}, "labels.service"),
        ({"service": None}, "labels.service"),
        ({"service": "x" * 257}, "labels.service"),
        ({"a\nb": 5}, "labels.a\\nb"),
    ],
)
def test_wrong_labels_are_refused_naming_the_part(labels: object, field: str) -> None:
    assert refusal(parse_labels, labels).field == field
