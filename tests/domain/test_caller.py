from dataclasses import replace

import pytest
from hypothesis import given

from milepost.domain.caller import LONGEST_CLIENT, Caller
from milepost.domain.errors import Forbidden, NotFound
from milepost.domain.event import Event, Provenance
from milepost.domain.instant import Instant
from milepost.domain.scope import ALL, UNRESTRICTED, Restriction, Scope
from milepost.domain.text import check_text
from milepost.domain.token import ALL_SCOPES, Token, TokenKind, TokenScope
from tests.domain.strategies import ANY_TEXT, EVENTS, RESTRICTIONS, SCOPES

TOKEN = Token(sid="mcp_1", account_sid="acc_one", kind=TokenKind.MCP, name="laptop", hint="…", created_at=Instant(0))
OWNER = Caller(account_sid="acc_one", door="cli")


def holder(restriction: Restriction = UNRESTRICTED, *scopes: TokenScope) -> Caller:
    token = replace(TOKEN, restriction=restriction, scopes=frozenset(scopes))
    return Caller(account_sid="acc_one", door="mcp", token=token)


def test_the_local_owner_may_do_everything() -> None:
    assert OWNER.scopes == ALL_SCOPES
    assert OWNER.restriction == UNRESTRICTED
    for scope in TokenScope:
        OWNER.require(scope)


@pytest.mark.parametrize("scope", TokenScope)
def test_a_missing_scope_is_forbidden_and_named(scope: TokenScope) -> None:
    holder(UNRESTRICTED, scope).require(scope)
    with pytest.raises(Forbidden, match=f"lacks the scope {scope}") as caught:
        holder(UNRESTRICTED, *(ALL_SCOPES - {scope})).require(scope)
    assert caught.value.scope == scope


@given(RESTRICTIONS, EVENTS)
def test_an_event_out_of_sight_is_not_found(restriction: Restriction, event: Event) -> None:
    if restriction.sees(event.scope):
        holder(restriction).require_sight(event)
    else:
        with pytest.raises(NotFound) as caught:
            holder(restriction).require_sight(event)
        assert str(caught.value) == f"no event {event.sid}"


@given(RESTRICTIONS, SCOPES)
def test_a_scope_beyond_the_reach_is_forbidden_and_the_reach_is_told(restriction: Restriction, scope: Scope) -> None:
    if restriction.holds(scope):
        holder(restriction).require_hold(scope)
        return
    with pytest.raises(Forbidden) as caught:
        holder(restriction).require_hold(scope)
    assert caught.value.scope is None
    for name, sids in (("bucketSids", restriction.buckets), ("environmentSids", restriction.environments)):
        assert (name in str(caught.value)) == (sids is not None)
        assert all(sid in str(caught.value) for sid in sids or ())


def test_provenance_names_door_token_and_client() -> None:
    assert OWNER.provenance == Provenance("cli", None, None)
    caller = holder().with_client("claude-code/2.1")
    assert caller.provenance == Provenance("mcp", "laptop", "claude-code/2.1")
    assert replace(caller, client=None) == holder()


@given(ANY_TEXT)
def test_a_clients_name_is_always_fit_to_be_kept(client: str) -> None:
    kept = OWNER.with_client(client * 3).client
    assert kept is None or check_text(kept, "client", LONGEST_CLIENT) == kept
    assert (kept is None) == (client == "")


def test_nobody_restricted_writes_what_applies_everywhere() -> None:
    with pytest.raises(Forbidden, match="writes only inside bucketSids bkt_a; the event's scope reaches further"):
        holder(Restriction(buckets=frozenset({"bkt_a"}))).require_hold(ALL)
