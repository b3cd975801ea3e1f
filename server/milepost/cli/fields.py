"""The fields and filters of events as options: in kebab case, lists by repeating, objects as JSON.

An option only names a field; what it may hold is asked of the same input models as everywhere else, and their
complaints name the option in place of the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from milepost.domain.errors import Conflict, Invalid, MilepostError, Unavailable

F = TypeVar("F", bound=Callable[..., Any])
_WHEN = "RFC 3339, or relative such as now-20m (units s m h d w)"


@dataclass(frozen=True, slots=True)
class Field:
    """A field on the wire and its option. `optional_value` is what the option alone means."""

    name: str
    metavar: str
    help: str
    option: str = ""
    many: bool = False
    optional_value: str | None = None

    @property
    def written(self) -> str:
        """The option: `--started-at`."""
        return self.option or f"--{kebab(self.name)}"


BODY = (
    Field("type", "TYPE", "deployment, incident, config_change, scale or custom."),
    Field("name", "TEXT", "A short label, such as a version."),
    Field("description", "TEXT", "Longer text."),
    Field("source", "TEXT", "Who or what reports it, such as github_actions."),
    Field("metadata", "JSON", "Free context, such as '{\"commitSha\": \"a1b2c3d\"}'."),
    Field("bucketSids", "SID", "A bucket (service) it applies to, by SID or name; repeatable; '*' is all.", "--bucket-sid", many=True),
    Field("environmentSids", "SID", "An environment it applies to, by SID or name; repeatable; '*' is all.", "--environment-sid", many=True),
    Field("startedAt", "TIME", f"When it began: {_WHEN}."),
    Field("endedAt", "TIME", "When it ended; without, it is a point in time, or an incident still going on."),
    Field("severity", "I|W|E|F", "Information, warning, error or fatal."),
    Field("tags", "JSON", "Tags all at once: '{\"team\": [\"payments\"]}'."),
    Field("check", "JSON", "The monitor that raised it: '{\"id\": 42, \"symbol\": \"login\"}', or its number alone."),
    Field("dedupKey", "TEXT", "Stable name of the real happening; creating with a key that exists makes no second event."),
)  # fmt: skip
FILTERS = (
    Field("type", "TYPE", "Only this type; repeatable.", many=True),
    Field("startTime", "TIME", f"Events that touch the time from here on: {_WHEN}."),
    Field("endTime", "TIME", "Events that touch the time up to here."),
    Field("bucketSid", "SID", "Events that apply to this bucket (service), by SID or name."),
    Field("environmentSid", "SID", "Events that apply to this environment, by SID or name."),
    Field("ongoing", "true|false", "Incidents without an end; with false, all the rest.", optional_value="true"),
    Field("source", "TEXT", "Exactly this source."),
    Field("severity", "LETTERS", "Any of these severities, such as EF."),
    Field("checkId", "NUMBER", "Raised by the monitor of this number."),
    Field("dedupKey", "TEXT", "Exactly this key."),
    Field("message", "TEXT", "Part of the name or description, in any case."),
    Field("includeTag", "FILTER", "Tags to have: key~value;value, a key alone, or ~value; repeatable.", many=True),
    Field("excludeTag", "FILTER", "Tags not to have; repeatable.", many=True),
    Field("includeTagOp", "or|and", "Whether any or all of --include-tag have to match; any by default."),
    Field("limit", "N", "Events a page, 1 to 100; 25 by default."),
    Field("cursor", "CURSOR", "Go on where a page ended, with the same filters."),
)  # fmt: skip
CLEARABLE = ("description", "source", "metadata", "endedAt", "severity", "tags", "check", "dedupKey")

_OTHER_OPTIONS = {
    "bucketSids": "--bucket-sid",
    "environmentSids": "--environment-sid",
    "scopes": "--scope",
    "expiresAt": "--expires",
    "labels": "--label",
    "sid": "SID",
}
_FIELD = re.compile(r"[a-z]+[A-Za-z]*")


def kebab(name: str) -> str:
    """`startedAt` as `started-at`."""
    return re.sub(r"[A-Z]", lambda match: f"-{match[0].lower()}", name)


def field_options(fields: Sequence[Field]) -> Callable[[F], F]:
    """Adds an option for each field; the value reaches the command under the field's name in snake case."""

    def decorate(function: F) -> F:
        for field in reversed(fields):
            form: dict[str, Any] = {"multiple": True} if field.many else {}
            if field.optional_value:
                form = {"is_flag": False, "flag_value": field.optional_value}
            parameter = kebab(field.name).replace("-", "_")
            function = click.option(field.written, parameter, metavar=field.metavar, help=field.help, **form)(function)
        return function

    return decorate


def given_fields(fields: Sequence[Field], options: Mapping[str, Any]) -> dict[str, object]:
    """What was written, by the fields' names on the wire; an option that was left out is left out here."""
    given: dict[str, object] = {}
    for field in fields:
        value = options.get(kebab(field.name).replace("-", "_"))
        if value is not None and value != ():
            given[field.name] = value[0] if field.many and len(value) == 1 else list(value) if field.many else value
    return given


def explain(error: MilepostError) -> str:
    """An error's text, with options in place of the fields that it names."""
    match error:
        case Invalid():
            return "; ".join(
                f"{_option(problem.field)}: {problem.message}" if problem.field else problem.message
                for problem in error.problems
            )
        case Unavailable():
            return error.detail
        case Conflict():
            return f"{_option(error.field)}{str(error).removeprefix(error.field)}"
        case _:
            return str(error)


@contextmanager
def reading_options() -> Generator[None]:
    """What is wrong with an option whatever the store holds is wrong usage."""
    try:
        yield
    except Invalid as error:
        raise click.UsageError(explain(error), click.get_current_context(silent=True)) from None


def _option(field: str) -> str:
    """`bucketSids[0]` as `--bucket-sid`, `metadata.commit` as `--metadata (commit)`; what is no field stays as it is."""
    head = _FIELD.match(field)
    if not head or (len(head[0]) < len(field) and field[len(head[0])] not in ".["):
        return field
    option = _OTHER_OPTIONS.get(head[0], f"--{kebab(head[0])}")
    rest = field[len(head[0]) :]
    return f"{option} ({rest.removeprefix('.')})" if rest.startswith(".") else option
