"""A page that moves by itself: it outlives a lost connection and leaves its reader alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.people import find
from tests.browser.walk import answer, reissue, state_becomes

pytestmark = pytest.mark.browser


def test_a_half_typed_passphrase_survives_a_move(alice: Page) -> None:
    find(alice, "globalsign-ov-wildcard")
    reissue(alice)
    alice.get_by_text("With private key, ready for your server").click()
    field = alice.get_by_label("Passphrase for the key")
    field.press_sequentially("half a pass")
    answer(alice, "Decline: keep it", "*.globalsign-ov-wildcard")
    state_becomes(alice, "Issued")
    expect(field).to_have_value("half a pass")
    expect(field).to_be_focused()


def test_a_lost_connection_is_outlived(alice: Page, complaints: list[str]) -> None:
    find(alice, "launch")
    asked: list[Request] = []
    alice.on("request", lambda each: asked.append(each) if "/watch/" in each.url else None)
    alice.context.set_offline(True)
    alice.wait_for_event("requestfailed", timeout=60_000)
    alice.context.set_offline(False)
    before = len(asked)
    with alice.expect_response(lambda each: "/watch/" in each.url and each.ok, timeout=60_000):
        pass
    assert len(asked) > before
    # The browser and htmx say that the connection was lost; that is what was wanted.
    lost = ("ERR_INTERNET_DISCONNECTED", "htmx:")
    complaints[:] = [each for each in complaints if not any(word in each for word in lost)]
