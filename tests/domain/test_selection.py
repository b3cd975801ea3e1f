"""Which metrics have the labels of one of several places."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.selection import Matcher, Selection, selection_of

LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xyz"), max_size=2)
EVERY = [dict(zip("ab", pair, strict=True)) | {"c": "w"} for pair in product(["x", "y", "z", "none"], repeat=2)]
"""Metrics with each combination of labels; `none` stands for any value that no place has."""


def selects(selection: Selection, metric: dict[str, str]) -> bool:
    return all(metric.get(matcher.label) in matcher.values for matcher in selection)


@given(st.lists(LABELS, min_size=1, max_size=5))
def test_a_selection_selects_exactly_what_has_the_labels_of_one_of_the_sets(label_sets: list[dict[str, str]]):
    selection = selection_of(label_sets)
    if selection is not None:
        for metric in EVERY:
            assert selects(selection, metric) == any(labels.items() <= metric.items() for labels in label_sets)


@pytest.mark.parametrize(
    ("label_sets", "selection"),
    [
        ([{"service": "a"}], (Matcher("service", ("a",)),)),
        ([{"service": "b"}, {"service": "a"}, {"service": "b"}], (Matcher("service", ("a", "b")),)),
        ([{"env": "p", "service": "a"}, {"env": "p", "service": "b"}], (Matcher("env", ("p",)), Matcher("service", ("a", "b")))),
        ([{"service": "a"}, {"service": "a", "env": "p"}], (Matcher("service", ("a",)),)),
        ([{}, {"service": "a"}], ()),
        ([{"service": "a"}, {"team": "b"}], None),
        ([{"service": "a", "env": "p"}, {"service": "b", "env": "d"}], None),
    ],
)  # fmt: skip
def test_sets_that_differ_in_their_values_are_one_selection(
    label_sets: list[dict[str, str]], selection: Selection | None
):
    assert selection_of(label_sets) == selection
