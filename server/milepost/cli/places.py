"""`milepost buckets` and `milepost environments`: one set of commands for both."""

from __future__ import annotations

from collections.abc import Sequence

import click

from milepost.cli.fields import reading_options
from milepost.cli.options import account_option, command, json_option
from milepost.cli.session import Session, in_session
from milepost.cli.terminal import note, print_json, print_table, visible
from milepost.domain.account import Place, PlaceKind, parse_labels, parse_place_name
from milepost.services.places import PlaceDraft
from milepost.wire.account_record import place_record


def _group(kind: PlaceKind, what: str) -> click.Group:
    group = click.Group(
        f"{kind.value}s",
        help=f"Register {what}, so that their names may be written for their SIDs. "
        "Once one is registered, an unknown one is an error.",
    )
    _add_list(group, kind)
    _add_create(group, kind)
    _add_update(group, kind)
    _add_delete(group, kind)
    return group


def _add_list(group: click.Group, kind: PlaceKind) -> None:
    @account_option
    @json_option
    def list_(*, account: str | None, as_json: bool) -> None:
        async def act(session: Session) -> tuple[Place, ...]:
            return await session.services.places.list(await session.owner(account), kind)

        found = in_session(act)
        if as_json:
            print_json([place_record(place) for place in found])
        elif found:
            print_table(("SID", "LABELS", "NAME"), [(place.sid, _labels(place), place.name) for place in found])
        else:
            note(f"no {kind.value}s are registered, so every SID is taken as it comes")

    list_.__doc__ = f"List the registered {kind.value}s by name."
    command(group, "list")(list_)


def _add_create(group: click.Group, kind: PlaceKind) -> None:
    @click.option("--name", required=True, metavar="TEXT", help="What it is called.")
    @click.option("--sid", metavar="SID", help="The SID it has already, if any; otherwise one is made.")
    @_label_option
    @account_option
    @json_option
    def create(*, name: str, sid: str | None, label: Sequence[str], account: str | None, as_json: bool) -> None:
        with reading_options():
            draft = PlaceDraft(name=parse_place_name(name), labels=_parsed_labels(label), sid=sid)

        async def act(session: Session) -> Place:
            return await session.services.places.create(await session.owner(account), kind, draft)

        _show(in_session(act), "created", as_json=as_json)

    create.__doc__ = f"Register {_a(kind)}."
    command(group, "create")(create)


def _add_update(group: click.Group, kind: PlaceKind) -> None:
    @click.argument("sid")
    @click.option("--name", metavar="TEXT", help="What it is called from now on.")
    @_label_option
    @click.option("--clear", type=click.Choice(["labels"]), metavar="labels", help="Take all labels away.")
    @account_option
    @json_option
    def update(
        *, sid: str, name: str | None, label: Sequence[str], clear: str | None, account: str | None, as_json: bool
    ) -> None:
        if clear and label:
            raise click.UsageError("labels are to be set and cleared at once; write --label or --clear labels")
        if name is None and not label and not clear:
            raise click.UsageError("nothing to change; write --name, --label or --clear labels")
        with reading_options():
            named = None if name is None else parse_place_name(name)
            labels = _parsed_labels(label) if label or clear else None

        async def act(session: Session) -> Place:
            return await session.services.places.change(await session.owner(account), kind, sid, named, labels)

        _show(in_session(act), "changed", as_json=as_json)

    update.__doc__ = f"Rename {_a(kind)}, or give it other labels in place of all it has. SID may be its name."
    command(group, "update")(update)


def _add_delete(group: click.Group, kind: PlaceKind) -> None:
    @click.argument("sid")
    @account_option
    @json_option
    def delete(*, sid: str, account: str | None, as_json: bool) -> None:
        async def act(session: Session) -> Place:
            return await session.services.places.delete(await session.owner(account), kind, sid)

        place = in_session(act)
        if as_json:
            print_json({"sid": place.sid, "deleted": True})
        else:
            print(f"deleted {place.sid} ({visible(place.name)}); events keep their scopes")

    delete.__doc__ = f"Forget {_a(kind)}; events keep their scopes. SID may be its name."
    command(group, "delete")(delete)


_label_option = click.option(
    "--label",
    multiple=True,
    metavar="KEY=VALUE",
    help="Which metrics are its own, such as service=checkout; repeatable.",
)


def _parsed_labels(written: Sequence[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for label in written:
        key, equals, value = label.partition("=")
        if not equals or key in labels:
            wrong = "is no label" if not equals else "gives a key its second value"
            raise click.UsageError(
                f'--label: "{label}" {wrong}; write key=value such as service=checkout, each key once'
            )
        labels[key] = value
    return dict(parse_labels(labels))


def _show(place: Place, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(place_record(place))
    else:
        labels = f" {visible(_labels(place))}" if place.labels else ""
        print(f"{done} {place.sid} ({visible(place.name)}){labels}")


def _labels(place: Place) -> str:
    return ",".join(f"{key}={value}" for key, value in place.labels.items())


def _a(kind: PlaceKind) -> str:
    return f"an {kind.value}" if kind is PlaceKind.ENVIRONMENT else f"a {kind.value}"


buckets = _group(PlaceKind.BUCKET, "buckets (services)")
environments = _group(PlaceKind.ENVIRONMENT, "environments")
