"""A Milepost that serves, and what a pipeline is told of it."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.end_to_end.support.process import run_milepost, serving


@dataclass(frozen=True)
class Milepost:
    """`secrets` are the variables that a platform keeps for its pipelines."""

    secrets: Mapping[str, str] = field(repr=False)
    client: httpx2.Client

    @property
    def token(self) -> str:
        return self.secrets["MILEPOST_API_TOKEN"]

    def events(self, **filters: str) -> list[dict[str, Any]]:
        answer = self.client.get("events", params=filters)
        assert answer.status_code == 200, answer.text
        return answer.json()["records"]

    def event(self, key: str) -> dict[str, Any]:
        """The one that has this key."""
        (found,) = self.events(dedupKey=key)
        return found


@contextmanager
def milepost_for_pipelines(database: Path) -> Generator[Milepost]:
    """A new one, with an `api` token that may read and write events."""
    scopes = ("--scope", "events:read", "--scope", "events:write")
    token = json.loads(
        run_milepost(database, "tokens", "create", "--kind", "api", "--name", "pipeline", *scopes, "--json")
    )
    with serving(database) as server:
        base = f"{server.url}/v1/accounts/{token['accountSid']}/"
        headers = {"Authorization": f"Bearer {token['token']}"}
        secrets = {
            "MILEPOST_URL": server.url,
            "MILEPOST_ACCOUNT_SID": token["accountSid"],
            "MILEPOST_API_TOKEN": token["token"],
        }
        with httpx2.Client(base_url=base, headers=headers, trust_env=False) as client:
            yield Milepost(secrets, client)
