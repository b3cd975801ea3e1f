"""What a user writes to create an event and to change one. Field names, order and meaning are the seed API's."""

from __future__ import annotations

from pydantic import Field
from pydantic.alias_generators import to_camel

from milepost.domain.errors import Invalid, Problem
from milepost.domain.event import EventChange, EventDraft
from milepost.wire.fields import (
    CheckField,
    DedupKeyField,
    DescriptionField,
    MetadataField,
    NameField,
    ScopeField,
    SeverityField,
    SourceField,
    TagsField,
    TimeField,
    TypeField,
)
from milepost.wire.reading import Input

_ATTRIBUTES = {"bucket_sids": "buckets", "environment_sids": "environments"}
CLEARABLE = frozenset({"description", "source", "metadata", "endedAt", "severity", "tags", "check", "dedupKey"})
"""Fields, by their names on the wire, that null clears; the others an event can't be without."""


class EventBody(Input):
    """The body of a creation. A field that is null counts as left out."""

    type: TypeField = Field(description="What kind of happening it was")
    name: NameField = Field(description="Short label shown on charts", examples=["v2.3.1 production release"])
    description: DescriptionField | None = Field(None, description="Longer text", examples=["Commit a1b2c3d"])
    source: SourceField | None = Field(None, description="Who or what reports it", examples=["github_actions"])
    metadata: MetadataField | None = Field(
        None, description="Free context: commit, branch, image tag, run", examples=[{"commitSha": "a1b2c3d"}]
    )
    bucket_sids: ScopeField | None = Field(
        None,
        description='Buckets (services) it applies to, by SID or name; default ["*"], all',
        examples=[["checkout"]],
    )
    environment_sids: ScopeField | None = Field(
        None, description='Environments it applies to, by SID or name; default ["*"], all', examples=[["prod01"]]
    )
    started_at: TimeField | None = Field(
        None,
        description="When it began: RFC 3339, or relative to now (units s m h d w); default now",
        examples=["2026-01-15T14:30:00Z", "now-20m"],
    )
    ended_at: TimeField | None = Field(
        None,
        description="When it ended, as startedAt. Leave it out for a point in time or an incident still going on",
        examples=["now"],
    )
    severity: SeverityField | None = Field(None, description="Information, Warning, Error, Fatal")
    tags: TagsField | None = Field(
        None, description="Labels to filter by, each key with its values", examples=[{"team": ["payments"]}]
    )
    check: CheckField | None = Field(
        None, description="The monitor that raised it", examples=[{"id": 42, "symbol": "login"}]
    )
    dedup_key: DedupKeyField | None = Field(
        None,
        description="Stable name of the real happening, the same on every retry: "
        "creating with a key that exists returns the first event and writes nothing",
        examples=["github:run:8123"],
    )

    def to_draft(self) -> EventDraft:
        """What the services take."""
        return EventDraft(**{_ATTRIBUTES.get(name, name): getattr(self, name) for name in EventBody.model_fields})


class EventPatch(Input):
    """The body of a change: only what is given changes, null clears what can be cleared."""

    type: TypeField | None = Field(None, description="New kind of happening")
    name: NameField | None = Field(None, description="New label", examples=["Checkout latency, resolved"])
    description: DescriptionField | None = Field(
        None, description="New text; null clears", examples=["Root cause: connection pool exhausted"]
    )
    source: SourceField | None = Field(None, description="New source; null clears", examples=["manual"])
    metadata: MetadataField | None = Field(
        None, description="New metadata in place of all that was there; null clears", examples=[{"cause": "pool"}]
    )
    bucket_sids: ScopeField | None = Field(
        None, description='Buckets it applies to, SIDs or names, or ["*"]', examples=[["checkout"]]
    )
    environment_sids: ScopeField | None = Field(
        None, description='Environments it applies to, SIDs or names, or ["*"]', examples=[["prod01"]]
    )
    started_at: TimeField | None = Field(
        None, description="New start: RFC 3339, or relative to now", examples=["now-20m"]
    )
    ended_at: TimeField | None = Field(
        None, description="New end, which closes an incident; null opens it again", examples=["now"]
    )
    severity: SeverityField | None = Field(None, description="Information, Warning, Error, Fatal; null clears")
    tags: TagsField | None = Field(
        None, description="New tags in place of all that were there; null clears", examples=[{"team": ["payments"]}]
    )
    check: CheckField | None = Field(None, description="New monitor; null clears", examples=[{"id": 42}])
    dedup_key: DedupKeyField | None = Field(
        None, description="New key, unique in the account; null clears", examples=["github:run:8123"]
    )

    def to_change(self) -> EventChange:
        """What the services take; raises `Invalid` where null came for a field that an event can't be without."""
        given = {name: getattr(self, name) for name in EventPatch.model_fields if name in self.model_fields_set}
        nulls = [to_camel(name) for name, value in given.items() if value is None and to_camel(name) not in CLEARABLE]
        if nulls:
            raise Invalid(
                Problem(name, "null came, but it can't be cleared; leave it out to keep it") for name in nulls
            )
        return EventChange(**{_ATTRIBUTES.get(name, name): value for name, value in given.items()})
