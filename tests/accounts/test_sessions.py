"""Where one is signed in: seen, and ended."""

from __future__ import annotations

import re

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.audit import AuditEntry
from accounts.devices import device_of
from accounts.models import Project, User
from tests.accounts.signing_in import SECRET, sign_in

pytestmark = pytest.mark.django_db
PAGE = "/account/sessions/"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"


def devices(client: Client) -> list[str]:
    return re.findall(r"<strong>(.*?)</strong>", client.get(PAGE).content.decode())


@pytest.fixture
def phone(here: Client, alice: User) -> Client:
    client = Client(headers={"user-agent": PHONE})
    sign_in(client, alice.email)
    return client


def session_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def log(project: Project) -> list[str]:
    rows = AuditEntry.objects.filter(project=project).exclude(action="sign_in")
    return list(rows.values_list("action", flat=True))


def test_every_browser_is_listed_and_ones_own_is_the_first(here: Client, phone: Client) -> None:
    assert devices(here) == ["A program", "Safari on iPhone"]
    assert devices(phone) == ["Safari on iPhone", "A program"]
    page = here.get(PAGE).content.decode()
    assert page.count("This browser") == 1
    assert "From 127.0.0.1, since " in page


def test_one_session_is_ended(here: Client, phone: Client, acme: Project) -> None:
    address = f"{PAGE}{session_of(phone).pk}/end/"
    assert here.get(address).status_code == 405
    assert here.post(address).headers["Location"] == PAGE
    assert phone.get("/certificates/").status_code == 302
    assert devices(here) == ["A program"]
    assert log(acme) == ["session.ended"]


def test_all_others_are_ended(here: Client, phone: Client, alice: User, acme: Project) -> None:
    third = Client()
    sign_in(third, alice.email)
    here.post(PAGE + "end-others/")
    for other in (phone, third):
        assert other.get("/certificates/").status_code == 302
    assert here.get("/certificates/").status_code == 200
    assert devices(here) == ["A program"]
    assert log(acme) == ["sessions.ended"]


def test_ending_ones_own_is_signing_out(here: Client) -> None:
    assert here.post(f"{PAGE}{session_of(here).pk}/end/").headers["Location"] == "/sign-in/"
    assert here.get("/certificates/").status_code == 302


def test_the_sessions_of_others_are_neither_seen_nor_ended(here: Client, phone: Client) -> None:
    User.objects.create_user("mallory@other.example", SECRET)
    mallory = Client()
    sign_in(mallory, "mallory@other.example")
    assert devices(mallory) == ["A program"]
    assert mallory.post(f"{PAGE}{session_of(phone).pk}/end/").status_code == 404
    mallory.post(PAGE + "end-others/")
    assert phone.get("/certificates/").status_code == 200


def test_a_session_that_was_signed_out_or_ran_out_is_not_listed(
    here: Client, phone: Client, alice: User
) -> None:
    phone.post("/sign-out/")
    assert devices(here) == ["A program"]


def test_many_sessions_ask_no_more_of_the_database(here: Client, alice: User) -> None:
    counts = []
    for more in (0, 29):
        for _ in range(more):
            sign_in(Client(), alice.email)
        with CaptureQueriesContext(connection) as queries:
            here.get(PAGE)
        counts.append(len(queries))
    assert len(devices(here)) == 30
    assert counts[0] == counts[1]


def test_the_cookie_of_an_ended_session_is_worth_nothing(here: Client, phone: Client) -> None:
    cookie = phone.cookies[settings.SESSION_COOKIE_NAME].value
    here.post(PAGE + "end-others/")
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert thief.get("/certificates/").status_code == 302


@pytest.mark.parametrize(
    ("says", "means"),
    [
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0 <script>", "A program"),
        ("", "A program"),
    ],
)
def test_a_browser_is_told_in_words_and_never_by_its_own_text(says: str, means: str) -> None:
    assert device_of(says) == means
