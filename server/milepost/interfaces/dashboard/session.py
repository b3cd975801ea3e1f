"""`/session`: signing in by a token, what the session may do, signing out."""

from __future__ import annotations

from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.domain.caller import Caller
from milepost.domain.errors import Invalid, Unauthorized
from milepost.domain.instant import format_instant
from milepost.domain.token import TokenScope
from milepost.interfaces.dashboard.answers import send_answer, send_json
from milepost.interfaces.dashboard.door import DOOR
from milepost.interfaces.dashboard.headers import NOT_KEPT, SAFE
from milepost.interfaces.dashboard.sign_in import cookie_of
from milepost.middleware.challenge import Challenge
from milepost.middleware.content_type import require_json
from milepost.middleware.failed_attempts import FailedAttempts
from milepost.middleware.rate_limit import RateLimiter
from milepost.middleware.refusals import method_not_allowed, too_many_requests
from milepost.middleware.session_cookie import SessionCookie
from milepost.middleware.sign_in import caller_of
from milepost.operations.bodies import parsed_body
from milepost.services.services import Services
from milepost.services.sessions import Begun
from milepost.wire.token_record import sids_record

MOST_SIGN_INS, SIGN_IN_SECONDS = 30, 60.0
"""Sessions that one token may begin in a window of so many seconds."""
OWNER = "owner"
"""What the token is called in the session of one who came by a link, and so by none."""
_LONGEST_TOKEN = 256
_WRITTEN_AS = '{"token": "mcp_…"}'


class SessionRecord:
    """What a page is told of its session."""

    def __init__(self, services: Services, version: str) -> None:
        self._services = services
        self._version = version

    async def of(self, caller: Caller) -> dict[str, Any]:
        """`writable` is whether events can be written at all, and by this one; `metrics` whether there are charts."""
        account = await self._services.accounts.named(caller.account_sid)
        reach, session = caller.restriction, caller.session
        return {
            "account": {"sid": account.sid, "name": account.name},
            "scopes": sorted(scope.value for scope in caller.scopes),
            "bucketSids": sids_record(reach.buckets),
            "environmentSids": sids_record(reach.environments),
            "token": caller.token.name if caller.token else OWNER,
            "expiresAt": format_instant(session.expires_at) if session else None,
            "writable": self._services.events.writable and TokenScope.EVENTS_WRITE in caller.scopes,
            "metrics": self._services.charts.connected,
            "version": self._version,
        }


class SessionEndpoint:
    """`POST` begins a session; everything else is answered by `guarded`, to whoever has one."""

    def __init__(
        self,
        guarded: ASGIApp,
        services: Services,
        record: SessionRecord,
        cookie: SessionCookie,
        failures: FailedAttempts,
        challenge: Challenge,
    ) -> None:
        self._guarded = guarded
        self._services = services
        self._record = record
        self._cookie = cookie
        self._failures = failures
        self._challenge = challenge
        self._sign_ins = RateLimiter(MOST_SIGN_INS, SIGN_IN_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal` 400, 401, 415 and 429. Stands behind a `BodyLimit`."""
        if scope["method"] != "POST":
            await self._guarded(scope, receive, send)
            return
        require_json(scope)
        begun = await self._begin(scope, (await receive()).get("body", b""))
        caller = Caller(
            account_sid=begun.session.account_sid, door=DOOR, token=begun.session.parent, session=begun.session
        )
        await send_json(send, await self._record.of(caller), [cookie_of(self._cookie, scope, begun)])

    async def _begin(self, scope: Scope, body: bytes) -> Begun:
        secret = _token(parsed_body(body))
        try:
            caller = await self._services.tokens.authenticate(secret, DOOR)
            self._count(caller)
            return await self._services.sessions.begin(caller)
        except Unauthorized as error:
            self._failures.note(scope)
            raise self._challenge.refusal_of(error, scope) from None

    def _count(self, caller: Caller) -> None:
        allowance = self._sign_ins.take(caller.limited_by or "")
        if not allowance.granted:
            text = f"this token began {allowance.limit} sessions; wait {allowance.reset_in_seconds} seconds"
            raise too_many_requests(text, allowance.reset_in_seconds)


class OwnSession:
    """What whoever has a session asks about it: what it is, and its end."""

    def __init__(self, services: Services, record: SessionRecord, cookie: SessionCookie) -> None:
        self._services = services
        self._record = record
        self._cookie = cookie

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Raises `Refusal` 405."""
        caller = caller_of(scope)
        if caller is None:
            raise Unauthorized("a session is needed")
        match scope["method"]:
            case "GET" | "HEAD":
                await send_json(send, await self._record.of(caller))
            case "DELETE":
                await self._services.sessions.end(caller)
                await send_answer(send, 204, headers=[NOT_KEPT, *SAFE, self._cookie.forgotten(scope)])
            case _:
                raise method_not_allowed("DELETE, GET, HEAD, POST")


def _token(body: object) -> str:
    """The token that came. An error doesn't say what did: it may be a token in the wrong place."""
    fields = cast("dict[str, object]", body) if isinstance(body, dict) else {}
    token = fields.get("token")
    if fields.keys() != {"token"} or not isinstance(token, str) or not 0 < len(token.strip()) <= _LONGEST_TOKEN:
        raise Invalid.of("token", f"send one token and nothing else, as {_WRITTEN_AS}")
    return token.strip()
