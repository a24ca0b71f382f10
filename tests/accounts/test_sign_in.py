"""Signing in: what counts, what is logged, and where it leads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import urls
from accounts.audit import AuditEntry, broken_links
from accounts.models import Membership, Project, Role, User
from accounts.sign_in import FRESH_FOR, SESSION_KEY, is_fresh, remember_password
from tests.accounts import signing_in
from tests.accounts.signing_in import SECRET

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@acme.example", SECRET)


def join(user: User, *names: str) -> list[Project]:
    rooms = [Project.objects.create(name=name, created_at=NOW) for name in names]
    for room in rooms:
        Membership.objects.create(project=room, user=user, role=Role.OPERATOR, since=NOW)
    return rooms


def sign_in(client: Client, email: str, password: str, **more: str) -> int:
    return signing_in.sign_in(client, email, password, **more).status_code


def log() -> list[tuple[int | None, str, str, str]]:
    return list(AuditEntry.objects.values_list("project_id", "actor", "action", "subject"))


@pytest.mark.parametrize(
    "email", ["alice@acme.example", "Alice@Acme.Example", " alice@acme.example "]
)
def test_an_address_is_the_same_however_it_is_written(
    client: Client, alice: User, email: str
) -> None:
    assert sign_in(client, email, SECRET) == 302
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize("password", ["", SECRET.upper(), SECRET + " ", SECRET[:-1]])
def test_a_password_is_itself_and_nothing_like_it(
    client: Client, alice: User, password: str
) -> None:
    assert sign_in(client, alice.email, password) == 200
    assert "_auth_user_id" not in client.session


def test_who_is_switched_off_does_not_come_in_and_is_told_nothing_else(
    client: Client, alice: User
) -> None:
    """The same page as for a wrong password: nobody learns which addresses there are."""
    pages = []
    for is_active, email in ((True, alice.email), (False, alice.email), (True, "x@acme.example")):
        User.objects.update(is_active=is_active)
        answer = client.post("/sign-in/", {"login": email, "password": "wrong"})
        pages.append(answer.content.decode().replace(email, "").partition("<main")[2])
    without_tokens = [page.partition("id_login")[2].partition("</form>")[0] for page in pages]
    assert len(set(without_tokens)) == 1
    assert all("E-mail and password do not belong together." in page for page in pages)
    User.objects.update(is_active=False)
    assert sign_in(client, alice.email, SECRET) == 200
    assert "_auth_user_id" not in client.session


def test_a_sign_in_is_logged_in_every_project_of_the_person(client: Client, alice: User) -> None:
    one, two = join(alice, "one", "two")
    sign_in(client, alice.email, SECRET)
    assert log() == [(room.pk, alice.email, "sign_in", alice.email) for room in (one, two)]
    assert broken_links() == []


def test_who_has_no_project_is_logged_in_the_log_of_the_house(client: Client, alice: User) -> None:
    sign_in(client, alice.email, SECRET)
    assert log() == [(None, alice.email, "sign_in", alice.email)]


def test_a_failed_sign_in_is_logged_where_the_people_concerned_see_it(
    client: Client, alice: User
) -> None:
    (room,) = join(alice, "one")
    sign_in(client, "ALICE@acme.example", "wrong")
    assert log() == [(room.pk, alice.email, "sign_in.failed", alice.email)]


@pytest.mark.parametrize(
    ("typed", "logged"),
    [
        (SECRET, []),  # no address at all: nobody is asked for
        ("p4ss@word.long", [(None, "nobody", "sign_in.failed", "unknown address")]),
    ],
)
def test_a_password_typed_as_an_address_is_not_kept(
    client: Client, alice: User, typed: str, logged: list[tuple[int | None, str, str, str]]
) -> None:
    """People type their password into the wrong field; an unknown address is not written down."""
    sign_in(client, typed, "")
    sign_in(client, typed, "wrong")
    assert log() == logged
    kept = str(list(AuditEntry.objects.values()))
    assert typed not in kept
    assert "wrong" not in kept


@pytest.mark.parametrize("where", ["/certificates/", "/demo/dns/?x=1"])
def test_one_comes_to_where_one_wanted(client: Client, alice: User, where: str) -> None:
    answer = client.post("/sign-in/", {"login": alice.email, "password": SECRET, "next": where})
    assert answer.headers["Location"] == where


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "http://testserver.evil.example/",
        "\thttps://evil.example",
    ],
)
def test_sign_in_leads_to_no_other_site(client: Client, alice: User, where: str) -> None:
    answer = client.post("/sign-in/", {"login": alice.email, "password": SECRET, "next": where})
    assert answer.headers["Location"] == "/"
    again = client.get("/sign-in/", {"next": where})
    assert again.headers["Location"] == "/"


def test_a_session_from_before_is_worth_nothing_after(client: Client, alice: User) -> None:
    """Whoever planted a session does not share it once its victim has signed in."""
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = str(planted)
    sign_in(client, alice.email, SECRET)
    assert client.session.session_key != planted
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = str(planted)
    assert thief.get("/certificates/").status_code == 302


def test_the_session_of_one_person_is_not_fresh_for_the_next(client: Client, alice: User) -> None:
    User.objects.create_user("bob@acme.example", SECRET)
    sign_in(client, alice.email, SECRET)
    given = client.session[SESSION_KEY]
    client.post("/sign-out/")
    assert SESSION_KEY not in client.session
    sign_in(client, "bob@acme.example", SECRET)
    assert client.session[SESSION_KEY] > given


def test_signing_out_ends_the_session_for_who_copied_its_cookie(
    client: Client, alice: User
) -> None:
    sign_in(client, alice.email, SECRET)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = client.cookies["sessionid"].value
    assert thief.get("/certificates/").status_code == 200
    client.post("/sign-out/")
    assert thief.get("/certificates/").status_code == 302


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client, alice: User) -> None:
    sign_in(client, alice.email, SECRET)
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    ("age", "fresh"),
    [
        (timedelta(), True),
        (FRESH_FOR, True),
        (FRESH_FOR + timedelta(milliseconds=1), False),
        (timedelta(days=400), False),
        (-timedelta(milliseconds=1), False),
    ],
)
def test_a_password_is_fresh_for_five_minutes_and_not_longer(age: timedelta, fresh: bool) -> None:
    assert timedelta(minutes=5) == FRESH_FOR
    request = RequestFactory().get("/")
    request.session = Client().session
    assert not is_fresh(request, NOW)
    remember_password(request, NOW - age)
    assert is_fresh(request, NOW) is fresh


def test_after_five_wrong_passwords_not_even_the_right_one_counts(
    client: Client, alice: User
) -> None:
    """For a known address and an unknown one alike, and the sentence says until when."""
    User.objects.create_user("bob@acme.example", SECRET)
    for email in (alice.email, "nobody@acme.example"):
        for _ in range(5):
            sign_in(client, email, "wrong")
        page = signing_in.sign_in(client, email, SECRET).content.decode()
        assert re.search(r"too many wrong tries. Wait until \d\d:\d\d:\d\d UTC, then", page)
        assert "sign_in.too_often" in page
        assert "_auth_user_id" not in client.session
    assert sign_in(client, "bob@acme.example", SECRET) == 302, "nobody else waits"


def test_right_passwords_do_not_fill_the_limit(client: Client, alice: User) -> None:
    for _ in range(8):
        assert sign_in(Client(), alice.email, SECRET) == 302


def test_one_address_does_not_try_everybody(client: Client, alice: User) -> None:
    for number in range(30):
        sign_in(client, f"person{number}@acme.example", "wrong")
    assert sign_in(client, alice.email, SECRET) == 200
    other_place = Client(REMOTE_ADDR="198.51.100.7")
    assert sign_in(other_place, alice.email, SECRET) == 302


def test_an_address_and_its_absence_cost_the_same_work(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One password is hashed either way."""
    User.objects.create_user("gone@acme.example", SECRET, is_active=False)
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    counts = []
    for email in (alice.email, "nobody@acme.example", "gone@acme.example"):
        hashed.clear()
        sign_in(client, email, "wrong")
        counts.append(len(hashed))
    assert len(set(counts)) == 1


def test_the_library_s_own_doors_are_ours(client: Client, alice: User) -> None:
    assert reverse("account_login") == reverse("sign-in") == "/sign-in/"
    assert reverse("account_logout") == reverse("sign-out") == "/sign-out/"
    for closed in ("signup", "login", "logout", "email", "inactive", "password/set"):
        assert client.get(f"/account/{closed}/").status_code == 404
    sign_in(client, alice.email, SECRET)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/certificates/").status_code == 200


def test_no_page_of_the_library_looks_like_the_library(client: Client, alice: User) -> None:
    """Every address of the account is drawn by our templates: each has the console or the pane."""
    sign_in(client, alice.email, SECRET)
    signing_in.set_up_app(client)
    anonymous = Client()
    for pattern in urls.urlpatterns:
        address = f"/account/{pattern.pattern}"
        if "<" in address or address.endswith(".txt"):
            continue
        for reader in (client, anonymous):
            answer = reader.get(address)
            if answer.status_code == 200:
                page = answer.content.decode()
                assert 'class="topbar"' in page or 'class="pane"' in page, address
                assert "style=" not in page, address
