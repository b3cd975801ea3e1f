"""Takes the README's pictures: a real browser looks at `milepost demo`. Run with: make screenshots

Their windows are of fixed sizes, the viewer's zone and language too; the demo's story is always the same, up to the moment of taking them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.browser import PHONE, running_browser
from tests.end_to_end.dashboard.visitor import Visitor, visiting
from tests.end_to_end.support.demo import running_demo

PICTURES = Path(__file__).parents[2] / "docs"
LARGEST_BYTES = 200_000
"""A README is read over slow lines too."""


@dataclass(frozen=True)
class Shot:
    """What is looked at, and how; `pose` brings about what else the picture shows."""

    name: str
    address: str
    browser: dict[str, Any]
    pose: Callable[[Visitor], None]


def point_at_the_last_incident(visitor: Visitor) -> None:
    visitor.page.get_by_role("group", name="Events on the timeline").get_by_role("button").last.hover()
    visitor.page.get_by_role("tooltip").wait_for()


def stay(visitor: Visitor) -> None:
    """Nothing more is shown."""


SHOTS = (
    Shot("dashboard", "/?range=24h", {"viewport": {"width": 1280, "height": 860}}, point_at_the_last_incident),
    Shot("phone", "/?range=24h", {"viewport": PHONE, "device_scale_factor": 2, "color_scheme": "dark", "is_mobile": True, "has_touch": True}, stay),
)  # fmt: skip


def take(browser: Browser, url: str, session: Any, shot: Shot) -> Path:
    """Its file, once everything on the page has come."""
    path = PICTURES / f"{shot.name}.png"
    with visiting(browser, url, storage_state=session, **shot.browser) as visitor:
        visitor.look_at(shot.address)
        visitor.page.get_by_text("Response time").wait_for()
        shot.pose(visitor)
        visitor.page.screenshot(path=path, animations="disabled")
    return path


def signed_in(browser: Browser, url: str, link: str) -> Any:
    """A session's cookie, since the link works once."""
    with visiting(browser, url) as visitor:
        visitor.sign_in(link)
        return visitor.page.context.storage_state()


def main() -> None:
    """Writes each, and says how large it is; one that is too large fails."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo, running_browser() as browser:
        session = signed_in(browser, demo.url, demo.sign_in_url)
        for shot in SHOTS:
            path = take(browser, demo.url, session, shot)
            size = path.stat().st_size
            print(f"{path.relative_to(PICTURES.parent)}: {size:,} bytes")
            assert size <= LARGEST_BYTES, f"{path} is larger than {LARGEST_BYTES:,} bytes"


if __name__ == "__main__":
    main()
