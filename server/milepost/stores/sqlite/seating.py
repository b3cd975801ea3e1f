"""Seating: which chunk and slot an event gets, and splitting chunks that are full."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from milepost.stores.sqlite.chunks import FULL, pack, unpack
from milepost.stores.sqlite.postings import Postings
from milepost.stores.timeline.chunk_keys import BEGINNING, Seat, first_key, last_key, middle, next_tie
from milepost.stores.timeline.record import decode_event
from milepost.stores.timeline.terms import terms_of

_CHUNK_AT = "SELECT key, live FROM chunk WHERE account_id = ? AND key <= ? ORDER BY key DESC LIMIT 1"
_NEXT_KEY = "SELECT min(key) FROM chunk WHERE account_id = ? AND key > ?"
_LATEST = "SELECT max(started_at) FROM event WHERE account_id = ? AND chunk IS NOT NULL"
_MEMBERS = "SELECT id, slot, started_at, record FROM event WHERE account_id = ? AND chunk = ? ORDER BY started_at"
_SAVE = "INSERT INTO chunk VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET live = excluded.live"
_FREE = "UPDATE chunk SET live = bits_without(live, ?) WHERE account_id = ? AND key = ?"
_SWEEP = "DELETE FROM chunk WHERE account_id = ? AND key = ? AND live = x''"
_SEAT = "UPDATE event SET chunk = ?, slot = ? WHERE id = ?"


class Seating:
    """Gives seats to the events of one account, in order of time; lasts for one flush of the index."""

    def __init__(self, connection: sqlite3.Connection, account_id: int, postings: Postings) -> None:
        self._connection = connection
        self._account_id = account_id
        self._postings = postings
        self._key: int | None = None
        self._end: int | None = None
        self._live = 0
        self._seated: list[tuple[int, int, int]] = []

    def seat(self, event_id: int, started_at: int) -> Seat:
        """A free slot in the chunk that covers the moment."""
        if self._key is None or not self._covers(started_at):
            self._move_to(started_at)
        while self._live == FULL:
            self._make_room(started_at)
        assert self._key is not None  # noqa: S101 - _move_to set it
        slot = (~self._live & (self._live + 1)).bit_length() - 1
        self._live |= 1 << slot
        self._seated.append((self._key, slot, event_id))
        return self._key, slot

    def clear(self, seats: Iterable[Seat]) -> None:
        """Free the slots of events that are gone; a chunk that is empty goes too, the one before it covers its time."""
        self.save()
        self._key = None
        freed: dict[int, int] = {}
        for key, slot in seats:
            freed[key] = freed.get(key, 0) | 1 << slot
        self._connection.executemany(_FREE, [(pack(bits), self._account_id, key) for key, bits in freed.items()])
        self._connection.executemany(_SWEEP, [(self._account_id, key) for key in freed])

    def save(self) -> None:
        """Write the seats given so far."""
        if self._key is not None:
            self._connection.execute(_SAVE, (self._account_id, self._key, pack(self._live)))
        self._connection.executemany(_SEAT, self._seated)
        self._seated.clear()

    def _covers(self, moment: int) -> bool:
        return (
            self._key is not None
            and self._key <= last_key(moment)
            and (self._end is None or last_key(moment) < self._end)
        )

    def _move_to(self, moment: int) -> None:
        self.save()
        found = self._connection.execute(_CHUNK_AT, (self._account_id, last_key(moment))).fetchone()
        self._key, live = found or (first_key(BEGINNING), b"")
        self._live = unpack(live)
        self._end = self._connection.execute(_NEXT_KEY, (self._account_id, self._key)).fetchone()[0]

    def _begin(self, key: int) -> None:
        self.save()
        self._key, self._live = key, 0

    def _make_room(self, moment: int) -> None:
        """Go on to a new chunk if the moment lies after all events; otherwise split the full one."""
        self.save()
        self._postings.save()
        latest: int = self._connection.execute(_LATEST, (self._account_id,)).fetchone()[0]
        if self._end is None and moment > latest:
            self._begin(first_key(moment))
            return
        self._split(moment)
        self._move_to(moment)

    def _split(self, moment: int) -> None:
        """Divide the full chunk by time; where it holds one millisecond only, begin a further one."""
        key = self._key
        assert key is not None  # noqa: S101 - only a chunk that is at hand is split
        members = self._connection.execute(_MEMBERS, (self._account_id, key)).fetchall()
        half = middle([member[2] for member in members])
        only: int = members[0][2]
        if half is not None:
            self._split_off(key, first_key(half), [member for member in members if member[2] >= half])
        elif moment > only:
            self._split_off(key, first_key(moment), [])
        elif key < first_key(only):
            self._split_off(key, first_key(only), members)
        else:
            self._split_off(key, next_tie(key), [])
        self._key = None

    def _split_off(self, key: int, new_key: int, members: list[tuple[int, int, int, str]]) -> None:
        """Move events from the chunk `key` to the new chunk `new_key`."""
        moved = 0
        for slot, (_, old_slot, _, record) in enumerate(members):
            terms = terms_of(decode_event(record, ""))
            self._postings.clear(self._account_id, terms, (key, old_slot))
            self._postings.set(self._account_id, terms, (new_key, slot))
            moved |= 1 << old_slot
        self._connection.executemany(_SEAT, [(new_key, slot, member[0]) for slot, member in enumerate(members)])
        self._connection.execute(_SAVE, (self._account_id, key, pack(self._live & ~moved)))
        self._connection.execute(_SAVE, (self._account_id, new_key, pack((1 << len(members)) - 1)))
        self._postings.save()
