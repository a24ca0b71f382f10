"""A real browser on the whole demo: web, workers, beat, broker, DNS and inbox as `make run` starts
them. Tests do what people do and look at nothing but pages.

Whatever the page under test reports against its own security policy fails the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

from tests.browser.demo import CHROMIUM, QUIET, Demo, running_demo
from tests.browser.people import Person, sign_in

# What a page may complain about without being wrong: nothing loads from elsewhere.
NOT_OURS = ("status of 404", "status of 403", "status of 405", "status of 500")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of our own, with short working days."""
    with running_demo(tmp_path_factory.mktemp("data")) as started:
        yield started


@pytest.fixture(scope="session")
def base_url(demo: Demo) -> str:
    return demo.address


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": QUIET}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture(autouse=True)
def complaints(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What the browser's console said against our pages; nothing may be left at the end."""
    said: list[str] = []
    yield said
    assert said == []


def listen(context: BrowserContext, said: list[str]) -> BrowserContext:
    """Collect errors and reports against the security policy of every page of this context."""

    def note(message: ConsoleMessage) -> None:
        if not message.location.get("url"):
            return  # what a test itself evaluates in the page, as axe, belongs to no page
        wrong = message.type == "error" or "Content Security Policy" in message.text
        if wrong and not any(each in message.text for each in NOT_OURS):
            said.append(f"{message.location.get('url')}: {message.text}")

    context.on("console", note)
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.set_default_timeout(20_000)
    return context


@pytest.fixture
def context(context: BrowserContext, complaints: list[str]) -> BrowserContext:
    return listen(context, complaints)


@pytest.fixture
def alice(page: Page) -> Page:
    """Alice's browser, signed in."""
    return sign_in(page, Person.ALICE)


@pytest.fixture
def window(
    browser: Browser, base_url: str, complaints: list[str]
) -> Iterator[Callable[[Person], Page]]:
    """Opens the window of a person, signed in, in a browser of its own beside the others."""
    opened: list[BrowserContext] = []

    def open_for(person: Person) -> Page:
        size: ViewportSize = {"width": 1440, "height": 900}
        opened.append(listen(browser.new_context(base_url=base_url, viewport=size), complaints))
        return sign_in(opened[-1].new_page(), person)

    yield open_for
    for each in opened:
        each.close()
