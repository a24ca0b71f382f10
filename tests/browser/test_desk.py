"""From the shop to an issued certificate, with the desk in a second browser: OV, and EV by two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import desk
from tests.browser.demo import Demo
from tests.browser.people import Person, open_mail, sign_in, until
from tests.browser.walk import (
    apply,
    begin_applying,
    buy,
    name_company,
    name_domains,
    on,
    prove,
    send_in,
    state_becomes,
    state_is,
)

pytestmark = pytest.mark.browser
ZONE = "demo.example.net"
NEWCOMER, PASSWORD = "fresh@fresh.example", "seven green harbour lamps"
QUESTION = "The register lists you at 2 Harbour Street. Did you move?"
ANSWER = "Yes, in spring; the register follows in a month."


def test_from_an_empty_account_to_an_issued_ov_certificate(
    page: Page, demo: Demo, window: Callable[[Person], Page]
) -> None:
    demo.manage("found_project", "Fresh Ltd", NEWCOMER)
    sam = window(Person.SAM)
    set_the_first_password(page, sam)
    expect(page.get_by_role("heading", name="No certificates yet")).to_be_visible()
    page.get_by_role("link", name="See what there is to buy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Products")
    buy(page, "GlobalSign", "OV_SSL_CERT", names=2, name="harbour")
    begin_applying(page)
    on(page)
    name_domains(page, f"harbour.{ZONE}", f"quay.{ZONE}")
    name_company(page, "Fresh Ltd", licence=page.screenshot())
    page.get_by_label("Name", exact=True).fill("Fritz Fresh")
    page.get_by_label("E-mail address", exact=True).fill(NEWCOMER)
    on(page)
    expect(page.get_by_text("Handed in: Business licence")).to_be_visible()
    send_in(page)
    prove(page)
    state_becomes(page, "Pending organization verification")
    asks_and_is_answered(sam, page)
    desk.open_case(sam, f"harbour.{ZONE}")
    expect(sam.locator("#conversation")).to_contain_text(ANSWER)
    desk.approve(sam)
    state_becomes(page, "Issued")
    with page.expect_download() as download:
        page.get_by_role("link", name="PEM of certificate and chain").click()
    assert download.value.path().read_text().count("BEGIN CERTIFICATE") > 1


def set_the_first_password(page: Page, reader: Page) -> None:
    """Without a password nobody reads the demo's inbox: somebody else hands the link over."""
    page.goto("/sign-in/")
    page.get_by_role("link", name="Forgotten?").click()
    page.get_by_label("E-mail").fill(NEWCOMER)
    page.get_by_role("button", name="Mail me a link").click()
    mail = open_mail(reader, "Set a new password for Reseal")
    link = mail.locator("pre a").first.get_attribute("href")
    mail.close()
    assert link is not None
    page.goto(link)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_role("button", name="Set the new password").click()
    sign_in(page, NEWCOMER, PASSWORD)


def asks_and_is_answered(sam: Page, page: Page) -> None:
    """Sam checks both points and asks; the customer's page moves, and answers on it."""
    desk.open_case(sam, f"harbour.{ZONE}")
    expect(sam.locator("#papers")).to_contain_text("Business licence")
    desk.note(sam, "Company register")
    desk.note(sam, "Phone call to a listed number", called=True)
    desk.ask(sam, QUESTION)
    until(page, page.get_by_role("heading", name="Your turn: answer GlobalSign's question"))
    page.get_by_role("link", name="Answer", exact=True).click()
    expect(page.get_by_text(QUESTION).first).to_be_visible()
    page.get_by_label("Your answer").fill(ANSWER)
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text(ANSWER)).to_be_visible()
    state_is(page, "Pending organization verification")
    for _look in range(60):
        desk.list_cases(sam, f"harbour.{ZONE}", "replied")
        if sam.locator("#result_list tbody tr").count():
            return
        sam.wait_for_timeout(500)
    raise AssertionError("the answer did not reach the desk")


def test_who_checked_an_ev_organization_does_not_approve_it(
    alice: Page, window: Callable[[Person], Page]
) -> None:
    domain = f"lighthouse.{ZONE}"
    buy(alice, "GeoTrust", "EV_SSL_CERT", name="lighthouse")
    apply(alice, domain, company="Acme Lighthouse Ltd")
    prove(alice)
    state_becomes(alice, "Pending organization verification")
    sam = window(Person.SAM)
    desk.open_case(sam, domain)
    desk.note(sam, "Company register")
    desk.note(sam, "Phone call to a listed number", called=True)
    desk.note(sam, "Lawyer's letter")
    desk.choose(sam, "Approve…")
    expect(sam.get_by_text("Checked by sam@reseal.example: somebody else")).to_be_visible()
    sam.get_by_role("button", name="Approve: issue the certificate").click()
    expect(sam.get_by_role("alert")).to_contain_text("desk.four_eyes")
    sol = window(Person.SOL)
    desk.open_case(sol, domain)
    desk.approve(sol)
    state_becomes(alice, "Issued")
