"""What this server says of itself as a protected resource (RFC 9728).

`authorization_servers` is there only when the operator named some, so that no client is sent into a sign-in that doesn't
exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.types import Scope

from milepost.domain.token import TokenScope
from milepost.middleware.answers import Document, json_document
from milepost.middleware.challenge import METADATA_PATH, REALM, Challenge

SCOPES: Final = [scope.value for scope in TokenScope]


def resource_metadata(challenge: Challenge, authorization_servers: Sequence[str]) -> Document:
    """The document for the resource that the rest of the path names: `…/oauth-protected-resource/mcp` is for `/mcp`."""

    async def metadata(scope: Scope) -> dict[str, Any]:
        document: dict[str, Any] = {"resource": challenge.base_url(scope) + scope["path"][len(METADATA_PATH) :]}
        if authorization_servers:
            document["authorization_servers"] = list(authorization_servers)
        return document | {
            "scopes_supported": SCOPES,
            "bearer_methods_supported": ["header"],
            "resource_name": REALM,
        }

    return json_document(metadata)
