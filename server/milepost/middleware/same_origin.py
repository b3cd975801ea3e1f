"""Whether a request comes from a page of this server's own, for what a browser adds to every request by itself: cookies.

Another page can make a browser send requests here. `Sec-Fetch-Site` says so where the browser sends it (over TLS and to
loopback); elsewhere `Origin` does, which comes with every write. A port makes another origin, but not another site, so
`SameSite` alone doesn't tell (RFC 6265bis 5.2; https://www.w3.org/TR/fetch-metadata).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import Scope

from milepost.middleware.answers import READING
from milepost.middleware.headers import header, header_values
from milepost.middleware.refusals import Refusal


def require_same_origin(scope: Scope, public_url: str | None) -> None:
    """Raises `Refusal` 403 for what another page sends, and for a write of which nothing says where it comes from.

    A user may read by typing an address. The Host was checked before; a proxy that writes another one is known by `public_url`.
    """
    reading = scope["method"] in READING
    site = header(scope, b"sec-fetch-site")
    if site is not None:
        own = site == "same-origin" or (reading and site == "none")
    else:
        origins = header_values(scope, b"origin")
        own = all(_netloc(origin) in _own_netlocs(scope, public_url) for origin in origins) and (
            reading or bool(origins)
        )
    if not own:
        text = "a session is taken from this server's own page alone; programs send a token in the Authorization header"
        raise Refusal(403, "FORBIDDEN", text)


def _own_netlocs(scope: Scope, public_url: str | None) -> set[str]:
    return {(header(scope, b"host") or "").lower(), *([_netloc(public_url)] if public_url else [])}


def _netloc(url: str) -> str:
    """Host and port. `HostCheck` let no Origin through that is no URL."""
    return urlsplit(url).netloc.lower()
