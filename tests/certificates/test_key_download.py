"""Taking a private key: who, with which password, what is logged first, and what leaves."""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.contrib.sessions.models import Session
from django.db.models.signals import pre_save
from django.http import HttpResponse
from django.test import Client

from accounts.audit import AuditEntry, broken_links
from accounts.models import Membership, Role, User
from accounts.sign_in import FRESH_FOR, MOST_WRONG, SESSION_KEY, WRONG_PASSWORD
from certificates.keys import Custody, StoredKey
from certificates.story import Certificate
from certificates.versions import Version
from pki import csr, keys
from pki.keys import KeyAlgorithm
from tests.cast import World

pytestmark = pytest.mark.django_db
ASKED = "Give your password to take the key; the last time was over five minutes ago."
WRONG = "That is not your password, and this was written to the security log. Try again."
NOT_YOURS = "Your role does not take keys; ask an administrator of the project."
NOT_HELD = "We do not hold the key of this version; it is where its CSR was made."


@pytest.fixture
def world() -> World:
    return World(now=datetime.now(UTC))


@pytest.fixture
def issued(world: World) -> Certificate:
    return world.issued()


def signed_in(user: User, *, strict: bool = False) -> Client:
    client = Client(enforce_csrf_checks=strict)
    client.force_login(user)
    return client


def given(client: Client, at: datetime) -> Client:
    """As if the password had been given at `at`."""
    session = client.session
    session[SESSION_KEY] = at.timestamp()
    session.save()
    return client


def stale(user: User) -> Client:
    return given(signed_in(user), datetime.now(UTC) - FRESH_FOR - timedelta(seconds=1))


def take(client: Client, issued: Certificate, number: int = 1, **data: str) -> HttpResponse:
    return client.post(f"/certificates/{issued.pk}/{number}/key/", data)  # type: ignore[return-value]


def refusal(client: Client, issued: Certificate, answer: HttpResponse) -> list[str]:
    """The sentences on the page to which a refused request leads."""
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/certificates/{issued.pk}/"
    page = client.get(answer.headers["Location"])
    return [str(message) for message in page.context["messages"]]


def members(answer: HttpResponse) -> dict[str, bytes]:
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def log() -> list[tuple[str, str]]:
    """The security log without sign-ins."""
    rows = AuditEntry.objects.exclude(action__startswith="sign_in")
    return list(rows.values_list("action", "actor"))


def test_the_zip_holds_the_certificates_own_key_three_times(
    world: World, issued: Certificate
) -> None:
    answer = take(signed_in(world.alice), issued)
    files = members(answer)
    private = {name: data for name, data in files.items() if b"PRIVATE KEY" in data}
    start = f"{issued.pk}_www.shop.example.com"
    assert sorted(private) == [
        f"{start}_Apache/{start}_server.key",
        f"{start}_Nginx/{start}_server.key",
        f"{start}_PEM/{start}_privkey.pem",
    ]
    leaf = x509.load_pem_x509_certificate(issued.versions.get().leaf.encode())
    for data in private.values():
        key = serialization.load_pem_private_key(data, None)
        assert key.public_key() == leaf.public_key()
    assert files[f"{start}_Nginx/{start}_server.crt"].decode() == issued.versions.get().chain


def test_what_leaves_is_never_kept_by_a_cache(world: World, issued: Certificate) -> None:
    answer = take(signed_in(world.alice), issued)
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="{issued.pk}_www.shop.example.com.zip"'
    )


def test_the_log_says_who_took_which_key(world: World, issued: Certificate) -> None:
    take(signed_in(world.alice), issued)
    entry = AuditEntry.objects.get(action="key.download")
    assert (entry.project, entry.actor, entry.subject, entry.detail) == (
        world.acme,
        "alice@acme.example",
        f"{issued.pk} version 1",
        {"serial": issued.versions.get().serial},
    )
    assert broken_links() == []


@pytest.mark.parametrize(
    ("domain", "kind", "start"),
    [
        ("*.shop.example.com", "WILDCARD", "_wildcard.shop.example.com"),
        ("www.shop.example.com", "SINGLE_DOMAIN", "www.shop.example.com"),
    ],
)
def test_a_wildcard_is_spelled_out_in_names_of_files(
    world: World, domain: str, kind: str, start: str
) -> None:
    issued = world.issued(domain, world.product(domain_type=kind))
    answer = take(signed_in(world.alice), issued)
    for name in members(answer):
        assert name.startswith(f"{issued.pk}_{start}_")
    assert f'filename="{issued.pk}_{start}.zip"' in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "hostile",
    [
        "../../etc/passwd",
        "..\\..\\windows",
        "/etc/cron.d/x",
        'a"; filename="b.exe',
        "a\r\nSet-Cookie: b=c",
        "a\x00b",
        "-rf",
        "con:aux|<>?*",
        "x" * 300,
    ],
)
def test_a_hostile_name_leads_nowhere(world: World, issued: Certificate, hostile: str) -> None:
    """Whatever stands in the database, a name in the zip is one folder and one plain file."""
    Version.objects.update(names=[hostile])
    Certificate.objects.update(name=hostile[:63], domain=hostile[:253])
    answer = take(signed_in(world.alice), issued)
    for name in members(answer):
        assert re.fullmatch(r"scs\d{13}_[A-Za-z0-9._-]+/scs\d{13}_[A-Za-z0-9._-]+", name), name
        assert ".." not in name.split("/"), name
        assert all(len(part) < 256 for part in name.split("/"))
    disposition = answer.headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+\.zip"', disposition)


# Who may, and what is there to take.


@pytest.mark.parametrize("person", ["bob", "victor", "sam"])
def test_who_may_look_but_not_take_is_told_so(
    world: World, issued: Certificate, person: str
) -> None:
    client = signed_in(getattr(world, person))
    assert refusal(client, issued, take(client, issued)) == [NOT_YOURS]
    assert log() == []
    assert "With private key" not in client.get(f"/certificates/{issued.pk}/").content.decode()


def test_staff_do_not_take_keys_of_a_project_they_are_not_in_charge_of(
    world: World, issued: Certificate
) -> None:
    """Being staff adds looking, nothing else; a membership gives what it gives everybody."""
    Membership.objects.create(project=world.acme, user=world.sam, role=Role.OPERATOR)
    client = signed_in(world.sam)
    assert refusal(client, issued, take(client, issued)) == [NOT_YOURS]


def test_a_stranger_with_the_right_password_finds_nothing(
    world: World, issued: Certificate
) -> None:
    assert take(stale(world.mallory), issued, password="secret-mallory").status_code == 404
    assert log() == []


def test_a_key_that_we_never_saw_is_not_offered_and_not_asked_a_password_for(world: World) -> None:
    own = csr.pem(csr.build(keys.generate(KeyAlgorithm.EC_P256), ["own.example.com"]))
    issued = world.issued("own.example.com", csr=own.encode(), key_algorithm="")
    client = stale(world.alice)
    assert refusal(client, issued, take(client, issued)) == [NOT_HELD]
    assert log() == []
    assert "With private key" not in client.get(f"/certificates/{issued.pk}/").content.decode()


def test_a_deleted_key_is_gone_even_while_its_row_stands(
    world: World, issued: Certificate
) -> None:
    Version.objects.update(key_custody=Custody.DELETED)
    client = signed_in(world.alice)
    assert refusal(client, issued, take(client, issued)) == [NOT_HELD]


def test_both_reasons_are_told_when_both_hold(world: World, issued: Certificate) -> None:
    Version.objects.update(key_custody=Custody.NOT_HELD)
    client = signed_in(world.bob)
    assert refusal(client, issued, take(client, issued)) == [NOT_YOURS, NOT_HELD]


# The password.


def test_signing_in_counts_as_giving_the_password(world: World, issued: Certificate) -> None:
    client = Client()
    client.post("/sign-in/", {"username": "alice@acme.example", "password": "secret-alice"})
    assert take(client, issued).status_code == 200


def test_after_five_minutes_the_password_is_asked_for_again(
    world: World, issued: Certificate
) -> None:
    client = stale(world.alice)
    assert refusal(client, issued, take(client, issued)) == [ASKED]
    assert refusal(client, issued, take(client, issued, password="")) == [ASKED]
    assert log() == []
    assert 'type="password"' in client.get(f"/certificates/{issued.pk}/").content.decode()
    assert take(client, issued, password="secret-alice").status_code == 200
    assert take(client, issued).status_code == 200, "it counts for five minutes again"
    assert 'type="password"' not in client.get(f"/certificates/{issued.pk}/").content.decode()


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
    assert refusal(client, issued, client.post(address)) == [ASKED]  # type: ignore[arg-type]


# Log first, and nothing of the key anywhere else.


@contextmanager
def full_log() -> Iterator[None]:
    """The security log takes nothing more, as on a full disk."""

    def refuse(**_rest: Any) -> None:
        raise OSError("no space left on device")

    pre_save.connect(refuse, sender=AuditEntry, dispatch_uid="full")
    try:
        yield
    finally:
        pre_save.disconnect(sender=AuditEntry, dispatch_uid="full")


def spoil() -> None:
    """A stored key that breaks whoever opens it."""
    StoredKey.objects.update(ciphertext=b"spoiled")


def test_without_its_line_in_the_log_nothing_leaves(world: World, issued: Certificate) -> None:
    client = signed_in(world.alice)
    client.raise_request_exception = False
    with full_log():
        answer = take(client, issued)
    assert answer.status_code == 500
    assert b"PRIVATE KEY" not in answer.content
    assert log() == []


def test_without_its_line_in_the_log_the_key_is_not_even_opened(
    world: World, issued: Certificate
) -> None:
    """Opening a spoiled key would raise something else."""
    spoil()
    with full_log(), pytest.raises(OSError, match="no space left"):
        take(signed_in(world.alice), issued)


def test_a_wrong_password_that_cannot_be_logged_is_no_free_guess(
    world: World, issued: Certificate
) -> None:
    client = stale(world.alice)
    client.raise_request_exception = False
    with full_log():
        assert take(client, issued, password="wrong").status_code == 500
        assert take(client, issued, password="secret-alice").status_code == 500
    assert log() == []


@pytest.mark.django_db(transaction=True)
def test_the_line_in_the_log_is_committed_before_the_key_is_opened(world: World) -> None:
    """Nothing undoes the line when the rest of the request fails."""
    issued = world.issued()
    spoil()
    client = signed_in(world.alice)
    client.raise_request_exception = False
    assert take(client, issued).status_code == 500
    assert log() == [("key.download", "alice@acme.example")]


def test_a_key_of_another_row_does_not_open_in_this_one(
    world: World, issued: Certificate
) -> None:
    """The associated data bind a key to its id and owner: a row that was swapped is refused."""
    other = world.issued("other.example.com")
    theirs = StoredKey.objects.get(pk=other.versions.get().key_id)
    StoredKey.objects.filter(pk=issued.versions.get().key_id).update(
        ciphertext=theirs.ciphertext,
        nonce=theirs.nonce,
        wrapped_key=theirs.wrapped_key,
        wrap_nonce=theirs.wrap_nonce,
    )
    client = signed_in(world.alice)
    client.raise_request_exception = False
    assert take(client, issued).status_code == 500
    assert take(client, other).status_code == 200


def test_nothing_of_the_key_stays_behind(
    world: World, issued: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in(world.alice)
    with caplog.at_level(logging.DEBUG):
        files = members(take(client, issued))
    pem = next(data for name, data in files.items() if name.endswith("privkey.pem")).decode()
    secret = pem.splitlines()[1]
    page = client.get(f"/certificates/{issued.pk}/")
    assert list(page.context["messages"]) == []
    kept = [caplog.text, page.content.decode(), str(client.cookies)]
    kept += [str(session.get_decoded()) for session in Session.objects.all()]
    kept += [str(list(AuditEntry.objects.values()))]
    for text in kept:
        assert secret not in text
        assert "PRIVATE KEY" not in text


def test_a_form_of_another_site_takes_nothing(world: World, issued: Certificate) -> None:
    client = signed_in(world.alice, strict=True)
    assert take(client, issued).status_code == 403
    assert log() == []


def test_a_link_takes_nothing(world: World, issued: Certificate) -> None:
    client = signed_in(world.alice)
    for method in ("get", "head", "options", "put", "patch", "delete"):
        answer = getattr(client, method)(f"/certificates/{issued.pk}/1/key/")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert log() == []
