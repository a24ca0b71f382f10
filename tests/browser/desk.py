"""What the authorities' people do at their desk in the administration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

AN_HOUR = timedelta(hours=1)


def list_cases(page: Page, words: str, work: str = "") -> None:
    """The desk's list with these words in a case; `work` names a view, else what needs work."""
    page.goto(f"/admin/authorities/caorder/?q={words}" + (f"&work={work}" if work else ""))


def open_case(page: Page, words: str) -> None:
    list_cases(page, words)
    page.locator("#result_list .field-request_column a").first.click()
    expect(page.locator("#review")).to_be_visible()


def choose(page: Page, words: str) -> None:
    """One of the buttons of the case."""
    page.get_by_role("link", name=words, exact=True).click()


def press(page: Page, words: str) -> None:
    """The button of the page that asks; the case is shown again with what was done."""
    page.get_by_role("button", name=words).click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def note(page: Page, point: str, *, called: bool = False) -> None:
    """Note a point of the checklist as found good, with the log of a call where it was one."""
    choose(page, "Note…")
    page.get_by_label("Point").select_option(label=point)
    page.get_by_label("Found good").check()
    page.get_by_label("Evidence").fill("As the application says.")
    if called:
        page.get_by_label("Call: number").fill("+44 20 7946 0100")
        page.get_by_label("Call: where the number is listed").fill("the company register")
        page.get_by_label("Call: who answered").fill("Ms Hale")
        at = datetime.now(UTC) - AN_HOUR
        page.get_by_label("Call: when").fill(at.strftime("%Y-%m-%dT%H:%M"))
        page.get_by_label("Call: outcome").fill("She knows of the order.")
    press(page, "Keep the note")


def ask(page: Page, question: str) -> None:
    """Ask the customer something: the clock of the case stands until the answer."""
    choose(page, "Ask the customer…")
    page.get_by_label("Your question").fill(question)
    press(page, "Ask: stop the clock")


def approve(page: Page) -> None:
    choose(page, "Approve…")
    press(page, "Approve: issue the certificate")
