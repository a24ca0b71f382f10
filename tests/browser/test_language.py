"""DV from the shop to the issued certificate; a colleague reads the same in German."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Person, find
from tests.browser.walk import apply, buy, prove, state_becomes, state_is

pytestmark = pytest.mark.browser
ZONE = "demo.example.net"


def test_dv_is_bought_applied_for_issued_and_read_in_german(
    alice: Page, window: Callable[[Person], Page]
) -> None:
    buy(alice, "vTrus", "DV_SSL_CERT", name="hafen")
    apply(alice, f"hafen.{ZONE}")
    prove(alice)
    state_becomes(alice, "Issued")
    bob = window(Person.BOB)
    choose_language(bob, "Language", "Deutsch", "Keep these")
    bob.get_by_role("link", name="SSL-Zertifikate").first.click()
    heading = bob.get_by_role("heading", level=1)
    expect(heading).to_have_text("SSL-Zertifikate")
    expect(bob.locator("html")).to_have_attribute("lang", "de")
    bob.get_by_role("link", name="hafen").first.click()
    state_is(bob, "Ausgestellt")
    bob.get_by_role("link", name="Produkte").first.click()
    expect(heading).to_have_text("Produkte")
    choose_language(bob, "Sprache", "English", "Diese behalten")
    expect(heading).to_have_text("Your account")
    find(bob, "hafen")
    state_is(bob, "Issued")


def choose_language(page: Page, field: str, language: str, button: str) -> None:
    page.goto("/account/preferences/")
    page.get_by_role("combobox", name=field).select_option(label=language)
    page.get_by_role("button", name=button).click()
