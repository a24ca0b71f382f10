"""Certificate requests byte by byte: what OpenSSL would not write, signed all the same."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gmpy2  # type: ignore[import-untyped]  # it has no types
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from pki import csr, keys
from pki.der import bit_string, integer, octet_string, sequence, wrap
from pki.keys import KeyAlgorithm

VECTORS = Path(__file__).parent.parent / "vectors" / "csr"

ECDSA_SHA256 = sequence(bytes.fromhex("06082a8648ce3d040302"))
RSA_SHA256 = sequence(bytes.fromhex("06092a864886f70d01010b"), b"\5\0")
RSA_KEY = bytes.fromhex("06092a864886f70d010101")
COMMON_NAME = bytes.fromhex("0603550403")
SAN = bytes.fromhex("0603551d11")
KEY_USAGE = bytes.fromhex("0603551d0f")
EXTENSION_REQUEST = bytes.fromhex("06092a864886f70d01090e")
MICROSOFT_EXTENSION_REQUEST = bytes.fromhex("060a2b06010401823702010e")
CHALLENGE_PASSWORD = bytes.fromhex("06092a864886f70d010907")
UNSTRUCTURED_NAME = bytes.fromhex("06092a864886f70d010902")
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 9.2

Signer = Callable[[bytes], bytes]


def vector(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


@cache
def p256() -> ec.EllipticCurvePrivateKey:
    key = keys.generate(KeyAlgorithm.EC_P256)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def p256_spki() -> bytes:
    return keys.spki_der(p256().public_key())


def sign_p256(info: bytes) -> bytes:
    return p256().sign(info, ec.ECDSA(hashes.SHA256()))


def common_name(text: str, tag: int = 0x0C, encoding: str = "utf-8") -> bytes:
    return wrap(0x31, sequence(COMMON_NAME, wrap(tag, text.encode(encoding))))


def dns(name: str) -> bytes:
    return wrap(0x82, name.encode("utf-8"))


def attribute(kind: bytes, *values: bytes) -> bytes:
    return sequence(kind, wrap(0x31, *values))


def extension(kind: bytes, content: bytes) -> bytes:
    return sequence(kind, octet_string(content))


def alternative_names(*names: bytes) -> bytes:
    return extension(SAN, sequence(*names))


def asking_for(*extensions: bytes, kind: bytes = EXTENSION_REQUEST) -> bytes:
    return attribute(kind, sequence(*extensions))


def request(
    *,
    subject: bytes = b"",
    spki: bytes | None = None,
    attributes: bytes | None = None,
    version: int = 0,
    algorithm: bytes = ECDSA_SHA256,
    signer: Signer = sign_p256,
) -> bytes:
    """A request in DER; without more, a good one for shop.example.com by an ordinary key."""
    if attributes is None:
        attributes = asking_for(alternative_names(dns("shop.example.com")))
    info = sequence(
        integer(version), sequence(subject), spki or p256_spki(), wrap(0xA0, attributes)
    )
    return sequence(info, algorithm, bit_string(signer(info)))


def named(*names: bytes, subject: bytes = b"") -> bytes:
    """A request in PEM for these GeneralNames."""
    return pem(request(subject=subject, attributes=asking_for(alternative_names(*names))))


def pem(der: bytes) -> bytes:
    return csr.pem(der).encode()


@dataclass(frozen=True)
class RsaNumbers:
    """An RSA key as numbers, whatever they are worth."""

    primes: tuple[int, ...]
    exponent: int = 65537

    @property
    def modulus(self) -> int:
        return int(gmpy2.mpz(self.primes[0]) * self.primes[1])

    def spki(self, parameters: bytes = b"\5\0", algorithm: bytes = RSA_KEY) -> bytes:
        key = sequence(integer(self.modulus), integer(self.exponent))
        return sequence(sequence(algorithm, parameters), bit_string(key))

    def sign(self, info: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 8.2.1); zeros where no private exponent is."""
        size = (self.modulus.bit_length() + 7) // 8
        digest = SHA256_PREFIX + hashlib.sha256(info).digest()
        padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
        phi = (self.primes[0] - 1) * (self.primes[1] - 1)
        try:
            private = gmpy2.invert(self.exponent, phi)
        except ZeroDivisionError:
            return bytes(size)
        made = gmpy2.powmod(int.from_bytes(padded, "big"), private, self.modulus)
        return int(made).to_bytes(size, "big")

    def request(self, parameters: bytes = b"\5\0") -> bytes:
        """A request in PEM by this key."""
        spki = self.spki(parameters)
        return pem(request(spki=spki, algorithm=RSA_SHA256, signer=self.sign))


def prime(bits: int, seed: int) -> int:
    """A prime with its two upper bits set, so that products have the full size."""
    start = random.Random(seed).getrandbits(bits) | 3 << bits - 2
    found = int(gmpy2.next_prime(start))
    assert found.bit_length() == bits
    return found


@cache
def ordinary(bits: int = 2048, exponent: int = 65537) -> RsaNumbers:
    return RsaNumbers((prime((bits + 1) // 2, 1), prime(bits // 2, 2)), exponent)


@cache
def close_primes() -> RsaNumbers:
    first = prime(1024, 3)
    return RsaNumbers((first, int(gmpy2.next_prime(first + 1000))))


@cache
def small_factor() -> RsaNumbers:
    return RsaNumbers((65521, prime(2032, 6)))


def unfactored(bits: int) -> RsaNumbers:
    """A modulus of exactly so many bits that nobody can sign with."""
    return RsaNumbers((random.Random(7).getrandbits(bits) | 1 << bits - 1 | 1, 1))


@cache
def patterned() -> RsaNumbers:
    """A modulus in which an octet stands many times in a row; nobody can sign with it."""
    start = unfactored(2048).modulus >> 400 << 400 | int("41" * 20, 16) << 200
    return RsaNumbers((int(gmpy2.next_prime(start)), 1))


@cache
def roca() -> RsaNumbers:
    """Primes of the form k*M + 65537^a mod M, as the flawed library made them (CVE-2017-15361)."""
    return RsaNumbers((roca_prime(4), roca_prime(5)))


def roca_prime(seed: int) -> int:
    numbers = random.Random(seed)
    small = [number for number in range(2, 702) if gmpy2.is_prime(number)]
    assert len(small) == 126
    primorial = int(gmpy2.primorial(small[-1]))
    least = (3 << 1022) // primorial + 1
    while True:
        k = least + numbers.randrange(least // 4)
        candidate = k * primorial + int(gmpy2.powmod(65537, numbers.getrandbits(200), primorial))
        if gmpy2.is_prime(candidate):
            assert candidate.bit_length() == 1024
            return candidate
