"""Where a server is found, and what in it."""

from __future__ import annotations

from urllib.parse import urlencode

from milepost.interfaces.dashboard.door import CODE, SIGN_IN_PATH


def url_of(host: str, port: int) -> str:
    """Where a client on this machine finds the server."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def link_url(url: str, code: str) -> str:
    """Where a sign-in link's code is redeemed."""
    return f"{url}{SIGN_IN_PATH}?{urlencode({CODE: code})}"
