"""axe finds nothing on any page, in both themes, for who may see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.axe import violations
from tests.browser.people import Person, certificate_id, find, sign_in

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
    "/admin/certificates/purchase/",
    "/admin/certificates/invoice/",
    "/admin/certificates/refund/?work=all",
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
    found = violations(alice)
    alice.set_viewport_size({"width": 390, "height": 844})
    found += violations(alice)
    assert found == []


def test_nothing_in_the_wizard(alice: Page) -> None:
    find(alice, "trustasia-ev-single")
    start = f"/certificates/{certificate_id(alice)}/reissue/"
    alice.goto(start)
    found = violations(alice)
    for _step in range(3):
        alice.get_by_role("button", name="Continue").click()
        found += violations(alice)
    assert alice.get_by_role("button", name="Submit the reissue").is_visible()
    alice.get_by_role("button", name="Submit the reissue").click()
    assert found + violations(alice) == []


def test_nothing_in_the_administration(page: Page) -> None:
    sign_in(page, Person.SAM)
    found = []
    for address in STAFF:
        page.goto(address)
        found += violations(page)
    assert found == []
