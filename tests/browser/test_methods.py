"""Every way to prove a name fails with its cause and then passes, on the pages of the demo."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import DESK, PHONE, sideways
from tests.browser.people import open_mail, publish, until
from tests.browser.walk import (
    apply,
    begin_applying,
    buy,
    name_company,
    name_domains,
    on,
    publish_from_the_page,
    send_in,
    state_becomes,
)

pytestmark = pytest.mark.browser
ZONE = "demo.example.net"
ADDRESS = "203.0.113.20"  # of the demo's web server, as any in its range


def order(page: Page, name: str, zone: str = ZONE) -> str:
    """Buy a certificate and apply for it; the domain, which waits for its proof by DNS."""
    domain = f"{name}.{zone}"
    buy(page, "vTrus", "DV_SSL_CERT", name=name)
    apply(page, domain)
    state_becomes(page, "Pending domain name verification")
    return domain


def another_way(page: Page, way: str, mailbox: str = "") -> None:
    """Prove it another way, and wait until the authority asks for that."""
    page.get_by_role("link", name="Prove it another way…").click()
    page.get_by_role("radio", name=way, exact=True).check()
    if mailbox:
        page.get_by_label("Mailbox").select_option(label=mailbox)
    page.get_by_role("button", name="Prove it this way").click()
    expect(page.locator(".head .state")).to_be_visible()


def check(page: Page) -> None:
    page.get_by_role("button", name="Check now").click()


def tells(page: Page, code: str, *words: str) -> None:
    """The doctor's panel names this cause, and says this."""
    panel = page.locator(".doctor", has_text=code)
    until(page, panel)
    for each in words:
        expect(panel).to_contain_text(each)


def serve(page: Page, answer: str) -> None:
    """Follow the link to the demo's web server, whose form is filled in, and answer this."""
    address = page.get_by_role("link", name="Put it on the demo").get_attribute("href")
    assert address is not None
    tab = page.context.new_page()
    tab.goto(address)
    tab.get_by_label("It answers with").select_option(label=answer)
    tab.get_by_role("button", name="Serve").click()
    expect(tab.get_by_text("answers so from now on")).to_be_visible()
    tab.close()


def asked_record(page: Page) -> tuple[str, str]:
    """Name and value of the record that the page asks for."""
    address = page.get_by_role("link", name="Publish it at the demo").get_attribute("href")
    told = parse_qs(urlsplit(address or "").query)
    return told["name"][0], told["value"][0]


def says_yes(page: Page, domain: str, mailbox: str) -> None:
    """Answer the newest mail, which went to this mailbox, in another tab."""
    mail = open_mail(page, f"Prove that {domain} is yours")
    expect(mail.locator(".kv")).to_contain_text(mailbox)
    mail.locator("pre a").first.click()
    mail.get_by_role("button", name="Yes, issue it").click()
    expect(mail.get_by_role("button", name="Yes, issue it")).to_have_count(0)
    mail.close()


def add_zone(page: Page, name: str, secret: str) -> None:
    page.goto("/domains/")
    page.get_by_role("link", name="Add a zone").first.click()
    page.get_by_label("Zone").fill(name)
    page.get_by_label("Primary name server").fill("ns.demo.example.net")
    page.get_by_label("Name of the TSIG key").fill("reseal-demo")
    page.get_by_label("Secret").fill(secret)
    page.locator("main button[type=submit]").last.click()
    expect(page.get_by_text("is kept. Try it now")).to_be_visible()


def is_gone(page: Page, record: str, seconds: int = 30) -> None:
    """The demo's DNS host holds this record no more, sooner or later."""
    for _second in range(seconds):
        page.goto("/demo/dns/")
        if not page.get_by_role("cell", name=record, exact=True).count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"{record} is still there")


def test_a_record_with_another_value_then_the_right_one(alice: Page) -> None:
    order(alice, "by-record")
    name, value = asked_record(alice)
    publish(alice, name, value[::-1])
    check(alice)
    tells(alice, "dns.wrong_value", value[::-1])
    for size in (PHONE, DESK):  # values are long, and have no blank where a line could break
        alice.set_viewport_size(size)
        assert sideways(alice) == []
    publish_from_the_page(alice)
    check(alice)
    state_becomes(alice, "Issued")


def test_an_alias_that_is_not_there_then_is(alice: Page) -> None:
    order(alice, "by-alias")
    another_way(alice, "DNS alias (CNAME)")
    until(alice, alice.get_by_text("by DNS alias"))
    check(alice)
    tells(alice, "dns.nxdomain")
    publish_from_the_page(alice)
    check(alice)
    state_becomes(alice, "Issued")


def test_a_file_that_is_missing_or_a_web_page_then_the_file(alice: Page) -> None:
    order(alice, "by-file")
    another_way(alice, "File on the web server")
    until(alice, alice.get_by_role("link", name="Put it on the demo"))
    serve(alice, "No such file (404)")
    check(alice)
    tells(alice, "file.absent")
    serve(alice, "A web page instead of the file")
    check(alice)
    tells(alice, "file.html")
    serve(alice, "The file with this content")
    check(alice)
    state_becomes(alice, "Issued")


def test_a_mail_that_comes_back_then_another_mailbox_answers(alice: Page) -> None:
    domain = order(alice, "by-mail")
    another_way(alice, "E-mail to the domain", f"admin@{domain}")
    until(alice, alice.get_by_text(f"admin@{domain}"))
    mail = open_mail(alice, f"Prove that {domain} is yours")
    mail.get_by_role("button", name="Send it back as undeliverable").click()
    expect(mail.get_by_text("was sent back")).to_be_visible()
    mail.close()
    tells(alice, "mail.bounced", f"admin@{domain}")
    another_way(alice, "E-mail to the domain asked for now", f"hostmaster@{domain}")
    until(alice, alice.locator(".record").get_by_text(f"hostmaster@{domain}"))
    says_yes(alice, domain, f"hostmaster@{domain}")
    state_becomes(alice, "Issued")


def test_a_contact_that_is_not_published_then_is(alice: Page) -> None:
    domain = order(alice, "by-contact")
    alice.get_by_role("link", name="Prove it another way…").click()
    alice.get_by_role("button", name="Look for a contact").click()
    expect(alice.get_by_text("publishes no contact")).to_be_visible()
    publish(alice, f"_validation-contactemail.{domain}", f"dns-admin@{ZONE}")
    alice.reload()
    expect(alice.get_by_role("radio", name="E-mail")).to_be_checked()
    alice.get_by_role("button", name="Prove it this way").click()
    until(alice, alice.locator(".record").get_by_text(f"dns-admin@{ZONE}"))
    says_yes(alice, domain, f"dns-admin@{ZONE}")
    state_becomes(alice, "Issued")


def test_a_zone_whose_key_is_wrong_then_the_one_that_works(alice: Page) -> None:
    """What the portal publishes itself: it says why it cannot, and nobody's hand is needed."""
    zone = f"locked.{ZONE}"
    add_zone(alice, zone, base64.b64encode(b"not the key of the demo's zone").decode())
    alice.get_by_role("button", name=f"Try it {zone}").click()
    expect(alice.get_by_role("row", name=zone)).to_contain_text("Does not work")
    domain = order(alice, "by-itself", zone)
    here = alice.url
    another_way(alice, "DNS record, automatically")
    until(alice, alice.get_by_text("We could not publish this record yet."))
    expect(alice.locator(".proof .note")).to_contain_text("zone.badsig")
    alice.get_by_role("link", name="To the zones").click()
    alice.get_by_role("link", name=f"Remove… {zone}").click()
    alice.get_by_role("button", name="Remove the zone").click()
    expect(alice.get_by_text(f"{zone} is removed.")).to_be_visible()
    alice.goto(here)  # the zone above it is next, at the following try
    state_becomes(alice, "Issued")
    is_gone(alice, f"_dnsauth.{domain}")


def test_an_address_whose_server_has_another_file_then_the_right_one(alice: Page) -> None:
    buy(alice, "GlobalSign", "OV_SSL_CERT", name="by-address")
    begin_applying(alice)
    on(alice)
    alice.get_by_role("radio", name="File on the web server").check()
    name_domains(alice, ADDRESS)
    name_company(alice, "Acme Addresses Ltd")
    on(alice)
    send_in(alice)
    state_becomes(alice, "Pending domain name verification")
    serve(alice, "A file with other content")
    check(alice)
    tells(alice, "file.wrong_content", ADDRESS)
    serve(alice, "The file with this content")
    check(alice)
    state_becomes(alice, "Pending organization verification")
