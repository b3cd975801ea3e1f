"""What a token that is restricted to buckets and environments sees, holds, and may hand on."""

from itertools import product

from hypothesis import given

from milepost.domain.scope import ALL, EVERYWHERE, UNRESTRICTED, Restriction, Scope, SidTuple
from tests.domain.strategies import RESTRICTIONS, SCOPES

WORLD = ("bkt_a", "bkt_b", "bkt_c", "prod01", "one_that_nobody_named")
Spot = tuple[str, str]
Named = frozenset[str] | SidTuple | None


def spots(buckets: Named, environments: Named) -> set[Spot]:
    """Every pair of a bucket and an environment that is meant: the plain model that the algebra is held to."""

    def sids(named: Named) -> tuple[str, ...]:
        return WORLD if named is None or named == EVERYWHERE else tuple(named)

    return set(product(sids(buckets), sids(environments)))


def reached(restriction: Restriction) -> set[Spot]:
    return spots(restriction.buckets, restriction.environments)


def covered(scope: Scope) -> set[Spot]:
    return spots(scope.buckets, scope.environments)


@given(RESTRICTIONS, SCOPES)
def test_a_token_sees_what_applies_somewhere_in_its_reach(restriction: Restriction, scope: Scope) -> None:
    if reached(restriction):
        assert restriction.sees(scope) == bool(reached(restriction) & covered(scope))


@given(RESTRICTIONS, SCOPES)
def test_a_token_holds_what_lies_wholly_in_its_reach(restriction: Restriction, scope: Scope) -> None:
    assert restriction.holds(scope) == (covered(scope) <= reached(restriction))


@given(RESTRICTIONS, SCOPES)
def test_what_a_token_holds_it_sees(restriction: Restriction, scope: Scope) -> None:
    assert restriction.sees(scope) or not restriction.holds(scope)


@given(RESTRICTIONS, RESTRICTIONS)
def test_containing_is_reaching_everything_that_the_other_reaches(outer: Restriction, inner: Restriction) -> None:
    if reached(inner):
        assert outer.contains(inner) == (reached(inner) <= reached(outer))
    elif outer.contains(inner):
        assert reached(inner) <= reached(outer)


@given(RESTRICTIONS, RESTRICTIONS, SCOPES)
def test_what_the_inner_one_may_the_outer_one_may_too(outer: Restriction, inner: Restriction, scope: Scope) -> None:
    if outer.contains(inner):
        assert outer.sees(scope) or not inner.sees(scope)
        assert outer.holds(scope) or not inner.holds(scope)


@given(RESTRICTIONS)
def test_every_restriction_contains_itself_and_lies_in_no_restriction_at_all(restriction: Restriction) -> None:
    assert restriction.contains(restriction)
    assert UNRESTRICTED.contains(restriction)
    assert restriction.contains(UNRESTRICTED) == (restriction == UNRESTRICTED)


@given(RESTRICTIONS, RESTRICTIONS, RESTRICTIONS)
def test_containing_passes_on(one: Restriction, two: Restriction, three: Restriction) -> None:
    if one.contains(two) and two.contains(three):
        assert one.contains(three)


@given(SCOPES)
def test_without_a_restriction_everything_is_in_reach(scope: Scope) -> None:
    assert UNRESTRICTED.sees(scope)
    assert UNRESTRICTED.holds(scope)


def test_an_event_that_applies_everywhere_is_seen_by_all_and_held_by_the_unrestricted() -> None:
    narrow = Restriction(buckets=frozenset({"bkt_a"}))
    assert narrow.sees(ALL)
    assert not narrow.holds(ALL)
    assert UNRESTRICTED.holds(ALL)


def test_both_directions_have_to_be_in_reach() -> None:
    narrow = Restriction(frozenset({"bkt_a"}), frozenset({"env_p"}))
    assert narrow.sees(Scope(("bkt_a", "bkt_b"), ("env_p", "env_q")))
    assert not narrow.sees(Scope(("bkt_a",), ("env_q",)))
    assert not narrow.holds(Scope(("bkt_a",), ("env_p", "env_q")))
    assert narrow.holds(Scope(("bkt_a",), ("env_p",)))


def test_a_reach_of_nothing_holds_nothing() -> None:
    nothing = Restriction(buckets=frozenset())
    assert not nothing.sees(Scope(("bkt_a",)))
    assert not nothing.holds(ALL)
