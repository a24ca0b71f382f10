"""Which keys and signatures a CSR may come with."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki import csr, keys
from pki.der import bit_string, integer, sequence
from pki.keys import KeyAlgorithm, WeakKeys
from tests.pki import forged_requests as forged
from tests.pki.forged_requests import RsaNumbers, vector

EC_KEY = bytes.fromhex("06072a8648ce3d0201")
NONE_LISTED = WeakKeys()
P256 = bytes.fromhex("06082a8648ce3d030107")


def refusals(data: bytes, weak: WeakKeys = NONE_LISTED) -> tuple[str | None, list[str]]:
    """The key's name and the codes that refuse."""
    checked = csr.check(data, weak=weak)
    found = [each.code for each in checked.findings if each.severity == "refused"]
    assert checked.ok is (not found)
    return checked.key, found


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("p256.pem", "EC_P256"),
        ("p384.pem", "EC_P384"),
        ("rsa2048_text_new_header.pem", "RSA_2048"),
        ("rsa3072.pem", "RSA_3072"),
        ("rsa4096.pem", "RSA_4096"),
        ("rsa8192.pem", "RSA_8192"),
        ("pss_signature.pem", "RSA_2048"),
    ],
)
def test_ordinary_keys_of_openssl_are_taken(name: str, key: str) -> None:
    checked = csr.check(vector(name))
    assert (checked.ok, checked.key, checked.findings) == (True, key, ())
    assert checked.public_key is not None
    assert checked.spki_sha256 == keys.spki_sha256(checked.public_key)


@pytest.mark.parametrize(
    ("name", "key", "code"),
    [
        ("rsa1024.pem", "RSA_1024", "csr.key_too_small"),
        ("rsa2050.pem", "RSA_2050", "csr.key_size_odd"),
        ("exponent3.pem", "RSA_2048", "csr.exponent"),
        ("pss_key.pem", None, "csr.pss_key"),
        ("ed25519.pem", None, "csr.key_type"),
        ("secp256k1.pem", None, "csr.curve"),
        ("p521.pem", "EC_P521", "csr.curve"),
        ("explicit_curve.pem", None, "csr.explicit_curve"),
        ("sha1.pem", "RSA_2048", "csr.weak_hash"),
        ("md5.pem", "RSA_2048", "csr.weak_hash"),
        ("sha224.pem", "RSA_2048", "csr.weak_hash"),
        ("sha3_256.pem", "RSA_2048", "csr.weak_hash"),
        ("ecdsa_sha1.pem", "EC_P256", "csr.weak_hash"),
        ("pss_signature_sha1.pem", "RSA_2048", "csr.weak_hash"),
    ],
)
def test_keys_and_hashes_of_openssl_that_are_refused(name: str, key: str | None, code: str) -> None:
    assert refusals(vector(name)) == (key, [code])


def test_p521_is_taken_where_it_is_allowed() -> None:
    checked = csr.check(vector("p521.pem"), p521_allowed=True)
    assert (checked.ok, checked.key, checked.findings) == (True, "EC_P521", ())


@pytest.mark.parametrize(
    ("bits", "codes"),
    [
        (2040, ["csr.key_too_small"]),
        (2047, ["csr.key_too_small"]),
        (2048, []),
        (2049, ["csr.key_size_odd"]),
        (2056, []),
    ],
)
def test_rsa_sizes(bits: int, codes: list[str]) -> None:
    assert refusals(forged.ordinary(bits).request()) == (f"RSA_{bits}", codes)


@pytest.mark.parametrize("bits", [8193, 8200, 16384])
def test_rsa_keys_that_are_too_large_cost_nothing(bits: int) -> None:
    assert refusals(forged.unfactored(bits).request()) == (f"RSA_{bits}", ["csr.key_too_large"])


@pytest.mark.parametrize(
    ("bits", "exponent", "codes"),
    [
        (2048, 1, ["csr.exponent"]),
        (2048, 65535, ["csr.exponent"]),
        (2048, 65537, []),
        (2048, 65538, ["csr.exponent"]),
        (2048, 65539, []),
        (2048, 2**256 - 189, []),
        (2048, 2**256, ["csr.exponent"]),
        (2048, 2**256 + 297, ["csr.exponent"]),
        (4096, 2**64 - 59, []),
        (4096, 2**64 + 13, ["csr.exponent"]),
    ],
)
def test_rsa_exponents(bits: int, exponent: int, codes: list[str]) -> None:
    made = forged.ordinary(bits, exponent)
    assert refusals(made.request()) == (f"RSA_{bits}", codes)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (forged.roca, "csr.roca"),
        (forged.close_primes, "csr.close_primes"),
        (forged.small_factor, "csr.small_factor"),
    ],
)
def test_keys_that_anybody_can_compute_are_refused(made: object, code: str) -> None:
    assert callable(made)
    assert refusals(made().request()) == ("RSA_2048", [code])


def test_an_even_modulus_is_refused() -> None:
    made = RsaNumbers((2, forged.prime(2047, 8)))
    assert refusals(made.request()) == ("RSA_2048", ["csr.small_factor"])


def test_a_modulus_with_a_pattern_is_a_weak_key() -> None:
    assert refusals(forged.patterned().request()) == ("RSA_2048", ["csr.weak_key"])


@pytest.mark.parametrize(
    "parameters", [b"", bytes.fromhex("0603550403"), b"\5\0\5\0"], ids=["none", "an OID", "two"]
)
def test_an_rsa_key_without_its_null_is_refused(parameters: bytes) -> None:
    made = forged.ordinary().request(parameters=parameters)
    assert refusals(made) == ("RSA_2048", ["csr.spki_without_null"])


def test_listed_rsa_keys_are_refused() -> None:
    key = keys.generate(KeyAlgorithm.RSA_2048)
    modulus = key.public_key().public_numbers().n  # type: ignore[union-attr]
    digest = hashlib.sha256(modulus.to_bytes(256, "big")).hexdigest()
    data = forged.pem(csr.build(key, ["shop.example.com"]))
    assert refusals(data) == ("RSA_2048", [])
    assert refusals(data, WeakKeys(frozenset({digest}))) == ("RSA_2048", ["csr.weak_key"])


@pytest.mark.parametrize("algorithm", [KeyAlgorithm.EC_P256, KeyAlgorithm.EC_P384])
def test_listed_ec_keys_are_refused(algorithm: KeyAlgorithm) -> None:
    key = keys.generate(algorithm)
    x = key.public_key().public_numbers().x  # type: ignore[union-attr]
    octets = x.to_bytes(32 if algorithm is KeyAlgorithm.EC_P256 else 48, "big")
    weak = WeakKeys(frozenset({hashlib.sha256(octets).hexdigest()}))
    data = forged.pem(csr.build(key, ["shop.example.com"]))
    assert refusals(data) == (algorithm.value, [])
    assert refusals(data, weak) == (algorithm.value, ["csr.weak_key"])


def ec_spki(point: bytes, curve: bytes = P256) -> bytes:
    return sequence(sequence(EC_KEY, curve), bit_string(point))


def point(form: PublicFormat) -> bytes:
    return forged.p256().public_key().public_bytes(Encoding.X962, form)


def damaged_point() -> bytes:
    good = point(PublicFormat.UncompressedPoint)
    return good[:-1] + bytes([good[-1] ^ 1])


@pytest.mark.parametrize(
    ("spki", "code"),
    [
        (ec_spki(point(PublicFormat.CompressedPoint)), "csr.compressed_point"),
        (ec_spki(damaged_point()), "csr.key_malformed"),
        (ec_spki(b"\4"), "csr.compressed_point"),
        (ec_spki(point(PublicFormat.UncompressedPoint), curve=b"\5\0"), "csr.curve"),
        (ec_spki(point(PublicFormat.UncompressedPoint), curve=b""), "csr.key_malformed"),
        (sequence(sequence(EC_KEY, P256)), "csr.key_malformed"),
        (sequence(sequence(forged.RSA_KEY, b"\5\0"), bit_string(b"")), "csr.key_malformed"),
        (
            sequence(
                sequence(forged.RSA_KEY, b"\5\0"), bit_string(sequence(integer(-5), integer(3)))
            ),
            "csr.key_malformed",
        ),
        (
            sequence(
                sequence(forged.RSA_KEY, b"\5\0"),
                bit_string(sequence(integer(forged.ordinary().modulus), integer(65537)) + b"\0"),
            ),
            "csr.key_malformed",
        ),
    ],
    ids=[
        "compressed",
        "off the curve",
        "cut off",
        "curve NULL",
        "no curve",
        "no key",
        "empty",
        "negative",
        "trailing",
    ],
)
def test_keys_in_a_form_that_hides_something_are_refused(spki: bytes, code: str) -> None:
    assert refusals(forged.pem(forged.request(spki=spki)))[1] == [code]
    assert [each.code for each in keys.check_spki(spki, WeakKeys())] == [code]


def test_a_changed_request_has_a_bad_signature() -> None:
    changed = forged.request().replace(b"shop.example.com", b"evil.example.com")
    assert refusals(forged.pem(changed)) == ("EC_P256", ["csr.bad_signature"])


def test_a_signature_by_another_key_is_bad() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    spki = keys.spki_der(other.public_key())
    assert refusals(forged.pem(forged.request(spki=spki))) == ("EC_P256", ["csr.bad_signature"])


def test_an_algorithm_of_another_kind_of_key_is_a_bad_signature() -> None:
    data = forged.pem(forged.request(algorithm=forged.RSA_SHA256))
    assert refusals(data) == ("EC_P256", ["csr.bad_signature"])


def test_an_unknown_signature_algorithm_is_refused_by_name() -> None:
    ed25519 = sequence(bytes.fromhex("06032b6570"))
    data = forged.pem(forged.request(algorithm=ed25519))
    assert refusals(data) == ("EC_P256", ["csr.signature_algorithm"])


def test_a_refused_key_is_not_handed_on() -> None:
    checked = csr.check(vector("rsa1024.pem"))
    assert (checked.public_key, checked.spki_sha256) == (None, None)
