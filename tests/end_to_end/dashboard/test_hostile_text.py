"""Event text that tries to be markup stays text, wherever it shows."""

from playwright.sync_api import expect

from tests.browser import HOSTILE
from tests.end_to_end.dashboard.visitor import Visitor
from tests.end_to_end.support.shop import Shop, ago

SCRIPT = "</script><script>alert(2)</script>"


def test_hostile_text_in_every_field_is_shown_and_does_nothing(shop: Shop, visitor: Visitor):
    shop.place("buckets", HOSTILE, service=HOSTILE)
    shop.create(
        HOSTILE, type="incident", description=HOSTILE + SCRIPT, source=HOSTILE, dedupKey=HOSTILE, startedAt=ago(hours=2),
        metadata={HOSTILE: HOSTILE, "deep": {HOSTILE: [SCRIPT]}}, tags={"><img src=x onerror=alert(1)>": [HOSTILE]},
        bucketSids=[HOSTILE], check={"id": 1, "symbol": HOSTILE, "descriptor": HOSTILE},
    )  # fmt: skip
    visitor.look_at("/")
    expect(visitor.page.locator(".events .name")).to_have_text(HOSTILE)
    visitor.page.locator(".mark").hover()
    expect(visitor.page.locator(".timeline-tooltip")).to_contain_text(HOSTILE)
    visitor.page.locator(".row").click()
    expect(visitor.dialog().get_by_role("heading", level=2)).to_have_text(HOSTILE)
    expect(visitor.dialog()).to_contain_text(SCRIPT)
    visitor.dialog().get_by_role("button", name="Edit").click()
    expect(visitor.dialog().get_by_label("Name")).to_have_value(HOSTILE)
    visitor.button("Save").click()
    expect(visitor.toast()).to_contain_text(HOSTILE)
    visitor.page.get_by_role("link", name="Settings").click()
    expect(visitor.page.get_by_role("row").filter(has_text=HOSTILE)).to_be_visible()

    assert visitor.page.locator("img").count() == 0


def test_hostile_text_in_the_address_does_nothing(visitor: Visitor):
    visitor.look_at("/?message=%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&type=%3Cscript%3E&range=__proto__")

    expect(visitor.page.get_by_label("Text")).to_have_value(HOSTILE)
    assert visitor.page.locator("img").count() == 0
