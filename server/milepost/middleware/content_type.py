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
            require_json(scope)
        await self._app(scope, receive, send)


def require_json(scope: Scope) -> None:
    """Raises `Refusal` 415 unless the body is said to be JSON, as it is."""
    came = header(scope, b"content-type")
    if came != JSON and (came or "").partition(";")[0].strip().lower() != JSON:
        what = "no content type" if came is None else f"the content type {shown(came)}"
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"{what} came; send JSON as {JSON}")
    coding = header(scope, b"content-encoding")
    if coding is not None and coding.strip().lower() not in {"", "identity"}:
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"the content encoding {shown(coding)} came; send JSON as it is")
