"""A root, an issuing authority a level and an OCSP responder, made by the functions under test."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pki import certificate, keys, schedule, signing
from pki.certificate import Draft, Places, Span
from pki.keys import KeyAlgorithm
from pki.profiles import Leaf, Level, Subject

# OpenSSL judges OCSP answers by the clock of the machine.
NOW = datetime.now(UTC).replace(microsecond=0)
SHA1 = hashes.SHA1()  # noqa: S303  # which clients still name an issuer by (RFC 5019 2.1.1)
PLACES = Places(
    "http://pki.example.com/pki/a.crt",
    "http://pki.example.com/pki/a.crl",
    "http://pki.example.com/pki/a/ocsp",
)
COMPANY = Subject(organization="Example Ltd", country="GB", state="England", locality="London")
SUBJECTS = {
    Level.DV: None,
    Level.OV: COMPANY,
    Level.EV: replace(
        COMPANY,
        business_category="Private Organization",
        jurisdiction_country="GB",
        serial_number="01234567",
    ),
}


@dataclass(frozen=True)
class Issuer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    draft: Draft


def serial() -> int:
    return certificate.serial_from(secrets.randbits(126))


def der(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.DER)


@lru_cache
def root() -> Issuer:
    key = ec.generate_private_key(ec.SECP384R1())
    name = certificate.ca_name("GB", "Example", "Example Root")
    span = Span(NOW - timedelta(days=730), NOW + timedelta(days=6570))
    draft = certificate.root_draft(name, key.public_key(), serial(), span)
    return Issuer(x509.load_der_x509_certificate(signing.sign(draft.tbs, key)), key, draft)


@lru_cache
def issuing(level: Level) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    name = certificate.ca_name("GB", "Example", f"Example {level} CA")
    span = Span(NOW - timedelta(days=730), NOW + timedelta(days=2920))
    draft = certificate.intermediate_draft(
        name, key.public_key(), level, serial(), span, root().certificate, PLACES
    )
    signed = signing.sign(draft.tbs, root().key)
    return Issuer(x509.load_der_x509_certificate(signed), key, draft)


@lru_cache
def responder(level: Level) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = issuing(level)
    name = certificate.responder_name(issuer.certificate, "1")
    span = Span(NOW - timedelta(hours=1), NOW + timedelta(days=30))
    draft = certificate.responder_draft(name, key.public_key(), serial(), span, issuer.certificate)
    signed = signing.sign(draft.tbs, issuer.key)
    return Issuer(x509.load_der_x509_certificate(signed), key, draft)


@lru_cache
def leaf_key(algorithm: KeyAlgorithm = KeyAlgorithm.EC_P256) -> keys.PrivateKey:
    return keys.generate(algorithm)


def leaf(
    level: Level = Level.DV,
    names: tuple[str, ...] = ("shop.example.com", "www.shop.example.com"),
    algorithm: KeyAlgorithm = KeyAlgorithm.EC_P256,
    days: int | None = None,
) -> Leaf:
    start = NOW - timedelta(hours=1)
    length = timedelta(days=days or schedule.validity_days(start))
    return Leaf(
        level=level,
        names=names,
        spki_der=keys.spki_der(leaf_key(algorithm).public_key()),
        subject=SUBJECTS[level],
        not_before=start,
        not_after=start + length - timedelta(seconds=1),
    )


def issue(asked: Leaf, number: int | None = None) -> bytes:
    issuer = issuing(asked.level)
    draft = certificate.leaf_draft(asked, number or serial(), issuer.certificate, PLACES)
    return signing.sign(draft.tbs, issuer.key)


def write(folder: Path, **documents: bytes) -> dict[str, str]:
    """Each document as PEM (certificates, CRLs) in a file; the path by name."""
    paths = {}
    for name, content in documents.items():
        path = folder / f"{name}.pem"
        encoding = serialization.Encoding.PEM
        if "crl" in name:
            path.write_bytes(x509.load_der_x509_crl(content).public_bytes(encoding))
        else:
            path.write_bytes(x509.load_der_x509_certificate(content).public_bytes(encoding))
        paths[name] = str(path)
    return paths


def openssl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["openssl", *arguments], capture_output=True, text=True, timeout=20, check=False
    )
