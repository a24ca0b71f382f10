"""The walk through a reissue, as a customer takes it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.people import open_mail, until


def begin(page: Page) -> None:
    """From the certificate's page into the wizard."""
    page.get_by_role("link", name="Reissue…").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reissue")


def begin_applying(page: Page, words: str = "Apply…") -> None:
    """The same for a first issue, by the one button of the turn."""
    page.locator(".turn").get_by_role("link", name=words).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Apply for")


def on(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()


def reissue(page: Page, *, domain: str = "", csr: str = "", reason: str = "") -> None:
    """Through the four steps to the certificate's page."""
    begin(page)
    if csr:
        page.get_by_label("Upload a CSR").check()
        page.get_by_label("Certificate signing request, PEM").fill(csr)
        page.keyboard.press("Tab")
        expect(page.get_by_text("What we read")).to_be_visible()
    on(page)
    if domain:
        page.get_by_label("Domain", exact=True).fill(domain)
    on(page)
    on(page)
    consent(page, reason)
    page.get_by_role("button", name="Submit the reissue").click()
    expect(page.locator("h1")).not_to_contain_text("Reissue")
    expect(page.locator(".state").first).to_contain_text("CA verifying (reissue)")


def consent(page: Page, reason: str = "") -> None:
    """Say why, and accept the three statements."""
    if reason:
        page.get_by_label(reason).check()
    for statement in ("id_service", "id_privacy", "id_authorisation"):
        page.locator(f"input[id$='{statement.removeprefix('id_')}']").check()


def behind_the_mail(page: Page, domain: str) -> Page:
    """Open the authority's mail in another tab and follow its link."""
    tab = open_mail(page, f"cancel the certificate for {domain}")
    tab.locator("pre a").first.click()
    expect(tab.get_by_text("Opening this page has changed nothing.")).to_be_visible()
    return tab


def answer(page: Page, button: str, domain: str) -> None:
    """Press a button on the page behind the authority's mail, in another tab."""
    tab = behind_the_mail(page, domain)
    tab.get_by_role("button", name=button).click()
    expect(tab.get_by_role("button", name=button)).to_have_count(0)
    tab.close()


def publish_from_the_page(page: Page) -> None:
    """Follow the demo's link to its DNS host, whose form is filled in, and publish."""
    tab = page.context.new_page()
    address = page.get_by_role("link", name="Publish it at the demo").get_attribute("href")
    assert address is not None
    tab.goto(address)
    tab.get_by_role("button", name="Publish").click()
    expect(tab.get_by_text("Published:")).to_be_visible()
    tab.close()


def state_becomes(page: Page, label: str, seconds: float = 60) -> None:
    """The page moves by itself: nobody touches it."""
    until(page, page.locator(".head .state", has_text=label), seconds)
