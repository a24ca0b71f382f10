"""The password before a key: how long it counts, what a wrong one costs, and when it is over."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.audit import AuditEntry
from accounts.models import Role
from accounts.sign_in import FRESH_FOR, MOST_WRONG, SESSION_KEY, WRONG_PASSWORD
from certificates.story import Certificate
from tests.accounts.soft_passkey import SoftPasskey
from tests.cast import World
from tests.certificates.taking import given, log, refusal, signed_in, stale, take

pytestmark = pytest.mark.django_db
ASKED = "Give your password to take the key; the last time was over five minutes ago."
WRONG = "That is not your password, and this was written to the security log. Try again."


def test_signing_in_counts_as_giving_the_password(world: World, issued: Certificate) -> None:
    client = Client()
    client.post("/sign-in/", {"login": "alice@acme.example", "password": "secret-alice"})
    assert take(client, issued).status_code == 200


def test_after_five_minutes_the_password_is_asked_for_again(
    world: World, issued: Certificate
) -> None:
    client = stale(world.alice)
    assert refusal(client, issued, take(client, issued)) == [ASKED]
    assert refusal(client, issued, take(client, issued, password="")) == [ASKED]
    assert log() == []
    assert 'name="password"' in client.get(f"/certificates/{issued.pk}/").content.decode()
    assert take(client, issued, password="secret-alice").status_code == 200
    assert take(client, issued).status_code == 200, "it counts for five minutes again"
    assert 'name="password"' not in client.get(f"/certificates/{issued.pk}/").content.decode()


def test_signing_in_by_passkey_counts_for_five_minutes(world: World, issued: Certificate) -> None:
    here, passkey = Client(), SoftPasskey()
    here.post("/sign-in/", {"login": "alice@acme.example", "password": "secret-alice"})
    passkey.add(here)
    client = Client()
    passkey.sign_in(client)
    assert take(client, issued).status_code == 200
    given(client, datetime.now(UTC) - FRESH_FOR - timedelta(seconds=1))
    assert refusal(client, issued, take(client, issued)) == [ASKED]
    assert passkey.use_on(client, "/account/passkeys/confirm/").status_code == 302
    assert take(client, issued).status_code == 200


def test_who_has_no_password_signs_in_again_by_passkey(world: World, issued: Certificate) -> None:
    world.alice.set_unusable_password()
    world.alice.save()
    client = stale(world.alice)
    sentence = "You have no password. Sign in again with your passkey, then take the key."
    assert refusal(client, issued, take(client, issued, password="secret-alice")) == [sentence]
    assert log() == []


@pytest.mark.parametrize("value", [None, "", "2999", [1], {"at": 1}, float("nan"), 1e300])
def test_a_session_that_says_something_else_is_not_fresh(
    world: World, issued: Certificate, value: Any
) -> None:
    client = signed_in(world.alice)
    session = client.session
    session[SESSION_KEY] = value
    session.save()
    assert refusal(client, issued, take(client, issued)) == [ASKED]


def test_a_password_from_the_future_is_not_fresh(world: World, issued: Certificate) -> None:
    client = given(signed_in(world.alice), datetime.now(UTC) + timedelta(minutes=1))
    assert refusal(client, issued, take(client, issued)) == [ASKED]


def test_a_wrong_password_is_logged_and_opens_nothing(world: World, issued: Certificate) -> None:
    client = stale(world.alice)
    assert refusal(client, issued, take(client, issued, password="secret-bob")) == [WRONG]
    entry = AuditEntry.objects.get(action=WRONG_PASSWORD)
    assert (entry.actor, entry.project) == ("alice@acme.example", world.acme)
    assert entry.subject == f"key of {issued.pk} version 1"
    assert "secret-bob" not in json.dumps(entry.detail)
    assert refusal(client, issued, take(client, issued)) == [ASKED], "it is still not fresh"


def test_after_five_wrong_passwords_not_even_the_right_one_counts(
    world: World, issued: Certificate
) -> None:
    client = stale(world.alice)
    for number in range(MOST_WRONG):
        assert refusal(client, issued, take(client, issued, password=str(number))) == [WRONG]
    first = AuditEntry.objects.filter(action=WRONG_PASSWORD).earliest("at").at
    sentence = (
        f"The password was wrong 5 times. Wait until {first + FRESH_FOR:%H:%M:%S} UTC,"
        " then try again."
    )
    for password in ("secret-alice", "wrong"):
        told = refusal(client, issued, take(client, issued, password=password))
        assert told == [sentence]
    assert len(log()) == MOST_WRONG, "what is not judged does not prolong the wait"
    other_session = stale(world.alice)
    assert refusal(other_session, issued, take(other_session, issued, password="x")) == [sentence]


def test_the_wait_ends_when_the_first_wrong_password_is_five_minutes_old(
    world: World, issued: Certificate
) -> None:
    client = stale(world.alice)
    for number in range(MOST_WRONG):
        take(client, issued, password=str(number))
    first = AuditEntry.objects.filter(action=WRONG_PASSWORD).earliest("at")
    AuditEntry.objects.filter(pk=first.pk).update(at=first.at - FRESH_FOR)
    assert take(client, issued, password="secret-alice").status_code == 200


def test_wrong_passwords_of_one_person_do_not_stop_another(
    world: World, issued: Certificate
) -> None:
    carol = world.person("carol@acme.example", world.acme, Role.ADMINISTRATOR)
    client = stale(world.alice)
    for number in range(MOST_WRONG):
        take(client, issued, password=str(number))
    assert take(stale(carol), issued, password="secret-carol").status_code == 200


def test_a_password_in_the_address_does_not_count(world: World, issued: Certificate) -> None:
    client = stale(world.alice)
    address = f"/certificates/{issued.pk}/1/key/?password=secret-alice"
    answer = client.post(address, {"server": "all", "without_passphrase": "on"})
    assert refusal(client, issued, answer) == [ASKED]  # type: ignore[arg-type]
