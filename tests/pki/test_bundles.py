"""Certificates as files for servers."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography import x509

from pki import bundles, keys
from pki.keys import KeyAlgorithm
from pki.profiles import Level
from tests.pki import small_ca


def issuers() -> list[bytes]:
    return [
        small_ca.der(made.certificate) for made in (small_ca.issuing(Level.DV), small_ca.root())
    ]


def made() -> tuple[str, keys.PrivateKey]:
    chain = bundles.pem([small_ca.issue(small_ca.leaf()), issuers()[0]])
    return chain, small_ca.leaf_key(KeyAlgorithm.EC_P256)


def test_certificates_stand_in_the_given_order() -> None:
    leaf = small_ca.issue(small_ca.leaf())
    found = x509.load_pem_x509_certificates(bundles.pem([leaf, *issuers()]).encode())
    assert [small_ca.der(each) for each in found] == [leaf, *issuers()]


def test_a_zip_has_a_folder_a_server_and_safe_names() -> None:
    chain, key = made()
    content = bundles.server_zip("scs1", "*.example.com", chain, key)
    start = "scs1__wildcard.example.com"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [
            f"{start}_Nginx/{start}_server.crt",
            f"{start}_Nginx/{start}_server.key",
            f"{start}_Apache/{start}_ca.crt",
            f"{start}_Apache/{start}_server.crt",
            f"{start}_Apache/{start}_server.key",
            f"{start}_PEM/{start}_cert.pem",
            f"{start}_PEM/{start}_chain.pem",
            f"{start}_PEM/{start}_fullchain.pem",
            f"{start}_PEM/{start}_privkey.pem",
        ]
        assert archive.read(f"{start}_Nginx/{start}_server.crt").decode() == chain
        assert archive.read(f"{start}_Nginx/{start}_server.key").decode() == keys.private_pem(key)
    assert content == bundles.server_zip("scs1", "*.example.com", chain, key)


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


PASSPHRASE = "a long-enough passphrase & signs"


def openssl(*arguments: str) -> str:
    found = subprocess.run(  # our own arguments
        ["openssl", *arguments],  # of the system
        check=True,
        capture_output=True,
        text=True,
    )
    return found.stdout


@pytest.mark.parametrize(
    ("is_legacy", "ciphers"), [(False, "AES-256-CBC"), (True, "pbeWithSHA1And3-KeyTripleDES-CBC")]
)
def test_a_pkcs12_file_opens_with_its_passphrase_in_other_programs(
    tmp_path: Path, is_legacy: bool, ciphers: str
) -> None:
    chain, key = made()
    path = tmp_path / "server.p12"
    path.write_bytes(bundles.pkcs12("server", chain, key, PASSPHRASE, is_legacy=is_legacy))
    arguments = ("pkcs12", "-in", str(path), "-passin", f"pass:{PASSPHRASE}", "-nodes")
    opened = openssl(*arguments, *(["-legacy"] if is_legacy else []))
    private, *_rest = opened[opened.index("-----BEGIN PRIVATE KEY") :].split("-----END")
    assert private.strip() in keys.private_pem(key)
    assert opened.count("BEGIN CERTIFICATE") == 2
    assert "friendlyName: server" in opened
    info = subprocess.run(  # our own arguments
        ["openssl", *arguments, "-info", "-noout", *(["-legacy"] if is_legacy else [])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ciphers in info.stderr


@pytest.mark.skipif(shutil.which("keytool") is None, reason="Java is not installed")
def test_java_reads_the_pkcs12_file(tmp_path: Path) -> None:
    chain, key = made()
    path = tmp_path / "server.p12"
    path.write_bytes(bundles.pkcs12("server", chain, key, PASSPHRASE))
    listed = subprocess.run(  # our own arguments
        ["keytool", "-list", "-v", "-keystore", str(path), "-storepass", PASSPHRASE],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Alias name: server" in listed
    assert "Certificate chain length: 2" in listed


def test_a_key_in_pem_is_encrypted_where_a_passphrase_is_given(tmp_path: Path) -> None:
    chain, key = made()
    for server, name in (
        (bundles.Server.NGINX, "server.key"),
        (bundles.Server.APACHE, "server.key"),
        (bundles.Server.PEM, "privkey.pem"),
    ):
        path = tmp_path / name
        path.write_bytes(bundles.server_files(server, chain, key, PASSPHRASE)[name])
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in path.read_bytes()
        opened = openssl("pkey", "-in", str(path), "-passin", f"pass:{PASSPHRASE}")
        assert opened.strip() == keys.private_pem(key).strip()


def test_pkcs12_never_comes_without_key_and_passphrase() -> None:
    chain, key = made()
    for server in bundles.PKCS12_FILES:
        assert bundles.server_files(server, chain, None, PASSPHRASE) == {}
        assert bundles.server_files(server, chain, key) == {}
