"""Takes the pictures of the README (docs/screenshots/) of a demo of its own: `make screenshots`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.demo import CHROMIUM, QUIET, ROOT, running_demo
from tests.browser.people import Person, find, publish, sign_in, until
from tests.browser.picture import with_palette
from tests.browser.walk import (
    answer,
    begin,
    behind_the_mail,
    consent,
    on,
    publish_from_the_page,
    state_becomes,
)

PICTURES = ROOT / "docs" / "screenshots"
WIDE, HIGH, PHONE = 1440, 900, 390
MARGIN = 16  # below what a picture ends with
LARGEST = 250_000  # bytes of one picture
# Seconds of a working day: as short as in `make run`, and the real one, for the authorities' desk.
DEMO_DAY, REAL_DAY = 20, 86_400
ZONE = "demo.example.net"


def take(page: Page, name: str, *, most: int = HIGH) -> None:
    """One picture, as high as the page but at most so many pixels."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    size = page.viewport_size
    assert size is not None
    high = min(most, max(HIGH, page.evaluate("document.documentElement.scrollHeight")))
    page.set_viewport_size({"width": size["width"], "height": high})
    browser = page.context.browser
    assert browser is not None
    picture = with_palette(browser, page.screenshot(animations="disabled"))
    page.set_viewport_size(size)
    assert len(picture) < LARGEST, f"{name} is too large: {len(picture)} bytes"
    (PICTURES / f"{name}.png").write_bytes(picture)


def end_of(page: Page, place: str) -> int:
    """The pixels down to the lower edge of this place, and a margin."""
    edge: float = page.locator(place).evaluate(
        "each => each.getBoundingClientRect().bottom + scrollY"
    )
    return round(edge) + MARGIN


def window(browser: Browser, address: str, person: Person) -> Page:
    """A window of this person, signed in; nothing moves in it."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": WIDE, "height": HIGH},
        device_scale_factor=1,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    return sign_in(context.new_page(), person)


def publish_twice_as_long(page: Page) -> None:
    """The record as a DNS host leaves it that appends its zone to the whole name; the look says so.

    The value is that of the page, and only the name is wrong.
    """
    address = page.get_by_role("link", name="Publish it at the demo").get_attribute("href")
    told = parse_qs(urlsplit(address or "").query)
    name, value = told["name"][0], told["value"][0]
    publish(page, f"{name}.{name.partition('.')[2]}", value)
    page.get_by_role("button", name="Check now").click()
    until(page, page.locator(".doctor", has_text="dns.doubled_suffix"))
    page.goto(urlsplit(page.url).path)  # without the message of the button


def walk(browser: Browser, address: str) -> None:
    """From the list through a reissue to the new version; each place once."""
    page = window(browser, address, Person.ALICE)
    page.goto("/certificates/")
    take(page, "list")
    find(page, "shop")
    begin(page)
    on(page)
    page.get_by_label("Domain", exact=True).fill(f"new-shop.{ZONE}")
    on(page)
    on(page)
    consent(page, "The domain changed")
    take(page, "review", most=1500)
    page.get_by_role("button", name="Submit the reissue").click()
    mail = behind_the_mail(page, f"shop.{ZONE}")
    take(mail, "confirmation")
    mail.close()
    answer(page, "Confirm: cancel it now", f"shop.{ZONE}")
    state_becomes(page, "Pending domain name verification")
    publish_twice_as_long(page)
    until(page, page.get_by_text(", moves by itself"))
    take(page, "proof", most=end_of(page, "[aria-labelledby=versions]"))
    page.emulate_media(color_scheme="dark")
    take(page, "proof-dark", most=end_of(page, "[aria-labelledby=versions]"))
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": PHONE, "height": HIGH})
    take(page, "proof-phone", most=end_of(page, ".doctor"))
    page.set_viewport_size({"width": WIDE, "height": HIGH})
    publish_from_the_page(page)
    page.get_by_role("button", name="Check now").click()
    state_becomes(page, "Issued")
    page.goto(urlsplit(page.url).path)
    take(page, "issued", most=1020)
    page.goto("/domains/")
    page.get_by_role("button", name=f"Try it {ZONE}").click()
    expect(page.locator(".state", has_text="Works")).to_be_visible()
    page.goto("/domains/")
    take(page, "domains")


def desk(browser: Browser, address: str) -> None:
    """What the authorities' people see."""
    page = window(browser, address, Person.SAM)
    page.goto("/admin/authorities/caorder/?work=all")
    take(page, "desk")


@contextmanager
def demo(day: int) -> Iterator[str]:
    """A demo with nothing in it yet. Working days in seconds."""
    with tempfile.TemporaryDirectory() as data, running_demo(Path(data), working_day=day) as at:
        yield at.address


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        with demo(DEMO_DAY) as address:
            walk(browser, address)
        with demo(REAL_DAY) as address:
            desk(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
