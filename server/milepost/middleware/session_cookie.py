"""The cookie of a session: where a browser keeps it, and where it is found in a request."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import Scope

from milepost.middleware.credentials import CredentialPlace, Proof
from milepost.middleware.headers import header, header_values
from milepost.middleware.same_origin import require_same_origin


class SessionCookie:
    """Taken from this server's own page alone. `public_url` is how browsers reach the server, where that is set.

    Over TLS its name binds it to this host (`__Host-`). Browsers send cookies to every port of a host, so elsewhere it is
    named by the port that they write, and two Mileposts on one machine keep apart.
    """

    def __init__(self, public_url: str | None) -> None:
        self._public_url = public_url
        self._secure = (public_url or "").startswith("https:")

    def place(self, door: str) -> CredentialPlace:
        """Callers that come with it are said to come by `door`."""
        how = "the cookie of a session, which signing in at / gives"
        return CredentialPlace("session", "Cookie", how, self._take, proof=Proof.SESSION, door=door)

    def kept(self, scope: Scope, secret: str, seconds: int) -> tuple[bytes, bytes]:
        """The header that has the browser keep it for so long; for none, that it forgets it."""
        parts = [f"{self._name(scope)}={secret}", "Path=/", f"Max-Age={max(0, seconds)}", "HttpOnly", "SameSite=Strict"]
        return (b"set-cookie", "; ".join([*parts, "Secure"] if self._secure else parts).encode())

    def forgotten(self, scope: Scope) -> tuple[bytes, bytes]:
        """The header that has the browser forget it."""
        return self.kept(scope, "", 0)

    def _take(self, scope: Scope) -> Sequence[str]:
        name = self._name(scope)
        pairs = [pair.strip().partition("=") for value in header_values(scope, b"cookie") for pair in value.split(";")]
        found = list(dict.fromkeys(value for key, _, value in pairs if key == name and value))
        if found:
            require_same_origin(scope, self._public_url)
        return found

    def _name(self, scope: Scope) -> str:
        if self._secure:
            return "__Host-milepost"
        _, _, port = (header(scope, b"host") or "").rpartition(":")
        return f"milepost_session_{port}" if port.isascii() and port.isdigit() else "milepost_session"
