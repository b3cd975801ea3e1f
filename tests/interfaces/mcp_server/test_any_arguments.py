"""Whatever a client sends as arguments, it is taken or refused in our words, and never a bug of ours."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.errors import Invalid
from milepost.interfaces.mcp_server.tools.create_event import CreateArguments
from milepost.interfaces.mcp_server.tools.delete_event import DeleteArguments
from milepost.interfaces.mcp_server.tools.get_event import GetArguments
from milepost.interfaces.mcp_server.tools.list_events import ListArguments
from milepost.interfaces.mcp_server.tools.update_event import UpdateArguments
from milepost.wire.event_parameters import EventFilters
from milepost.wire.input_schema import input_schema
from milepost.wire.reading import Input, loose_integer, read_input

MODELS: list[type[Input]] = [
    CreateArguments,
    UpdateArguments,
    ListArguments,
    EventFilters,
    GetArguments,
    DeleteArguments,
]
ODD = [
    "",
    " ",
    "null",
    "true",
    "--5",
    "+-1",
    "٣",
    "1e3",
    "[",
    "{",
    '["a"',
    '{"a":',
    "[1]",
    '{"a":1}',
    "*",
    "now",
    "\ud800",
    "\0",
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(ODD)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)


def arguments_of(model: type[Input]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(list(input_schema(model)["properties"])) | st.text(max_size=9), values)


@given(st.data())
@pytest.mark.parametrize("model", MODELS)
def test_any_arguments_are_taken_or_refused(model: type[Input], data: st.DataObject):
    arguments = data.draw(arguments_of(model))

    with contextlib.suppress(Invalid):
        read_input(model, arguments)


@settings(max_examples=20)
@given(values)
@pytest.mark.parametrize("model", MODELS)
def test_arguments_that_are_no_object_are_refused(model: type[Input], value: Any):
    if not isinstance(value, dict):
        with pytest.raises(Invalid):
            read_input(model, value)


@pytest.mark.parametrize(("value", "number"), [("5", 5), (" -7 ", -7), ("+1", 1), (5.0, 5), (5, 5)])
def test_a_number_may_be_written_as_text(value: object, number: int):
    assert loose_integer(value) == number


@pytest.mark.parametrize("value", ["--5", "٣", "1e3", "5.0", "", "1" * 21, 5.5, True, None])
def test_what_is_no_whole_number_stays_what_it_is(value: object):
    assert loose_integer(value) is value
