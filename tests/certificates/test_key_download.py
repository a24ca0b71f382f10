"""Taking a private key: who, with which password, what is logged first, and what leaves."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.contrib.sessions.models import Session
from django.db.models.signals import pre_save
from django.http import HttpResponse

from accounts.audit import AuditEntry, broken_links
from accounts.models import Membership, Role
from certificates.keys import Custody, StoredKey
from certificates.story import Certificate
from certificates.versions import Version
from pki import csr, keys
from pki.keys import KeyAlgorithm
from tests.cast import World
from tests.certificates.taking import log, refusal, signed_in, stale, take

pytestmark = pytest.mark.django_db
NOT_YOURS = "Your role does not take keys; ask an administrator of the project."
NOT_HELD = "We do not hold the key of this version; it is where its CSR was made."


def members(answer: HttpResponse) -> dict[str, bytes]:
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


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
        {
            "serial": issued.versions.get().serial,
            "servers": ["Nginx", "Apache", "IIS", "Tomcat", "PEM"],
            "passphrase": False,
        },
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
        "a\x1fb",
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
    Membership.objects.create(
        project=world.acme, user=world.sam, role=Role.OPERATOR, since=world.now
    )
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


def test_a_deleted_key_is_gone_even_while_its_row_stands(world: World, issued: Certificate) -> None:
    Version.objects.update(key_custody=Custody.DELETED)
    client = signed_in(world.alice)
    assert refusal(client, issued, take(client, issued)) == [NOT_HELD]


def test_both_reasons_are_told_when_both_hold(world: World, issued: Certificate) -> None:
    Version.objects.update(key_custody=Custody.NOT_HELD)
    client = signed_in(world.bob)
    assert refusal(client, issued, take(client, issued)) == [NOT_YOURS, NOT_HELD]


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


def test_a_key_of_another_row_does_not_open_in_this_one(world: World, issued: Certificate) -> None:
    """The associated data bind a key to its id and owner: a row that was swapped is refused."""
    other = world.issued("other.example.com")
    ours, theirs = issued.versions.get().key, other.versions.get().key
    assert ours is not None
    assert theirs is not None
    StoredKey.objects.filter(pk=ours.pk).update(
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
