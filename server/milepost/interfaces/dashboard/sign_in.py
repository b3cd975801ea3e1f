"""`/sign-in?code=…`: the link that `milepost serve` and `milepost sign-in` print. It works once."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Final

from starlette.types import Receive, Scope, Send

from milepost.domain.errors import Invalid, Unauthorized
from milepost.domain.instant import SECOND
from milepost.interfaces.dashboard.answers import send_answer
from milepost.interfaces.dashboard.door import CODE, PAGE_PATH
from milepost.interfaces.dashboard.headers import NOT_KEPT, PAGE
from milepost.middleware.challenge import Challenge
from milepost.middleware.failed_attempts import FailedAttempts
from milepost.middleware.refusals import method_not_allowed
from milepost.middleware.session_cookie import SessionCookie
from milepost.services.sessions import Begun, SessionService
from milepost.wire.query_string import parse_query

_STYLE: Final = ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}"
_POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)
_PAGE: Final = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in - Milepost</title><style>{_STYLE}</style>
<h1>This link is no good any more</h1>
<p>A sign-in link works once, within ten minutes. For another one, run <code>milepost sign-in</code> where Milepost runs.</p>
<p>Or <a href="/">sign in with a token</a>.</p>
</html>
"""
_HEADERS: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    NOT_KEPT,
    *(header for header in PAGE if header[0] != b"content-security-policy"),
    (b"content-security-policy", _POLICY.encode()),
)


class SignInLink:
    """Begins a session for whoever has a link, and sends them on to an address without the code."""

    def __init__(
        self, sessions: SessionService, cookie: SessionCookie, failures: FailedAttempts, challenge: Challenge
    ) -> None:
        self._sessions = sessions
        self._cookie = cookie
        self._failures = failures
        self._challenge = challenge

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Raises `Refusal` 405, also for HEAD, by which a program looks at a link and would use it up; 429."""
        if scope["method"] != "GET":
            raise method_not_allowed("GET")
        try:
            begun = await self._sessions.redeem(_code(scope))
        except Unauthorized:
            self._failures.note(scope)
            await send_answer(send, 401, _PAGE.encode(), [*_HEADERS, self._challenge.header(scope)])
            return
        headers = [(b"location", PAGE_PATH.encode()), NOT_KEPT, *PAGE, cookie_of(self._cookie, scope, begun)]
        await send_answer(send, 303, headers=headers)


def cookie_of(cookie: SessionCookie, scope: Scope, begun: Begun) -> tuple[bytes, bytes]:
    """The header that has the browser keep a new session until it is over."""
    lasts = begun.session.expires_at - begun.session.created_at
    return cookie.kept(scope, begun.secret, lasts // SECOND)


def _code(scope: Scope) -> str:
    """The one code that came; none that is any good where there isn't one."""
    try:
        codes = [value for name, value in parse_query(scope["query_string"]) if name == CODE]
    except Invalid:
        codes = []
    return codes[0] if len(codes) == 1 else ""
