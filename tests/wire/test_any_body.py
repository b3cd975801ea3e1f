"""Whatever is sent as a body or as parameters is read, or refused in words that can be shown."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.errors import Invalid
from milepost.domain.event import EventChange, EventDraft
from milepost.domain.query import EventSearch
from milepost.wire.apica_parameters import ApicaEventParameters
from milepost.wire.event_input import EventBody, EventPatch
from milepost.wire.event_parameters import EventParameters
from milepost.wire.export_line import parse_export_line
from milepost.wire.reading import Input, read_input
from tests.domain.refusals import assert_fit_to_show
from tests.domain.strategies import ANY_TEXT, ANYTHING

MODELS: dict[str, type[Input]] = {
    "body": EventBody,
    "patch": EventPatch,
    "parameters": EventParameters,
    "Apica's": ApicaEventParameters,
}
JSON_TEXTS = st.sampled_from(
    ["{", "[", '{"a": 1}', '["*"]', '["a", "a"]', '{"id": 1}', "5", "true", "null", "[[[[", '{"a":']
)


def understood(model: type[Input], data: object) -> EventDraft | EventChange | EventSearch:
    """What the services would be handed."""
    match read_input(model, data):
        case EventBody() as body:
            return body.to_draft()
        case EventPatch() as patch:
            return patch.to_change()
        case EventParameters() | ApicaEventParameters() as parameters:
            return parameters.to_search()
        case other:
            raise TypeError(other)


def attempt(model: type[Input], data: object) -> None:
    """Read; a refusal has to name fields, and to be fit to be shown."""
    with suppress(Invalid):
        understood(model, data)
        return
    with pytest.raises(Invalid) as refused:
        understood(model, data)
    assert_fit_to_show(refused.value)
    assert refused.value.problems
    assert all(problem.message for problem in refused.value.problems)


def bodies(model: type[Input]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with fields of the model and of nobody."""
    names = st.sampled_from([model.wire_name(name) for name in model.model_fields])
    return st.dictionaries(names | ANY_TEXT | st.sampled_from(["sid", "createdAt"]), ANYTHING | JSON_TEXTS, max_size=4)


@pytest.mark.parametrize("kind", MODELS)
@given(data=st.data())
def test_any_object_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    attempt(MODELS[kind], data.draw(bodies(MODELS[kind]) | ANYTHING))


@pytest.mark.parametrize("kind", MODELS)
@given(data=st.data())
def test_any_value_of_any_field_is_read_or_refused_naming_the_field(kind: str, data: st.DataObject) -> None:
    model = MODELS[kind]
    for name in map(model.wire_name, model.model_fields):
        whole = {"type": "scale", "name": "n"} if model is EventBody else {}
        body = {**whole, name: data.draw(ANYTHING | JSON_TEXTS, label=name)}
        with suppress(Invalid):
            understood(model, body)
            continue
        with pytest.raises(Invalid) as refused:
            understood(model, body)
        assert all(problem.field.startswith(name) for problem in refused.value.problems)


@pytest.mark.parametrize(
    "key",
    ["", "a\nb", "\ud800", "\0", "x" * 60_000, "\u2028", "nam\u202ee"],
    ids=["empty", "line end", "surrogate", "nul", "long", "separator", "bidi"],
)
@pytest.mark.parametrize("kind", MODELS)
def test_an_unknown_field_of_any_name_is_refused_in_words_that_can_be_shown(kind: str, key: str) -> None:
    attempt(MODELS[kind], {"type": "scale", "name": "n", key: 1})


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**30, 10**300])
def test_a_number_beyond_64_bits_is_refused_in_an_object_that_came_as_text_too(number: int) -> None:
    metadata: dict[str, Any] = {"n": [number]}
    for written in (metadata, json.dumps(metadata)):
        with pytest.raises(Invalid, match=r"metadata\.n\[0\]: .* is beyond 64 bits"):
            understood(EventBody, {"type": "scale", "name": "n", "metadata": written})
    with pytest.raises(Invalid, match=r"check\.id: "):
        understood(EventBody, {"type": "scale", "name": "n", "check": json.dumps({"id": number})})
    with pytest.raises(Invalid, match=r"checkId: "):
        understood(EventParameters, {"checkId": number})


def test_long_numbers_and_deep_nesting_together_are_no_exception_but_invalid() -> None:
    for depth in (8, 500, 990, 1_020, 5_000):
        text = '{"a":' + "[" * depth + str(2**70) + "]" * depth + "}"
        with pytest.raises(Invalid):
            understood(EventBody, {"type": "scale", "name": "n", "metadata": text})
        with pytest.raises(Invalid):
            parse_export_line(b'{"event":' + text.encode() + b"}")


def test_an_import_takes_no_number_beyond_64_bits_for_another() -> None:
    event = {"sid": "evt_1", "accountSid": "acc_1", "type": "scale", "name": "n", "startedAt": "2024-01-15T14:30:00Z"}
    event["createdAt"] = event["startedAt"]
    assert parse_export_line(json.dumps({"event": {**event, "metadata": {"n": 2**63 - 1}}}).encode())
    with pytest.raises(Invalid, match="beyond 64 bits"):
        parse_export_line(json.dumps({"event": {**event, "metadata": {"n": 2**64}}}).encode())


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_of_64_bits_is_the_same_in_an_object_that_came_as_text(number: int) -> None:
    written = json.dumps({"n": number})
    draft = understood(EventBody, {"type": "scale", "name": "n", "metadata": written})
    assert isinstance(draft, EventDraft)
    assert draft.metadata == {"n": number}
    assert repr(draft.metadata) == repr({"n": number})


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        understood(
            EventBody, {"type": "deploy", "name": "", "severity": "X", "nmae": 1, "createdAt": "now", "tags": []}
        )
    fields = {problem.field for problem in refused.value.problems}
    assert fields == {"type", "name", "severity", "nmae", "createdAt", "tags"}
