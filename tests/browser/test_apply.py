"""A first issue in a browser: DV from the list to the issued certificate; a refusal and again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import find
from tests.browser.walk import begin_applying, on, prove, send_in, state_becomes

pytestmark = pytest.mark.browser
ZONE = "demo.example.net"


def test_dv_is_applied_for_proved_and_issued(alice: Page) -> None:
    find(alice, "fresh")
    begin_applying(alice)
    on(alice)
    alice.get_by_label("Domain", exact=True).fill(f"my-bank.{ZONE}")
    on(alice)
    expect(alice.get_by_text("carries the word “bank”")).to_be_visible()
    alice.get_by_label("Domain", exact=True).fill(f"fresh.{ZONE}")
    on(alice)
    expect(alice.get_by_label("A card of this project").first).to_be_checked()
    on(alice)
    send_in(alice)
    prove(alice)
    state_becomes(alice, "Issued")


def test_what_was_refused_is_applied_for_again_from_the_same_data(alice: Page) -> None:
    find(alice, "legal")
    expect(alice.get_by_text("vTrus refused application 1")).to_be_visible()
    begin_applying(alice, "Apply again…")
    on(alice)
    expect(alice.get_by_label("Domain", exact=True)).to_have_value(f"legal.{ZONE}")
    on(alice)
    expect(alice.get_by_label("Legal name")).to_have_value("Acme Logistics Ltd")
    alice.get_by_label("Legal name").fill("Acme Logistics Limited")
    on(alice)
    expect(alice.get_by_text("Before: Acme Logistics Ltd")).to_be_visible()
    send_in(alice)
    state_becomes(alice, "Pending domain name verification")
