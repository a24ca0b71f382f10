"""What went wrong, as people see it: a page, a reference, and nothing of our insides."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.config.broken_urls import TOKEN

REFERENCE = re.compile(r"R-[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{4}")
INSIDES = ("hunter2", "RuntimeError", "Traceback", "broken_urls.py", TOKEN)

pytestmark = pytest.mark.urls("tests.config.broken_urls")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the handler that the settings name prints."""
    handler = next(
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    )
    printed = io.StringIO()
    previous = handler.setStream(printed)
    yield printed
    handler.setStream(previous)


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


def heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found is not None
    return " ".join(found[1].split())


def test_an_error_shows_the_reference_under_which_the_log_tells_what_happened(
    browser: Client, log: io.StringIO
) -> None:
    """Without a database: this test may not touch one."""
    answer = browser.get("/breaks/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert heading(page) == "We made a mistake"
    (reference,) = REFERENCE.findall(page)
    assert answer.headers["X-Reference"] == reference
    assert answer.headers["Cache-Control"] == "no-store"
    assert [word for word in INSIDES if word in page] == []
    told = log.getvalue()
    assert f"{reference} Internal Server Error: /breaks/" in told
    assert "RuntimeError: hunter2 at /ca/confirm/…/ [private key]" in told
    assert TOKEN not in told
    assert "MIIE" not in told


def test_every_error_has_a_reference_of_its_own(browser: Client) -> None:
    seen = {browser.get("/breaks/").headers["X-Reference"] for _time in range(20)}
    assert len(seen) == 20


def test_the_page_needs_neither_session_nor_database(browser: Client) -> None:
    """The cookie names a session, which cannot be looked up: the database is out of reach."""
    browser.cookies["sessionid"] = "a" * 32
    answer = browser.get("/certificates/")
    assert answer.status_code == 500
    assert heading(answer.content.decode()) == "We made a mistake"
    assert REFERENCE.fullmatch(answer.headers["X-Reference"])


@pytest.mark.django_db
def test_not_even_staff_see_a_traceback(browser: Client) -> None:
    root = User.objects.create_user("root@reseal.example", is_staff=True, is_superuser=True)
    browser.force_login(root)
    page = browser.get("/breaks/").content.decode()
    assert [word for word in INSIDES if word in page] == []
    assert root.email not in page


def test_who_asks_for_json_gets_the_reference_as_json(browser: Client) -> None:
    answer = browser.get("/breaks/", headers={"accept": "application/json"})
    assert answer.status_code == 500
    told = answer.json()
    assert told["code"] == "server.error"
    assert told["reference"] == answer.headers["X-Reference"]
    assert "hunter2" not in answer.content.decode()


def test_a_part_of_a_page_that_fails_is_a_500_too(browser: Client) -> None:
    answer = browser.get("/breaks/", headers={"hx-request": "true"})
    assert (answer.status_code, "X-Reference" in answer.headers) == (500, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("/suspects/", 400, "This request was not understood"),
        ("/forbids/", 403, "This is not yours to do"),
        ("/nowhere/", 404, "There is nothing at this address"),
    ],
)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_other_refusals_are_pages_that_say_nothing_of_what_there_is(
    browser: Client, address: str, status: int, told: str, is_signed_in: bool
) -> None:
    if is_signed_in:
        browser.force_login(User.objects.create_user("alice@acme.example"))
    answer = browser.get(address)
    page = answer.content.decode()
    assert (answer.status_code, heading(page)) == (status, told)
    assert 'href="/"' in page
    for word in ("hunter2", "scs0000000000001", "Alice", "alice@acme.example", address.strip("/")):
        assert word not in page
    assert "Content-Security-Policy" in answer.headers


def test_a_foreign_host_gets_a_page_and_a_broken_form_too(browser: Client) -> None:
    answer = browser.get("/sign-in/", HTTP_HOST="evil.example.org")
    assert heading(answer.content.decode()) == "This request was not understood"
    assert "evil" not in answer.content.decode()


@pytest.mark.django_db
def test_too_many_tries_get_a_page_that_says_how_long_to_wait(
    browser: Client, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    cache.clear()
    form = {"login": "alice@acme.example", "password": "wrong"}
    answers = [browser.post("/sign-in/", form) for _try in range(2)]
    cache.clear()
    assert [answer.status_code for answer in answers] == [200, 429]
    assert heading(answers[1].content.decode()) == "Too many tries in a short time"
