"""What is looked at: the window, the filters, and the address that holds both."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route, expect

from tests.end_to_end.dashboard.visitor import Visitor
from tests.end_to_end.support.pixels import columns
from tests.end_to_end.support.shop import Shop, ago, written

PAST = datetime(2026, 3, 10, 12, tzinfo=UTC)
WINDOW = f"/?startTime={written(PAST)}&endTime={written(PAST + timedelta(hours=2))}"


def drag(page: Page, from_share: float, to_share: float) -> None:
    plot = page.locator(".timeline-pointer").bounding_box()
    assert plot
    y = plot["y"] + plot["height"] / 2
    page.mouse.move(plot["x"] + from_share * plot["width"], y)
    page.mouse.down()
    page.mouse.move(plot["x"] + (from_share + to_share) / 2 * plot["width"], y)
    page.mouse.move(plot["x"] + to_share * plot["width"], y)
    page.mouse.up()


def shown_window(page: Page) -> tuple[datetime, datetime]:
    query = parse_qs(urlsplit(page.url).query)
    return datetime.fromisoformat(query["startTime"][0]), datetime.fromisoformat(query["endTime"][0])


def names(visitor: Visitor) -> list[str]:
    return visitor.page.locator(".events .name").all_inner_texts()


def test_a_known_event_is_a_line_and_a_mark_at_its_pixel(shop: Shop, visitor: Visitor):
    event = shop.create("v2.3.1", startedAt=written(PAST + timedelta(minutes=37, seconds=21)))
    visitor.look_at(WINDOW)
    mark = visitor.mark(event["sid"]).bounding_box()
    assert mark

    lines = columns(visitor.page, "blue")

    expected = lines.width * (37 * 60 + 21) / (2 * 60 * 60)
    assert lines.beyond(0.8), "no line goes from top to bottom"
    assert all(abs(x + 0.5 - expected) <= 1 for x in lines.beyond(0.8))
    assert abs(mark["x"] + mark["width"] / 2 - lines.left - expected) <= 1


def test_dragging_zooms_and_zooming_out_or_going_back_shows_what_was_before(shop: Shop, visitor: Visitor):
    for minutes in (10, 60, 110):
        shop.create(f"minute {minutes}", startedAt=written(PAST + timedelta(minutes=minutes)))
    visitor.look_at(WINDOW)
    before = visitor.page.url

    drag(visitor.page, 0.4, 0.6)

    expect(visitor.count()).to_have_text("1 event")
    start, end = shown_window(visitor.page)
    assert abs(start - PAST - timedelta(minutes=48)) < timedelta(seconds=30)
    assert abs(end - PAST - timedelta(minutes=72)) < timedelta(seconds=30)
    zoomed = visitor.page.url
    visitor.button("Zoom out").click()
    expect(visitor.count()).to_have_text("3 events")
    expect(visitor.button("Zoom out")).to_have_count(0)
    visitor.page.go_back()
    expect(visitor.count()).to_have_text("1 event")
    assert visitor.page.url == zoomed
    visitor.page.go_back()
    expect(visitor.count()).to_have_text("3 events")
    assert visitor.page.url == before


def test_presets_reach_further_back(shop: Shop, visitor: Visitor):
    shop.create("just now", startedAt=ago(minutes=5))
    shop.create("this morning", startedAt=ago(hours=5))
    shop.create("last week", startedAt=ago(days=6))
    shop.create("last month", startedAt=ago(days=29))
    for preset, count in (
        ("1h", "1 event"),
        ("6h", "2 events"),
        ("24h", "2 events"),
        ("7d", "3 events"),
        ("30d", "4 events"),
    ):
        visitor.button(preset).click()

        expect(visitor.count()).to_have_text(count)
        expect(visitor.button(preset)).to_have_attribute("aria-pressed", "true")
        expect(visitor.button(preset)).to_be_focused()


def test_exact_times_are_the_viewers_and_stand_in_the_address_in_utc(shop: Shop, visitor: Visitor):
    shop.create("v1", startedAt="2026-03-10T12:30:00.000Z")
    visitor.page.get_by_text("Exact times").click()
    visitor.page.get_by_label("From").fill("2026-03-10T13:00:00")
    visitor.page.get_by_label("To", exact=True).fill("2026-03-10T14:00:00")
    visitor.button("Show").click()

    expect(visitor.count()).to_have_text("1 event")
    assert shown_window(visitor.page) == (PAST, PAST + timedelta(hours=1))
    expect(visitor.page.locator("#filter-exact")).to_have_text("10 Mar, 13:00–14:00")


def test_a_window_that_ends_before_it_begins_is_refused_where_it_is_written(visitor: Visitor):
    visitor.page.get_by_text("Exact times").click()
    visitor.page.get_by_label("From").fill("2026-03-10T13:00:00")
    visitor.page.get_by_label("To", exact=True).fill("2026-03-10T12:00:00")
    visitor.button("Show").click()

    expect(visitor.page.get_by_role("alert")).to_have_text("The start has to lie before the end.")


def test_filters_narrow_the_list_and_an_address_that_is_passed_on_shows_the_same(shop: Shop, visitor: Visitor):
    checkout = shop.place("buckets", "checkout")
    shop.create("Deploy checkout", bucketSids=["checkout"], source="argo_cd")
    shop.create("Deploy search", bucketSids=[shop.place("buckets", "search")], source="argo_cd")
    shop.create("Checkout is slow", type="incident", bucketSids=["checkout"])
    shop.create("Freeze", type="config_change")
    visitor.look_at("/")
    expect(visitor.count()).to_have_text("4 events")

    visitor.page.get_by_label("Bucket").select_option(label="checkout")
    expect(visitor.count()).to_have_text("3 events")
    visitor.button("Deployment").click()
    expect(visitor.count()).to_have_text("1 event")
    visitor.page.get_by_label("Source").fill("argo_cd")
    visitor.page.get_by_label("Text").fill("DEPLOY")
    visitor.page.wait_for_url("**message=DEPLOY**")

    expect(visitor.count()).to_have_text("1 event")
    assert parse_qs(urlsplit(visitor.page.url).query) == {
        "bucketSid": [checkout], "type": ["deployment"], "source": ["argo_cd"], "message": ["DEPLOY"],
    }  # fmt: skip
    address = visitor.page.url.removeprefix(shop.url)
    visitor.button("Clear filters").click()
    expect(visitor.count()).to_have_text("4 events")
    visitor.look_at(address)
    assert names(visitor) == ["Deploy checkout"]
    expect(visitor.page.get_by_label("Text")).to_have_value("DEPLOY")


def test_nothing_found_says_so(shop: Shop, visitor: Visitor):
    shop.create("v1")
    visitor.look_at("/?source=nobody")

    expect(visitor.count()).to_have_text("No event in this window passes the filters.")


def test_long_lists_are_shown_in_parts_while_the_chart_has_them_all(shop: Shop, visitor: Visitor):
    shop.create_many([{"type": "scale", "name": f"number {n}", "startedAt": ago(minutes=n)} for n in range(260)])
    visitor.look_at("/")

    expect(visitor.count()).to_have_text("260 events")
    assert len(names(visitor)) == 50
    visitor.button("Show 100 more of 210").click()
    assert len(names(visitor)) == 150
    expect(visitor.page.locator(".events .row").nth(50)).to_be_focused()
    counts = visitor.page.locator(".mark-count").all_inner_texts()
    assert sum(int(count or 1) for count in counts) == 260


def test_mark_and_row_point_each_other_out(shop: Shop, visitor: Visitor):
    event = shop.create("v1", startedAt=ago(hours=3))
    shop.create("v2", startedAt=ago(hours=20))
    visitor.look_at("/")

    visitor.mark(event["sid"]).hover()
    expect(visitor.row("v1")).to_have_class("highlighted")
    visitor.row("v1").hover()
    expect(visitor.page.locator(".mark.highlighted")).to_have_count(1)
    expect(visitor.mark(event["sid"])).to_have_class("mark highlighted")


def test_without_prometheus_there_is_a_timeline_and_a_line_on_how_to_connect_one(shop: Shop, visitor: Visitor):
    shop.create("v1")
    visitor.look_at("/")

    expect(visitor.page.get_by_text("MILEPOST_PROMETHEUS_URL")).to_be_visible()
    expect(visitor.page.locator(".mark")).to_have_count(1)


def test_where_nothing_is_a_longer_window_is_a_click_away(shop: Shop, visitor: Visitor):
    shop.create("last week", startedAt=ago(days=6))
    visitor.look_at("/")
    expect(visitor.count()).to_have_text("No event in this window.")

    visitor.button("Show the last 30 days").click()

    expect(visitor.row("last week")).to_be_visible()
    assert visitor.page.url.endswith("/?range=30d")
    expect(visitor.button("Show the last 30 days")).to_be_hidden()


def test_where_filters_hide_everything_they_can_be_cleared(shop: Shop, visitor: Visitor):
    shop.create("v1")
    visitor.look_at("/?type=incident")
    expect(visitor.count()).to_have_text("No event in this window passes the filters.")

    visitor.page.locator(".nothing").get_by_role("button", name="Clear filters").click()

    expect(visitor.row("v1")).to_be_visible()


def test_what_is_open_and_being_typed_stays_when_buckets_come_late(shop: Shop, visitor: Visitor):
    shop.place("buckets", "checkout")
    held: list[Route] = []
    visitor.page.route("**/buckets*", lambda route: held.append(route))  # noqa: PLW0108 - playwright can't take a built-in
    visitor.look_at("/")
    visitor.page.get_by_label("Text").fill("ab")
    visitor.page.get_by_text("Exact times").click()
    visitor.page.get_by_label("From").focus()
    expect(visitor.page.get_by_role("combobox", name="Bucket")).to_have_count(0)

    for route in held:
        route.continue_()

    expect(visitor.page.get_by_role("combobox", name="Bucket")).to_be_visible()
    expect(visitor.page.get_by_label("From")).to_be_focused()
    expect(visitor.page.get_by_label("Text")).to_have_value("ab")
