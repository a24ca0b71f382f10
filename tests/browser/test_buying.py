"""From the shop to a paid order and back again, in a browser; axe on every page of buying."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import at_both_widths, violations

pytestmark = pytest.mark.browser
# Rows whose button touches the panel's edge or lies over the words of the product.
CRAMPED = """() => [...document.querySelectorAll(".shop tbody tr")].filter((row) => {
  const box = (each) => each.getBoundingClientRect();
  const button = box(row.querySelector(".btn"));
  const covers = (each) => each.right > button.left && each.left < button.right
    && each.bottom > button.top && each.top < button.bottom;
  return box(row.closest(".panel")).right - button.right < 8
    || [...row.querySelectorAll("td:first-child > *")].map(box).some(covers);
}).map((row) => row.innerText)"""


def test_an_order_is_counted_placed_paid_and_given_back(alice: Page) -> None:
    found = []
    alice.goto("/products/?brand=GLOBALSIGN&type=OV_SSL_CERT&domain_type=MULTI_DOMAIN")
    found += at_both_widths(alice)
    alice.get_by_role("link", name="GlobalSign OV", exact=True).click()
    expect(alice.get_by_role("button", name="Order, and pay next")).to_be_visible()
    found += at_both_widths(alice)
    alice.get_by_label("How many certificates").fill("2")
    alice.get_by_label("Names in each", exact=True).fill("6")
    alice.get_by_label("2 years").check()
    expect(alice.locator("#bill .total")).to_have_text(re.compile("2,616.00"))
    alice.get_by_role("button", name="Order, and pay next").click()
    expect(alice.locator(".head .state")).to_contain_text("Waiting for payment")
    found += at_both_widths(alice)
    alice.get_by_role("button", name="Pay now (demo)").click()
    expect(alice.locator(".head .state")).to_contain_text("Paid")
    found += at_both_widths(alice)
    alice.get_by_role("link", name="Invoice").click()
    expect(alice.get_by_role("heading", level=1)).to_contain_text("Invoice")
    found += at_both_widths(alice)
    alice.go_back()
    alice.locator("table.list a.name").first.click()
    alice.locator(".head summary").click()
    alice.get_by_role("link", name="Unsubscribe…").click()
    expect(alice.get_by_role("button", name="Give it back now")).to_be_visible()
    found += at_both_widths(alice)
    alice.get_by_role("button", name="Give it back now").click()
    expect(alice.locator(".state", has_text="Given back")).to_be_visible()
    alice.goto("/orders/")
    found += at_both_widths(alice)
    assert found == []


def test_the_shop_fits_a_phone(alice: Page) -> None:
    alice.set_viewport_size({"width": 390, "height": 844})
    for address in ("/products/", "/products/1/", "/orders/"):
        alice.goto(address)
        assert violations(alice) == []
        assert alice.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [1440, 1024, 768, 390])
def test_the_buttons_of_the_shop_keep_their_distance(alice: Page, width: int) -> None:
    alice.set_viewport_size({"width": width, "height": 844})
    alice.goto("/products/")
    expect(alice.get_by_role("link", name="Choose")).not_to_have_count(0)
    assert alice.evaluate(CRAMPED) == []
