"""Tokens, buckets and environments."""

import httpx2
from playwright.sync_api import Locator, expect

from tests.end_to_end.dashboard.visitor import Visitor
from tests.end_to_end.support.shop import Shop


def panel(visitor: Visitor, title: str) -> Locator:
    if "page=settings" not in visitor.page.url:
        visitor.page.get_by_role("link", name="Settings").click()
    return visitor.page.locator(".panel").filter(has=visitor.page.get_by_role("heading", name=title))


def test_a_token_is_shown_once_works_and_is_revoked(shop: Shop, visitor: Visitor):
    shop.place("buckets", "checkout")
    tokens = panel(visitor, "API tokens")
    tokens.get_by_role("button", name="New token").click()
    form = visitor.dialog()
    form.get_by_label("Name").fill("pipeline")
    form.get_by_label("events:write").check()
    form.get_by_label("checkout").check()
    form.get_by_role("button", name="Create token").click()
    secret = form.get_by_label("Token", exact=True).input_value()
    form.get_by_role("button", name="Done").click()

    row = tokens.get_by_role("row").filter(has_text="pipeline")
    expect(row).to_contain_text("events:read, events:write")
    expect(row).not_to_contain_text(secret)
    events = f"{shop.url}/v1/accounts/{shop.account}/events"
    headers = {"Authorization": f"Bearer {secret}"}
    assert httpx2.get(events, headers=headers, trust_env=False).status_code == 200
    row.get_by_role("button", name="Revoke pipeline").click()
    visitor.dialog().get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("revoked")
    assert httpx2.get(events, headers=headers, trust_env=False).status_code == 401


def test_a_token_without_a_scope_is_refused_at_the_field(visitor: Visitor):
    visitor.refusals = {400}
    panel(visitor, "MCP tokens").get_by_role("button", name="New token").click()
    form = visitor.dialog()
    form.get_by_label("Name").fill("idle")
    form.get_by_label("events:read").uncheck()
    form.get_by_role("button", name="Create token").click()

    expect(form.locator("#token-scopes-problem")).to_contain_text("events:read")


def test_a_bucket_is_registered_renamed_labelled_and_forgotten(shop: Shop, visitor: Visitor):
    buckets = panel(visitor, "Buckets")
    buckets.get_by_role("button", name="New bucket").click()
    visitor.dialog().get_by_label("Name").fill("checkout")
    visitor.button("Create").click()
    expect(buckets.get_by_role("row").filter(has_text="checkout")).to_be_visible()

    buckets.get_by_role("button", name="Edit checkout").click()
    visitor.dialog().get_by_label("Name").fill("payments")
    visitor.dialog().get_by_label("Labels").fill("service=payments\ntier=1")
    visitor.button("Save").click()

    expect(buckets.get_by_role("row").filter(has_text="payments")).to_contain_text("service=payments, tier=1")
    assert [one["labels"] for one in shop.client.get("/buckets").json()["records"]] == [
        {"service": "payments", "tier": "1"}
    ]
    buckets.get_by_role("button", name="Delete payments").click()
    visitor.dialog().get_by_role("button", name="Delete").click()
    expect(buckets).to_contain_text("None yet.")


def test_a_name_that_is_taken_is_told_in_the_form(shop: Shop, visitor: Visitor):
    visitor.refusals = {400, 409}
    shop.place("environments", "production")
    panel(visitor, "Environments").get_by_role("button", name="New environment").click()
    visitor.dialog().get_by_label("Name").fill("production")
    visitor.button("Create").click()

    expect(visitor.dialog().get_by_role("alert")).to_contain_text("another environment of this account has it")
