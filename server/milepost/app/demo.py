"""`milepost demo`: a server over a store of its own, with a fortnight that never was."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import anyio

from milepost.app.backend import now, open_backend
from milepost.app.serving import Serving, run_http
from milepost.app.stores import open_store
from milepost.demo.cast import ACCOUNT_NAME, places
from milepost.demo.fortnight import fortnight
from milepost.demo.metrics import MadeUpMetrics
from milepost.demo.story import Story
from milepost.domain.account import Account
from milepost.domain.archive import ArchivedEvent, ArchiveEntry
from milepost.domain.caller import Caller
from milepost.domain.sid import ACCOUNT, mint
from milepost.domain.token import ALL_SCOPES, TokenKind
from milepost.services.tokens import TokenDraft
from milepost.settings import Settings
from milepost.settings.backends import SqliteBackend

_TOKEN_NAME = "demo"  # noqa: S105 - a name, no secret


def run_demo(settings: Settings, announce: Callable[[Serving, str], None]) -> None:
    """Serve until SIGINT or SIGTERM, and leave nothing behind. `announce` is handed a token that may do everything there.

    Raises `Invalid` and `Unavailable` where it can't be started.
    """
    with tempfile.TemporaryDirectory(prefix="milepost-demo-") as folder:
        settings = replace(settings, backend=SqliteBackend(Path(folder) / "demo.db"))
        moment = now()
        story = fortnight(mint(ACCOUNT, moment, os.urandom), moment)
        secret = anyio.run(_prepare, settings, story)
        run_http(settings, lambda server: announce(server, secret), made_up=MadeUpMetrics(story))


async def _prepare(settings: Settings, story: Story) -> str:
    """Put everything into the store; the secret of a token for it."""
    async with open_store(settings.store) as store:
        await store.archive.load(list(_entries(story)))
    async with open_backend(settings) as backend:
        draft = TokenDraft(kind=TokenKind.MCP, name=_TOKEN_NAME, scopes=ALL_SCOPES)
        owner = Caller(account_sid=story.account_sid, door="cli")
        return (await backend.services.tokens.issue(owner, draft)).secret


def _entries(story: Story) -> Iterator[ArchiveEntry]:
    began = story.events[0].created_at
    yield Account(story.account_sid, ACCOUNT_NAME, began)
    yield from places(story.account_sid, began)
    for event in story.events:
        yield ArchivedEvent(event)
