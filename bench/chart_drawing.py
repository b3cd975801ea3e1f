"""How long does a browser take to draw 10,000 events over 1,000 points, and to pan and zoom them?

Each of a new page's first draw, then of frames that each get another window; against the same charts without events, taken in turn, so that a busy
moment of the machine hits both. A frame counts from its beginning until it is handed over: computing, layout and painting.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bench.support.figures import p50, percentile, show
from tests.browser import Visit, running_browser, visit
from tests.end_to_end.chart.made_up import POINTS, data, many
from tests.end_to_end.support.harness import build_harness, serving_harness

EVENTS = 10_000
ROUNDS = 7
FRAMES = 120
FIRST_DRAW_MILLISECONDS = 150.0
FRAME_MILLISECONDS = 16.0
WITHOUT_EVENTS_TARGET = 2.0

Json = dict[str, Any]


def measure(page: Page, url: str, given: Json) -> tuple[float, list[float]]:
    """Milliseconds of the first draw on a new page, and of frames after it."""
    page.goto(url)
    page.evaluate("data => { window.given = data; }", given)
    first = page.evaluate("() => harness.firstDraw(window.given)")
    return first, page.evaluate("count => harness.frames(count)", FRAMES)


def in_turn(browser: Browser, url: str, *given: Json) -> list[list[tuple[float, list[float]]]]:
    """Of each of the data what `measure` gives, round by round."""
    with visit(browser, Visit, url) as visited:
        for each in given:
            measure(visited.page, url, each)
        rounds = [[measure(visited.page, url, each) for each in given] for _ in range(ROUNDS)]
    return [list(of) for of in zip(*rounds, strict=True)]


def summed_up(rounds: list[tuple[float, list[float]]]) -> tuple[float, float, float]:
    """First draw, p95 and median of the frames: of the round in the middle, since other work on the machine spoils some."""
    return (
        p50([first for first, _ in rounds]),
        p50([percentile(frames, 0.95) for _, frames in rounds]),
        p50([p50(frames) for _, frames in rounds]),
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser:
        build_harness(Path(folder))
        with serving_harness(Path(folder)) as address:
            rounds = in_turn(browser, f"{address}/chart/index.html", data(many(EVENTS)), data([]))
    (first, slow, usual), (bare_first, bare_slow, bare_usual) = map(summed_up, rounds)
    what = f"{EVENTS:,} events over {POINTS:,} points"
    kept = [
        show(f"first draw of {what}", first, FIRST_DRAW_MILLISECONDS, "ms", target=1.0),
        show("the same against no events", first, bare_first, "ms", target=WITHOUT_EVENTS_TARGET),
        show("panning and zooming them, p95 of frames", slow, FRAME_MILLISECONDS, "ms", target=1.0),
        show("the same against no events", slow, bare_slow, "ms", target=WITHOUT_EVENTS_TARGET),
        show("panning and zooming, median frame", usual, bare_usual, "ms", target=WITHOUT_EVENTS_TARGET),
    ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
