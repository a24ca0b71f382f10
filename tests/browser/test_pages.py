"""axe finds nothing on any page, in both themes, for who may see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import PHONE, at_both_widths, sideways, violations
from tests.browser.people import Person, find, find_on_a_phone, sign_in
from tests.browser.walk import begin, behind_the_mail, on, reissue

pytestmark = pytest.mark.browser
CUSTOMER = (
    "/certificates/",
    "/certificates/?view=problems",
    "/certificates/?q=nothing-like-this",
    "/products/",
    "/products/1/",
    "/orders/",
    "/bulletins/",
    "/help/",
    "/help/state-issued/",
    "/people/",
    "/contacts/",
    "/security-log/",
    "/projects/new/",
    "/statements/service/",
    "/account/password/",
    "/account/second-factor/",
    "/account/passkeys/",
    "/account/sessions/",
    "/account/preferences/",
    "/demo/inbox/",
    "/demo/dns/",
    "/demo/web/",
    "/nowhere/",
)
STAFF = (
    "/admin/",
    "/admin/authorities/caorder/",
    "/admin/authorities/caorder/?work=all",
    "/admin/authorities/bulletin/",
    "/admin/authorities/bulletin/add/",
    "/admin/authorities/authority/",
    "/admin/certificates/certificate/",
    "/admin/certificates/certificate/?work=all",
    "/admin/certificates/product/",
    "/admin/certificates/product/1/terms/",
    "/admin/verification/outgoingmail/",
    "/admin/stuck/",
    "/admin/accounts/user/",
)
# Each in a state of its own: proving, reviewed, asked, failed, expired, issued.
SHOWN = ("launch", "press", "api", "legal", "retired.demo", "wildcard")


def test_nothing_on_the_pages_before_signing_in(page: Page) -> None:
    found = []
    for address in ("/sign-in/", "/account/password/forgotten/", "/help/"):
        page.goto(address)
        found += violations(page)
    assert found == []


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_on_the_pages_of_a_customer(alice: Page, width: int) -> None:
    alice.set_viewport_size({"width": width, "height": 900})
    found = []
    for address in CUSTOMER:
        alice.goto(address)
        found += violations(alice)
    assert found == []


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_on_the_page_of_a_certificate(alice: Page, name: str) -> None:
    find(alice, name)
    assert at_both_widths(alice) == []


def test_nothing_in_the_wizard(alice: Page) -> None:
    find(alice, "trustasia-ev-single")
    begin(alice)
    found = at_both_widths(alice)
    for _step in range(3):
        on(alice)
        found += at_both_widths(alice)
    alice.get_by_role("button", name="Submit the reissue").click()
    expect(alice.locator(".field-error")).not_to_have_count(0)
    assert found + at_both_widths(alice) == []


def test_nothing_on_the_page_behind_the_mail(alice: Page) -> None:
    find(alice, "vtrus-dv-wildcard")
    reissue(alice)
    page = behind_the_mail(alice, "*.vtrus-dv-wildcard")
    found = at_both_widths(page)
    page.get_by_role("button", name="Decline: keep it").click()
    expect(page.locator("h1")).to_contain_text("Declined")
    assert found + at_both_widths(page) == []


def test_no_page_scrolls_sideways_on_a_phone(alice: Page) -> None:
    alice.set_viewport_size(PHONE)
    found = []
    for address in CUSTOMER:
        alice.goto(address)
        found += sideways(alice)
    for name in SHOWN:
        find_on_a_phone(alice, name)
        found += sideways(alice)
    find_on_a_phone(alice, "digicert-ov-wildcard")
    begin(alice)
    found += sideways(alice)
    for _step in range(3):
        on(alice)
        found += sideways(alice)
    assert found == []


def test_nothing_in_the_administration(page: Page) -> None:
    sign_in(page, Person.SAM)
    found = []
    for address in STAFF:
        page.goto(address)
        found += violations(page)
    assert found == []
