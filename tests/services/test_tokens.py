from dataclasses import replace
from typing import Any

import pytest

from milepost.domain.errors import Forbidden, Invalid, NotFound, Unauthorized
from milepost.domain.instant import DAY, HOUR, Instant
from milepost.domain.scope import UNRESTRICTED, Restriction
from milepost.domain.token import TokenKind, TokenScope, mint_secret, well_formed
from milepost.services.tokens import TokenDraft
from tests.services.world import ADMIN, NOON, READ, WRITE, World


def draft(**fields: Any) -> TokenDraft:
    given: dict[str, Any] = {"kind": TokenKind.API, "name": "pipeline"}
    return TokenDraft(**(given | fields))


@pytest.mark.parametrize("kind", TokenKind)
async def test_a_token_is_shown_once_and_kept_masked(world: World, kind: TokenKind) -> None:
    issued = await world.services.tokens.issue(world.owner, draft(kind=kind))
    assert well_formed(issued.secret)
    assert issued.secret.startswith(f"{kind.prefix}_")
    assert issued.token.sid.startswith(f"{kind.prefix}_")
    kept = await world.services.tokens.get(world.owner, issued.token.sid)
    assert kept == issued.token
    assert issued.secret not in repr(kept)
    assert kept.hint.startswith(issued.secret[:9])
    assert kept.hint.endswith(issued.secret[-5:])
    assert len(kept.hint) == 21


async def test_the_file_holds_no_secret(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    issued = await world.services.tokens.issue(world.owner, draft())
    for path in tmp_path_factory.getbasetemp().rglob("milepost.db*"):
        assert issued.secret.encode() not in path.read_bytes()


async def test_a_token_is_read_only_and_unrestricted_unless_more_is_asked_for(world: World) -> None:
    token = (await world.services.tokens.issue(world.owner, draft())).token
    assert token.scopes == {READ}
    assert token.restriction == UNRESTRICTED
    assert (token.expires_at, token.revoked_at, token.last_used_at) == (None, None, None)
    assert token.created_at == NOON
    assert token.account_sid == world.account.sid


async def test_a_secret_proves_its_token(world: World) -> None:
    issued = await world.services.tokens.issue(world.owner, draft(scopes=frozenset({WRITE}), buckets=("bkt_a",)))
    caller = await world.services.tokens.authenticate(issued.secret, "rest", "curl/8")
    assert caller.account_sid == world.account.sid
    assert (caller.token, caller.door, caller.client) == (issued.token, "rest", "curl/8")
    assert caller.scopes == {WRITE}
    assert caller.restriction == Restriction(buckets=frozenset({"bkt_a"}))


async def test_unknown_revoked_and_expired_secrets_are_refused_alike(world: World) -> None:
    revoked = await world.services.tokens.issue(world.owner, draft())
    await world.services.tokens.revoke(world.owner, revoked.token.sid)
    expired = await world.services.tokens.issue(world.owner, draft(expires_at=Instant(NOON + HOUR)))
    world.clock.advance(HOUR)
    unknown = mint_secret(TokenKind.MCP, bytes)
    texts: set[str] = set()
    for secret in (
        revoked.secret,
        expired.secret,
        unknown,
        "",
        "mcp_",
        unknown[:-1],
        unknown + "0",
        "\ud800",
        "é" * 53,
    ):
        with pytest.raises(Unauthorized) as refused:
            await world.services.tokens.authenticate(secret, "mcp")
        texts.add(str(refused.value))
    assert texts == {"the token is unknown, expired or revoked"}


async def test_a_token_lives_up_to_its_end(world: World) -> None:
    issued = await world.services.tokens.issue(world.owner, draft(expires_at=Instant(NOON + HOUR)))
    world.clock.advance(HOUR - 1)
    caller = await world.services.tokens.authenticate(issued.secret, "mcp")
    assert await world.services.tokens.refresh(caller) == caller
    world.clock.advance(1)
    with pytest.raises(Unauthorized):
        await world.services.tokens.refresh(caller)


@pytest.mark.parametrize("expires_at", [NOON, NOON - 1, 0])
async def test_an_end_that_is_over_is_invalid(world: World, expires_at: int) -> None:
    with pytest.raises(Invalid, match=r"expiresAt: .* is over already"):
        await world.services.tokens.issue(world.owner, draft(expires_at=Instant(expires_at)))


async def test_revoking_takes_effect_on_the_next_request(world: World) -> None:
    issued = await world.services.tokens.issue(world.owner, draft())
    caller = await world.services.tokens.authenticate(issued.secret, "mcp")
    later = world.clock.advance(HOUR)
    revoked = await world.services.tokens.revoke(world.owner, issued.token.sid)
    assert revoked.revoked_at == later
    for attempt in (
        world.services.tokens.authenticate(issued.secret, "mcp"),
        world.services.tokens.refresh(caller),
    ):
        with pytest.raises(Unauthorized):
            await attempt
    world.clock.advance(HOUR)
    assert (await world.services.tokens.revoke(world.owner, issued.token.sid)).revoked_at == later


async def test_a_token_remembers_when_it_was_used_last(world: World) -> None:
    holder = await world.holder()
    assert holder.token is not None
    later = world.clock.advance(HOUR)
    issued = await world.services.tokens.issue(world.owner, draft())
    await world.services.tokens.authenticate(issued.secret, "mcp")
    await world.record()  # a use is written along with other work
    used = {token.sid: token.last_used_at for token in await world.services.tokens.list(world.owner)}
    assert used[holder.token.sid] == NOON
    assert used[issued.token.sid] == later


async def test_a_token_that_is_no_longer_kept_is_dead(world: World) -> None:
    holder = await world.holder()
    assert holder.token is not None
    with pytest.raises(Unauthorized, match="unknown, expired or revoked"):
        await world.services.tokens.refresh(replace(holder, token=replace(holder.token, sid="mcp_gone")))


async def test_the_local_owner_has_nothing_to_refresh(world: World) -> None:
    assert await world.services.tokens.refresh(world.owner) == world.owner


async def test_tokens_are_listed_newest_first_by_kind_and_page(world: World) -> None:
    first = await world.services.tokens.list(world.owner)
    made = []
    for kind in (TokenKind.MCP, TokenKind.API, TokenKind.API):
        world.clock.advance(HOUR)
        made.append((await world.services.tokens.issue(world.owner, draft(kind=kind))).token)
    newest = (*reversed(made), *first)
    assert await world.services.tokens.list(world.owner) == newest
    assert await world.services.tokens.list(world.owner, TokenKind.API) == (made[2], made[1])
    assert await world.services.tokens.list(world.owner, limit=2) == newest[:2]
    assert await world.services.tokens.list(world.owner, limit=2, after_sid=newest[1].sid) == newest[2:4]


async def test_another_accounts_token_is_not_found(world: World) -> None:
    issued = await world.services.tokens.issue(world.owner, draft())
    stranger = await world.owner_of("other")
    for attempt in (
        world.services.tokens.get(stranger, issued.token.sid),
        world.services.tokens.revoke(stranger, issued.token.sid),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await world.services.tokens.list(stranger) == ()
    await world.services.tokens.authenticate(issued.secret, "mcp")


@pytest.mark.parametrize("scopes", [{READ, WRITE, ADMIN}, {WRITE}, {WRITE, ADMIN}])
async def test_no_token_hands_on_a_scope_that_it_lacks(world: World, scopes: set[TokenScope]) -> None:
    issuer = await world.holder(READ, ADMIN)
    with pytest.raises(Forbidden) as forbidden:
        await world.services.tokens.issue(issuer, draft(scopes=frozenset(scopes)))
    assert forbidden.value.scope == WRITE
    issued = await world.services.tokens.issue(issuer, draft(scopes=frozenset({READ, ADMIN})))
    assert issued.token.scopes == {READ, ADMIN}


@pytest.mark.parametrize(
    ("reach", "lawful"),
    [
        ({}, True),
        ({"buckets": ("bkt_a",)}, True),
        ({"buckets": ("bkt_a", "bkt_b"), "environments": ("env_p",)}, True),
        ({"environments": ("env_p",)}, True),
        ({"buckets": ("*",)}, False),
        ({"buckets": ("bkt_c",)}, False),
        ({"buckets": ("bkt_a", "bkt_c")}, False),
        ({"environments": ("*",)}, False),
        ({"environments": ("env_q",)}, False),
    ],
)
async def test_no_token_hands_on_more_than_its_reach(world: World, reach: dict[str, Any], lawful: bool) -> None:
    issuer = await world.holder(READ, ADMIN, buckets=("bkt_a", "bkt_b"), environments=("env_p",))
    if lawful:
        issued = await world.services.tokens.issue(issuer, draft(**reach))
        assert issuer.restriction.contains(issued.token.restriction)
        assert issued.token.restriction.buckets == set(reach.get("buckets", ("bkt_a", "bkt_b")))
        assert issued.token.restriction.environments == {"env_p"}
    else:
        with pytest.raises(Forbidden, match="can't reach beyond"):
            await world.services.tokens.issue(issuer, draft(**reach))


async def test_no_token_hands_on_a_longer_life(world: World) -> None:
    end = Instant(NOON + DAY)
    issuer = await world.holder(READ, ADMIN, expires_at=end)
    assert (await world.services.tokens.issue(issuer, draft())).token.expires_at == end
    shorter = Instant(NOON + HOUR)
    assert (await world.services.tokens.issue(issuer, draft(expires_at=shorter))).token.expires_at == shorter
    assert (await world.services.tokens.issue(issuer, draft(expires_at=end))).token.expires_at == end
    with pytest.raises(Forbidden, match=r"2024-01-16T12:00:00\.000Z"):
        await world.services.tokens.issue(issuer, draft(expires_at=Instant(end + 1)))


async def test_all_there_is_may_be_asked_for_by_whoever_reaches_it(world: World) -> None:
    issued = await world.services.tokens.issue(world.owner, draft(buckets=("*",), environments=("env_p",)))
    assert issued.token.restriction == Restriction(environments=frozenset({"env_p"}))


async def test_a_token_revokes_only_what_it_could_have_issued(world: World) -> None:
    narrow = await world.holder(READ, ADMIN, buckets=("bkt_a",))
    wider_scopes = await world.services.tokens.issue(world.owner, draft(scopes=frozenset({WRITE}), buckets=("bkt_a",)))
    wider_reach = await world.services.tokens.issue(world.owner, draft())
    own = await world.services.tokens.issue(narrow, draft())
    for issued in (wider_scopes, wider_reach):
        with pytest.raises(Forbidden):
            await world.services.tokens.revoke(narrow, issued.token.sid)
        await world.services.tokens.authenticate(issued.secret, "mcp")
    assert (await world.services.tokens.revoke(narrow, own.token.sid)).revoked_at == NOON


async def test_a_token_may_revoke_itself(world: World) -> None:
    holder = await world.holder(ADMIN)
    assert holder.token is not None
    await world.services.tokens.revoke(holder, holder.token.sid)
    with pytest.raises(Unauthorized):
        await world.services.tokens.refresh(holder)
