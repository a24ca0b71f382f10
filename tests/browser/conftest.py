"""A real browser on the whole demo: web, workers, beat, broker, DNS and inbox as `make run` starts
them. Tests do what people do and look at nothing but pages.

Whatever the page under test reports against its own security policy fails the test.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.browser.people import Person, sign_in
from tests.flows.portal import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
STARTS_WITHIN = 180.0  # seconds
# Chromium must neither look for updates nor talk to anybody; root in CI has no sandbox.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What a page may complain about without being wrong: nothing loads from elsewhere.
NOT_OURS = ("status of 404", "status of 403", "status of 405", "status of 500")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, so that two workers end at about the same time."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo of our own, with short working days."""
    data, port = tmp_path_factory.mktemp("data"), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(data),
        "LANG": "C.UTF-8",
        "DATA_DIR": str(data),
        "PORT": str(port),
        "CA_WORKING_DAY": "2",
        "LOG_LEVEL": "WARNING",
    }
    log = data / "portal.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_portal"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + STARTS_WITHIN
        while "Reseal is ready" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield f"http://localhost:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture(scope="session")
def base_url(portal: str) -> str:
    return portal


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
