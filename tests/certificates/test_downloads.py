"""Files a server: the passphrase that a key leaves under, and what is said at each field."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client

from accounts.audit import AuditEntry
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.listed import words
from tests.certificates.taking import log, refusal, signed_in, stale, take

pytestmark = pytest.mark.django_db
PASSPHRASE = "correct horse & battery"
PROTECTED = {"passphrase": PASSPHRASE, "without_passphrase": ""}


def members(answer: HttpResponse) -> dict[str, bytes]:
    """The files of the archive by the end of their name."""
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name.rpartition("_")[2]: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("server", "files"),
    [
        ("Nginx", ["server.crt", "server.key"]),
        ("Apache", ["ca.crt", "server.crt", "server.key"]),
        ("IIS", ["server.pfx"]),
        ("Tomcat", ["server.p12"]),
        ("PEM", ["cert.pem", "chain.pem", "fullchain.pem", "privkey.pem"]),
    ],
)
def test_each_server_gets_its_own_files(
    alice: Client, issued: Certificate, server: str, files: list[str]
) -> None:
    answer = take(alice, issued, server=server, **PROTECTED)
    assert sorted(members(answer)) == files
    assert f'_{server}.zip"' in answer.headers["Content-Disposition"]


def test_a_key_is_encrypted_with_the_passphrase_and_opens_with_openssl(
    alice: Client, issued: Certificate, tmp_path: Path
) -> None:
    files = members(take(alice, issued, server="Nginx", **PROTECTED))
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in files["server.key"]
    path = tmp_path / "server.key"
    path.write_bytes(files["server.key"])
    arguments = ["openssl", "pkey", "-in", str(path), "-pubout", "-passin"]
    opened = subprocess.run(  # our own arguments
        [*arguments, f"pass:{PASSPHRASE}"], capture_output=True, check=True
    )
    leaf = issued.versions.get().leaf.encode()
    expected = subprocess.run(
        ["openssl", "x509", "-pubkey", "-noout"],  # of the system
        input=leaf,
        capture_output=True,
        check=True,
    )
    assert opened.stdout == expected.stdout
    wrong = subprocess.run(  # our own arguments
        [*arguments, "pass:another"], capture_output=True, check=False
    )
    assert wrong.returncode != 0


@pytest.mark.parametrize("legacy", ["", "on"])
def test_pkcs12_holds_key_and_chain(alice: Client, issued: Certificate, legacy: str) -> None:
    files = members(take(alice, issued, server="IIS", is_legacy=legacy, **PROTECTED))
    opened = pkcs12.load_pkcs12(files["server.pfx"], PASSPHRASE.encode())
    assert opened.cert is not None
    assert opened.cert.friendly_name == b"server"
    chain = [opened.cert.certificate, *(each.certificate for each in opened.additional_certs)]
    pem = "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in chain)
    assert pem == issued.versions.get().chain


def test_all_servers_come_in_one_archive(alice: Client, issued: Certificate) -> None:
    files = members(take(alice, issued, server="all", **PROTECTED))
    assert {"server.pfx", "server.p12", "privkey.pem", "server.key"} <= set(files)


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ({"without_passphrase": ""}, "passphrase", "key.passphrase_missing"),
        ({"passphrase": PASSPHRASE}, "without_passphrase", "key.passphrase_both"),
        ({"server": "IIS"}, "passphrase", "key.passphrase_needed"),
        ({"server": "Tomcat"}, "passphrase", "key.passphrase_needed"),
        ({**PROTECTED, "passphrase": "short"}, "passphrase", "key.passphrase_length"),
        ({**PROTECTED, "passphrase": "x" * 129}, "passphrase", "key.passphrase_length"),
        ({**PROTECTED, "passphrase": "päßchenwort"}, "passphrase", "key.passphrase_characters"),
        ({**PROTECTED, "passphrase": "tab\tinside it"}, "passphrase", "key.passphrase_characters"),
        ({"server": "netscape"}, "server", "invalid_choice"),
        ({"server": ""}, "server", "required"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_leaves(
    alice: Client, issued: Certificate, data: dict[str, str], field: str, code: str
) -> None:
    answer = take(alice, issued, **data)
    assert answer.status_code == 200
    errors = answer.context["key_form"].errors.as_data()  # type: ignore[attr-defined]
    assert {name: [each.code for each in found] for name, found in errors.items()} == {
        field: [code]
    }
    assert log() == []
    page = answer.content.decode()
    assert re.search(r'id="take-key-1"\s+hx-preserve\s+open', page)
    assert PASSPHRASE not in page


def test_a_post_without_any_field_says_what_to_choose(alice: Client, issued: Certificate) -> None:
    answer = alice.post(f"/certificates/{issued.pk}/1/key/")
    page = words(answer.content.decode())
    assert "Choose a passphrase, or tick that the key leaves without one." in page
    assert log() == []


def test_a_wrong_password_is_not_judged_before_the_form_is_right(
    world: World, issued: Certificate
) -> None:
    client = stale(world.alice)
    take(client, issued, without_passphrase="", password="wrong")
    assert log() == []


def test_a_wrong_password_stands_at_its_field(world: World, issued: Certificate) -> None:
    client = stale(world.alice)
    answer = take(client, issued, password="wrong")
    errors = answer.context["key_form"].errors.as_data()  # type: ignore[attr-defined]
    assert [each.code for each in errors["password"]] == ["password.refused"]


def test_the_passphrase_is_kept_nowhere(
    world: World, issued: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in(world.alice)
    members(take(client, issued, **PROTECTED))
    entry = AuditEntry.objects.get(action="key.download")
    assert entry.detail["passphrase"] is True
    kept = [caplog.text, str(client.cookies), str(list(AuditEntry.objects.values()))]
    kept += [str(session.get_decoded()) for session in Session.objects.all()]
    assert not [text for text in kept if PASSPHRASE in text]


def test_everybody_takes_the_chain_and_others_read_why_no_key(
    world: World, client: Client, issued: Certificate
) -> None:
    client.force_login(world.victor)
    page = page_of(client, issued)
    assert f'href="/certificates/{issued.pk}/1/chain.pem"' in page
    assert "Your role does not take keys" in words(page)
    assert "/key/" not in page
    answer = take(client, issued, **PROTECTED)
    assert refusal(client, issued, answer) == [
        "Your role does not take keys; ask an administrator of the project."
    ]


def test_an_older_version_is_offered_when_it_is_asked_for(
    alice: Client, issued: Certificate
) -> None:
    for asked in ("", "?version=1", "?version=7", "?version=x"):
        page = alice.get(f"/certificates/{issued.pk}/{asked}").content.decode()
        assert "Download version 1" in words(page)
