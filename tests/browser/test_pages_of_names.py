"""axe finds nothing where names are held, proved, looked at, given up and judged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import desk
from tests.browser.axe import at_both_widths
from tests.browser.demo import Demo
from tests.browser.people import Person, find, publish, sign_in, until
from tests.browser.walk import (
    apply,
    begin_applying,
    buy,
    name_domains,
    on,
    send_in,
    state_becomes,
)

pytestmark = pytest.mark.browser
ZONE = "demo.example.net"
# The first letters are Cyrillic: somebody looks at such a name before anything happens.
MIXED = f"раypal.{ZONE}"
# So long nobody waits in a test: the first look is put back, as far as the pause is concerned.
LONG_AGO = """
from datetime import timedelta
from verification.challenges import Challenge
row = Challenge.objects.get(domain="{domain}")
row.looking_since -= timedelta(days=29)
row.save(update_fields=["looking_since"])
"""
# As if workers were at them, and as if those had died.
HELD = """
from datetime import timedelta
from verification.challenges import Challenge
from work.loop import clock
Challenge.objects.filter(domain__endswith="{tail}").update(
    lease_token="held", lease_until=clock() + timedelta(hours=1))
"""
LET_GO = """
from verification.challenges import Challenge
Challenge.objects.filter(domain__endswith="{tail}").update(lease_token="", lease_until=None)
"""


def opened(page: Page, words: str) -> list[str]:
    """Follow this link of the page, look over what it leads to, and come back."""
    page.get_by_role("link", name=words).first.click()
    expect(page.locator("main form")).not_to_have_count(0)
    found = at_both_widths(page)
    page.go_back()
    return found


def test_nothing_on_the_domains_and_what_their_buttons_open(alice: Page) -> None:
    alice.goto("/domains/")
    expect(alice.get_by_role("table", name="Names")).to_be_visible()
    found = at_both_widths(alice)
    for words in ("Add a zone", f"Change… {ZONE}", f"Remove… {ZONE}", "Give up…"):
        found += opened(alice, words)
    alice.get_by_role("button", name="Look up CAA").first.click()
    expect(alice.get_by_role("heading", name="Who may issue")).to_be_visible()
    found += at_both_widths(alice)
    alice.goto("/domains/")
    alice.get_by_role("link", name="Add a zone").click()
    for label in ("Zone", "Primary name server", "Name of the TSIG key", "Secret"):
        alice.get_by_label(label, exact=True).fill("too short")
    alice.get_by_role("button", name="Keep the zone").click()
    expect(alice.locator(".field-error")).not_to_have_count(0)
    assert found + at_both_widths(alice) == []


def test_nothing_on_the_domains_of_a_project_without_any(page: Page) -> None:
    sign_in(page, Person.MALLORY)
    page.goto("/domains/")
    expect(page.get_by_role("heading", name="No zone yet")).to_be_visible()
    found = at_both_widths(page)
    page.goto("/projects/new/")
    page.get_by_label("Name").fill("Northwind without names")
    page.get_by_role("button", name="Found the project").click()
    page.goto("/domains/")
    page.get_by_label("Project", exact=True).select_option(label="Northwind without names")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Names will stand here")).to_be_visible()
    assert found + at_both_widths(page) == []


def test_nothing_where_the_demo_plays_a_web_server(alice: Page) -> None:
    alice.goto("/demo/web/?host=www.example.com&content=some-text")
    alice.get_by_role("button", name="Serve").click()
    expect(alice.locator(".field-error, .invalid-feedback")).not_to_have_count(0)
    found = at_both_widths(alice)
    alice.get_by_label("Host", exact=True).fill(f"looked-over.{ZONE}")
    alice.get_by_role("button", name="Serve").click()
    expect(alice.get_by_text("answers so from now on")).to_be_visible()
    assert found + at_both_widths(alice) == []


def test_nothing_where_another_way_shows_the_published_contact(alice: Page) -> None:
    publish(alice, f"_validation-contactemail.launch.{ZONE}", f"names@{ZONE}")
    find(alice, "launch")
    alice.get_by_role("link", name="Prove it another way…").click()
    alice.get_by_role("button", name="Look for a contact").click()
    expect(alice.get_by_text("stands at the end of the list")).to_be_visible()
    assert at_both_widths(alice) == []


def test_nothing_before_sending_nor_on_a_proof_that_counts_again(alice: Page) -> None:
    buy(alice, "GeoTrust", "DV_SSL_CERT", name="again")
    begin_applying(alice)
    on(alice)
    name_domains(alice, f"trial.{ZONE}")
    on(alice)
    alice.get_by_role("button", name="Check before sending").click()
    until(alice, alice.locator("#checked .rows li"))
    found = at_both_widths(alice)
    send_in(alice)
    until(alice, alice.get_by_text("No new proof needed"))
    assert found + at_both_widths(alice) == []


def test_nothing_where_the_looks_at_a_name_are_paused(alice: Page, demo: Demo) -> None:
    buy(alice, "vTrus", "DV_SSL_CERT", name="paused")
    apply(alice, f"paused.{ZONE}")
    state_becomes(alice, "Pending domain name verification")
    demo.manage("shell", "-c", LONG_AGO.format(domain=f"paused.{ZONE}"))
    alice.get_by_role("button", name="Check now").click()
    until(alice, alice.get_by_role("button", name="Resume"))
    found = at_both_widths(alice)
    alice.get_by_role("button", name="Resume").click()
    expect(alice.get_by_role("button", name="Check now")).to_be_visible()
    assert found == []


def test_nothing_while_many_names_are_looked_at(alice: Page, demo: Demo) -> None:
    buy(alice, "DigiCert", "OV_SSL_CERT", names=4, name="looked-at")
    apply(alice, *(f"{each}.looked-at.{ZONE}" for each in "abcd"), company="Acme Retail Ltd")
    state_becomes(alice, "Pending domain name verification")
    # The workers hold every name, so that what the page says meanwhile can be read.
    demo.manage("shell", "-c", HELD.format(tail=f"looked-at.{ZONE}"))
    alice.reload()
    alice.get_by_role("button", name="Check now").click()
    told = alice.locator("#looking")
    expect(told).to_contain_text("We are looking at 4 names now.")
    expect(told.get_by_text("This page moves by itself.")).to_be_visible()
    expect(told.get_by_text("Reload this page")).to_be_hidden()
    expect(alice.get_by_role("button", name="Check now")).to_have_count(0)
    found = at_both_widths(alice)
    browser = alice.context.browser
    assert browser is not None
    plain = browser.new_context(
        base_url=demo.address,
        java_script_enabled=False,
        storage_state=alice.context.storage_state(),
    )
    page = plain.new_page()
    page.goto(alice.url)
    expect(page.get_by_text("Reload this page in a moment")).to_be_visible()
    expect(page.get_by_text("This page moves by itself.")).to_be_hidden()
    plain.close()
    demo.manage("shell", "-c", LET_GO.format(tail=f"looked-at.{ZONE}"))
    expect(told).to_have_count(0, timeout=60_000)
    expect(alice.get_by_role("button", name="Check now")).to_be_visible()
    assert found == []


def test_nothing_where_names_are_held_for_review(
    alice: Page, window: Callable[[Person], Page]
) -> None:
    buy(alice, "vTrus", "DV_SSL_CERT", name="held")
    apply(alice, MIXED)
    until(alice, alice.get_by_text("Held for review because"))
    found = at_both_widths(alice)
    sam = window(Person.SAM)
    desk.list_cases(sam, "", "held")
    expect(sam.locator("#result_list tbody tr")).not_to_have_count(0)
    found += at_both_widths(sam)
    for verb in ("Release…", "Refuse…"):
        desk.list_cases(sam, "", "held")
        sam.locator("#result_list .field-request_column a").first.click()
        desk.choose(sam, verb)
        expect(sam.locator(".ask")).to_be_visible()
        found += at_both_widths(sam)
    desk.list_cases(sam, "", "held")
    sam.locator("#result_list .field-request_column a").first.click()
    assert found + at_both_widths(sam) == []


def test_nothing_where_a_proof_is_revoked(page: Page) -> None:
    sign_in(page, Person.SAM)
    page.goto(f"/admin/verification/challenge/?q=checkout.{ZONE}")
    expect(page.locator("#result_list tbody tr")).not_to_have_count(0)
    found = at_both_widths(page)
    page.locator("#result_list tbody th a").first.click()
    expect(page.get_by_role("link", name="Revoke…")).to_be_visible()
    found += at_both_widths(page)
    page.get_by_role("link", name="Revoke…").click()
    expect(page.locator(".ask")).to_be_visible()
    assert found + at_both_widths(page) == []
