"""That the watch over all tests would see a token."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from milepost.domain.session import SessionKind
from milepost.domain.token import TokenKind, mint_secret
from tests.interfaces.http_world import bearer, http_world
from tests.leaks import Watch, secrets_in


@pytest.mark.parametrize("kind", [*TokenKind, *SessionKind])
def test_a_token_is_known_among_other_text(kind: TokenKind | SessionKind):
    secret = mint_secret(kind, os.urandom)
    assert secrets_in(f'{{"token":"{secret}"}}'.encode()) == [secret]
    assert secrets_in(f"Bearer {secret[:-1]}".encode()) == []


def test_a_token_in_a_log_is_seen(leak_watch: Watch):
    secret = mint_secret(TokenKind.API, os.urandom)
    logging.getLogger("somewhere").error("came with %s", secret)
    logging.getLogger("somewhere").error("came", extra={"header": secret})
    assert len(leak_watch.taken()) == 2


async def test_a_token_in_an_answer_is_seen(leak_watch: Watch, tmp_path: Path):
    secret = mint_secret(TokenKind.API, os.urandom)
    async with http_world(tmp_path) as world:
        await world.client.get(f"/{secret}", headers=bearer(world.first_secret))
    assert leak_watch.taken()
