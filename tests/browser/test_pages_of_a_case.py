"""axe finds nothing where a customer applies and answers, nor where the desk decides."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import desk
from tests.browser.axe import at_both_widths
from tests.browser.people import Person, find, sign_in
from tests.browser.walk import begin_applying, buy, more, name_company, name_domains, on

pytestmark = pytest.mark.browser
ZONE = "demo.example.net"
# Each list, and the button of a row whose page is looked at too.
BOOKS = (
    ("/admin/certificates/purchase/", "Record payment…"),
    ("/admin/certificates/refund/?work=all", ""),
    ("/admin/certificates/invoice/", ""),
    ("/admin/certificates/sensitiveword/", "Withdraw…"),
    ("/admin/authorities/checklist/", "New checklist…"),
    ("/admin/authorities/cannedmessage/", "Change…"),
    ("/admin/authorities/validatedorganization/", "End…"),
)


def test_nothing_in_the_wizard_of_a_first_issue(alice: Page) -> None:
    buy(alice, "GlobalSign", "OV_SSL_CERT", names=2, name="looked-over")
    begin_applying(alice)
    found = at_both_widths(alice)
    on(alice)
    expect(alice.locator(".wiz-steps .now")).to_contain_text("2.")
    found += at_both_widths(alice)
    name_domains(alice, f"looked-over.{ZONE}", f"and-this.{ZONE}")
    on(alice)
    expect(alice.locator(".field-error")).not_to_have_count(0)
    found += at_both_widths(alice)
    name_company(alice, "Acme Retail Ltd", licence=alice.screenshot())
    on(alice)
    expect(alice.locator(".wiz-steps .now")).to_contain_text("4.")
    assert found + at_both_widths(alice) == []


def test_nothing_where_an_open_application_is_changed_or_answered(alice: Page) -> None:
    find(alice, "launch")
    more(alice, "Withdraw…")
    expect(alice.get_by_role("button", name="Withdraw: ask for it back")).to_be_visible()
    found = at_both_widths(alice)
    alice.go_back()
    alice.get_by_role("link", name="Prove it another way…").click()
    expect(alice.get_by_role("button", name="Prove it this way")).to_be_visible()
    found += at_both_widths(alice)
    find(alice, "branch")
    expect(alice.get_by_role("heading", name="Conversation with the authority")).to_be_visible()
    assert found + at_both_widths(alice) == []


def test_nothing_where_the_desk_decides(page: Page) -> None:
    sign_in(page, Person.SAM)
    found = []
    for verb in ("Note…", "Ask the customer…", "Approve…", "Refuse…"):
        desk.open_case(page, f"press.{ZONE}")
        found += at_both_widths(page) if verb == "Note…" else []
        desk.choose(page, verb)
        expect(page.locator(".ask")).to_be_visible()
        found += at_both_widths(page)
    assert found == []


def test_nothing_in_the_books_of_buying_and_deciding(page: Page) -> None:
    sign_in(page, Person.ROOT)
    found = []
    for address, verb in BOOKS:
        page.goto(address)
        expect(page.locator("#changelist")).to_be_visible()
        found += at_both_widths(page)
        if verb:
            page.get_by_role("link", name=verb, exact=True).first.click()
            expect(page.locator(".ask")).to_be_visible()
            found += at_both_widths(page)
    assert found == []
