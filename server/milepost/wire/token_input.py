"""What a user writes to have a token issued."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WithJsonSchema

from milepost.domain.instant import Instant, When
from milepost.domain.token import (
    DEFAULT_SCOPES,
    LONGEST_NAME,
    TokenKind,
    TokenScope,
    parse_expiry,
    parse_token_name,
    parse_token_scopes,
)
from milepost.services.tokens import TokenDraft
from milepost.wire.fields import ScopeField
from milepost.wire.reading import Input, parsed_by

TokenNameField = Annotated[
    str, parsed_by(parse_token_name), WithJsonSchema({"type": "string", "maxLength": LONGEST_NAME})
]
TokenScopesField = Annotated[
    frozenset[TokenScope],
    parsed_by(parse_token_scopes),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": [scope.value for scope in TokenScope]}}),
]
ExpiryField = Annotated[When, parsed_by(parse_expiry), WithJsonSchema({"type": "string"})]


class TokenBody(Input):
    """The body of an issue. A field that is null counts as left out."""

    name: TokenNameField = Field(description="What to recognise it by", examples=["deploy pipeline"])
    scopes: TokenScopesField | None = Field(
        None,
        description="What it may do; reads events only, unless more is asked for",
        examples=[["events:read", "events:write"]],
    )
    bucket_sids: ScopeField | None = Field(
        None,
        description='The only buckets it reaches, SIDs or names; ["*"] for all; by default those of the token that asks',
        examples=[["checkout"]],
    )
    environment_sids: ScopeField | None = Field(
        None, description="The only environments it reaches, as bucketSids", examples=[["prod01"]]
    )
    expires_at: ExpiryField | None = Field(
        None,
        description="When it ends: RFC 3339, or how long from now on (units s m h d w); "
        "by default with the token that asks",
        examples=["90d", "2027-01-15T00:00:00Z"],
    )

    def to_draft(self, kind: TokenKind, now: Instant) -> TokenDraft:
        """What the service takes."""
        return TokenDraft(
            kind=kind,
            name=self.name,
            scopes=self.scopes or DEFAULT_SCOPES,
            buckets=self.bucket_sids,
            environments=self.environment_sids,
            expires_at=self.expires_at and self.expires_at.at(now),
        )
