"""What is really drawn: the pixels of the upper plot."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Frame, Page

WAIT_SECONDS = 15.0
POLL_SECONDS = 0.1
Color = Literal["red", "blue"]
_READ = """(color) => {
  const canvas = document.querySelector(".u-wrap canvas"), over = document.querySelector(".u-over");
  const [width, height] = [over.clientWidth, over.clientHeight];
  const copy = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  Object.assign(copy.canvas, {width, height});
  const box = over.getBoundingClientRect(), from = canvas.getBoundingClientRect();
  copy.drawImage(canvas, from.left - box.left, from.top - box.top);
  const {data} = copy.getImageData(0, 0, width, height);
  const shares = new Array(width).fill(0);
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue, alpha] = data.subarray(at, at + 4);
    const is = color === "red" ? red - green > 100 && red - blue > 100 : blue - red > 90;
    if (is && alpha > 90) shares[(at / 4) % width] += 1 / height;
  }
  return {left: box.left, shares};
}"""


@dataclass(frozen=True)
class Columns:
    """Of each pixel of the plot's width, the share of its height in one colour. `left` is where the plot begins."""

    left: float
    shares: list[float]

    @property
    def width(self) -> int:
        return len(self.shares)

    def beyond(self, share: float) -> list[int]:
        return [x for x, found in enumerate(self.shares) if found > share]


def columns(page: Page | Frame, color: Color) -> Columns:
    return Columns(**page.evaluate(_READ, color))


def wait_for_columns(page: Page | Frame, color: Color, wanted: Callable[[Columns], bool]) -> Columns:
    """Those that are `wanted`, once they are drawn so."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not wanted(found := columns(page, color)):
        assert time.monotonic() < deadline, f"it was never drawn so; {color} is at {found.beyond(0.1)}"
        page.wait_for_timeout(1_000 * POLL_SECONDS)
    return found
