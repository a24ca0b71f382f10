"""A whole reissue with a new domain without a mouse: every press goes to the keyboard."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import chooses, in_a_tab, presses, skips, tabs_to, ticks, writes
from tests.browser.people import PASSWORD, Person, until
from tests.browser.walk import state_becomes

pytestmark = pytest.mark.browser
OLD = "*.geotrust-dv-wildcard.demo.example.net"
NEW = "*.by-keyboard.demo.example.net"


def test_a_new_domain_is_reissued_by_keyboard_alone(page: Page) -> None:
    signs_in(page)
    finds(page, "geotrust-dv-wildcard")
    asks_for_the_reissue(page)
    confirms_from_the_inbox(page)
    state_becomes(page, "Pending domain name verification")
    publishes(page)
    tabs_to(page, "Check now", "button", back=True)
    page.keyboard.press("Enter")
    state_becomes(page, "Issued")
    downloads(page)


def signs_in(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")  # what gets the focus is on the screen at once
    page.goto("/sign-in/")
    writes(page, "E-mail", Person.ALICE)
    writes(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("SSL certificates")


def finds(page: Page, words: str) -> None:
    writes(page, "Find a certificate", words)
    page.keyboard.press("Enter")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    skips(page)
    presses(page, words, "link")
    expect(page.locator("h1")).to_have_text(words)


def asks_for_the_reissue(page: Page) -> None:
    skips(page)
    presses(page, "Reissue…", "link")
    expect(page.locator(".now")).to_contain_text("1.")
    skips(page)
    chooses(page, "System generated")
    presses(page, "Continue", "button")
    expect(page.locator(".now")).to_contain_text("2.")
    writes(page, "Domain", NEW)
    chooses(page, "DNS")
    presses(page, "Continue", "button")
    expect(page.locator(".now")).to_contain_text("3.")
    presses(page, "Continue", "button")
    expect(page.locator(".now")).to_contain_text("4.")
    chooses(page, "The domain changed")
    for statement in ("I have read", "My contact data", "I may act"):
        ticks(page, statement)
    presses(page, "Submit the reissue", "button")
    expect(page.locator(".head .state")).to_contain_text("CA verifying (reissue)")


def confirms_from_the_inbox(page: Page) -> None:
    """The authority's mail, its page and the answer in a tab of its own, which is closed again."""
    until(page, page.get_by_role("link", name="Open the inbox", exact=True))
    inbox = in_a_tab(page, "Open the inbox")
    expect(inbox.locator("h1")).to_have_text("Inbox")
    skips(inbox)
    presses(inbox, f"Confirm: cancel the certificate for {OLD}", "link")
    expect(inbox.locator("h1")).to_contain_text(OLD)
    skips(inbox)
    presses(inbox, "http", "link")
    expect(inbox.locator("h1")).to_have_text("Shall we cancel this certificate?")
    presses(inbox, "Confirm: cancel it now", "button")
    expect(inbox.locator("h1")).to_contain_text("Confirmed")
    inbox.close()


def publishes(page: Page) -> None:
    """Publish at the demo's DNS host in a tab of its own, whose form is filled in."""
    host = in_a_tab(page, "Publish it at the demo")
    expect(host.locator("h1")).to_have_text("DNS host")
    skips(host)
    presses(host, "Publish", "button")
    expect(host.get_by_text("Published:")).to_be_visible()
    host.close()


def downloads(page: Page) -> None:
    """The files with the key, from the panel that Enter opens."""
    presses(page, "With private key, ready for your server")
    ticks(page, "Without a passphrase")
    tabs_to(page, "Download with the key", "button")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        assert any(each.endswith("server.crt") for each in archive.namelist())
