"""Creating, changing, closing and deleting events, and what others do meanwhile."""

from playwright.sync_api import expect

from tests.end_to_end.dashboard.visitor import Visitor
from tests.end_to_end.support.shop import Shop, ago


def test_an_event_is_created_by_the_form_with_all_that_was_filled_in(shop: Shop, visitor: Visitor):
    checkout = shop.place("buckets", "checkout")
    visitor.look_at("/")
    visitor.button("New event").click()
    form = visitor.dialog()
    expect(form.get_by_label("Name")).to_be_focused()
    form.get_by_label("Type").select_option(label="Config change")
    form.get_by_label("Name").fill("Raise the pool to 40")
    form.get_by_label("Started").fill("2026-03-10T13:00:05")
    form.get_by_label("checkout").check()
    form.get_by_text("Source, severity, tags, metadata").click()
    form.get_by_label("Source").fill("manual")
    form.get_by_label("Severity").select_option(label="warning")
    form.get_by_label("Tags").fill("team~payments;checkout")
    form.get_by_label("Metadata").fill('{"ticket": 42}')
    form.get_by_role("button", name="Create event").click()

    expect(visitor.toast()).to_contain_text("Created: Raise the pool to 40")
    found = shop.client.get(
        "/events", params={"message": "Raise the pool", "startTime": "2026-03-10T00:00:00Z"}
    ).json()["records"][0]
    assert found["type"] == "config_change"
    assert found["startedAt"] == "2026-03-10T12:00:05.000Z"
    assert (found["bucketSids"], found["environmentSids"]) == ([checkout], ["*"])
    assert (found["source"], found["severity"]) == ("manual", "W")
    assert (found["tags"], found["metadata"]) == ({"team": ["payments", "checkout"]}, {"ticket": 42})
    assert found["createdBy"]["door"] == "dashboard"


def test_an_event_that_starts_now_shows_at_once(visitor: Visitor):
    visitor.button("New event").click()
    visitor.dialog().get_by_label("Name").fill("v2.3.1")
    visitor.page.keyboard.press("Enter")

    expect(visitor.row("v2.3.1")).to_be_visible()
    expect(visitor.count()).to_have_text("1 event")
    expect(visitor.page.locator(".mark")).to_have_count(1)
    expect(visitor.button("New event")).to_be_focused()


def test_what_the_server_refuses_is_told_at_the_field(visitor: Visitor):
    visitor.refusals = {400}
    visitor.button("New event").click()
    form = visitor.dialog()
    form.get_by_label("Name").fill("v1")
    form.get_by_label("Started").fill("2026-03-10T13:00:00")
    form.get_by_label("Ended").fill("2026-03-10T12:00:00")
    form.get_by_role("button", name="Create event").click()

    expect(form.get_by_label("Ended")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#event-endedAt-problem")).not_to_be_empty()
    form.get_by_label("Ended").fill("")
    form.get_by_role("button", name="Create event").click()
    expect(visitor.toast()).to_contain_text("Created: v1")


def test_an_event_created_over_mcp_appears_without_reloading(shop: Shop, visitor: Visitor):
    visitor.look_at("/")
    shop.create_over_mcp("Deploy by an assistant")

    expect(visitor.row("Deploy by an assistant")).to_be_visible()
    expect(visitor.page.locator(".mark")).to_have_count(1)


def test_what_others_change_and_delete_is_seen_too(shop: Shop, visitor: Visitor):
    event = shop.create("v1")
    visitor.look_at("/")
    shop.change(event["sid"], name="v1, rolled back")
    expect(visitor.row("v1, rolled back")).to_be_visible()

    shop.client.delete(f"/events/{event['sid']}")

    expect(visitor.count()).to_contain_text("No event")
    expect(visitor.page.locator(".mark")).to_have_count(0)


def test_an_event_that_the_filters_leave_out_does_not_appear(shop: Shop, visitor: Visitor):
    visitor.look_at("/?type=incident")
    shop.create("a deployment")
    shop.create("an incident", type="incident")

    expect(visitor.row("an incident")).to_be_visible()
    expect(visitor.count()).to_have_text("1 event")


def test_an_incident_is_closed_and_the_closing_undone(shop: Shop, visitor: Visitor):
    sid = shop.create("Checkout is slow", type="incident")["sid"]
    visitor.look_at("/")
    row = visitor.row("Checkout is slow")
    expect(row).to_contain_text("ongoing")

    row.get_by_role("button", name="Close Checkout is slow").click()

    expect(row).not_to_contain_text("ongoing")
    assert shop.event(sid)["endedAt"]
    visitor.toast().get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("ongoing")
    assert shop.event(sid)["endedAt"] is None


def test_a_deleted_event_is_gone_until_the_deleting_is_undone(shop: Shop, visitor: Visitor):
    shop.create("v1")
    visitor.look_at("/")

    visitor.open("v1").get_by_role("button", name="Delete").click()

    expect(visitor.toast()).to_contain_text("Deleted: v1")
    expect(visitor.count()).to_contain_text("No event")
    visitor.toast().get_by_role("button", name="Undo").click()
    expect(visitor.row("v1")).to_be_visible()
    expect(visitor.page.locator(".mark")).to_have_count(1)


def test_editing_changes_what_was_edited_and_the_history_tells_of_it(shop: Shop, visitor: Visitor):
    event = shop.create("v1", startedAt=ago(minutes=90), metadata={"commit": "a1"}, description="first")
    visitor.look_at("/")
    visitor.open("v1").get_by_role("button", name="Edit").click()
    visitor.dialog().get_by_label("Name").fill("v2")
    visitor.dialog().get_by_label("Description").fill("")
    visitor.button("Save").click()

    dialog = visitor.open("v2")
    dialog.get_by_text("History").click()

    expect(dialog.locator(".history li")).to_contain_text("changed name, description")
    expect(dialog.locator(".history li")).to_contain_text("(dashboard)")
    now = shop.event(event["sid"])
    assert (now["startedAt"], now["metadata"], now["description"]) == (event["startedAt"], {"commit": "a1"}, None)


def test_two_who_edit_at_once_are_told_and_neither_loses_anything(shop: Shop, visitor: Visitor):
    visitor.refusals = {412}
    sid = shop.create("v1")["sid"]
    visitor.look_at("/")
    visitor.open("v1").get_by_role("button", name="Edit").click()
    shop.change(sid, description="written by somebody else")
    visitor.dialog().get_by_label("Name").fill("v1.0.1")
    visitor.button("Save").click()
    expect(visitor.dialog()).to_contain_text("Somebody else changed this event")

    visitor.button("Save what I changed, too").click()

    expect(visitor.toast()).to_contain_text("Saved: v1.0.1")
    now = shop.event(sid)
    assert (now["name"], now["description"]) == ("v1.0.1", "written by somebody else")


def test_an_event_that_changed_under_the_eyes_is_not_deleted_unseen(shop: Shop, visitor: Visitor):
    visitor.refusals = {412}
    sid = shop.create("v1")["sid"]
    visitor.look_at("/")
    dialog = visitor.open("v1")
    shop.change(sid, description="do not delete")

    dialog.get_by_role("button", name="Delete").click()

    expect(visitor.toast()).to_contain_text("Somebody else changed this event")
    assert shop.event(sid)["description"] == "do not delete"
