"""What surrounds a CSR: armour, encodings, other blocks, secrets."""

from __future__ import annotations

import base64
import subprocess
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from pki import csr, keys
from pki.keys import KeyAlgorithm
from pki.pem import MAX_BYTES
from tests.pki.forged_requests import p256, pem, request, vector

GOOD = vector("common_name_only.pem")
SHOP = ("shop.example.com",)


def codes(data: bytes) -> list[str]:
    checked = csr.check(data)
    assert checked.ok is (not any(each.severity == "refused" for each in checked.findings))
    return [each.code for each in checked.findings]


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b" CERTIFICATE", b" NEW CERTIFICATE"),
        "Hallo, hier für Sie:\n".encode("latin-1") + GOOD,
        GOOD + b"\nKind regards\n",
        b"\n\n  " + GOOD.replace(b"\n", b"  \n  "),
        GOOD.replace(b"\n", b" "),
        GOOD.rstrip(b"\n"),
        b" " * (MAX_BYTES - len(GOOD)) + GOOD,
    ],
    ids=[
        "plain",
        "CRLF",
        "CR",
        "BOM",
        "NEW",
        "text before",
        "text after",
        "indented",
        "one line",
        "no last newline",
        "16 KiB",
    ],
)
def test_a_csr_is_taken_however_it_was_copied(data: bytes) -> None:
    checked = csr.check(data)
    assert (checked.ok, checked.names, checked.key, checked.findings) == (
        True,
        SHOP,
        "EC_P256",
        (),
    )


def test_text_of_openssl_and_the_new_label_are_welcome() -> None:
    data = vector("rsa2048_text_new_header.pem")
    assert data.startswith(b"Certificate Request:")
    assert b"BEGIN NEW CERTIFICATE REQUEST" in data
    assert codes(data) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "csr.not_pem"),
        (b"\0" * 100, "csr.not_pem"),
        (b"hello", "csr.not_pem"),
        (vector("p256.der"), "csr.not_pem"),
        (GOOD.replace(b"-----", b"----"), "csr.not_pem"),
        ("-----BEGIN CERTIFICATE REQUEST-----".replace("-", "–").encode(), "csr.not_pem"),
        (GOOD.decode().encode("utf-16"), "csr.utf16"),
        (GOOD.decode().encode("utf-16-le"), "csr.utf16"),
        (GOOD.decode().encode("utf-16-be"), "csr.utf16"),
        (GOOD + GOOD, "csr.second_block"),
        (GOOD + vector("p256.pem"), "csr.second_block"),
        (GOOD + vector("certificate.pem"), "csr.second_block"),
        (vector("certificate.pem"), "csr.not_a_request"),
        (GOOD.replace(b"-----END", b"-----FIN"), "csr.cut_off"),
        (GOOD.replace(b"END CERT", b"END NEW CERT"), "csr.cut_off"),
        (GOOD[:200], "csr.cut_off"),
        (GOOD.replace(b"\nM", b"\n> M", 1), "csr.bad_base64"),
        (GOOD.replace(b"\nM", b"\nM=", 1), "csr.bad_base64"),
        (GOOD.replace(b"\nM", b"\nComment: x\n\nM", 1), "csr.bad_base64"),
        (pem(b""), "csr.bad_base64"),
        (b" " * (MAX_BYTES + 1 - len(GOOD)) + GOOD, "csr.too_large"),
        (b"\0" * (MAX_BYTES + 1), "csr.too_large"),
    ],
)
def test_what_is_not_one_csr_in_pem_is_refused(data: bytes, code: str) -> None:
    checked = csr.check(data)
    assert [each.code for each in checked.findings] == [code]
    assert (checked.ok, checked.names, checked.key, checked.der) == (False, (), None, None)


def test_base64_has_one_form_only() -> None:
    der = request()
    while len(der) % 3 != 1:
        der += b"\0"
    text = base64.b64encode(der).decode()
    assert text.endswith("==")
    other = text[:-3] + chr(ord(text[-3]) + 1) + "=="
    assert base64.b64decode(other) == der
    block = "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n"
    assert codes(block.format(other).encode()) == ["csr.bad_base64"]


@cache
def private_forms() -> dict[str, bytes]:
    pkcs8 = keys.private_pem(p256()).encode()
    rsa_key = keys.generate(KeyAlgorithm.RSA_2048)
    locked = p256().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
    )
    sec1 = p256().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    pkcs1 = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    openssh = p256().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    bare = b"\n".join(pkcs8.splitlines()[1:-1])
    printed = subprocess.run(
        ["openssl", "pkey", "-text", "-noout"], input=pkcs8, capture_output=True, check=True
    ).stdout
    return {
        "PKCS #8": pkcs8,
        "encrypted": locked,
        "SEC 1": sec1,
        "PKCS #1": pkcs1,
        "OpenSSH": openssh,
        "after the CSR": GOOD + pkcs8,
        "before the CSR": pkcs1 + GOOD,
        "damaged armour": pkcs8.replace(b"-----", b"--"),
        "UTF-16": pkcs8.decode().encode("utf-16"),
        "no armour": bare,
        "no armour, beside the CSR": GOOD + b"my key:\n" + bare + b"\n",
        "wrong label": pem(keys.to_pkcs8(p256())),
        "wrong label, RSA": pem(base64.b64decode(b"".join(pkcs1.splitlines()[1:-1]))),
        "DER": keys.to_pkcs8(p256()),
        "DER, RSA": keys.to_pkcs8(rsa_key),
        "printed": printed,
        "far behind": b" " * MAX_BYTES + pkcs8,
    }


FORMS = [
    "PKCS #8",
    "encrypted",
    "SEC 1",
    "PKCS #1",
    "OpenSSH",
    "after the CSR",
    "before the CSR",
    "damaged armour",
    "UTF-16",
    "no armour",
    "no armour, beside the CSR",
    "wrong label",
    "wrong label, RSA",
    "DER",
    "DER, RSA",
    "printed",
    "far behind",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_private_key_is_seen_in_every_form_and_not_repeated(form: str) -> None:
    checked = csr.check(private_forms()[form])
    assert [each.code for each in checked.findings] == ["csr.private_key"]
    assert "discard it" in checked.findings[0].message
    assert (checked.der, checked.public_key, checked.spki_sha256) == (None, None, None)
    assert checked.findings[0].params == {}


def test_what_is_taken_openssl_takes_too(tmp_path: Path) -> None:
    taken = [path for path in vector_paths() if csr.check(path.read_bytes()).ok]
    assert len(taken) >= 10
    for path in taken:
        done = subprocess.run(
            ["openssl", "req", "-verify", "-noout", "-in", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "verify OK" in done.stderr) == (0, True), path


def vector_paths() -> list[Path]:
    return sorted((Path(__file__).parent.parent / "vectors" / "csr").glob("*.pem"))
