"""A fortnight of the shop, up to a moment: ordinary days, and a few that weren't."""

from __future__ import annotations

from random import Random
from typing import Final

from milepost.demo.cast import BY_NAME, PRODUCTION, SERVICES
from milepost.demo.plots import FAULTS, Releases, change_configuration, scale
from milepost.demo.story import Story
from milepost.domain.event import EventType
from milepost.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant

DAYS: Final = 14
SEED: Final = 20260115
SATURDAY: Final = 5
_CHANGES: Final = (
    (1, "catalog", "Raise the cache of catalog from 512 to 2,048 MiB"),
    (6, "web", "Switch compression of web to Brotli"),
    (8, "accounts", "Let sessions of accounts live for 12 hours in place of 24"),
    (11, "search", "Turn on synonyms in search"),
)
_WRONG_CHANGE: Final = (4, "payments", "Set the timeout of payments to 800 ms")
_BAD_DAYS: Final = {2: ("checkout", 0), 7: ("search", 1), 9: ("accounts", 2), 13: ("catalog", 3)}
"""Days on which a release went wrong: of what, and how."""
_RELEASED: Final = 0.55
"""How many of the services are released on a weekday."""
_CAMPAIGN: Final = 10
_LAST: Final = 8 * HOUR
"""Before the end; no more ordinary releases come into what the last hours tell."""


def fortnight(account_sid: str, now: Instant, seed: int = SEED) -> Story:
    """The story up to `now`, oldest first. It ends with an incident that is going on."""
    story = Story(account_sid, now, Random(seed))  # noqa: S311 - it has to be the same each time, not hard to guess
    releases = {one.name: Releases(story, one, story.random.randint(4, 30)) for one in SERVICES}
    first = now - DAYS * DAY
    for day in range(DAYS + 1):
        midnight = Instant(first - first % DAY + day * DAY)
        _ordinary_day(story, releases, midnight)
        if day in _BAD_DAYS:
            name, fault = _BAD_DAYS[day]
            releases[name].release_gone_wrong(_at(story, midnight, 13), FAULTS[fault])
    _changes(story, Instant(first - first % DAY))
    _last_day(releases, now)
    story.events = sorted((one for one in story.events if first <= one.started_at), key=lambda one: one.started_at)
    return story


def _ordinary_day(story: Story, releases: dict[str, Releases], midnight: Instant) -> None:
    """On weekdays most services are released; those that scale do so on every day."""
    if weekday(midnight) < SATURDAY:
        for one in releases.values():
            moment = _at(story, midnight, story.random.randint(8, 15))
            if story.random.random() < _RELEASED and moment < story.now - _LAST:
                one.release(moment)
    for service in SERVICES:
        if service.autoscaled:
            scale(story, service, _at(story, midnight, 7), _at(story, midnight, 20))


def _changes(story: Story, first: Instant) -> None:
    for day, name, what in _CHANGES:
        change_configuration(story, BY_NAME[name], _at(story, Instant(first + day * DAY), 10), what)
    day, name, what = _WRONG_CHANGE
    evening = _at(story, Instant(first + day * DAY), 17)
    change_configuration(story, BY_NAME[name], evening, what, failing=0.06, minutes=47)
    campaign = Instant(first + _CAMPAIGN * DAY + 9 * HOUR)
    story.event(
        EventType.CUSTOM, "Winter sale: banner on every page", campaign, Instant(campaign + 9 * HOUR), source="claude",
        at=[PRODUCTION], description="Marketing expects half as many visitors again.", tags={"team": ("marketing",)},
    )  # fmt: skip
    story.effect(campaign, Instant(campaign + 9 * HOUR), environment=PRODUCTION, demand=1.5)


def _last_day(releases: dict[str, Releases], now: Instant) -> None:
    """So that each of the shorter windows has something to see: a release that was rolled back, and one that is still wrong."""
    releases["checkout"].release_gone_wrong(Instant(now - 5 * HOUR), FAULTS[1])
    releases["web"].release(Instant(now - 3 * HOUR))
    releases["payments"].release_gone_wrong(Instant(now - 95 * MINUTE), FAULTS[0], mended=False)


def _at(story: Story, midnight: Instant, hour: int) -> Instant:
    return Instant(midnight + hour * HOUR + story.random.randint(0, 3_599) * SECOND)


def weekday(moment: int) -> int:
    """0 is Monday; 1970 began on a Thursday."""
    return (moment // DAY + 3) % 7
