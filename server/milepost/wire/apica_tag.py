"""The id of a tag key or value, as JSON. Apica documents ids in filters, but no list of them: this form is Milepost's."""

from __future__ import annotations

from typing import Any

from milepost.domain.archive import TagNumber


def apica_tag(tag: TagNumber) -> dict[str, Any]:
    """`{id, part, name}`; `part` is `key` or `value`, and each of them is numbered by itself."""
    return {"id": tag.number, "part": tag.part.value, "name": tag.name}
