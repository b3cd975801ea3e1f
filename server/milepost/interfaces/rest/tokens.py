"""Tokens: issued, shown masked, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from milepost.domain.caller import Caller
from milepost.domain.errors import NotFound
from milepost.domain.sid import is_sid
from milepost.domain.token import Token, TokenKind, TokenScope
from milepost.interfaces.rest import examples
from milepost.interfaces.rest.door import PREFIX
from milepost.interfaces.rest.pages import page
from milepost.operations.bodies import body_of
from milepost.operations.operation import Answer, AnyOperation, Context, Operation, Request, Told
from milepost.operations.paging import damaged_cursor, read_cursor, written_cursor
from milepost.wire.page_parameters import PageParameters
from milepost.wire.token_input import TokenBody
from milepost.wire.token_record import issued_token_answer, token_answer


@dataclass(frozen=True, slots=True)
class TokenRoutes:
    """The operations on tokens of one kind. Those of the other kind are not found."""

    kind: TokenKind
    whom: str
    """Whom they are for, in words."""

    @property
    def path(self) -> str:
        """`…/mcpTokens`."""
        return f"{PREFIX}/{self.kind.value}Tokens"

    @property
    def one_path(self) -> str:
        """`…/mcpTokens/{tokenSid}`."""
        return f"{self.path}/{{tokenSid}}"

    async def list(self, context: Context, request: Request[PageParameters, None]) -> Answer:
        """Newest first; the cursor is the last one's."""
        asked = request.parameters
        after = None if asked.cursor is None else await self._after(context, request.caller, asked.cursor)
        tokens = await context.services.tokens.list(request.caller, self.kind, asked.size + 1, after)
        shown = tokens[: asked.size]
        cursor = written_cursor(shown[-1].sid) if len(tokens) > len(shown) else None
        return page(request, [token_answer(token, request.now) for token in shown], cursor)

    async def issue(self, context: Context, request: Request[None, TokenBody]) -> Answer:
        """With its secret, this once."""
        draft = request.body.to_draft(self.kind, request.now)
        issued = await context.services.tokens.issue(request.caller, draft)
        answer = issued_token_answer(issued.token, issued.secret, request.now)
        return Answer(answer, 201, [request.location(issued.token.sid)])

    async def get(self, context: Context, request: Request[None, None]) -> Answer:
        """Masked."""
        token = await self._find(context, request.caller, request.names["tokenSid"])
        return Answer(token_answer(token, request.now))

    async def revoke(self, context: Context, request: Request[None, None]) -> Answer:
        """Good for nothing from the next request on."""
        token = await self._find(context, request.caller, request.names["tokenSid"])
        revoked = await context.services.tokens.revoke(request.caller, token.sid)
        return Answer(token_answer(revoked, request.now))

    def operations(self) -> tuple[AnyOperation, ...]:
        """The rows of the table."""
        return (self._list(), self._issue(), self._get(), self._revoke())

    async def _find(self, context: Context, caller: Caller, token_sid: str) -> Token:
        token = await context.services.tokens.get(caller, token_sid)
        if token.kind is not self.kind:
            raise NotFound("token", token_sid)
        return token

    async def _after(self, context: Context, caller: Caller, cursor: str) -> str:
        """The SID behind a cursor; tokens are never forgotten, so one that isn't there was made up."""
        sid = read_cursor(cursor)
        if not is_sid(sid):
            raise damaged_cursor()
        try:
            return (await self._find(context, caller, sid)).sid
        except NotFound:
            raise damaged_cursor() from None

    @property
    def _group(self) -> str:
        return f"{'MCP' if self.kind is TokenKind.MCP else 'API'} tokens"

    @property
    def _noun(self) -> str:
        return f"{self.kind.value.capitalize()}Token"

    def _list(self) -> AnyOperation:
        return Operation(
            method="GET",
            path=self.path,
            name=f"list{self._noun}s",
            group=self._group,
            summary=f"List the tokens of {self.whom}",
            description="Newest first, masked; revoked and expired ones too.",
            scope=TokenScope.TOKENS_ADMIN,
            parameters=PageParameters,
            handle=self.list,
            answers=(Told(200, "A page of tokens", "TokenPage", ("Link",), partial(examples.token_page, self.kind)),),
        )

    def _issue(self) -> AnyOperation:
        return Operation(
            method="POST",
            path=self.path,
            name=f"create{self._noun}",
            group=self._group,
            summary=f"Issue a token for {self.whom}",
            description="`token` in the answer is the secret, shown this once: only a hash of it is kept. No token issues one "
            "that exceeds it in scopes, SIDs or life.",
            scope=TokenScope.TOKENS_ADMIN,
            body=body_of("TokenInput", TokenBody, examples.token_bodies),
            handle=self.issue,
            answers=(Told(201, "The new token", "Token", ("Location",), partial(examples.issued_token, self.kind)),),
        )

    def _get(self) -> AnyOperation:
        return Operation(
            method="GET",
            path=self.one_path,
            name=f"get{self._noun}",
            group=self._group,
            summary="Get a token",
            description="Masked. `lastUsedAt` may lag behind by a minute.",
            scope=TokenScope.TOKENS_ADMIN,
            handle=self.get,
            answers=(Told(200, "The token", "Token", (), partial(examples.token, self.kind)),),
        )

    def _revoke(self) -> AnyOperation:
        return Operation(
            method="DELETE",
            path=self.one_path,
            name=f"revoke{self._noun}",
            group=self._group,
            summary="Revoke a token",
            description="It is good for nothing from the next request on, open sessions and streams included, and stays "
            "listed. Doing it again changes nothing. Not for tokens that may do less than this one.",
            scope=TokenScope.TOKENS_ADMIN,
            handle=self.revoke,
            answers=(Told(200, "It is revoked", "Token", (), partial(examples.revoked_token, self.kind)),),
        )


MCP_TOKENS: Final = TokenRoutes(TokenKind.MCP, "assistants")
API_TOKENS: Final = TokenRoutes(TokenKind.API, "programs")
