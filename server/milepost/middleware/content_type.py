"""Takes JSON and nothing else, so that no form on a foreign page can send it without the browser asking first."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.domain.text import shown
from milepost.middleware.headers import header
from milepost.middleware.refusals import Refusal

JSON = "application/json"


class JsonOnly:
    """Lets through whatever is no POST, and a POST of JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal` 415 for another content type."""
        if scope["method"] == "POST":
            came = header(scope, b"content-type")
            if (came or "").partition(";")[0].strip().lower() != JSON:
                what = "no content type" if came is None else f"the content type {shown(came)}"
                raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"{what} came; send JSON as {JSON}")
        await self._app(scope, receive, send)
