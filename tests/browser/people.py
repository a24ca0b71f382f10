"""The demo's people and what they do outside the portal: sign in, read mail, publish records."""

from __future__ import annotations

from enum import StrEnum

from playwright.sync_api import Locator, Page, expect

PASSWORD = "reseal-demo"


class Person(StrEnum):
    ALICE = "alice@acme.example"
    BOB = "bob@acme.example"
    VICTOR = "victor@acme.example"
    MALLORY = "mallory@northwind.example"
    SAM = "sam@reseal.example"
    SOL = "sol@reseal.example"
    SUE = "sue@reseal.example"
    ADA = "ada@reseal.example"
    ROOT = "root@reseal.example"


def sign_in(page: Page, person: str, password: str = PASSWORD) -> Page:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(person)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).not_to_have_url("/sign-in/")
    return page


def find(page: Page, words: str) -> None:
    """Search the list and open the one certificate that is found."""
    page.goto("/certificates/")
    box = page.get_by_role("searchbox", name="Find a certificate")
    box.fill(words)
    box.press("Enter")
    open_the_first(page)


def find_on_a_phone(page: Page, words: str) -> None:
    """The same by address: the bar of a phone has no room for the search."""
    page.goto(f"/certificates/?q={words}")
    open_the_first(page)


def open_the_first(page: Page) -> None:
    page.locator("table.list a.name").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def until(page: Page, found: Locator, seconds: float = 60) -> None:
    """Wait for something on a page that moves by itself, without touching it."""
    expect(found.first).to_be_visible(timeout=seconds * 1000)


def open_mail(page: Page, subject: str, seconds: float = 60) -> Page:
    """The newest mail of the demo's inbox with these words in its subject, in a tab of its own."""
    tab = page.context.new_page()
    end = seconds
    while True:
        tab.goto("/demo/inbox/")
        mail = tab.get_by_role("link", name=subject)
        if mail.count():
            mail.first.click()
            return tab
        assert end > 0, f"no mail about {subject}"
        tab.wait_for_timeout(1000)
        end -= 1


def publish(page: Page, name: str, value: str, kind: str = "TXT") -> None:
    """Publish a record at the demo's DNS host, in a tab of its own."""
    tab = page.context.new_page()
    tab.goto("/demo/dns/")
    tab.get_by_label("Name").fill(name)
    tab.get_by_label("Type").select_option(kind)
    tab.get_by_label("Value").fill(value)
    tab.get_by_role("button", name="Publish").click()
    expect(tab.get_by_text("Published:")).to_be_visible()
    tab.close()
