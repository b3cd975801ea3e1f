"""A session as both databases write it down: the same columns in the same order, and its parent's behind them."""

from __future__ import annotations

from typing import Any, Final

from milepost.domain.session import Session, SessionKind
from milepost.stores.timeline.token_row import decode_token

SELECT: Final = (
    "SELECT account.sid, session.sid, session.kind, session.created_at, session.expires_at, session.parent,"
    " account.sid, token.sid, token.kind, name, hint, scopes, buckets, environments, token.created_at,"
    " token.expires_at, revoked_at, last_used_at"
    " FROM session JOIN (SELECT id, sid FROM account) AS account ON account.id = session.account_id"
    " LEFT JOIN token ON token.sid = session.parent AND token.account_id = session.account_id"
    " WHERE (session.parent IS NULL OR token.sid IS NOT NULL)"
)
"""The columns of `decode_session`, of sessions whose parent is there; further conditions follow with AND."""
_OWN: Final = 6


def encode_session(session: Session) -> tuple[Any, ...]:
    """Its columns from `sid` to `expires_at`."""
    parent = session.parent.sid if session.parent else None
    return (session.sid, session.kind.value, parent, session.created_at, session.expires_at)


def decode_session(row: tuple[Any, ...]) -> Session:
    """A session from the columns of `SELECT`."""
    account_sid, sid, kind, created_at, expires_at, parent = row[:_OWN]
    return Session(
        sid=sid,
        account_sid=account_sid,
        kind=SessionKind(kind),
        parent=None if parent is None else decode_token(tuple(row[_OWN:])),
        created_at=created_at,
        expires_at=expires_at,
    )
