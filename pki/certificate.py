"""Certificates of the hierarchy: to-be-signed bytes by profile, and the checks of what was signed.

Every `*_tbs` gives bytes that `pki.signing.sign` finishes with the issuer's key; `linted` is the
same document under a throw-away key, for `pki.lint`. Times are aware and in whole seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)

from pki import addresses, signing
from pki.profiles import NOBODY, POLICIES, Leaf, Level

SERIAL_BITS = 127  # 16 bytes with the sign bit clear: positive, far above the 64 bits of BR 7.1


class IssuedWrong(Exception):
    """A signed certificate is not the one that was asked for; it must not leave."""


@dataclass(frozen=True)
class Draft:
    """To-be-signed bytes, and the same bytes under a throw-away key."""

    tbs: bytes
    linted: bytes


@dataclass(frozen=True)
class Places:
    """Where the world finds an issuer's certificate, CRL and OCSP responder (plain http)."""

    certificate: str
    crl: str
    ocsp: str


@dataclass(frozen=True)
class Span:
    """From when to when a certificate is valid, both inclusive."""

    not_before: datetime
    not_after: datetime


def serial_from(random_bits: int) -> int:
    """A serial of exactly 16 bytes from 126 random bits: positive, never zero, below 2^127."""
    return 1 << (SERIAL_BITS - 1) | random_bits & ((1 << (SERIAL_BITS - 1)) - 1)


def ca_name(country: str, organization: str, common_name: str) -> x509.Name:
    """BR 7.1.2.10.2: an authority is named by country, organization and common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def responder_name(issuer: x509.Certificate, mark: str) -> x509.Name:
    """A responder is named after its authority, with a mark that tells it from the one before."""
    told = [
        issuer.subject.get_attributes_for_oid(oid)[0].value
        for oid in (NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    ]
    country, organization, common_name = (str(value) for value in told)
    return ca_name(country, organization, f"{common_name} OCSP {mark}")


def issuer_key(issuer: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """The key that signs for this authority. Raises SignatureRefused when it is not EC."""
    key = issuer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise signing.SignatureRefused("the authority's key is not an elliptic curve key")
    return key


def _draft(builder: x509.CertificateBuilder, key: ec.EllipticCurvePublicKey) -> Draft:
    made = builder.sign(signing.stand_in(key), signing.digest_for(key), ecdsa_deterministic=True)
    return Draft(made.tbs_certificate_bytes, made.public_bytes(serialization.Encoding.DER))


def _started(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: CertificatePublicKeyTypes,
    serial: int,
    span: Span,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(span.not_before)
        .not_valid_after(span.not_after)
    )


def _usage(*names: str) -> x509.KeyUsage:
    known = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in names for name in known})


def _policies(oid: ObjectIdentifier) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(oid, None)])


def _crl_places(url: str) -> x509.CRLDistributionPoints:
    place = x509.UniformResourceIdentifier(url)
    return x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)])


def _access(certificate: str, ocsp: str = "") -> x509.AuthorityInformationAccess:
    ways = [(AuthorityInformationAccessOID.OCSP, ocsp)] if ocsp else []
    ways.append((AuthorityInformationAccessOID.CA_ISSUERS, certificate))
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(oid, x509.UniformResourceIdentifier(url)) for oid, url in ways]
    )


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """keyIdentifier only (BR 7.1.2.11.1), equal to the issuer's subject key identifier."""
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def root_draft(name: x509.Name, key: ec.EllipticCurvePublicKey, serial: int, span: Span) -> Draft:
    """A root, issued to itself (BR 7.1.2.1)."""
    own = x509.SubjectKeyIdentifier.from_public_key(key)
    same = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
    builder = (
        _started(name, name, key, serial, span)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(own, critical=False)
        .add_extension(same, critical=False)
    )
    return _draft(builder, key)


def intermediate_draft(
    name: x509.Name,
    key: ec.EllipticCurvePublicKey,
    level: Level,
    serial: int,
    span: Span,
    root: x509.Certificate,
    places: Places,
) -> Draft:
    """An issuing authority for one level, for TLS servers only (BR 7.1.2.6)."""
    builder = (
        _started(name, root.subject, key, serial, span)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_policies(POLICIES[level]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(authority_key_identifier(root), critical=False)
        .add_extension(_access(places.certificate), critical=False)
        .add_extension(_crl_places(places.crl), critical=False)
    )
    return _draft(builder, issuer_key(root))


def leaf_draft(leaf: Leaf, serial: int, issuer: x509.Certificate, places: Places) -> Draft:
    """A subscriber's certificate (BR 7.1.2.7).

    No common name, no subject key identifier, no key usage but digitalSignature. An empty subject
    makes the alternative names critical (RFC 5280 4.2.1.6). Raises ValueError on another kind of
    key than RSA and EC.
    """
    public_key = serialization.load_der_public_key(leaf.spki_der)
    if not isinstance(public_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError("a leaf's key is RSA or EC (BR 6.1.5); keys.check_spki says so first")
    subject = leaf.subject_name()
    alternatives = x509.SubjectAlternativeName(addresses.general_names(leaf.names))
    builder = (
        _started(
            subject,
            issuer.subject,
            public_key,
            serial,
            Span(leaf.not_before, leaf.not_after),
        )
        .add_extension(authority_key_identifier(issuer), critical=False)
        .add_extension(_access(places.certificate, places.ocsp), critical=False)
        .add_extension(alternatives, critical=subject == NOBODY)
        .add_extension(_policies(POLICIES[leaf.level]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_crl_places(places.crl), critical=False)
        .add_extension(_usage("digital_signature"), critical=True)
    )
    return _draft(builder, issuer_key(issuer))


def responder_draft(
    name: x509.Name,
    key: ec.EllipticCurvePublicKey,
    serial: int,
    span: Span,
    issuer: x509.Certificate,
) -> Draft:
    """A delegated OCSP responder; id-pkix-ocsp-nocheck as RFC 6960 4.2.2.2.1 (BR 7.1.2.8)."""
    builder = (
        _started(name, issuer.subject, key, serial, span)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(authority_key_identifier(issuer), critical=False)
    )
    return _draft(builder, issuer_key(issuer))


def check_signed(signed: bytes, draft_tbs: bytes, issuer: x509.Certificate) -> x509.Certificate:
    """Parse what was signed: it holds exactly those bytes and the issuer's key made it.

    Raises IssuedWrong.
    """
    made = x509.load_der_x509_certificate(signed)
    if made.tbs_certificate_bytes != draft_tbs:
        raise IssuedWrong("the certificate does not hold the bytes that were judged")
    try:
        made.verify_directly_issued_by(issuer)
    except Exception as error:  # whichever way it failed, this certificate must not leave
        raise IssuedWrong(f"the issuer's key does not verify the certificate: {error}") from error
    return made


def check_issued(
    signed: bytes, tbs: bytes, leaf: Leaf, serial: int, issuer: x509.Certificate
) -> None:
    """A last look at a signed leaf before it leaves: names, key, validity, subject, serial.

    Raises IssuedWrong with what differs from the request.
    """
    made = check_signed(signed, tbs, issuer)
    spki = made.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    alternatives = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    pairs = {
        "names": (tuple(addresses.names_in(alternatives)), leaf.names),
        "key": (spki, leaf.spki_der),
        "start": (made.not_valid_before_utc, leaf.not_before),
        "end": (made.not_valid_after_utc, leaf.not_after),
        "subject": (made.subject, leaf.subject_name()),
        "serial": (made.serial_number, serial),
    }
    wrong = [what for what, (found, wanted) in pairs.items() if found != wanted]
    if wrong:
        raise IssuedWrong(f"the certificate differs from the request in: {', '.join(wrong)}")
