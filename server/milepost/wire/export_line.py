"""The lines of an export: one JSON object each, whose only key says what it is.

    {"milepost": {"format": 1}}         first, so that a later format is refused rather than misread
    {"account": {…}}  {"bucket": {…}}  {"environment": {…}}  {"token": {…}}  {"tag": {…}}  {"event": {…}}  {"history": {…}}

Each holds the record that the other interfaces show, and what only a store needs beside it: an event's `version` and
whether it is `deleted`, a token's `sha256` (so that it goes on working), a tag's number. Reading what was written
gives equal entries; a line that was written by hand may leave out whatever may be null.
"""

from __future__ import annotations

from binascii import Error as HexError
from binascii import unhexlify
from collections.abc import Callable, Mapping
from typing import cast

import orjson

from milepost.domain.account import Account, Place, PlaceKind, parse_account_name, parse_labels, parse_place_name
from milepost.domain.archive import ArchivedEvent, ArchivedToken, ArchiveEntry, TagNumber, TagPart
from milepost.domain.errors import Invalid
from milepost.domain.history import Revision
from milepost.domain.scope import EVERYWHERE, Restriction, parse_scope
from milepost.domain.sid import check_sid
from milepost.domain.tags import LONGEST_NAME as LONGEST_TAG
from milepost.domain.text import JsonObject, check_integer, check_text, shown
from milepost.domain.token import Token, TokenKind, parse_token_name, parse_token_scopes
from milepost.wire.account_record import account_record, place_record
from milepost.wire.event_line import event_line, read_event_line, read_revision_line, revision_line
from milepost.wire.line_fields import LineFields, read_choice
from milepost.wire.reading import read_own_json
from milepost.wire.token_record import token_record

FORMAT = 1
LONGEST_LINE = 1024 * 1024
"""Bytes; the longest line that can be written, an event's change with everything escaped, is under half of it."""
_LONGEST_HINT = 64


def heading() -> bytes:
    """The first line of an export."""
    return _line("milepost", {"format": FORMAT})


def export_line(entry: ArchiveEntry) -> bytes:
    """The entry as one line of JSON, line break included."""
    match entry:
        case Account():
            return _line("account", account_record(entry))
        case Place():
            return _line(entry.kind.value, place_record(entry))
        case ArchivedToken():
            return _line("token", {**token_record(entry.token), "sha256": entry.digest.hex()})
        case TagNumber():
            return _line("tag", _tag_record(entry))
        case ArchivedEvent():
            return _line("event", event_line(entry))
        case Revision():
            return _line("history", revision_line(entry))


def parse_export_line(line: bytes) -> ArchiveEntry | None:
    """The entry that a line holds; None for the heading and for a blank line.

    Raises `Invalid` naming the field (`event.startedAt`), or no field where the line is no such object.
    """
    if not line.strip():
        return None
    if len(line) > LONGEST_LINE:
        raise Invalid.of("", f"the line has more than {LONGEST_LINE:,} bytes")
    try:
        value = read_own_json(line)
    except ValueError as error:
        raise Invalid.of("", f"it is no JSON ({error})") from None
    known = ", ".join(_READERS)
    if not isinstance(value, dict) or len(cast("dict[str, object]", value)) != 1:
        raise Invalid.of("", f"it is no object with one key; write one of {known}")
    [(kind, content)] = cast("dict[str, object]", value).items()
    if kind not in _READERS:
        raise Invalid.of("", f"{shown(kind)} is not one of {known}")
    return _READERS[kind](content)


def _line(kind: str, record: JsonObject) -> bytes:
    return orjson.dumps({kind: record}, option=orjson.OPT_APPEND_NEWLINE)


def _tag_record(tag: TagNumber) -> JsonObject:
    return {"accountSid": tag.account_sid, "part": tag.part.value, "number": tag.number, "name": tag.name}


def _read_heading(content: object) -> None:
    fields = LineFields(content, "milepost")
    written = fields.take("format", check_integer)
    if written != FORMAT:
        raise Invalid.of(
            "milepost.format", f"{written} is not {FORMAT}; this file is of another Milepost, update this one"
        )


def _read_account(content: object) -> Account:
    fields = LineFields(content, "account")
    account = Account(
        fields.take("sid", check_sid), fields.take("name", parse_account_name), fields.instant("createdAt")
    )
    fields.close()
    return account


def _read_place(kind: PlaceKind) -> Callable[[object], Place]:
    def read(content: object) -> Place:
        fields = LineFields(content, kind.value)
        place = Place(
            sid=fields.take("sid", check_sid),
            account_sid=fields.take("accountSid", check_sid),
            kind=kind,
            name=fields.take("name", parse_place_name),
            labels=fields.maybe("labels", parse_labels) or {},
            created_at=fields.instant("createdAt"),
            updated_at=fields.maybe_instant("updatedAt"),
        )
        fields.close()
        return place

    return read


def _read_token(content: object) -> ArchivedToken:
    fields = LineFields(content, "token")
    token = Token(
        sid=fields.take("sid", check_sid),
        account_sid=fields.take("accountSid", check_sid),
        kind=fields.take("kind", read_choice(TokenKind)),
        name=fields.take("name", parse_token_name),
        hint=fields.take("token", lambda value, field: check_text(value, field, _LONGEST_HINT)),
        scopes=fields.take("scopes", parse_token_scopes),
        restriction=Restriction(fields.take("bucketSids", _read_reach), fields.take("environmentSids", _read_reach)),
        created_at=fields.instant("createdAt"),
        expires_at=fields.maybe_instant("expiresAt"),
        revoked_at=fields.maybe_instant("revokedAt"),
        last_used_at=fields.maybe_instant("lastUsedAt"),
    )
    fields.maybe("isRevoked", lambda value, _: value)  # follows from revokedAt; there for whoever reads the file
    digest = fields.take("sha256", _read_digest)
    fields.close()
    return ArchivedToken(token, digest)


def _read_reach(value: object, field: str) -> frozenset[str] | None:
    sids = parse_scope(value, field)
    return None if sids == EVERYWHERE else frozenset(check_sid(sid, field) for sid in sids)


def _read_digest(value: object, field: str) -> bytes:
    try:
        digest = unhexlify(check_text(value, field, 64))
    except (HexError, ValueError):
        digest = b""
    if len(digest) != 32:
        raise Invalid.of(field, f"{shown(value)} is no SHA-256; write 64 hexadecimal digits")
    return digest


def _read_tag(content: object) -> TagNumber:
    fields = LineFields(content, "tag")
    tag = TagNumber(
        fields.take("accountSid", check_sid),
        fields.take("part", read_choice(TagPart)),
        fields.take("number", check_integer),
        fields.maybe("name", lambda value, field: check_text(value, field, LONGEST_TAG, blank=False)),
    )
    fields.close()
    return tag


_READERS: Mapping[str, Callable[[object], ArchiveEntry | None]] = {
    "milepost": _read_heading,
    "account": _read_account,
    "bucket": _read_place(PlaceKind.BUCKET),
    "environment": _read_place(PlaceKind.ENVIRONMENT),
    "token": _read_token,
    "tag": _read_tag,
    "event": read_event_line,
    "history": read_revision_line,
}
