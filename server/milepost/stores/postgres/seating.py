"""Seating: which chunk and slot an event gets, and splitting chunks that are full."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import LiteralString

import psycopg

from milepost.stores.postgres.bits import BITS, FULL, ZERO, pack
from milepost.stores.postgres.postings import Postings
from milepost.stores.timeline.chunk_keys import BEGINNING, LOWEST, Seat, first_key, last_key, middle, next_tie
from milepost.stores.timeline.record import decode_event
from milepost.stores.timeline.terms import terms_of

_CHUNK_AT = (
    "SELECT key, live, (SELECT min(later.key) FROM chunk AS later WHERE later.account_id = chunk.account_id"
    " AND later.key > chunk.key) FROM chunk WHERE account_id = %s AND key <= %s ORDER BY key DESC LIMIT 1"
)
_LOWEST = "SELECT min(key) FROM chunk WHERE account_id = %s"
_LATEST = "SELECT max(started_at) FROM event WHERE account_id = %s AND chunk IS NOT NULL"
_MEMBERS = (
    "SELECT sid, slot, started_at, record FROM event WHERE account_id = %s AND chunk = %s ORDER BY started_at, sid"
)
_SAVE = "INSERT INTO chunk VALUES (%s, %s, %s::varbit) ON CONFLICT (account_id, key) DO UPDATE SET live = excluded.live"
_FREE = (
    f"UPDATE chunk SET live = (live::{BITS} & ~gone.bits::{BITS})"
    " FROM unnest(%b::bigint[], %b::varbit[]) AS gone (key, bits) WHERE account_id = %s AND chunk.key = gone.key"
)
_SWEEP = f"DELETE FROM chunk WHERE account_id = %s AND key = ANY(%b) AND live::{BITS} = {ZERO}"
_SEAT = (
    "UPDATE event SET chunk = %s, slot = seated.slot FROM unnest(%b::text[], %b::integer[]) AS seated (sid, slot)"
    " WHERE account_id = %s AND event.sid = seated.sid"
)

Member = tuple[str, int, int, str]


class Seating:
    """Gives seats to the events of one account, in order of time. `write` is called before a chunk is split: it has to
    write the events that were seated so far, since those are moved by their rows.
    """

    def __init__(
        self, connection: psycopg.Connection, account_id: int, postings: Postings, write: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._account_id = account_id
        self._postings = postings
        self._write = write
        self._key: int | None = None
        self._end: int | None = None
        self._live = 0
        self._latest: int | None = None
        self._last = BEGINNING
        self._begun: set[int] = set()

    def seat(self, started_at: int) -> Seat:
        """A free slot in the chunk that covers the moment."""
        if not self._covers(started_at):
            self._move_to(started_at)
        while self._live == FULL:
            self._make_room(started_at)
        self._last = started_at
        assert self._key is not None  # noqa: S101 - _move_to set it
        slot = (~self._live & (self._live + 1)).bit_length() - 1
        self._live |= 1 << slot
        return self._key, slot

    def clear(self, seats: Iterable[Seat]) -> None:
        """Free the slots of events that are gone; a chunk that is empty goes too, the one before it covers its time."""
        freed: dict[int, int] = {}
        for key, slot in seats:
            freed[key] = freed.get(key, 0) | 1 << slot
        if freed:
            bits = [pack(one) for one in freed.values()]
            self._connection.execute(_FREE, (list(freed), bits, self._account_id))
            self._connection.execute(_SWEEP, (self._account_id, list(freed)))

    def save(self) -> None:
        """Write which slots are taken."""
        if self._key is not None:
            self._connection.execute(_SAVE, (self._account_id, self._key, pack(self._live)))

    def take_begun(self) -> set[int]:
        """The chunks that were begun since this was asked last: nothing is written of them yet."""
        begun, self._begun = self._begun, set()
        return begun

    def _covers(self, moment: int) -> bool:
        return (
            self._key is not None
            and self._key <= last_key(moment)
            and (self._end is None or last_key(moment) < self._end)
        )

    def _move_to(self, moment: int) -> None:
        self.save()
        found = self._connection.execute(_CHUNK_AT, (self._account_id, last_key(moment))).fetchone()
        if found is None:
            self._begin(LOWEST, self._number(_LOWEST))
        else:
            self._key, self._live, self._end = found

    def _begin(self, key: int, end: int | None) -> None:
        self._key, self._live, self._end = key, 0, end
        self._begun.add(key)

    def _make_room(self, moment: int) -> None:
        """Go on to a new chunk if the moment lies after all events; otherwise split the full one."""
        if self._end is None and moment > self._latest_moment():
            self.save()
            self._begin(first_key(moment), None)
            return
        self._write()
        self.save()
        self._split(moment)
        self._move_to(moment)

    def _latest_moment(self) -> int:
        """Of the events that have seats; asked of the database once, since those that follow come in order of time."""
        if self._latest is None:
            found = self._number(_LATEST)
            self._latest = BEGINNING if found is None else found
        return max(self._latest, self._last)

    def _split(self, moment: int) -> None:
        """Divide the full chunk by time; where it holds one millisecond only, begin a further one."""
        key = self._key
        assert key is not None  # noqa: S101 - only a chunk that is at hand is split
        members: list[Member] = self._connection.execute(_MEMBERS, (self._account_id, key)).fetchall()
        half = middle([member[2] for member in members])
        only = members[0][2]
        if half is not None:
            self._split_off(key, first_key(half), [member for member in members if member[2] >= half])
        elif moment > only:
            self._split_off(key, first_key(moment), [])
        elif key < first_key(only):
            self._split_off(key, first_key(only), members)
        else:
            self._split_off(key, next_tie(key), [])
        self._key = None

    def _split_off(self, key: int, new_key: int, members: list[Member]) -> None:
        """Move events from the chunk `key` to the new chunk `new_key`."""
        moved = 0
        for slot, (_, old_slot, _, record) in enumerate(members):
            terms = terms_of(decode_event(record, ""))
            self._postings.clear(self._account_id, terms, (key, old_slot))
            self._postings.set(self._account_id, terms, (new_key, slot))
            moved |= 1 << old_slot
        sids = [member[0] for member in members]
        self._connection.execute(_SEAT, (new_key, sids, list(range(len(sids))), self._account_id))
        self._connection.execute(_SAVE, (self._account_id, key, pack(self._live & ~moved)))
        self._connection.execute(_SAVE, (self._account_id, new_key, pack((1 << len(members)) - 1)))
        self._postings.save()

    def _number(self, statement: LiteralString) -> int | None:
        found = self._connection.execute(statement, (self._account_id,)).fetchone()
        return found[0] if found else None
