"""What rides along in an event's metadata because the API has no field for it: put in, and taken out again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import orjson

from milepost.domain.errors import Invalid
from milepost.domain.event import METADATA_BYTES, Event, parse_check, parse_dedup_key, parse_severity
from milepost.domain.instant import parse_instant
from milepost.domain.tags import parse_tags
from milepost.domain.text import JsonObject, JsonValue
from milepost.wire.event_line import read_provenance
from milepost.wire.event_record import event_record

KEY: Final = "milepost"
"""The key of `metadata` that is Milepost's own."""
_EMPTY: Final = "emptyMetadata"
_FIELDS: Final[Mapping[str, tuple[str, Callable[[object, str], object]]]] = {
    "severity": ("severity", parse_severity),
    "tags": ("tags", parse_tags),
    "check": ("check", parse_check),
    "dedupKey": ("dedup_key", parse_dedup_key),
    "updatedAt": ("updated_at", parse_instant),
    "createdBy": ("created_by", read_provenance),
}
"""Their names in a record of ours, which are also those under the key: the event's attribute, and how it is read."""
NAMES: Final = frozenset(_FIELDS)


def unload(metadata: JsonObject | None, record: Mapping[str, object]) -> tuple[JsonObject | None, dict[str, Any]]:
    """The metadata without what rode along, and the event's attributes that come of it.

    Where nothing of ours says otherwise, they come of the record's own fields of those names, if it has sound ones.
    """
    own, _ = _understood({name: record[name] for name in NAMES & record.keys() if record[name] is not None})
    found = metadata.get(KEY) if metadata else None
    if not metadata or not isinstance(found, dict) or not found:
        return metadata, own
    ours, left = _understood(found)
    empty = left.pop(_EMPTY, None) if found.get(_EMPTY) is True else None
    rest: JsonObject = {key: left if key == KEY else value for key, value in metadata.items() if key != KEY or left}
    return rest or ({} if empty else None), own | ours


def load(event: Event, found: JsonObject | None = None, aloud: Collection[str] = ()) -> JsonObject | None:
    """The event's metadata with what has to ride along.

    `found` is the metadata that the event had when it was read: what others keep under our key stays as it is there.
    `aloud` names fields whose absence has to be said. Raises `Invalid` where the key is used otherwise, or where it all
    comes to more than `METADATA_BYTES`.
    """
    metadata = event.metadata or {}
    left = _left(metadata, found or {})
    record = event_record(event)
    ours: JsonObject = {name: record[name] for name in _FIELDS if record[name] is not None or name in aloud}
    if event.metadata == {} and ours:
        ours[_EMPTY] = True
    whole: JsonObject | None = {**metadata, KEY: {**left, **ours}} if ours else event.metadata
    if ours:
        _check_size(whole, ours)
    return whole


def _understood(fields: Mapping[str, object]) -> tuple[dict[str, Any], JsonObject]:
    """The attributes that the fields come to, null being None, and those that are none or unsound."""
    attributes: dict[str, Any] = {}
    left: JsonObject = {}
    for name, value in fields.items():
        try:
            attribute, parse = _FIELDS[name]
            attributes[attribute] = None if value is None else parse(value, name)
        except (KeyError, Invalid):
            left[name] = value  # pyright: ignore[reportArgumentType] - it is JSON, as it came
    return attributes, left


def _left(metadata: JsonObject, found: JsonObject) -> JsonObject:
    """What others keep under our key."""
    if KEY not in metadata:
        return {}
    kept: JsonValue = found.get(KEY)
    if KEY not in found or repr(metadata[KEY]) != repr(kept):
        raise Invalid.of(f"metadata.{KEY}", "Milepost keeps fields of its own under this key; use another one")
    if not isinstance(kept, dict):
        message = "somebody else's value is where Milepost keeps fields of its own; write metadata without it"
        raise Invalid.of(f"metadata.{KEY}", message)
    return kept


def _check_size(whole: JsonObject | None, ours: JsonObject) -> None:
    size, riding = len(orjson.dumps(whole)), len(orjson.dumps(ours))
    if size > METADATA_BYTES:
        raise Invalid.of(
            "metadata",
            f"{size:,} bytes of JSON came, {riding:,} of them tags, dedupKey and the like, which ride along in it here; "
            f"at most {METADATA_BYTES:,} are taken",
        )
