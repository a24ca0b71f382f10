"""A whole reissue in a browser: asked for, confirmed, proved, issued, downloaded, or declined."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from playwright.sync_api import Browser, Page, expect

from pki import csr, keys
from tests.browser.conftest import listen
from tests.browser.people import Person, find, find_on_a_phone, sign_in
from tests.browser.walk import answer, begin, publish_from_the_page, reissue, state_becomes

pytestmark = pytest.mark.browser
ZONE = "demo.example.net"


def test_a_new_domain_is_confirmed_proved_issued_and_downloaded(alice: Page) -> None:
    find(alice, "shop")
    reissue(alice, domain=f"new-shop.{ZONE}", reason="The domain changed")
    answer(alice, "Confirm: cancel it now", f"shop.{ZONE}")
    state_becomes(alice, "Pending domain name verification")
    publish_from_the_page(alice)
    alice.get_by_role("button", name="Check now").click()
    state_becomes(alice, "Issued")
    expect(alice.locator("#versions + *, section[aria-labelledby=versions]").first).to_be_visible()
    alice.get_by_text("With private key, ready for your server").click()
    alice.get_by_label("Without a passphrase").check()
    with alice.expect_download() as download:
        alice.get_by_role("button", name="Download with the key").click()
    files = names_and_certificate(Path(download.value.path()))
    assert f"new-shop.{ZONE}" in files


def names_and_certificate(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith("server.crt")]
        leaf = x509.load_pem_x509_certificates(archive.read(name))[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return names.get_values_for_type(x509.DNSName)


def test_declined_the_original_is_kept(alice: Page) -> None:
    find(alice, "checkout")
    reissue(alice)
    answer(alice, "Decline: keep it", f"checkout.{ZONE}")
    state_becomes(alice, "Issued")
    expect(alice.get_by_text("confirmation.declined").first).to_be_visible()


def test_with_a_csr_of_ones_own_the_key_is_never_seen(alice: Page) -> None:
    domain = f"geotrust-dv-single.{ZONE}"
    key = keys.generate(keys.KeyAlgorithm.EC_P256)
    find(alice, domain)
    reissue(alice, csr=csr.pem(csr.build(key, (domain,))))
    answer(alice, "Confirm: cancel it now", domain)
    state_becomes(alice, "Issued")
    expect(alice.get_by_text("Never seen by us").first).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_csr_that_is_read_back_moves_no_button(alice: Page, width: int) -> None:
    domain = f"*.geotrust-dv-wildcard.{ZONE}"
    alice.set_viewport_size({"width": width, "height": 900})
    alice.goto("/certificates/?q=geotrust-dv-wildcard")
    alice.locator("table.list a.name").first.click()
    begin(alice)
    alice.get_by_label("Upload a CSR").check()
    key = keys.generate(keys.KeyAlgorithm.EC_P256)
    alice.get_by_label("Certificate signing request, PEM").fill(csr.pem(csr.build(key, (domain,))))
    alice.get_by_role("button", name="Continue").hover()
    alice.mouse.down()  # leaving the field sends it to be read
    expect(alice.get_by_text("What we read")).to_be_visible()
    alice.mouse.up()
    expect(alice).to_have_url(re.compile(r"/domain/?$"))
    alice.get_by_role("button", name="Discard the draft").click()


def test_ov_goes_through_the_desk_in_a_second_window(
    alice: Page, browser: Browser, base_url: str, complaints: list[str]
) -> None:
    find(alice, "digicert-ov-single")
    reissue(alice, domain=f"new-ov.{ZONE}", reason="The domain changed")
    answer(alice, "Confirm: cancel it now", f"digicert-ov-single.{ZONE}")
    state_becomes(alice, "Pending domain name verification")
    publish_from_the_page(alice)
    alice.get_by_role("button", name="Check now").click()
    state_becomes(alice, "Pending organization verification")
    desk = listen(browser.new_context(base_url=base_url), complaints).new_page()
    sign_in(desk, Person.SAM)
    desk.goto("/admin/authorities/caorder/?q=new-ov")
    for point in ("REGISTRY", "MAILBOX"):
        desk.get_by_role("link", name="Note…").first.click()
        desk.locator("select[name=item]").select_option(point)
        desk.get_by_label("Found good").check()
        desk.get_by_label("Evidence").fill("As the application says.")
        desk.locator("main button[type=submit]").last.click()
        expect(desk.locator(".messagelist")).to_be_visible()
    desk.get_by_role("link", name="Approve…").first.click()
    desk.locator("main button[type=submit]").last.click()
    expect(desk.locator(".messagelist")).to_be_visible()
    desk.context.close()
    state_becomes(alice, "Issued")


def test_on_a_phone_a_new_key_is_issued(
    browser: Browser, base_url: str, complaints: list[str]
) -> None:
    phone = browser.new_context(
        base_url=base_url, viewport={"width": 390, "height": 844}, has_touch=True
    )
    page = sign_in(listen(phone, complaints).new_page(), Person.ALICE)
    find_on_a_phone(page, "vtrus-dv-single")
    reissue(page)
    answer(page, "Confirm: cancel it now", f"vtrus-dv-single.{ZONE}")
    state_becomes(page, "Issued")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.close()


def test_without_javascript_everything_works(
    browser: Browser, base_url: str, complaints: list[str]
) -> None:
    plain = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = sign_in(listen(plain, complaints).new_page(), Person.ALICE)
    find(page, "globalsign-ov-single")
    reissue(page)
    answer(page, "Confirm: cancel it now", f"globalsign-ov-single.{ZONE}")
    for _try in range(60):
        if page.locator(".head .state", has_text="Issued").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator(".head .state")).to_contain_text("Issued")
    expect(page.locator("button[data-copy]:visible")).to_have_count(0)
    plain.close()
