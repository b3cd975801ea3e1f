"""The chart in a real browser: where things lie, what pointer and keyboard do, and how long it takes."""

from __future__ import annotations

from statistics import median, quantiles
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page

from milepost.domain.instant import HOUR
from tests.browser import PHONE, WIDE, accessibility_problems, visiting
from tests.web.made_up import END, HOSTILE, START, data, event, few, many

MANY = 10_000
FIRST_DRAW_MILLISECONDS = 150
FRAME_MILLISECONDS = 16
TIMES_WITHOUT_EVENTS = 2.0
FRAMES = 90
ROUNDS = 3


@pytest.fixture
def address(pages: str) -> str:
    return f"{pages}/chart/index.html"


async def show(page: Page, address: str, given: dict[str, Any], theme: str = "light") -> None:
    await page.goto(address)
    await page.evaluate("([data, theme]) => harness.show(data, theme)", [given, theme])


async def told(page: Page) -> dict[str, Any]:
    return await page.evaluate("() => harness.told")


async def centre(mark: Locator) -> float:
    box = await mark.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


async def plot(page: Page) -> dict[str, float]:
    """Where time runs: the box of the plotting area."""
    box = await page.locator(".u-over").first.bounding_box()
    assert box is not None
    return dict(box)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("measured", [True, False], ids=["charts", "bare"])
async def test_a_mark_and_its_line_lie_at_the_time_of_the_event(
    size: dict[str, int], measured: bool, browser: Browser, address: str
):
    async with visiting(browser, size) as page:
        await show(page, address, data(few(), measured=measured))
        area = await plot(page)
        for sid, hours in (("more", 9), ("pool", 12), ("ongoing", 22.5)):
            meant = area["x"] + hours / 24 * area["width"]
            assert abs(await centre(page.locator(f'.mark[data-sid="{sid}"]')) - meant) <= 0.5
        assert await _line_at(page, hours=12)


async def _line_at(page: Page, hours: float) -> bool:
    """Whether the canvas has the colour of a configuration change within a pixel of that time, and not beside it."""
    return await page.evaluate(
        """hours => {
            const canvas = document.querySelector('canvas');
            const over = document.querySelector('.u-over').getBoundingClientRect();
            const box = canvas.getBoundingClientRect();
            const ratio = canvas.width / box.width;
            const at = (over.left - box.left + hours / 24 * over.width) * ratio;
            const top = (over.top - box.top) * ratio;
            const drawn = x => {
                const { data } = canvas.getContext('2d').getImageData(Math.round(x), top, 1, over.height * ratio);
                for (let i = 0; i < data.length; i += 4) {
                    if (data[i + 2] - data[i + 1] > 60 && data[i] - data[i + 1] > 20) return true;
                }
                return false;
            };
            return [-1, 0, 1].some(x => drawn(at + x)) && !drawn(at - 8) && !drawn(at + 8);
        }""",
        hours,
    )


async def test_both_plots_have_one_axis_of_time(browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few()))
        boxes = [await area.bounding_box() for area in await page.locator(".u-over").all()]

    throughput, response = boxes
    assert throughput is not None
    assert response is not None
    assert (throughput["x"], throughput["width"]) == (response["x"], response["width"])


async def test_pointing_and_focusing_tell_of_the_event_in_both_zones(browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few()))
        tooltip = page.get_by_role("tooltip")

        await page.locator('.mark[data-sid="deploy"]').hover()
        assert "15 Jan 2026, 08:42:00 CET" in await tooltip.inner_text()
        assert "2026-01-15 07:42:00 UTC" in await tooltip.inner_text()
        assert "The new pool" in await tooltip.inner_text()
        await page.mouse.move(5, 5)
        assert await tooltip.count() == 0

        area = await plot(page)
        await page.mouse.move(area["x"] + area["width"] * 12 / 24 + 3, area["y"] + 100)
        assert "pool" in await tooltip.inner_text()

        await page.locator('.mark[data-sid="slow"]').focus()
        assert "until 15 Jan 2026, 11:00:00 CET (1 h 30 min)" in await tooltip.inner_text()
        await page.keyboard.press("Escape")
        assert await tooltip.count() == 0


async def test_the_keyboard_reaches_opens_and_zooms(browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few()))

        await page.keyboard.press("Tab")
        assert "freeze" in await focused(page)
        await page.keyboard.press("End")
        assert "ongoing" in await focused(page)
        await page.keyboard.press("ArrowLeft")
        assert "slow" in await focused(page)
        await page.keyboard.press("Enter")
        await page.keyboard.press("+")
        assert "slow" in await focused(page)
        await page.keyboard.press("-")

        heard = await told(page)
    assert heard["opened"] == ["slow"]
    (closer_start, closer_end), (start, end) = heard["zooms"]
    at = START + 17.5 * HOUR
    assert abs((closer_end - closer_start) - 12 * HOUR) < 10
    assert closer_start < at < closer_end
    assert abs(start - START) < 10
    assert abs(end - END) < 10


async def focused(page: Page) -> str:
    return await page.evaluate("() => document.activeElement.getAttribute('aria-label')")


async def test_one_of_several_at_one_place_is_chosen_or_zoomed_in_on(browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few()))
        group = page.locator(".mark-several").first
        assert await group.get_attribute("data-sids") == "v2.3.0 v2.3.1 v2.3.2"

        await group.click()
        choices = page.get_by_role("dialog", name="3 events")
        await choices.get_by_role("button", name="v2.3.1").click()
        assert await choices.count() == 0
        await group.click()
        await choices.get_by_role("button", name="Zoom in").click()

        assert await page.locator('.mark[data-sid^="v2.3."]').count() == 3
        assert (await told(page))["opened"] == ["v2.3.1"]


async def test_dragging_selects_a_time_and_a_click_on_a_line_opens(browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few()))
        area = await plot(page)
        y = area["y"] + 60

        await page.mouse.click(area["x"] + area["width"] * 12 / 24, y)
        await page.mouse.move(area["x"] + area["width"] / 4, y)
        await page.mouse.down()
        await page.mouse.move(area["x"] + area["width"] / 2, y + 9, steps=4)
        await page.mouse.up()

        heard = await told(page)
        assert heard["opened"] == ["pool"]
        ((start, end),) = heard["zooms"]
        millisecond_pixel = (END - START) / area["width"]
        assert abs(start - (START + 6 * HOUR)) <= millisecond_pixel
        assert abs(end - (START + 12 * HOUR)) <= millisecond_pixel
        # What lies in the new window stands where its time is now.
        mark = page.locator('.mark[data-sid="more"]')
        assert abs(await centre(mark) - (area["x"] + area["width"] / 2)) <= 2


async def test_a_finger_selects_a_time(browser: Browser, address: str):
    async with visiting(browser, PHONE, has_touch=True) as page:
        await show(page, address, data(few()))
        area = await plot(page)
        client = await page.context.new_cdp_session(page)
        points = [{"x": area["x"] + area["width"] * part, "y": area["y"] + 40} for part in (0.2, 0.4, 0.6)]
        await client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            await client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        await client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        ((start, end),) = (await told(page))["zooms"]
    assert abs((end - start) - 0.4 * 24 * HOUR) < HOUR / 4


async def test_a_wheel_pans_and_zooms_and_tells_once_it_rests(browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few()))
        area = await plot(page)
        await page.mouse.move(area["x"] + 300, area["y"] + 60)
        for _ in range(5):
            await page.mouse.wheel(20, 0)
        await page.wait_for_function("() => harness.told.zooms.length > 0")

        ((start, end),) = (await told(page))["zooms"]
    assert end - start == END - START
    assert abs((start - START) - 100 / area["width"] * (END - START)) < HOUR / 10


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("measured", [True, False], ids=["charts", "bare"])
async def test_axe_finds_nothing(theme: str, measured: bool, browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few(), measured=measured), theme)
        assert await accessibility_problems(page) == []
        await page.locator('.mark[data-sid="deploy"]').hover()
        assert await accessibility_problems(page) == []
        await page.locator(".mark-several").first.click()
        assert await accessibility_problems(page) == []


async def test_who_cannot_see_is_told_in_words(browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few()))
        summary = await page.locator(".timeline-summary").inner_text()

    assert summary.startswith("1 d from 14 Jan 2026, 16:00:00 CET to 15 Jan 2026, 16:00:00 CET. 10 events: 2 incidents")
    assert "1 ongoing" in summary
    assert "error share: " in summary


async def test_what_an_event_holds_is_never_markup(browser: Browser, address: str):
    hostile = event(HOSTILE, "incident", 12, source=HOSTILE, description=HOSTILE, bucketSids=[HOSTILE])
    async with visiting(browser) as page:
        await show(page, address, data([hostile, {**hostile, "sid": "second"}]))
        await page.locator(".mark").hover()
        assert HOSTILE in await page.get_by_role("tooltip").inner_text()
        await page.locator(".mark").click()
        assert HOSTILE in await page.get_by_role("dialog").inner_text()
        assert await page.locator("img").count() == 0


async def test_new_data_leave_focus_tooltip_and_highlight_where_they_were(browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few()))
        await page.locator('.mark[data-sid="deploy"]').focus()
        await page.evaluate("sid => harness.highlight(sid)", "pool")

        await page.evaluate("data => harness.update(data)", data([*few(), event("new", "custom", 14)]))

        assert "deploy" in await focused(page)
        assert "The new pool" in await page.get_by_role("tooltip").inner_text()
        assert await page.locator(".mark.highlighted").get_attribute("data-sid") == "pool"
        assert await page.locator('.mark[data-sid="new"]').count() == 1


async def test_it_fits_whatever_width_it_is_given(browser: Browser, address: str):
    async with visiting(browser) as page:
        await show(page, address, data(few()))
        for width in (1400, 700, 320):
            await page.set_viewport_size({"width": width, "height": 700})
            await page.wait_for_function(
                "width => document.querySelector('canvas').clientWidth === width - 32", arg=width
            )
            assert await page.evaluate("() => document.documentElement.scrollWidth") <= width


async def test_ten_thousand_events_are_drawn_at_once_and_panned_smoothly(browser: Browser, address: str):
    """Processor time of the page's own thread, the best of some rounds: other work on the machine slows that, too."""
    full, empty = data(many(MANY)), data([])
    async with visiting(browser) as page:
        await show(page, address, empty)
        clock = await _ThreadClock.of(page)
        first = min([await clock.first_draw(full) for _ in range(ROUNDS)])
        rounds = [(await clock.frames(empty), await clock.frames(full)) for _ in range(ROUNDS)]
        marks = await page.locator(".mark").count()

    slow = min(quantiles(with_events, n=20)[-1] for _, with_events in rounds)
    times = min(median(with_events) / median(without) for without, with_events in rounds)
    assert marks <= WIDE["width"] / 24
    assert first <= FIRST_DRAW_MILLISECONDS
    assert slow <= FRAME_MILLISECONDS
    assert times <= TIMES_WITHOUT_EVENTS


class _ThreadClock:
    """Milliseconds that the page's main thread worked, as the browser counts them."""

    def __init__(self, page: Page, client: Any) -> None:
        self._page = page
        self._client = client

    @classmethod
    async def of(cls, page: Page) -> _ThreadClock:
        client = await page.context.new_cdp_session(page)
        await client.send("Performance.enable", {"timeDomain": "threadTicks"})
        return cls(page, client)

    async def first_draw(self, given: dict[str, Any]) -> float:
        await self._page.evaluate("data => { window.given = data; }", given)
        before = await self._worked()
        await self._page.evaluate("() => harness.firstDraw(window.given)")
        return await self._worked() - before

    async def frames(self, given: dict[str, Any]) -> list[float]:
        await self._page.evaluate("data => harness.show(data)", given)
        taken: list[float] = []
        for number in range(FRAMES):
            before = await self._worked()
            await self._page.evaluate("step => harness.frame(step)", number)
            taken.append(await self._worked() - before)
        return taken

    async def _worked(self) -> float:
        metrics = (await self._client.send("Performance.getMetrics"))["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration") * 1_000
