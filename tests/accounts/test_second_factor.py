"""Second factors: set up, asked for, lost, and demanded of support staff."""

from __future__ import annotations

import json
import os
from io import StringIO
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts.audit import AuditEntry
from accounts.models import Project, User
from accounts.sign_in import SESSION_KEY
from tests.accounts.signing_in import SECRET, code_of, recovery_codes, set_up_app, sign_in

pytestmark = pytest.mark.django_db
CODE_PAGE = "/account/second-factor/sign-in/"
APP, CODES = "/account/second-factor/app/", "/account/second-factor/codes/"


def log(project: Project | None) -> list[str]:
    rows = AuditEntry.objects.filter(project=project).exclude(action="sign_in")
    return list(rows.values_list("action", flat=True))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_after_the_password_the_code_is_asked_for(here: Client, alice: User) -> None:
    secret = set_up_app(here)
    other = Client()
    answer = sign_in(other, alice.email, next="/account/sessions/")
    assert answer.headers["Location"].startswith(CODE_PAGE)
    assert not is_in(other)
    assert other.get("/certificates/").status_code == 302
    entered = other.post(CODE_PAGE, {"code": code_of(secret)})
    assert entered.headers["Location"] == "/account/sessions/"
    assert is_in(other)
    assert SESSION_KEY in other.session


def test_a_wrong_code_is_refused_at_its_field_and_logged(
    here: Client, alice: User, acme: Project
) -> None:
    set_up_app(here)
    other = Client()
    sign_in(other, alice.email)
    page = other.post(CODE_PAGE, {"code": "000000"}).content.decode()
    assert "This code does not fit." in page
    assert "sign_in.incorrect_code" in page
    assert not is_in(other)
    assert log(acme)[-1] == "second_factor.failed"


def test_a_code_counts_once(here: Client, alice: User) -> None:
    secret = set_up_app(here)
    code = code_of(secret)
    for expected in (True, False):
        other = Client()
        sign_in(other, alice.email)
        other.post(CODE_PAGE, {"code": code})
        assert is_in(other) is expected


def test_after_five_wrong_codes_not_even_the_right_one_counts(here: Client, alice: User) -> None:
    secret = set_up_app(here)
    other = Client()
    sign_in(other, alice.email)
    for _ in range(5):
        other.post(CODE_PAGE, {"code": "000000"})
    page = other.post(CODE_PAGE, {"code": code_of(secret)}).content.decode()
    assert "There were too many wrong tries. Wait until " in page
    assert not is_in(other)


def test_a_recovery_code_stands_in_once(here: Client, alice: User, acme: Project) -> None:
    set_up_app(here)
    codes = recovery_codes(here)
    assert len(codes) == 10
    for expected in (True, False):
        other = Client()
        sign_in(other, alice.email)
        other.post(CODE_PAGE, {"code": codes[0]})
        assert is_in(other) is expected
    assert recovery_codes(here) == codes[1:]
    assert "recovery_codes.used" in log(acme)


def test_new_recovery_codes_replace_the_old_ones(here: Client, alice: User) -> None:
    set_up_app(here)
    old = recovery_codes(here)
    assert here.post(CODES + "new/").headers["Location"] == CODES
    assert set(recovery_codes(here)).isdisjoint(old)
    other = Client()
    sign_in(other, alice.email)
    other.post(CODE_PAGE, {"code": old[0]})
    assert not is_in(other)


def test_the_codes_are_a_text_file_that_no_cache_keeps(here: Client) -> None:
    set_up_app(here)
    codes = recovery_codes(here)
    answer = here.get(CODES + "recovery-codes.txt")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content.decode().split("\n\n")[1].split() == codes


@pytest.mark.django_db(transaction=True)
def test_what_changes_is_logged_and_mailed(here: Client, alice: User, acme: Project) -> None:
    set_up_app(here)
    here.post(APP + "remove/")
    assert log(acme) == [
        "second_factor.added",
        "recovery_codes.added",
        "second_factor.removed",
        "recovery_codes.removed",
    ]
    assert [message.subject for message in mail.outbox] == [
        "Reseal: An authenticator app was set up as second factor",
        "Reseal: The authenticator app was removed",
    ]
    assert all(message.to == [alice.email] for message in mail.outbox)


def test_an_old_session_confirms_before_it_changes_anything(here: Client, alice: User) -> None:
    session = here.session
    session[SESSION_KEY] = 0
    session.save()
    answer = here.get(APP)
    assert answer.headers["Location"] == f"/account/confirm/?next={quote(APP, safe='')}"
    refused = here.post("/account/confirm/", {"password": "wrong", "next": APP})
    assert "This is not your password." in refused.content.decode()
    assert here.get(APP).status_code == 302
    answer = here.post("/account/confirm/", {"password": SECRET, "next": APP})
    assert answer.headers["Location"] == APP
    assert here.get(APP).status_code == 200
    assert here.session[SESSION_KEY] > 0, "it counts for a key download too"


def test_secrets_are_stored_encrypted_and_their_keys_rotate(
    here: Client, alice: User, settings: Settings
) -> None:
    old = {"old": os.urandom(32)}
    settings.KEY_ENCRYPTION_KEYS = old
    secret, codes = set_up_app(here), recovery_codes(here)
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert not any(code in stored for code in codes)
    settings.KEY_ENCRYPTION_KEYS = {"new": os.urandom(32)} | old
    counts = []
    for _ in range(2):
        out = StringIO()
        call_command("rotate_encryption_keys", stdout=out)
        counts.append(out.getvalue().strip())
    assert counts == ["2", "0"]
    del settings.KEY_ENCRYPTION_KEYS["old"]
    assert recovery_codes(here) == codes
    other = Client()
    sign_in(other, alice.email)
    other.post(CODE_PAGE, {"code": code_of(secret)})
    assert is_in(other)


def test_who_lost_everything_is_let_in_again_by_command(
    here: Client, alice: User, acme: Project
) -> None:
    set_up_app(here)
    out = StringIO()
    call_command("remove_second_factor", "Alice@acme.example", stdout=out)
    assert out.getvalue() == "2\n"
    assert here.get("/certificates/").status_code == 302, "their sessions have ended"
    assert log(acme)[-1] == "second_factor.taken_off"
    other = Client()
    sign_in(other, alice.email)
    assert is_in(other)
    with pytest.raises(CommandError, match="There is no account"):
        call_command("remove_second_factor", "nobody@acme.example")


# --- support staff ------------------------------------------------------------------------------


@pytest.fixture
def sam(alice: User) -> User:
    return User.objects.create_user("sam@reseal.example", SECRET, is_staff=True)


ELSEWHERE = ("/admin/", "/certificates/", "/account/password/", "/account/sessions/", "/nowhere/")


def test_in_production_staff_see_nothing_before_they_have_one(
    client: Client, sam: User, settings: Settings
) -> None:
    settings.IS_PRODUCTION = True
    sign_in(client, sam.email)
    for address in ELSEWHERE[:-1]:
        for method in (client.get, client.post):
            assert method(address).headers["Location"] == "/account/second-factor/", address
    page = client.get("/account/second-factor/").content.decode()
    assert "Support staff sign in with a second factor." in page
    for address in (APP, "/account/passkeys/", "/account/passkeys/add/", "/pki/x.crl"):
        assert client.get(address).headers.get("Location") is None, address
    set_up_app(client)
    assert client.get(CODES).status_code == 200
    assert client.get("/admin/").status_code == 200
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"


def test_recovery_codes_alone_are_no_second_factor(
    client: Client, sam: User, settings: Settings
) -> None:
    sign_in(client, sam.email)
    set_up_app(client)
    Authenticator.objects.filter(type=Authenticator.Type.TOTP).delete()
    settings.IS_PRODUCTION = True
    assert client.get("/admin/").headers["Location"] == "/account/second-factor/"


def test_in_production_staff_keep_their_last_one(
    client: Client, sam: User, settings: Settings
) -> None:
    sign_in(client, sam.email)
    set_up_app(client)
    settings.IS_PRODUCTION = True
    page = client.post(APP + "remove/").content.decode()
    assert "Add a passkey first, then remove the app." in page
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()


def test_customers_choose_for_themselves_and_the_demo_only_advises(
    here: Client, sam: User, settings: Settings
) -> None:
    staff = Client()
    sign_in(staff, sam.email)
    assert staff.get("/admin/").status_code == 200
    page = staff.get("/account/second-factor/").content.decode()
    assert "In production, support staff must have a second factor." in page
    settings.IS_PRODUCTION = True
    assert here.get("/certificates/").status_code == 200
    assert "Support staff" not in here.get("/account/second-factor/").content.decode()
