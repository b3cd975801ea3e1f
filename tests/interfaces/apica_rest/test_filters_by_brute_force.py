"""Every filter and combinations of them, against what Apica's words say of each event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from milepost.domain.event import Check, Event, EventType, Severity
from milepost.domain.instant import MINUTE, Instant, format_instant
from milepost.wire.apica_row import apica_row
from tests.interfaces.apica_rest.asking import EVENTS, NOON, TAGS, happened
from tests.interfaces.rest.api import Api, rest_api

COUNT = 120
QUERIES = 250
KEYS, VALUES, CHECKS = ("Environment", "team", "Städte"), ("Dev", "Prod", "Beta", "a b&c"), (2, 12345, 2**40)
Parameters = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """Many events of every sort, and the names that their tags' ids stand for."""

    api: Api
    events: Sequence[Event]
    ids: dict[tuple[str, str], int]


@pytest.fixture(scope="module")
async def sample(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Sample]:
    random = Random(1)
    folder: Path = tmp_path_factory.mktemp("apica")
    async with rest_api(folder, rate_limit="off") as api:
        events = [await _made(api, random, number) for number in range(COUNT)]
        ids = {(tag["part"], tag["name"]): tag["id"] for tag in (await api.get(TAGS)).json()}
        yield Sample(api, events, ids)


async def _made(api: Api, random: Random, number: int) -> Event:
    tags = {
        key: tuple(random.sample(VALUES, random.randint(1, 2))) for key in random.sample(KEYS, random.randint(0, 3))
    }
    return await happened(
        api,
        at=NOON + random.randrange(20) * MINUTE + random.choice([0, 0, 1, 999]),
        type=random.choice(list(EventType)),
        name=f"{random.choice(['apica', 'APICA ', 'Ápica', 'deploy'])} {number}",
        description=random.choice([None, "by apica", "nothing"]),
        severity=random.choice([None, *Severity]),
        check=random.choice([None, *(Check(number, "s") for number in CHECKS)]),
        tags=tags or None,
    )


def _tagged(event: Event, written: str, ids: dict[tuple[str, str], int]) -> bool:
    """`key`, `key~value;value` or `~value`, names or ids."""
    key, tilde, rest = written.partition("~")
    values = rest.split(";") if tilde else []

    def means(name: str, part: str, text: str) -> bool:
        return ids.get((part, name)) == int(text[1:]) if text.startswith(".") else name == text

    return any(
        (not key or means(own, "key", key))
        and (not values or any(means(value, "value", each) for value in borne for each in values))
        for own, borne in (event.tags or {}).items()
    )


def _meets(event: Event, asked: Parameters, ids: dict[tuple[str, str], int]) -> bool:
    included = [_tagged(event, one, ids) for one in asked.get("include_tag", [])]
    every = all if asked.get("include_tag_op") == "and" else any
    text = f"{event.name}\0{event.description or ''}".casefold()
    at = event.started_at
    start = asked.get("milliseconds_utc_from", asked.get("timestamp_utc_from"))
    end = asked.get("milliseconds_utc_to", asked.get("timestamp_utc_to"))
    return (
        asked.get("message", "").casefold() in text
        and ("severity" not in asked or (event.severity or "I") in asked["severity"])
        and ("check_id" not in asked or (event.check is not None and event.check.id == asked["check_id"]))
        and (not included or every(included))
        and not any(_tagged(event, one, ids) for one in asked.get("exclude_tag", []))
        and (start is None or at >= start)
        and (end is None or at <= end)
    )


def _expected(sample: Sample, asked: Parameters) -> list[tuple[str, str]]:
    found = [event for event in sample.events if _meets(event, asked, sample.ids)]
    found.sort(key=lambda event: (event.started_at, event.sid), reverse=True)
    rows = [apica_row(event, NOON) for event in found]
    return [(row["event_message"], row["time_stamp_utc"]) for row in rows]


def _tag(random: Random, ids: dict[tuple[str, str], int]) -> str:
    def name(part: str, names: Sequence[str]) -> str:
        chosen = random.choice([*names, "nobody"])
        written = [chosen, f".{ids.get((part, chosen), 4568)}"]
        return random.choice(written)

    values = ";".join(name("value", VALUES) for _ in range(random.randint(1, 2)))
    return random.choice([name("key", KEYS), f"{name('key', KEYS)}~{values}", f"~{values}"])


def _asked(random: Random, ids: dict[tuple[str, str], int]) -> Parameters:
    """Some parameters; times as moments."""
    start = NOON + random.randrange(20) * MINUTE
    choices: dict[str, Callable[[], Any]] = {
        "message": lambda: random.choice(["apica", "ÁPICA", "nothing", "deploy"]),
        "severity": lambda: "".join(random.sample("IWEF", random.randint(1, 4))),
        "check_id": lambda: random.choice(CHECKS),
        "include_tag": lambda: [_tag(random, ids) for _ in range(random.randint(1, 3))],
        "exclude_tag": lambda: [_tag(random, ids) for _ in range(random.randint(1, 2))],
        "include_tag_op": lambda: random.choice(["or", "and"]),
        random.choice(["timestamp_utc_from", "milliseconds_utc_from"]): lambda: start,
        random.choice(["timestamp_utc_to", "milliseconds_utc_to"]): lambda: start + random.randrange(20) * MINUTE,
    }
    return {name: choices[name]() for name in random.sample(list(choices), random.randint(1, 4))}


def _written(asked: Parameters) -> Parameters:
    return {
        name: format_instant(Instant(value))[: _length(value)] if name.startswith("timestamp") else value
        for name, value in asked.items()
    }


def _length(instant: int) -> int:
    """With milliseconds and Z, or as Apica writes them."""
    return 24 if instant % (2 * MINUTE) else 19


async def test_whatever_is_asked_for_is_found_and_nothing_else(sample: Sample):
    random = Random(2)
    hits = 0
    for _ in range(QUERIES):
        asked = _asked(random, sample.ids)
        answer = await sample.api.get(EVENTS, **_written(asked))
        assert answer.status_code == 200, (asked, answer.text)
        found = [(row["event_message"], row["time_stamp_utc"]) for row in answer.json()]
        assert found == _expected(sample, asked), asked
        hits += bool(found)
    assert hits > QUERIES // 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("message", "apica"),
        ("severity", "IE"),
        ("check_id", 12345),
        ("include_tag", ["Environment~Dev;Prod"]),
        ("exclude_tag", ["Environment~Beta"]),
        ("timestamp_utc_from", NOON + 9 * MINUTE),
        ("timestamp_utc_to", NOON + 9 * MINUTE),
        ("milliseconds_utc_from", NOON + 9 * MINUTE + 1),
        ("milliseconds_utc_to", NOON + 9 * MINUTE + 1),
    ],
)
async def test_each_filter_alone_takes_some_and_leaves_some(name: str, value: Any, sample: Sample):
    asked = {name: value}
    answer = await sample.api.get(EVENTS, **_written(asked))
    found = [(row["event_message"], row["time_stamp_utc"]) for row in answer.json()]
    assert found == _expected(sample, asked)
    assert 0 < len(found) < COUNT
