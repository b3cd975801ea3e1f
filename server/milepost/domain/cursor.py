"""Cursors: opaque text that stands for "go on after this event".

A cursor holds the moment of the first page (so that relative times keep their meaning from page to page), the
position up to which was read, a digest of the filters it belongs to, and a checksum. It is no secret and grants
nothing: account and restrictions are applied to each page anew.
"""

from __future__ import annotations

import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import blake2b

from milepost.domain.errors import Invalid
from milepost.domain.instant import EARLIEST, LATEST, Instant
from milepost.domain.query import DEFAULT_NAMES, FilterNames, Position, SourcePosition
from milepost.domain.sid import is_sid

_VERSION = 1
_HEAD = struct.Struct(">Bqq8s")
_CHECKSUM_BYTES = 4
_LONGEST = 2_048
_MOST_SOURCES = 8
_SEPARATOR = "|"
_START_AGAIN = "leave it out to start at the first page"


@dataclass(frozen=True, slots=True)
class Cursor:
    """`now` is the moment of the first page; `digest` is that of the filters (`EventSearch.digest`)."""

    now: Instant
    after: Position
    digest: bytes

    def encode(self) -> str:
        """URL-safe text, about 85 characters; more with sources that are elsewhere."""
        head = _HEAD.pack(_VERSION, self.now, self.after.started_at, self.digest)
        body = head + _SEPARATOR.join([self.after.sid, *map(_written, self.after.sources)]).encode()
        return urlsafe_b64encode(body + _checksum(body)).rstrip(b"=").decode()


def decode_cursor(text: str, digest: bytes, field: str = "cursor", names: FilterNames = DEFAULT_NAMES) -> Cursor:
    """Read a cursor back; raises `Invalid` if it is damaged or belongs to other filters than `digest`."""
    cursor = _decode(text)
    if cursor is None:
        raise Invalid.of(field, f"it is damaged; pass {names.next_cursor} exactly as it came, or {_START_AGAIN}")
    if cursor.digest != digest:
        raise Invalid.of(field, f"it belongs to other filters; repeat those of the first page, or {_START_AGAIN}")
    return cursor


def _decode(text: str) -> Cursor | None:
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        return None
    body, checksum = raw[:-_CHECKSUM_BYTES], raw[-_CHECKSUM_BYTES:]
    if len(body) < _HEAD.size or checksum != _checksum(body) or body[0] != _VERSION:
        return None
    _, now, started_at, digest = _HEAD.unpack_from(body)
    sid, *others = body[_HEAD.size :].decode("utf-8", "replace").split(_SEPARATOR)
    sources = tuple(map(_read, others[:_MOST_SOURCES]))
    cursor = Cursor(Instant(now), Position(Instant(started_at), sid, tuple(filter(None, sources))), digest)
    sound = _is_place(started_at, sid) and EARLIEST <= now <= LATEST and None not in sources
    return cursor if sound and cursor.encode() == text else None


def _written(source: SourcePosition) -> str:
    return f"{source.source} {'' if source.started_at is None else source.started_at} {source.sid}"


def _read(text: str) -> SourcePosition | None:
    name, _, place = text.partition(" ")
    started_at, _, sid = place.partition(" ")
    if not started_at:
        return SourcePosition(name)
    sound = re.fullmatch(r"-?\d{1,18}", started_at, re.ASCII) and _is_place(int(started_at), sid)
    return SourcePosition(name, Instant(int(started_at)), sid) if sound else None


def _is_place(started_at: int, sid: str) -> bool:
    return EARLIEST <= started_at <= LATEST and (not sid or is_sid(sid))


def _checksum(body: bytes) -> bytes:
    return blake2b(body, digest_size=_CHECKSUM_BYTES, person=b"milepost-cursor").digest()
