"""Certificates as files for servers."""

from __future__ import annotations

import io
import zipfile

import pytest
from cryptography import x509

from pki import bundles, keys
from pki.profiles import Level
from tests.pki import small_ca


def issuers() -> list[bytes]:
    return [
        small_ca.der(made.certificate) for made in (small_ca.issuing(Level.DV), small_ca.root())
    ]


def made() -> tuple[str, str]:
    chain = bundles.pem([small_ca.issue(small_ca.leaf()), issuers()[0]])
    return chain, keys.private_pem(small_ca.leaf_key())


def test_certificates_stand_in_the_given_order() -> None:
    leaf = small_ca.issue(small_ca.leaf())
    found = x509.load_pem_x509_certificates(bundles.pem([leaf, *issuers()]).encode())
    assert [small_ca.der(each) for each in found] == [leaf, *issuers()]


def test_a_zip_has_a_folder_a_server_and_safe_names() -> None:
    chain, private = made()
    content = bundles.server_zip("scs1", "*.example.com", chain, private)
    start = "scs1__wildcard.example.com"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [
            f"{start}_Apache/{start}_ca.crt",
            f"{start}_Apache/{start}_server.crt",
            f"{start}_Apache/{start}_server.key",
            f"{start}_Nginx/{start}_server.crt",
            f"{start}_Nginx/{start}_server.key",
            f"{start}_PEM/{start}_cert.pem",
            f"{start}_PEM/{start}_chain.pem",
            f"{start}_PEM/{start}_fullchain.pem",
            f"{start}_PEM/{start}_privkey.pem",
        ]
        assert archive.read(f"{start}_Nginx/{start}_server.crt").decode() == chain
        assert archive.read(f"{start}_Nginx/{start}_server.key").decode() == private
    assert content == bundles.server_zip("scs1", "*.example.com", chain, private)


def test_a_zip_without_a_key_holds_none() -> None:
    content = bundles.server_zip("scs1", "example.com", made()[0], None)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if "key" in name]
        assert b"PRIVATE" not in b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*.example.com", "_wildcard.example.com"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a/b\\c:d", "a_b_c_d"),
        ("…", "_"),
        ("", "certificate"),
        (".hidden", "hidden"),
    ],
)
def test_names_are_safe_on_any_system(text: str, expected: str) -> None:
    assert bundles.safe_name(text) == expected
