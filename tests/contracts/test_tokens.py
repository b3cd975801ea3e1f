from dataclasses import replace

import pytest

from milepost.domain.errors import Conflict, NotFound
from milepost.domain.instant import Instant
from milepost.domain.scope import Restriction
from milepost.domain.token import ALL_SCOPES, Token, TokenKind
from tests.contracts.backends import Backend
from tests.contracts.samples import ACCOUNT, OTHER

DIGEST = bytes(range(32))


def make(number: int = 1, kind: TokenKind = TokenKind.MCP) -> Token:
    return Token(
        sid=f"mcp_{number}", account_sid=ACCOUNT, kind=kind, name="n", hint="mcp_*", created_at=Instant(number // 2)
    )


def digest(number: int) -> bytes:
    return number.to_bytes(32, "big")


async def test_a_token_is_found_by_its_digest_as_it_was_kept(backend: Backend) -> None:
    plain = make()
    full = replace(
        make(2, TokenKind.API),
        scopes=ALL_SCOPES,
        restriction=Restriction(frozenset({"b1", "b2"}), frozenset()),
        expires_at=Instant(5),
        revoked_at=Instant(6),
        last_used_at=Instant(7),
    )
    for number, token in enumerate((plain, full)):
        await backend.tokens.add_token(token, digest(number))
        assert await backend.tokens.find_token(digest(number)) == token
        assert await backend.tokens.get_token(ACCOUNT, token.sid) == token
    assert await backend.tokens.find_token(DIGEST) is None


async def test_a_sid_or_secret_is_kept_once(backend: Backend) -> None:
    await backend.tokens.add_token(make(), DIGEST)
    with pytest.raises(Conflict):
        await backend.tokens.add_token(make(2), DIGEST)
    with pytest.raises(Conflict):
        await backend.tokens.add_token(make(), digest(2))


async def test_tokens_are_listed_newest_first_in_pages_and_by_kind(backend: Backend) -> None:
    for number in range(1, 8):
        await backend.tokens.add_token(make(number, TokenKind.API if number == 4 else TokenKind.MCP), digest(number))
    first = await backend.tokens.tokens(ACCOUNT, None, 4, None)
    rest = await backend.tokens.tokens(ACCOUNT, None, 4, first[-1].sid)
    assert [token.sid for token in (*first, *rest)] == [f"mcp_{number}" for number in range(7, 0, -1)]
    assert [token.sid for token in await backend.tokens.tokens(ACCOUNT, TokenKind.API, 9, None)] == ["mcp_4"]
    assert await backend.tokens.tokens(OTHER, None, 9, None) == ()


async def test_revoking_is_seen_at_once_and_keeps_its_first_moment(backend: Backend) -> None:
    await backend.tokens.add_token(make(), DIGEST)
    revoked = await backend.tokens.revoke_token(ACCOUNT, "mcp_1", Instant(10))
    assert revoked == await backend.tokens.find_token(DIGEST) == replace(make(), revoked_at=Instant(10))
    assert await backend.tokens.revoke_token(ACCOUNT, "mcp_1", Instant(11)) == revoked
    assert await backend.tokens.tokens(ACCOUNT, None, 9, None) == (revoked,)


async def test_another_accounts_token_is_not_found(backend: Backend) -> None:
    await backend.tokens.add_token(make(), DIGEST)
    for account_sid, sid in ((OTHER, "mcp_1"), (ACCOUNT, "mcp_none")):
        with pytest.raises(NotFound):
            await backend.tokens.get_token(account_sid, sid)
        with pytest.raises(NotFound):
            await backend.tokens.revoke_token(account_sid, sid, Instant(1))
    assert await backend.tokens.find_token(DIGEST) == make()


async def test_a_token_of_an_unknown_account_is_refused(backend: Backend) -> None:
    with pytest.raises(NotFound):
        await backend.tokens.add_token(replace(make(), account_sid="acc_none"), DIGEST)


async def test_uses_are_written_along_with_other_work(backend: Backend) -> None:
    await backend.tokens.add_token(make(), DIGEST)
    await backend.tokens.note_use("mcp_1", Instant(50))
    await backend.tokens.note_use("mcp_1", Instant(40))
    await backend.tokens.add_token(make(2), digest(2))
    assert (await backend.tokens.get_token(ACCOUNT, "mcp_1")).last_used_at == 50
