"""What a request is told that could have come with a token, or with a better one (RFC 6750, 3; RFC 9728, 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.types import Scope

from milepost.domain.errors import Forbidden, Unauthorized
from milepost.domain.token import TokenScope
from milepost.middleware.headers import header
from milepost.middleware.refusals import Refusal, refusal_of

REALM: Final = "Milepost"
METADATA_PATH: Final = "/.well-known/oauth-protected-resource"
_SCOPES_OFFERED = f"{TokenScope.EVENTS_READ} {TokenScope.EVENTS_WRITE}"


class Challenge:
    """Writes the `WWW-Authenticate` headers of one server."""

    def __init__(self, public_url: str | None, resources: Sequence[str]) -> None:
        """`resources` are the paths that have metadata of their own; what lies under one belongs to it."""
        self._public_url = public_url
        self.resources = tuple(resources)

    def base_url(self, scope: Scope) -> str:
        """Scheme and host under which this server is being spoken to; the Host was checked before."""
        return self._public_url or f"{scope.get('scheme', 'http')}://{header(scope, b'host') or 'localhost'}"

    def header(self, scope: Scope, error: str | None = None, token_scope: str = _SCOPES_OFFERED) -> tuple[bytes, bytes]:
        """`WWW-Authenticate`. Without a token it has no error code (RFC 6750, 3.1)."""
        metadata = f"{self.base_url(scope)}{METADATA_PATH}{self._resource(scope['path'])}"
        parts = {"realm": REALM, "error": error, "scope": token_scope, "resource_metadata": metadata}
        written = ", ".join(f'{name}="{_quoted(value)}"' for name, value in parts.items() if value)
        return (b"www-authenticate", f"Bearer {written}".encode("latin-1", "replace"))

    def _resource(self, path: str) -> str:
        return next((resource for resource in self.resources if f"{path}/".startswith(f"{resource}/")), "")

    def refusal_of(self, error: Unauthorized | Forbidden, scope: Scope) -> Refusal:
        """The refusal with its challenge; a `Forbidden` that no scope would cure has none."""
        if isinstance(error, Unauthorized):
            return refusal_of(error).with_headers([self.header(scope, "invalid_token")])
        refusal = refusal_of(error)
        return refusal.with_headers([self.header(scope, "insufficient_scope", error.scope)]) if error.scope else refusal


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
