"""Every way to prove a name fails with its cause and then passes, on the pages of the demo."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

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


def order(page: Page, name: str) -> str:
    """Buy a certificate and apply for it; the domain, which waits for its proof by DNS."""
    domain = f"{name}.{ZONE}"
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


def test_a_record_with_another_value_then_the_right_one(alice: Page) -> None:
    order(alice, "by-record")
    name, value = asked_record(alice)
    publish(alice, name, value[::-1])
    check(alice)
    tells(alice, "dns.wrong_value", value[::-1])
    publish_from_the_page(alice)
    check(alice)
    state_becomes(alice, "Issued")


def test_an_alias_that_is_not_there_then_is(alice: Page) -> None:
    order(alice, "by-alias")
    another_way(alice, "DNS alias (CNAME)")
    until(alice, alice.get_by_text("by DNS alias"))
    check(alice)
    tells(alice, "dns.")
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
    another_way(alice, "E-mail to the domain", f"hostmaster@{domain}")
    until(alice, alice.locator(".record").get_by_text(f"hostmaster@{domain}"))
    says_yes(alice, domain, f"hostmaster@{domain}")
    state_becomes(alice, "Issued")


def says_yes(page: Page, domain: str, mailbox: str) -> None:
    """Answer the newest mail, which went to this mailbox, in another tab."""
    mail = open_mail(page, f"Prove that {domain} is yours")
    expect(mail.locator(".kv")).to_contain_text(mailbox)
    mail.locator("pre a").first.click()
    mail.get_by_role("button", name="Yes, issue it").click()
    expect(mail.get_by_role("button", name="Yes, issue it")).to_have_count(0)
    mail.close()


def test_a_published_contact(alice: Page) -> None:
    domain = order(alice, "by-contact")
    alice.get_by_role("link", name="Prove it another way…").click()
    alice.get_by_role("link", name="Look for a contact").click()
    expect(alice.get_by_text("publishes no contact")).to_be_visible()
    publish(alice, f"_validation-contactemail.{domain}", f"dns-admin@{ZONE}")
    alice.reload()
    expect(alice.get_by_role("radio", name="E-mail")).to_be_checked()
    alice.get_by_role("button", name="Prove it this way").click()
    until(alice, alice.locator(".record").get_by_text(f"dns-admin@{ZONE}"))
    says_yes(alice, domain, f"dns-admin@{ZONE}")
    state_becomes(alice, "Issued")


def add_zone(page: Page, name: str, secret: str) -> None:
    page.goto("/domains/")
    page.get_by_role("link", name="Add a zone").first.click()
    page.get_by_label("Zone").fill(name)
    page.get_by_label("Primary name server").fill("ns.demo.example.net")
    page.get_by_label("Name of the TSIG key").fill("reseal-demo")
    page.get_by_label("Secret").fill(secret)
    page.locator("main button[type=submit]").last.click()
    expect(page.get_by_text("is kept. Try it now")).to_be_visible()
