"""The walks of a customer: buying, applying, proving, reissuing."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.people import open_mail, until

COMPANY = {
    "Registration number": "09876543",
    "Country, two letters": "GB",
    "State or province": "England",
    "City": "London",
    "Street and number": "1 Harbour Street",
    "Phone of the organization": "+44 20 7946 0100",
}


def buy(page: Page, brand: str, kind: str, *, names: int = 1, name: str) -> None:
    """From the shop's filters to the page of the certificate that was ordered and paid."""
    page.goto("/products/")
    page.get_by_label("Brand").select_option(label=brand)
    page.get_by_label("Type", exact=True).select_option(value=kind)
    held = "MULTI_DOMAIN" if names > 1 else "SINGLE_DOMAIN"
    page.get_by_label("Domain type").select_option(value=held)
    with page.expect_navigation():  # or the first product of the unfiltered list is chosen
        page.get_by_role("button", name="Filter").click()
    with page.expect_navigation():
        page.get_by_role("link", name="Choose").first.click()
    if names > 1:
        page.get_by_label("Names in each", exact=True).fill(str(names))
    page.get_by_role("textbox", name="Name optional").fill(name)
    page.get_by_role("button", name="Order, and pay next").click()
    page.get_by_role("button", name="Pay now (demo)").click()
    expect(page.locator(".head .state")).to_contain_text("Paid")
    page.get_by_role("link", name=name, exact=True).click()
    state_is(page, "Pending application")


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


def name_domains(page: Page, *domains: str) -> None:
    """The second step of the wizard."""
    page.get_by_label("Domain", exact=True).fill(domains[0])
    if domains[1:]:
        page.get_by_label("Additional domains, one a line").fill("\n".join(domains[1:]))
    on(page)


def name_company(page: Page, name: str, licence: bytes = b"") -> None:
    """What the third step asks about an organization, with a picture of its licence."""
    page.get_by_label("Legal name").fill(name)
    for field, words in COMPANY.items():
        page.get_by_label(field).fill(words)
    if licence:
        file: FilePayload = {"name": "licence.png", "mimeType": "image/png", "buffer": licence}
        page.get_by_label("Business licence").set_input_files(file)


def send_in(page: Page) -> None:
    """The last step of a first issue."""
    expect(page.get_by_role("heading", name="What you apply for")).to_be_visible()
    consent(page)
    page.get_by_role("button", name="Submit the application").click()
    expect(page.locator(".head .state")).to_be_visible()


def apply(page: Page, *domains: str, company: str = "") -> None:
    """Through the four steps of a first issue; the contact is what the page offers first."""
    begin_applying(page)
    on(page)
    name_domains(page, *domains)
    if company:
        name_company(page, company)
    on(page)
    send_in(page)


def prove(page: Page) -> None:
    """Publish every record that the page asks for, and have it looked at."""
    state_becomes(page, "Pending domain name verification")
    publish_from_the_page(page)
    page.get_by_role("button", name="Check now").click()


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
    """Follow the demo's links to its DNS host, whose form is filled in, and publish each."""
    links = page.get_by_role("link", name="Publish it at the demo")
    expect(links.first).to_be_visible()
    tab = page.context.new_page()
    for address in [each.get_attribute("href") for each in links.all()]:
        assert address is not None
        tab.goto(address)
        tab.get_by_role("button", name="Publish").click()
        expect(tab.get_by_text("Published:")).to_be_visible()
    tab.close()


def more(page: Page, words: str) -> None:
    """Open what else can be done with the certificate, and choose."""
    page.locator(".head summary").click()
    page.locator(".head").get_by_role("link", name=words).click()


def state_is(page: Page, label: str) -> None:
    expect(page.locator(".head .state")).to_contain_text(label)


def state_becomes(page: Page, label: str, seconds: float = 60) -> None:
    """The page moves by itself: nobody touches it."""
    until(page, page.locator(".head .state", has_text=label), seconds)
