"""The CSR step: what is read back, what is refused and where, and that no private key is kept."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from authorities import requests
from certificates.drafts import Draft
from certificates.keys import StoredKey
from certificates.story import Certificate
from pki import csr, keys
from pki.keys import KeyAlgorithm, PrivateKey
from tests.cast import World
from tests.certificates.test_every_page import faults
from tests.certificates.wizarding import CONSENT, WAY, Walk, drafts, errors, reissues, words

pytestmark = pytest.mark.django_db
CSRS = Path(__file__).parent.parent / "vectors" / "csr"
NEW = "www.newname.org"


@pytest.fixture(autouse=True)
def _outside(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"


@pytest.fixture
def walk(alice: Client, issued: Certificate) -> Walk:
    return Walk(alice, issued)


def new_key() -> PrivateKey:
    return keys.generate(KeyAlgorithm.EC_P256)


def der(*names: str, key: PrivateKey | None = None) -> bytes:
    return csr.build(key or new_key(), names or (NEW,))


def pem(*names: str, key: PrivateKey | None = None) -> str:
    return csr.pem(der(*names, key=key))


def file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("request.csr", data)


@pytest.mark.parametrize("how", ["pasted", "text file", "binary file", "text around it"])
def test_the_whole_way_with_an_own_csr(walk: Walk, how: str) -> None:
    request = der()
    text = csr.pem(request)
    ways: dict[str, dict[str, object]] = {
        "pasted": {"pem": text},
        "text file": {"file": file(text.encode())},
        "binary file": {"file": file(request)},
        "text around it": {"pem": f"Subject: me\r\n{text}bye"},
    }
    assert walk.take("csr", source="own", **ways[how]) == "domain"
    assert Draft.objects.get().steps["csr"] == {"csr-source": ["own"], "csr-pem": [text]}
    page = walk.get("domain").content.decode()
    assert NEW in page
    assert 'name="domain-domain"' not in page
    assert faults(page) == []
    assert walk.take("domain", domain="other.org") == "contact"
    walk.take("contact")
    assert walk.post("review", **CONSENT).status_code == 302
    application = Certificate.objects.get(pk=walk.certificate.pk).open_application
    assert application is not None
    assert (application.domain, bytes(application.csr), application.key) == (NEW, request, None)


def test_the_answer_of_the_check_is_a_part_of_the_page(walk: Walk) -> None:
    answer = walk.client.post(walk.at("csr/check"), {"csr-source": "own", "csr-pem": pem()})
    page = words(answer.content.decode())
    assert answer.status_code == 200
    assert page.startswith("What we read Can be used")
    for line in ("Key: EC P-256.", "Signature: SHA-256 with ECDSA.", f"Name: {NEW}."):
        assert line in page
    assert drafts() == []
    assert walk.client.get(walk.at("csr/check")).status_code == 405


def test_without_script_the_page_comes_again_with_what_we_read(walk: Walk) -> None:
    answer = walk.client.post(
        walk.at("csr"), {"csr-source": "own", "csr-pem": "Hello\n" + pem(), "check": "1"}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "1 line before BEGIN skipped." in page
    assert "Can be used" in page
    assert drafts() == []


def test_too_many_names_say_which_and_what_to_paste(walk: Walk) -> None:
    given = pem(NEW, "api.newname.org")
    answer = walk.post("csr", source="own", pem=given)
    assert errors(answer) == {"pem": ["csr.too_many_names"]}
    page = answer.content.decode()
    assert "<mark>api.newname.org</mark>" in page
    assert (
        "openssl req -new -key www.key -out www.csr -subj &#x27;/CN=www.newname.org&#x27;" in page
    )
    assert given.splitlines()[1] in page
    assert faults(page) == []
    assert drafts() == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("rsa1024.pem", "csr.key_too_small"),
        ("no_name.pem", "csr.no_name"),
        ("certificate.pem", "csr.not_a_request"),
    ],
)
def test_each_fault_stands_at_the_field_with_its_code(walk: Walk, name: str, code: str) -> None:
    answer = walk.post("csr", source="own", pem=(CSRS / name).read_text())
    assert code in errors(answer)["pem"]
    assert f">{code}<" in answer.content.decode()
    assert (drafts(), reissues()) == ([], 0)


def test_nothing_given_and_nothing_chosen(walk: Walk) -> None:
    assert errors(walk.post("csr", source="own")) == {"pem": ["csr.missing"]}
    assert errors(walk.post("csr", source="other")) == {"source": ["key.source"]}
    found = errors(walk.post("csr", source="system", algorithm="RSA_1024"))
    assert found == {"algorithm": ["key.not_offered"]}
    assert drafts() == []


def test_a_file_that_is_too_large(walk: Walk) -> None:
    found = errors(walk.post("csr", source="own", file=file(b"x" * 20_000)))
    assert found == {"pem": ["csr.too_large"]}


def test_a_wildcard_for_a_single_domain(walk: Walk) -> None:
    found = errors(walk.post("csr", source="own", pem=pem("*.newname.org")))
    assert "csr.wildcard_not_allowed" in found["pem"]


def test_a_blocked_key_and_the_key_of_another_customer(walk: Walk, world: World) -> None:
    leaked, theirs = new_key(), new_key()
    requests.block_key(keys.spki_sha256(leaked.public_key()), source="test", now=world.now)
    world.submitted(
        "m.example.com", owner=world.mallory, csr=pem("m.example.com", key=theirs).encode()
    )
    for key, code in ((leaked, "csr.key_compromised"), (theirs, "csr.key_of_another")):
        assert errors(walk.post("csr", source="own", pem=pem(key=key))) == {"pem": [code]}
    assert drafts() == []


def test_the_key_of_today_may_stay_unless_it_leaked(alice: Client, world: World) -> None:
    key = new_key()
    issued = world.issued("k.example.com", csr=pem("k.example.com", key=key).encode())
    walk = Walk(alice, issued)
    given = pem("k.example.com", key=key)
    read = walk.client.post(walk.at("csr/check"), {"csr-source": "own", "csr-pem": given})
    assert "This is the key of version 1." in read.content.decode()
    assert walk.take("csr", source="own", pem=given) == "domain"
    walk.take("domain")
    walk.take("contact")
    found = errors(walk.post("review", **{**CONSENT, "reason": "KEY_COMPROMISE"}))
    assert found == {"reason": ["csr.key_not_changed"]}
    assert reissues() == 0


def secrets() -> dict[str, bytes]:
    key = new_key()
    encrypted = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    return {
        "alone": keys.private_pem(key).encode(),
        "beside a CSR": (pem(key=key) + keys.private_pem(key)).encode(),
        "binary": keys.to_pkcs8(key),
        "encrypted": encrypted,
    }


@pytest.mark.parametrize("source", ["own", "system"])
@pytest.mark.parametrize("kind", ["alone", "beside a CSR", "binary", "encrypted"])
@pytest.mark.parametrize("as_file", [True, False])
def test_a_private_key_is_refused_and_forgotten(
    walk: Walk, kind: str, source: str, as_file: bool, caplog: pytest.LogCaptureFixture
) -> None:
    if kind == "binary" and not as_file:
        return
    caplog.set_level(logging.DEBUG)
    secret = secrets()[kind]
    given = {"file": file(secret)} if as_file else {"pem": secret.decode()}
    fields = {"source": source, "algorithm": "EC_P256", **given}
    answer = walk.post("csr", **fields)
    assert errors(answer) == {"pem": ["csr.private_key"]}
    checked = walk.client.post(
        walk.at("csr/check"),
        {f"csr-{name}": value for name, value in fields.items() if name != "file"}
        | ({"csr-file": file(secret)} if as_file else {}),
    )
    middle = secret.decode("latin-1").splitlines()[2][:30] if kind != "binary" else "PRIVATE KEY"
    for page in (answer.content.decode(), checked.content.decode()):
        assert middle not in page
        assert "PRIVATE KEY-----" not in page
        assert "discard it" in page
    assert 'hx-swap-oob="true"' in checked.content.decode()
    assert drafts() == []
    assert "PRIVATE KEY-----" not in caplog.text
    assert middle not in kept_everywhere()


def kept_everywhere() -> str:
    """All that sessions, cache and drafts hold."""
    sessions = str([each.get_decoded() for each in Session.objects.all()])
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM cache")
        cached = str(cursor.fetchall())
    return sessions + cached + str(list(Draft.objects.values_list("steps", flat=True)))


def test_a_key_that_we_make_is_in_its_safe_and_nowhere_else(
    walk: Walk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = StoredKey.objects.count()
    walk.to("review")
    walk.get("review")
    assert StoredKey.objects.count() == before
    assert Draft.objects.get().steps["csr"] == {
        "csr-source": ["system"],
        "csr-algorithm": ["EC_P256"],
    }
    walk.post("review", **WAY["review"])
    assert StoredKey.objects.count() == before + 1
    for place in (kept_everywhere(), caplog.text, str(dict(walk.client.session))):
        assert "PRIVATE" not in place
        assert "pkcs8" not in place
