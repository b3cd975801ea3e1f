import string
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.instant import DAY, Instant
from milepost.domain.token import (
    ALL_SCOPES,
    DEFAULT_SCOPES,
    Token,
    TokenKind,
    TokenScope,
    _checksum,
    hash_secret,
    mask,
    mint_secret,
    parse_token_name,
    parse_token_scopes,
    well_formed,
)
from tests.domain.refusals import refusal
from tests.domain.strategies import INSTANTS

NOW = Instant(20_000 * DAY)
SEEDS = st.binary(min_size=32, max_size=32)
KINDS = st.sampled_from(TokenKind)
SECRETS = st.builds(lambda kind, seed: mint_secret(kind, lambda _: seed), KINDS, SEEDS)
KEYBOARD = st.sampled_from(string.ascii_letters + string.digits + string.punctuation + " ") | st.characters()


def token(**changes: object) -> Token:
    kept = {"sid": "mcp_1", "account_sid": "acc_1", "kind": TokenKind.MCP, "name": "t", "hint": "…", "created_at": NOW}
    return Token(**(kept | changes))  # pyright: ignore[reportArgumentType]


@given(KINDS, SEEDS)
def test_a_secret_is_a_prefix_43_digits_and_a_checksum_of_6(kind: TokenKind, seed: bytes) -> None:
    secret = mint_secret(kind, lambda count: seed[:count])
    prefix, digits = secret.split("_")
    assert prefix == {"mcp": "mcp", "api": "tok"}[kind]
    assert len(digits) == 43 + 6
    assert digits.isascii()
    assert digits.isalnum()
    assert well_formed(secret)


@given(SEEDS, SEEDS)
def test_all_256_bits_are_in_the_secret(seed: bytes, other: bytes) -> None:
    secrets = {mint_secret(TokenKind.MCP, lambda _: seed), mint_secret(TokenKind.MCP, lambda _: other)}
    assert len(secrets) == len({seed, other})


@given(SECRETS, st.data())
def test_a_typo_in_one_character_is_recognised(secret: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(secret) - 1))
    typo = data.draw(KEYBOARD.filter(lambda char: char != secret[place]))
    assert not well_formed(secret[:place] + typo + secret[place + 1 :])


@given(SECRETS, st.data())
def test_a_character_left_out_or_typed_twice_is_recognised(secret: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(secret) - 1))
    assert not well_formed(secret[:place] + secret[place + 1 :])
    assert not well_formed(secret[:place] + secret[place] + secret[place:])


@given(SECRETS)
def test_neighbours_that_changed_places_are_recognised(secret: str) -> None:
    for place in range(len(secret) - 1):
        swapped = secret[:place] + secret[place + 1] + secret[place] + secret[place + 2 :]
        assert swapped == secret or not well_formed(swapped)


@given(SECRETS)
def test_a_secret_cut_or_padded_is_recognised(secret: str) -> None:
    assert not any(well_formed(secret[:length]) for length in range(len(secret)))
    assert not any(
        well_formed(padded) for padded in (secret + " ", secret + "\n", " " + secret, secret + "=", secret * 2)
    )


@pytest.mark.parametrize("secret", ["", "mcp_", "mcp", "_", "tok_" + "0" * 49, "acc_" + "0" * 49, "Bearer mcp_x"])
def test_what_was_never_minted_is_recognised(secret: str) -> None:
    assert not well_formed(secret)


@pytest.mark.parametrize("prefix", ["acc", "bkt", "evt", "MCP", "", "mcp_mcp"])
def test_the_right_checksum_under_another_prefix_makes_no_token(prefix: str) -> None:
    head = f"{prefix}_{'0' * 43}"
    assert not well_formed(head + _checksum(head))


@given(SECRETS)
def test_only_a_hash_is_kept_and_it_tells_secrets_apart(secret: str) -> None:
    digest = hash_secret(secret)
    assert len(digest) == 32
    assert digest == hash_secret(secret)
    assert digest != hash_secret(secret[:-1])


@given(SECRETS)
def test_the_mask_shows_little_of_the_secret(secret: str) -> None:
    masked = mask(secret)
    head, tail = masked.split("*******")
    assert secret.startswith(head)
    assert secret.endswith(tail)
    random_digits_shown = len(head) - len("mcp_")
    assert random_digits_shown == 5
    assert len(tail) == 5, "the tail is the checksum's, which adds less than 30 bits to the 30 of the head"
    assert len(masked) == 21


def test_a_token_is_read_only_unless_more_is_asked_for() -> None:
    assert frozenset({TokenScope.EVENTS_READ}) == DEFAULT_SCOPES == token().scopes
    assert frozenset({"events:read", "events:write", "tokens:admin"}) == ALL_SCOPES


@given(INSTANTS, st.none() | INSTANTS, st.none() | INSTANTS)
def test_a_token_lives_until_it_is_revoked_or_its_time_is_over(
    now: Instant, expires_at: Instant | None, revoked_at: Instant | None
) -> None:
    alive = token(expires_at=expires_at, revoked_at=revoked_at).alive(now)
    assert alive == (revoked_at is None and (expires_at is None or now < expires_at))


def test_a_token_is_dead_at_the_very_moment_it_expires() -> None:
    assert token(expires_at=NOW).alive(Instant(NOW - 1))
    assert not token(expires_at=NOW).alive(NOW)


@given(st.frozensets(st.sampled_from(TokenScope), min_size=1))
def test_scopes_are_read_in_any_order_and_from_one_string(scopes: frozenset[TokenScope]) -> None:
    assert parse_token_scopes([scope.value for scope in scopes]) == scopes
    assert parse_token_scopes([scope.value for scope in scopes] * 2) == scopes
    for scope in scopes:
        assert parse_token_scopes(scope.value) == {scope}


@pytest.mark.parametrize(
    "value", [["events:delete"], "read", ["events:read", "*"], ["events:read", 5], ["EVENTS:READ"], [[]]]
)
def test_an_unknown_scope_is_refused_naming_the_known(value: object) -> None:
    problem = refusal(parse_token_scopes, value)
    assert problem.field == "scopes"
    assert problem.message.endswith("is not one of events:read, events:write, tokens:admin")


@pytest.mark.parametrize("value", [[], None, 5, {}, {"events:read": True}, b"events:read"])
def test_no_scope_at_all_is_refused(value: object) -> None:
    assert 'write one such as ["events:read"]' in refusal(parse_token_scopes, value).message


@pytest.mark.parametrize("name", ["", " ", "x" * 129, None, "a\0"])
def test_a_token_has_a_name(name: object) -> None:
    assert parse_token_name("x" * 128)
    assert refusal(parse_token_name, name).field == "name"


def test_minting_asks_for_new_randomness_each_time() -> None:
    source = count(2**255)
    sizes: list[int] = []

    def entropy(size: int) -> bytes:
        sizes.append(size)
        return next(source).to_bytes(size, "big")

    secrets = {mint_secret(TokenKind.API, entropy) for _ in range(100)}
    assert len(secrets) == 100
    assert set(sizes) == {32}
