"""What a customer changes about an application: withdraws it, proves it otherwise, goes on
elsewhere. The page moves by itself each time.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import desk
from tests.browser.axe import at_both_widths
from tests.browser.people import Person, find, open_mail, until
from tests.browser.walk import (
    apply,
    begin_applying,
    buy,
    more,
    name_domains,
    on,
    prove,
    send_in,
    state_becomes,
)

pytestmark = pytest.mark.browser
ZONE = "demo.example.net"


def withdraw(page: Page) -> None:
    more(page, "Withdraw…")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Withdraw the application")
    page.get_by_role("button", name="Withdraw: ask for it back").click()


def test_at_40_percent_an_application_comes_back_with_all_its_data(alice: Page) -> None:
    buy(alice, "vTrus", "DV_SSL_CERT", name="returns")
    apply(alice, f"returns.{ZONE}")
    state_becomes(alice, "Pending domain name verification")
    expect(alice.get_by_text("40 %").first).to_be_visible()
    withdraw(alice)
    state_becomes(alice, "Pending application")
    begin_applying(alice, "Apply again…")
    on(alice)
    expect(alice.get_by_label("Domain", exact=True)).to_have_value(f"returns.{ZONE}")
    on(alice)
    expect(alice.get_by_label("The contact of application 1")).to_be_checked()
    on(alice)
    send_in(alice)
    state_becomes(alice, "Pending domain name verification")
    assert at_both_widths(alice) == []
    prove(alice)
    state_becomes(alice, "Issued")


def test_at_70_percent_the_desk_lets_go_of_it(
    alice: Page, window: Callable[[Person], Page]
) -> None:
    domain = f"pier.{ZONE}"
    buy(alice, "TrustAsia", "OV_SSL_CERT", name="pier")
    apply(alice, domain, company="Acme Pier Ltd")
    prove(alice)
    state_becomes(alice, "Pending organization verification")
    expect(alice.get_by_text("70 %").first).to_be_visible()
    sam = window(Person.SAM)
    desk.list_cases(sam, domain)
    expect(sam.locator("#result_list tbody tr")).to_have_count(1)
    withdraw(alice)
    state_becomes(alice, "Pending application")
    desk.list_cases(sam, domain)
    expect(sam.locator("#result_list tbody tr")).to_have_count(0)
    desk.list_cases(sam, domain, "answered")
    expect(sam.locator("#result_list tbody tr")).to_contain_text("Withdrawn")


def test_a_draft_goes_on_in_another_browser_and_is_proved_by_mail_instead(
    alice: Page, window: Callable[[Person], Page]
) -> None:
    domain = f"elsewhere.{ZONE}"
    buy(alice, "GeoTrust", "DV_SSL_CERT", name="elsewhere")
    begin_applying(alice)
    on(alice)
    name_domains(alice, domain)
    expect(alice.get_by_role("heading", name="To whom does")).to_be_visible()
    other = window(Person.ALICE)
    find(other, "elsewhere")
    begin_applying(other)
    expect(other.get_by_role("heading", name="To whom does")).to_be_visible()
    on(other)
    expect(other.get_by_role("main")).to_contain_text(domain)
    send_in(other)
    state_becomes(other, "Pending domain name verification")
    other.get_by_role("link", name="Prove it another way…").click()
    other.get_by_role("radio", name="E-mail").check()
    other.get_by_role("button", name="Prove it this way").click()
    until(other, other.get_by_text(f"admin@{domain}"))
    mail = open_mail(other, f"Prove that {domain} is yours")
    mail.locator("pre a").first.click()
    mail.get_by_role("button", name="Yes, issue it").click()
    expect(mail.get_by_role("button", name="Yes, issue it")).to_have_count(0)
    state_becomes(other, "Issued")
