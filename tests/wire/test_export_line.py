"""The lines of an export: what was written is read back equal, and what can't be is refused by its field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.account import LONGEST_NAME, Account, Place, PlaceKind
from milepost.domain.archive import ArchivedEvent, ArchivedToken, ArchiveEntry, TagNumber, TagPart
from milepost.domain.errors import Invalid
from milepost.domain.event import Event, EventType
from milepost.domain.history import ChangeKind, Revision
from milepost.domain.instant import Instant
from milepost.domain.scope import Restriction
from milepost.domain.text import is_visible
from milepost.domain.token import Token, TokenKind, TokenScope
from milepost.wire.export_line import FORMAT, LONGEST_LINE, export_line, heading, parse_export_line
from milepost.wire.reading import read_json, read_own_json
from tests.domain.strategies import EVENTS, FEW_SIDS, INSTANTS, JSON_OBJECTS, PROVENANCES, SIDS, TAG_NAMES, VISIBLE_TEXT

NAMES = VISIBLE_TEXT.map(lambda text: text.strip()[:LONGEST_NAME]).filter(lambda text: is_visible(text) and text != "*")
MAYBE_INSTANTS = st.none() | INSTANTS
REACHES = st.none() | st.frozensets(FEW_SIDS, min_size=1)
PLACES = st.builds(
    Place,
    sid=SIDS,
    account_sid=SIDS,
    kind=st.sampled_from(PlaceKind),
    name=NAMES,
    labels=st.dictionaries(NAMES, NAMES, max_size=3),
    created_at=INSTANTS,
    updated_at=MAYBE_INSTANTS,
)
TOKENS = st.builds(
    Token,
    sid=SIDS,
    account_sid=SIDS,
    kind=st.sampled_from(TokenKind),
    name=NAMES,
    hint=st.just("mcp_2abc1*******ef789"),
    scopes=st.frozensets(st.sampled_from(TokenScope), min_size=1),
    restriction=st.builds(Restriction, REACHES, REACHES),
    created_at=INSTANTS,
    expires_at=MAYBE_INSTANTS,
    revoked_at=MAYBE_INSTANTS,
    last_used_at=MAYBE_INSTANTS,
)
REVISIONS = st.builds(
    Revision,
    event_sid=SIDS,
    account_sid=SIDS,
    version=st.integers(2, 2**63 - 1),
    kind=st.sampled_from([ChangeKind.CHANGED, ChangeKind.DELETED, ChangeKind.RESTORED]),
    at=INSTANTS,
    by=PROVENANCES,
    before=st.none() | EVENTS,
)
ENTRIES: st.SearchStrategy[ArchiveEntry] = st.one_of(
    st.builds(Account, SIDS, NAMES, INSTANTS),
    PLACES,
    st.builds(ArchivedToken, TOKENS, st.binary(min_size=32, max_size=32)),
    st.builds(TagNumber, SIDS, st.sampled_from(TagPart), st.integers(0, 2**63 - 1), TAG_NAMES),
    st.builds(ArchivedEvent, EVENTS, st.booleans()),
    REVISIONS,
)
EVENT = Event(
    sid="evt_1", account_sid="acc_1", type=EventType.SCALE, name="to 9", started_at=Instant(0), created_at=Instant(0)
)


def written(**changes: Any) -> bytes:
    """The line of an event with some fields as they are given here."""
    line: dict[str, Any] = json.loads(export_line(ArchivedEvent(EVENT)))
    return json.dumps({"event": line["event"] | changes}).encode()


def refusal(line: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        parse_export_line(line)
    return str(caught.value)


@given(ENTRIES)
def test_an_entry_is_read_back_as_it_was_written(entry: ArchiveEntry):
    line = export_line(entry)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert parse_export_line(line) == entry


@given(EVENTS)
def test_metadata_keeps_the_order_of_its_keys(event: Event):
    entry = parse_export_line(export_line(ArchivedEvent(event)))
    assert isinstance(entry, ArchivedEvent)
    assert json.dumps(entry.event.metadata) == json.dumps(event.metadata)


def test_the_heading_and_blank_lines_hold_no_entry():
    assert parse_export_line(heading()) is None
    assert parse_export_line(b"  \n") is None


def test_a_later_format_is_refused():
    assert "update this one" in refusal(b'{"milepost": {"format": %d}}' % (FORMAT + 1))


def test_the_seed_fields_alone_make_an_event():
    line = b'{"event": {"sid": "evt_1", "accountSid": "acc_1", "type": "scale", "name": "to 9", "startedAt": "1970-01-01T00:00:00Z", "createdAt": "1970-01-01T00:00:00Z"}}'
    assert parse_export_line(line) == ArchivedEvent(EVENT)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (written(startedAt="yesterday"), "event.startedAt"),
        (written(startedAt="now"), "event.startedAt"),
        (written(endedAt="1969-01-01T00:00:00Z"), "event.endedAt"),
        (written(type="release"), "event.type"),
        (written(sid="evt 1"), "event.sid"),
        (written(bucketSids=[]), "event.bucketSids"),
        (written(metadata=[1]), "event.metadata"),
        (written(version=0), "event.version"),
        (written(deleted="no"), "event.deleted"),
        (written(createdBy={"token": "t"}), "event.createdBy.door"),
        (written(colour="red"), "event.colour"),
        (b'{"account": {"sid": "acc_1", "createdAt": "1970-01-01T00:00:00Z"}}', "account.name"),
        (b'{"token": 5}', "token"),
        (b'{"history": {"eventSid": "evt_1", "accountSid": "acc_1", "version": 2, "kind": "purged"}}', "history.kind"),
        (b'{"tag": {"accountSid": "acc_1", "part": "colour"}}', "tag.part"),
    ],
)
def test_a_wrong_line_is_refused_by_its_field(line: bytes, field: str):
    assert refusal(line).startswith(f"{field}: ")


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b"5", b"{}", b'{"event": {}, "token": {}}', b'{"evnt": {}}', b"\xff", b"[" * 5_000 + b"\n"],
)
def test_what_is_no_such_object_is_refused(line: bytes):
    assert refusal(line)


@given(JSON_OBJECTS, st.sampled_from([None, (",", ":")]), st.booleans())
def test_a_line_is_the_same_value_however_it_is_spelled(
    value: dict[str, Any], separators: tuple[str, str] | None, ascii_only: bool
):
    line = json.dumps(value, separators=separators, ensure_ascii=ascii_only).encode() + b"\n"
    assert repr(read_own_json(line)) == repr(read_json(line)) == repr(value)


@pytest.mark.parametrize(
    "line", [b'{"a":1,"a":1}\n', b'{"a":NaN}\n', b'{"a":Infinity}\n', b'{"a":"\xff"}\n', b"[1]]\n"]
)
def test_what_is_no_json_is_none_in_milepost_s_own_spelling_either(line: bytes):
    with pytest.raises(ValueError, match=r"\w"):
        read_own_json(line)


def test_numbers_beyond_64_bits_stay_what_they_are():
    assert read_own_json(b'{"a":18446744073709551616}\n') == {"a": 2**64}


def test_a_line_beyond_the_limit_is_refused():
    assert f"{LONGEST_LINE:,}" in refusal(b" " * LONGEST_LINE + b"{}")


def test_the_longest_events_fit_into_a_line():
    event = Event(
        sid="e" * 64,
        account_sid="a" * 64,
        type=EventType.CUSTOM,
        name="\x01" * 256,
        description="\x01" * 8_192,
        source="\x01" * 128,
        metadata={"m": "\U0001f600" * 4_090},
        started_at=Instant(0),
        created_at=Instant(0),
        tags={f"{index}" + "\x01" * 120: ("\x01" * 128,) for index in range(50)},
    )
    by = event.created_by
    assert by is None
    assert len(export_line(ArchivedEvent(event))) < LONGEST_LINE / 2
