import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.scope import EVERYWHERE, LONGEST_REFERENCE, MOST_SIDS, check_scope, parse_scope
from tests.domain.refusals import refusal
from tests.domain.strategies import FEW_SIDS, SIDS

FIELD = "bucketSids"
REFERENCES = st.sampled_from(["*", "bkt_a", "bkt_b", "check out", "*a"])


@given(st.lists(SIDS, min_size=1, max_size=MOST_SIDS, unique=True))
def test_a_scope_is_a_list_of_sids_in_the_order_written(sids: list[str]) -> None:
    assert parse_scope(sids, FIELD) == tuple(sids)


@given(st.lists(REFERENCES, max_size=4))
def test_a_list_is_a_scope_when_it_is_all_or_different_sids(written: list[str]) -> None:
    lawful = written == ["*"] or (bool(written) and "*" not in written and len(set(written)) == len(written))
    if lawful:
        assert parse_scope(written, FIELD) == tuple(written)
    else:
        assert refusal(parse_scope, written, FIELD).field == FIELD


@given(FEW_SIDS | st.just("*"))
def test_one_string_is_a_list_of_one(sid: str) -> None:
    assert parse_scope(sid, FIELD) == (sid,)


def test_everywhere_is_a_star_alone() -> None:
    assert parse_scope(["*"], FIELD) == EVERYWHERE
    assert "stands beside SIDs" in refusal(parse_scope, ["*", "bkt_a"], FIELD).message
    assert "stands beside SIDs" in refusal(parse_scope, ["bkt_a", "*"], FIELD).message
    refusal(parse_scope, ["*", "*"], FIELD)


def test_an_empty_list_is_an_error_that_says_how_to_mean_everywhere() -> None:
    problem = refusal(parse_scope, [], FIELD)
    assert problem.field == FIELD
    assert 'write ["*"] for everywhere, or leave the field out' in problem.message


@given(st.lists(FEW_SIDS, min_size=1, unique=True), st.data())
def test_a_repeated_sid_is_an_error_that_names_it(sids: list[str], data: st.DataObject) -> None:
    repeated = data.draw(st.sampled_from(sids))
    message = refusal(parse_scope, [*sids, repeated], FIELD).message
    assert message == f'"{repeated}" is listed twice; write each once'


def test_a_scope_holds_a_hundred_sids_and_no_more() -> None:
    assert len(parse_scope([f"bkt_{number}" for number in range(100)], FIELD)) == 100
    message = refusal(parse_scope, [f"bkt_{number}" for number in range(101)], FIELD).message
    assert message == "101 SIDs came; at most 100 are taken"


@pytest.mark.parametrize("value", [None, 5, True, {"sid": "bkt_a"}, {}, 1.5])
def test_what_is_no_list_is_refused_with_one_that_is(value: object) -> None:
    problem = refusal(parse_scope, value, FIELD)
    assert problem.field == FIELD
    assert '["*"] or SIDs such as ["bkt_abc123"]' in problem.message


@pytest.mark.parametrize("item", [None, 5, "", "  ", "x" * (LONGEST_REFERENCE + 1), "a\0b", "\ud800", ["bkt_a"]])
def test_a_wrong_item_is_named_by_its_place(item: object) -> None:
    assert refusal(parse_scope, ["bkt_a", item], FIELD).field == "bucketSids[1]"


@given(st.lists(SIDS, min_size=1, unique=True).map(tuple))
def test_sids_that_names_were_resolved_to_are_checked_by_the_same_rule(sids: tuple[str, ...]) -> None:
    check_scope(sids, FIELD)
    refusal(check_scope, (*sids, sids[0]), FIELD)
