"""Passkeys: added, used alone or after the password, refused, removed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from accounts.audit import AuditEntry
from accounts.models import Project, User
from accounts.sign_in import SESSION_KEY
from tests.accounts.signing_in import sign_in
from tests.accounts.soft_passkey import PRESENT, SoftPasskey

pytestmark = pytest.mark.django_db
DOOR = "/account/passkeys/sign-in/"
REFUSED = "The passkey was not accepted. Try it again, or sign in with e-mail and password."


@pytest.fixture
def passkey(here: Client) -> SoftPasskey:
    made = SoftPasskey()
    answer = made.add(here)
    assert answer.headers["Location"] == "/account/second-factor/codes/", answer.content.decode()
    return made


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def log(project: Project) -> list[str]:
    return list(AuditEntry.objects.filter(project=project).values_list("action", flat=True))


def test_a_passkey_signs_in_alone_and_leads_where_one_wanted(
    passkey: SoftPasskey, alice: User, acme: Project
) -> None:
    client = Client()
    answer = passkey.sign_in(client, next="/account/sessions/")
    assert answer.headers["Location"] == "/account/sessions/"
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert SESSION_KEY in client.session, "it counts as the password does, for five minutes"
    assert log(acme)[-2:] == ["passkey.used", "sign_in"]


def test_a_passkey_leads_to_no_other_site(passkey: SoftPasskey) -> None:
    answer = passkey.sign_in(Client(), next="https://evil.example/")
    assert answer.headers["Location"] == "/"


def test_a_passkey_that_asked_nobody_is_not_enough_alone(passkey: SoftPasskey) -> None:
    """Whoever finds a security key does not have finger, face or PIN of its owner."""
    passkey.flags = PRESENT
    client = Client()
    assert passkey.sign_in(client).headers["Location"] == "/sign-in/"
    assert not is_in(client)
    assert REFUSED in client.get("/sign-in/").content.decode()


def test_a_passkey_is_a_second_factor_after_the_password(passkey: SoftPasskey, alice: User) -> None:
    client = Client()
    page = sign_in(client, alice.email).headers["Location"]
    assert not is_in(client)
    passkey.use_on(client, page)
    assert is_in(client)


def test_who_is_switched_off_gets_nothing_for_a_passkey(passkey: SoftPasskey, alice: User) -> None:
    User.objects.update(is_active=False)
    client = Client()
    assert passkey.sign_in(client).headers["Location"] == "/sign-in/"
    assert not is_in(client)
    assert REFUSED in client.get("/sign-in/").content.decode()


def test_a_strange_key_opens_nothing(passkey: SoftPasskey) -> None:
    stranger = SoftPasskey()
    stranger.user_handle = passkey.user_handle
    client = Client()
    stranger.sign_in(client)
    stranger.id = passkey.id
    stranger.sign_in(client)
    assert not is_in(client)


def test_an_answer_counts_once(passkey: SoftPasskey) -> None:
    client = Client()
    asked = client.get(DOOR, headers={"Accept": "application/json"})
    answer = json.dumps(passkey.answer(asked.json()["request_options"]["publicKey"]))
    client.post(DOOR, {"credential": answer})
    assert is_in(client)
    other = Client()
    other.post(DOOR, {"credential": answer})
    assert not is_in(other)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "x",
        "null",
        "[]",
        "{}",
        "7",
        '{"id": 1}',
        '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
        (
            '{"id": "AA", "rawId": "AA", "type": "x", "response": {"clientDataJSON": "AA",'
            ' "authenticatorData": "AA", "signature": "AA", "userHandle": "AA"}}'
        ),
        '{"id": "AA", "rawId": "é", "response": []}',
    ],
)
def test_what_no_browser_sends_is_refused_and_never_our_mistake(here: Client, sent: str) -> None:
    client = Client()
    client.get(DOOR, headers={"Accept": "application/json"})
    assert client.post(DOOR, {"credential": sent}).status_code == 302
    assert not is_in(client)
    here.get("/account/passkeys/add/")
    assert here.post("/account/passkeys/add/", {"name": "x", "credential": sent}).status_code == 200
    assert not Authenticator.objects.exists()


def test_bits_of_a_right_answer_are_refused(passkey: SoftPasskey) -> None:
    """Each part left out, or replaced by something of another kind."""
    client = Client()
    asked = client.get(DOOR, headers={"Accept": "application/json"})
    right = passkey.answer(asked.json()["request_options"]["publicKey"])
    wrongs: tuple[Any, ...] = (None, "", "AAAA", [], 1, {"x": 1})
    for part in (*right, *right["response"]):
        for wrong in wrongs:
            sent: dict[str, Any] = json.loads(json.dumps(right))
            if part in sent:
                sent[part] = wrong
            else:
                sent["response"][part] = wrong
            if sent == right or part in ("clientExtensionResults", "type"):
                continue
            cache.clear()  # the limit of tries is not what is asked here
            answer = client.post(DOOR, {"credential": json.dumps(sent)})
            assert answer.status_code == 302, (part, wrong)


def test_confirming_with_a_passkey_counts_for_five_minutes(
    passkey: SoftPasskey, here: Client
) -> None:
    session = here.session
    session[SESSION_KEY] = 0
    session.save()
    assert here.get("/account/second-factor/codes/").status_code == 302
    answer = passkey.use_on(here, "/account/passkeys/confirm/", next="/account/passkeys/")
    assert answer.headers["Location"] == "/account/passkeys/"
    assert here.session[SESSION_KEY] > 0
    assert here.get("/account/second-factor/codes/").status_code == 200


def test_a_passkey_is_renamed_and_removed_by_its_owner_only(
    passkey: SoftPasskey, here: Client, acme: Project
) -> None:
    key = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    rename, remove = (f"/account/passkeys/{key.pk}/{verb}/" for verb in ("name", "remove"))
    mallory = Client()
    User.objects.create_user("mallory@other.example", "another secret, long")
    sign_in(mallory, "mallory@other.example", "another secret, long")
    for address in (rename, remove):
        assert mallory.get(address).status_code == 404
        assert mallory.post(address, {"name": "mine"}).status_code == 404
    assert here.post(rename, {"name": "Blue key"}).status_code == 302
    page = here.get("/account/passkeys/").content.decode()
    assert "Blue key" in page
    assert "Signs you in alone." in page
    assert here.post(rename, {"name": "x" * 61}).status_code == 200
    assert here.post(remove).headers["Location"] == "/account/passkeys/"
    assert not Authenticator.objects.exists(), "recovery codes go with the last second factor"
    assert "passkey.removed" in log(acme)
