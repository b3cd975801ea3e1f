"""Signing in by a link or a token, and out again."""

import httpx2
from playwright.sync_api import Browser, expect

from tests.end_to_end.dashboard.visitor import Visitor, visiting
from tests.end_to_end.support.shop import Shop


def paste(visitor: Visitor, token: str) -> None:
    visitor.page.get_by_label("Token").fill(token)
    visitor.button("Sign in").click()


def test_a_link_signs_in_and_leaves_no_code_in_the_address(shop: Shop, visitor: Visitor):
    assert visitor.page.url == f"{shop.url}/"
    expect(visitor.count()).to_contain_text("No event in this window")


def test_a_link_is_good_once_and_says_how_to_get_another(shop: Shop, visitor: Visitor, browser: Browser):
    with visiting(browser, shop.url) as second:
        second.refusals = {401}
        second.page.goto(shop.sign_in_url)

        expect(second.page.get_by_text("milepost sign-in")).to_be_visible()


def test_a_pasted_token_signs_in_and_signing_out_ends_it(shop: Shop, browser: Browser):
    with visiting(browser, shop.url) as visitor:
        visitor.refusals = {401}
        visitor.page.goto(shop.url)
        paste(visitor, shop.token("events:read")["token"])
        expect(visitor.button("Sign out")).to_be_visible()
        visitor.button("Sign out").click()
        expect(visitor.page.get_by_label("Token")).to_be_visible()
        visitor.page.reload()
        expect(visitor.page.get_by_label("Token")).to_be_visible()


def test_a_token_that_is_no_good_is_told_at_the_field(shop: Shop, browser: Browser):
    with visiting(browser, shop.url) as visitor:
        visitor.refusals = {401}
        visitor.page.goto(shop.url)
        paste(visitor, "tok_nonsense")

        expect(visitor.page.get_by_role("alert")).to_contain_text("token")
        expect(visitor.page.get_by_label("Token")).to_be_focused()


def test_a_revoked_token_ends_the_session_that_is_open(shop: Shop, browser: Browser):
    token = shop.token("events:read")
    with visiting(browser, shop.url) as visitor:
        visitor.refusals = {401}
        visitor.page.goto(shop.url)
        paste(visitor, token["token"])
        expect(visitor.count()).to_contain_text("No event")

        shop.client.delete(f"/apiTokens/{token['sid']}").raise_for_status()

        expect(visitor.page.get_by_role("alert")).to_have_text("The session has ended. Sign in again.")


def test_whoever_may_only_read_is_offered_no_writing(shop: Shop, browser: Browser):
    shop.create("Checkout is slow", type="incident")
    with visiting(browser, shop.url) as visitor:
        visitor.refusals = {401}
        visitor.page.goto(shop.url)
        paste(visitor, shop.token("events:read")["token"])
        dialog = visitor.open("Checkout is slow")

        expect(dialog.get_by_role("button", name="Edit")).to_have_count(0)
        expect(dialog.get_by_role("button", name="Delete")).to_have_count(0)
        dialog.get_by_role("button", name="Close").click()
        expect(visitor.button("New event")).to_have_count(0)
        expect(visitor.page.get_by_role("link", name="Settings")).to_have_count(0)


def test_the_page_itself_tells_nothing_of_any_account(shop: Shop):
    shop.create("secret launch")

    page = httpx2.get(shop.url, trust_env=False)

    assert "secret launch" not in page.text
    assert shop.account not in page.text
