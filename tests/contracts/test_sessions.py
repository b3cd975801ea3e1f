"""Sessions and sign-in links: kept with their parent, which is looked at anew each time, and taken once."""

from dataclasses import replace

import anyio
import pytest

from milepost.domain.errors import NotFound
from milepost.domain.instant import Instant
from milepost.domain.scope import Restriction
from milepost.domain.session import Session, SessionKind
from milepost.domain.token import ALL_SCOPES, Token, TokenKind
from tests.contracts.backends import Backend
from tests.contracts.samples import ACCOUNT, OTHER

MOST = 3
PARENT = Token(
    sid="mcp_parent",
    account_sid=ACCOUNT,
    kind=TokenKind.MCP,
    name="parent",
    hint="mcp_*",
    scopes=ALL_SCOPES,
    restriction=Restriction(frozenset({"b1"}), None),
    created_at=Instant(1),
    expires_at=Instant(900),
)


def make(number: int, parent: Token | None = None, kind: SessionKind = SessionKind.SESSION) -> Session:
    return Session(
        sid=f"{kind.prefix}_{number}",
        account_sid=ACCOUNT,
        kind=kind,
        parent=parent,
        created_at=Instant(number),
        expires_at=Instant(number + 500),
    )


def digest(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture
async def kept(backend: Backend) -> Backend:
    """A back end with the parent in it."""
    await backend.tokens.add_token(PARENT, digest(0))
    return backend


async def add(backend: Backend, *sessions: Session) -> None:
    """Each under the digest of its moment."""
    for session in sessions:
        await backend.sessions.add_session(session, digest(session.created_at), MOST)


async def present(backend: Backend, *sessions: Session) -> list[int]:
    """The moments of those that are still there."""
    return [
        session.created_at for session in sessions if await backend.sessions.find_session(digest(session.created_at))
    ]


async def test_a_session_is_found_by_its_digest_with_its_parent(kept: Backend) -> None:
    owners, tokens = make(1), make(2, PARENT)
    await add(kept, owners, tokens)
    for session in (owners, tokens):
        assert await kept.sessions.find_session(digest(session.created_at)) == session
        assert await kept.sessions.get_session(ACCOUNT, session.sid) == session
    assert await kept.sessions.find_session(digest(9)) is None


async def test_a_parent_that_was_revoked_is_seen_at_once(kept: Backend) -> None:
    session = make(2, PARENT)
    await add(kept, session)
    await kept.tokens.revoke_token(ACCOUNT, PARENT.sid, Instant(3))
    revoked = replace(session, parent=replace(PARENT, revoked_at=Instant(3)))
    assert await kept.sessions.find_session(digest(2)) == revoked == await kept.sessions.get_session(ACCOUNT, "ses_2")


async def test_a_session_whose_parent_is_not_there_is_not_there_either(kept: Backend) -> None:
    await add(kept, make(2, replace(PARENT, sid="mcp_gone")))
    assert await kept.sessions.find_session(digest(2)) is None


async def test_one_of_several_who_exchange_a_link_at_once_gets_a_session_for_it(kept: Backend) -> None:
    link, sessions = make(5, kind=SessionKind.LINK), [make(number) for number in range(10, 18)]
    await add(kept, link)
    got: list[Session | None] = []

    async def exchange(session: Session) -> None:
        made = await kept.sessions.exchange_session(digest(5), lambda _: session, digest(session.created_at), MOST)
        got.append(made)

    async with anyio.create_task_group() as tasks:
        for session in sessions:
            tasks.start_soon(exchange, session)
    [one] = [session for session in got if session]
    assert await present(kept, link, *sessions) == [one.created_at]


async def test_a_link_of_which_nothing_is_made_is_gone_as_well(kept: Backend) -> None:
    await add(kept, make(5, kind=SessionKind.LINK))
    assert await kept.sessions.exchange_session(digest(5), lambda _: None, digest(6), MOST) is None
    assert await present(kept, make(5), make(6)) == []


async def test_no_session_of_a_link_outlives_the_end_of_all(kept: Backend) -> None:
    """Whichever comes first: sessions are gone, and links that were not exchanged yet are good for nothing."""
    for number in range(20):
        link, session = make(number, kind=SessionKind.LINK), make(100 + number)
        await add(kept, link)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(
                kept.sessions.exchange_session, digest(number), lambda _, made=session: made, digest(100 + number), MOST
            )
            tasks.start_soon(kept.sessions.end_sessions, ACCOUNT, Instant(50))
        # What was begun before the end is gone; what asks for it afterwards finds no link.
        assert await kept.sessions.find_session(digest(number)) is None
        assert await kept.sessions.find_session(digest(100 + number)) is None


async def test_an_ended_session_is_not_found_and_ending_it_again_does_no_harm(kept: Backend) -> None:
    await add(kept, make(1))
    await kept.sessions.end_session(OTHER, "ses_1")
    assert await present(kept, make(1)) == [1]
    for _ in range(2):
        await kept.sessions.end_session(ACCOUNT, "ses_1")
    with pytest.raises(NotFound):
        await kept.sessions.get_session(ACCOUNT, "ses_1")


async def test_all_of_an_account_are_ended_and_none_of_another(kept: Backend) -> None:
    other = replace(make(3), account_sid=OTHER)
    await add(kept, make(1), make(2, PARENT), other, make(4, kind=SessionKind.LINK))
    assert await kept.sessions.end_sessions(ACCOUNT, Instant(501)) == 2, "one was over by then"
    assert await present(kept, make(1), make(2), make(3), make(4)) == [3]
    assert await kept.sessions.end_sessions(ACCOUNT, Instant(501)) == 0


async def test_what_is_over_is_forgotten_when_the_next_comes(kept: Backend) -> None:
    old, new = make(1, PARENT), make(501)
    await add(kept, old, new)
    assert await present(kept, old, new) == [501]


async def test_the_oldest_of_a_kind_and_parent_give_way_and_no_others(kept: Backend) -> None:
    owners = [make(number) for number in (1, 2, 3)]
    links = [make(number, kind=SessionKind.LINK) for number in (4, 5, 6)]
    tokens = [make(number, PARENT) for number in (7, 8, 9, 10)]
    await add(kept, *owners, *links, *tokens)
    assert await present(kept, *owners, *links, *tokens) == [1, 2, 3, 4, 5, 6, 8, 9, 10]


async def test_another_accounts_session_is_not_found(kept: Backend) -> None:
    await add(kept, make(1))
    with pytest.raises(NotFound):
        await kept.sessions.get_session(OTHER, "ses_1")
    with pytest.raises(NotFound):
        await kept.sessions.add_session(replace(make(2), account_sid="acc_none"), digest(2), MOST)


async def test_sessions_are_in_no_export(kept: Backend) -> None:
    before = [entry async for entry in kept.archive.entries(None)]
    await add(kept, make(1), make(2, PARENT))
    assert [entry async for entry in kept.archive.entries(None)] == before
