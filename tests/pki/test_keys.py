"""Key pairs, and the list of weak ones."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pki import csr, keys
from pki.keys import KeyAlgorithm, WeakKeys

QUICK = [
    KeyAlgorithm.RSA_2048,
    KeyAlgorithm.RSA_3072,
    KeyAlgorithm.EC_P256,
    KeyAlgorithm.EC_P384,
]


@pytest.mark.parametrize("algorithm", QUICK)
def test_a_key_made_here_is_good_and_comes_back_from_pkcs8(algorithm: KeyAlgorithm) -> None:
    key = keys.generate(algorithm)
    again = keys.from_pkcs8(keys.to_pkcs8(key))
    spki = keys.spki_der(again.public_key())
    assert spki == keys.spki_der(key.public_key())
    assert keys.spki_sha256(key.public_key()) == hashlib.sha256(spki).hexdigest()
    assert keys.check_spki(spki, WeakKeys()) == []
    checked = csr.check(csr.pem(csr.build(key, ["shop.example.com"])).encode())
    assert (checked.ok, checked.key) == (True, algorithm.value)


def test_the_largest_key_is_made_too() -> None:
    assert keys.generate(KeyAlgorithm.RSA_4096).key_size == 4096


def test_openssl_reads_the_key_that_its_owner_downloads() -> None:
    key = keys.generate(KeyAlgorithm.EC_P384)
    done = subprocess.run(
        ["openssl", "pkey", "-pubout", "-outform", "DER"],
        input=keys.private_pem(key).encode(),
        capture_output=True,
        check=True,
    )
    assert done.stdout == keys.spki_der(key.public_key())


def test_other_keys_are_not_read() -> None:
    other = ed25519.Ed25519PrivateKey.generate()
    der = other.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="neither an RSA nor an EC key"):
        keys.from_pkcs8(der)
    with pytest.raises(ValueError):  # noqa: PT011 — whatever the library says
        keys.from_pkcs8(b"no key")


def test_a_made_request_names_what_was_asked_the_main_name_first() -> None:
    key = keys.generate(KeyAlgorithm.EC_P256)
    checked = csr.check(csr.pem(csr.build(key, ["www.example.com", "example.com"])).encode())
    assert (checked.names, checked.findings) == (("www.example.com", "example.com"), ())


def test_a_made_request_has_no_common_name_where_the_name_is_too_long_for_it() -> None:
    name = "x" * 60 + ".example.com"
    key = keys.generate(KeyAlgorithm.EC_P256)
    checked = csr.check(csr.pem(csr.build(key, [name])).encode())
    assert (checked.names, checked.findings) == ((name,), ())


def test_a_list_of_weak_keys_is_read(tmp_path: Path) -> None:
    path = tmp_path / "weak.txt"
    first, second = (hashlib.sha256(octets).hexdigest() for octets in (b"\1\2", b"\3"))
    path.write_text(f"# Debian\n\n{first}\n  {second.upper()}  # RSA-2048\n")
    weak = WeakKeys.load(path)
    assert weak == WeakKeys(frozenset({first, second}))
    assert WeakKeys.load(str(path)) == weak
    assert b"\1\2" in weak
    assert b"\0\1\2" in weak
    assert b"\2\1" not in weak


def test_a_coordinate_may_be_listed_with_its_leading_zeros() -> None:
    weak = WeakKeys(frozenset({hashlib.sha256(b"\0\1\2").hexdigest()}))
    assert b"\0\1\2" in weak


@pytest.mark.parametrize("path", [None, ""])
def test_no_list_is_an_empty_list(path: str | None) -> None:
    assert WeakKeys.load(path) == WeakKeys()
    assert b"\1" not in WeakKeys()


@pytest.mark.parametrize("line", ["abc", "g" * 64, "0" * 63, "0" * 65, "Modulus=00", "é"])
def test_a_line_that_is_no_digest_is_not_passed_over(tmp_path: Path, line: str) -> None:
    path = tmp_path / "weak.txt"
    path.write_text(f"# one\n{line}\n")
    with pytest.raises(ValueError, match=r"line 2|ascii"):
        WeakKeys.load(path)


def test_a_list_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        WeakKeys.load(tmp_path / "none")
