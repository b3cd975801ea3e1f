import pytest

from milepost.domain.errors import Conflict, Forbidden, Invalid, MilepostError, NotFound, Problem, Stale, Unavailable
from milepost.domain.history import PurgeSelection
from milepost.domain.instant import Instant


def test_several_problems_are_told_together() -> None:
    invalid = Invalid([Problem("name", "it is blank"), Problem("", "the body is empty")])
    assert str(invalid) == "name: it is blank; the body is empty"
    assert len(invalid.problems) == 2


def test_every_error_says_what_it_is_about() -> None:
    assert str(NotFound("event", "evt_1")) == "no event evt_1"
    assert str(Conflict("dedupKey", "it is taken")) == "dedupKey: it is taken"
    assert (
        str(Stale("event", "evt_1", 3))
        == "event evt_1 has changed since: it is at version 3 now; read it again and retry"
    )
    assert str(Forbidden("no")) == "no"
    assert str(Unavailable("the disk is full")) == "the disk is full"


def test_every_error_is_caught_as_one_kind() -> None:
    for kind in (Invalid, NotFound, Conflict, Stale, Forbidden, Unavailable):
        assert issubclass(kind, MilepostError)


def test_an_unknown_outcome_is_said() -> None:
    assert not Unavailable("x").outcome_unknown
    assert Unavailable("x", 5, outcome_unknown=True).outcome_unknown


def test_a_purge_without_a_condition_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="would remove everything"):
        PurgeSelection(account_sid="acc_1")
    assert PurgeSelection(account_sid="acc_1", before=Instant(0)).before == 0
