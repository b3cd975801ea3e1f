"""Terms as this database knows them: sixteen bytes that stand for account, kind and value."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from milepost.stores.timeline.terms import Term

TERM_BYTES = 16
_MOST_REMEMBERED = 20_000


@lru_cache(_MOST_REMEMBERED)
def hashed(account_id: int, term: Term) -> bytes:
    """The term's bytes; two terms never share them but by a chance of one in 2^64 among four thousand millions."""
    kind, value = term
    return blake2b(f"{account_id} {kind} {value}".encode(), digest_size=TERM_BYTES).digest()


def all_hashed(account_id: int, terms: Iterable[Term]) -> tuple[bytes, ...]:
    """The bytes of each."""
    return tuple(hashed(account_id, term) for term in terms)
