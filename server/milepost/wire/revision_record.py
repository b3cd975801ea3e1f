"""The JSON record of one change that was made to an event."""

from __future__ import annotations

from typing import Any

from milepost.domain.history import Revision
from milepost.domain.instant import format_instant
from milepost.wire.event_record import event_record, provenance_record


def revision_record(revision: Revision) -> dict[str, Any]:
    """`{eventSid, version, kind, at, by, before}`; `before` is the event's former record, null where it was deleted."""
    return {
        "eventSid": revision.event_sid,
        "version": revision.version,
        "kind": revision.kind.value,
        "at": format_instant(revision.at),
        "by": provenance_record(revision.by),
        "before": None if revision.before is None else event_record(revision.before),
    }
