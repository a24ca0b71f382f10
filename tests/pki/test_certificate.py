"""Certificates of every kind: judged by pkilint before, by OpenSSL after they are signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from pki import certificate, crl, lint, signing
from pki.findings import Finding
from pki.keys import KeyAlgorithm
from pki.profiles import Level, Subject
from tests.pki import small_ca

ALL = [(level, algorithm) for level in Level for algorithm in KeyAlgorithm]
LISTED = {"cabf.ca_certificate_no_digital_signature_bit"} | {
    "pkix.subject_key_identifier_method_1_identified"
}


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code.removeprefix("lint.") for finding in findings}


def signed_crl(issuer: small_ca.Issuer, *revoked: crl.Revoked) -> bytes:
    draft = crl.draft(issuer.certificate, 1, small_ca.NOW, revoked)
    return signing.sign(draft.tbs, issuer.key)


@pytest.mark.parametrize(("level", "algorithm"), ALL)
def test_pkilint_finds_nothing_at_all_in_a_leaf(level: Level, algorithm: KeyAlgorithm) -> None:
    asked = small_ca.leaf(level, algorithm=algorithm)
    issuer = small_ca.issuing(level).certificate
    draft = certificate.leaf_draft(asked, small_ca.serial(), issuer, small_ca.PLACES)
    assert lint.lint_certificate(draft.linted, lint.Kind[level.name]) == []


@pytest.mark.parametrize("level", list(Level))
def test_pkilint_finds_nothing_worse_than_a_notice_in_authorities(level: Level) -> None:
    found = [
        (small_ca.root(), lint.Kind.ROOT),
        (small_ca.issuing(level), lint.Kind.INTERMEDIATE),
        (small_ca.responder(level), lint.Kind.RESPONDER),
    ]
    for made, kind in found:
        findings = lint.lint_certificate(made.draft.linted, kind)
        assert lint.refusals(findings) == []
        assert codes(findings) <= LISTED
        # What was signed is linted too: the same bytes under another signature.
        assert lint.lint_certificate(small_ca.der(made.certificate), kind) == findings


@pytest.mark.parametrize(("level", "algorithm"), ALL)
def test_openssl_verifies_chain_and_revocation(
    level: Level, algorithm: KeyAlgorithm, tmp_path: Path
) -> None:
    root, issuer = small_ca.root(), small_ca.issuing(level)
    asked = small_ca.leaf(level, algorithm=algorithm)
    serial = small_ca.serial()
    files = small_ca.write(
        tmp_path,
        root=small_ca.der(root.certificate),
        issuer=small_ca.der(issuer.certificate),
        leaf=small_ca.issue(asked, serial),
        root_crl=signed_crl(root),
        clean_crl=signed_crl(issuer),
        crl=signed_crl(issuer, crl.Revoked(serial, small_ca.NOW, "superseded")),
    )

    def verify(lists: str) -> str:
        done = small_ca.openssl(
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-verify_hostname",
            "shop.example.com",
            "-crl_check_all",
            "-CAfile",
            files["root"],
            "-untrusted",
            files["issuer"],
            "-CRLfile",
            files["root_crl"],
            "-CRLfile",
            files[lists],
            files["leaf"],
        )
        return done.stdout + done.stderr

    assert verify("clean_crl").strip() == f"{files['leaf']}: OK"
    assert "certificate revoked" in verify("crl")


@pytest.mark.parametrize("level", list(Level))
def test_alternative_names_are_critical_exactly_when_the_subject_is_empty(level: Level) -> None:
    made = x509.load_der_x509_certificate(small_ca.issue(small_ca.leaf(level)))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert (names.critical, made.subject == x509.Name([])) == (level is Level.DV,) * 2


def test_a_leaf_carries_only_what_the_profile_names() -> None:
    made = x509.load_der_x509_certificate(small_ca.issue(small_ca.leaf(Level.OV)))
    assert {extension.oid._name for extension in made.extensions} == {
        "authorityKeyIdentifier",
        "authorityInfoAccess",
        "subjectAltName",
        "certificatePolicies",
        "extendedKeyUsage",
        "cRLDistributionPoints",
        "keyUsage",
    }
    assert made.subject.rfc4514_string() == "O=Example Ltd,L=London,ST=England,C=GB"


def test_the_same_bytes_give_the_same_certificate() -> None:
    asked, serial = small_ca.leaf(), small_ca.serial()
    assert small_ca.issue(asked, serial) == small_ca.issue(asked, serial)


def test_what_is_linted_differs_from_what_is_signed_in_the_signature_only() -> None:
    asked, serial = small_ca.leaf(), small_ca.serial()
    issuer = small_ca.issuing(Level.DV)
    draft = certificate.leaf_draft(asked, serial, issuer.certificate, small_ca.PLACES)
    judged = x509.load_der_x509_certificate(draft.linted)
    made = x509.load_der_x509_certificate(signing.sign(draft.tbs, issuer.key))
    assert judged.tbs_certificate_bytes == made.tbs_certificate_bytes == draft.tbs
    assert judged.signature != made.signature
    with pytest.raises(certificate.IssuedWrong):
        certificate.check_signed(draft.linted, draft.tbs, issuer.certificate)


def test_the_linter_alone_refuses_500_days() -> None:
    asked = small_ca.leaf(days=500)
    issuer = small_ca.issuing(Level.DV).certificate
    draft = certificate.leaf_draft(asked, small_ca.serial(), issuer, small_ca.PLACES)
    refused = lint.refusals(lint.lint_certificate(draft.linted, lint.Kind.DV))
    (code,) = codes(refused)
    assert code.startswith("cabf.serverauth.certificate_validity_period_exceeds_")


def test_a_leaf_of_one_level_is_refused_as_another() -> None:
    issuer = small_ca.issuing(Level.DV).certificate
    draft = certificate.leaf_draft(small_ca.leaf(), small_ca.serial(), issuer, small_ca.PLACES)
    refused = lint.refusals(lint.lint_certificate(draft.linted, lint.Kind.OV))
    assert "cabf.serverauth.subscriber_missing_reserved_policy_oid" in codes(refused)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"names": ("other.example.com",)}, "names"),
        ({"names": ("www.shop.example.com", "shop.example.com")}, "names"),
        ({"not_after": small_ca.NOW + timedelta(days=1)}, "end"),
        ({"not_before": small_ca.NOW}, "start"),
        ({"subject": Subject("Other Ltd", "GB", "England")}, "subject"),
        ({"spki_der": b"another"}, "key"),
    ],
)
def test_a_certificate_that_differs_from_the_request_does_not_leave(
    change: dict[str, Any], what: str
) -> None:
    asked, serial = small_ca.leaf(Level.OV), small_ca.serial()
    issuer = small_ca.issuing(Level.OV)
    signed = small_ca.issue(asked, serial)
    tbs = x509.load_der_x509_certificate(signed).tbs_certificate_bytes
    certificate.check_issued(signed, tbs, asked, serial, issuer.certificate)
    other = replace(asked, **change)
    with pytest.raises(certificate.IssuedWrong, match=f"in: {what}$"):
        certificate.check_issued(signed, tbs, other, serial, issuer.certificate)
    with pytest.raises(certificate.IssuedWrong, match=r"in: serial$"):
        certificate.check_issued(signed, tbs, asked, serial + 1, issuer.certificate)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_a_certificate_of_another_key_does_not_leave(curve: ec.EllipticCurve) -> None:
    """Also when that key's curve wants another hash than the one that the bytes name."""
    issuer = small_ca.issuing(Level.DV)
    draft = certificate.leaf_draft(
        small_ca.leaf(), small_ca.serial(), issuer.certificate, small_ca.PLACES
    )
    signed = signing.sign(draft.tbs, ec.generate_private_key(curve))
    with pytest.raises(certificate.IssuedWrong):
        certificate.check_signed(signed, draft.tbs, issuer.certificate)


def test_each_curve_signs_with_its_own_hash_and_others_not_at_all() -> None:
    assert small_ca.root().certificate.signature_algorithm_oid._name == "ecdsa-with-SHA384"
    issuer = small_ca.issuing(Level.DV).certificate
    assert issuer.signature_algorithm_oid._name == "ecdsa-with-SHA384"
    leaf = x509.load_der_x509_certificate(small_ca.issue(small_ca.leaf()))
    assert leaf.signature_algorithm_oid._name == "ecdsa-with-SHA256"
    with pytest.raises(signing.SignatureRefused):
        signing.sign(b"", ec.generate_private_key(ec.SECP521R1()))


@pytest.mark.parametrize("bits", [0, 1, 2**126 - 1, 2**200 - 1])
def test_serials_are_positive_and_of_16_bytes(bits: int) -> None:
    serial = certificate.serial_from(bits)
    assert 2**126 <= serial < 2**127
    assert len(f"{serial:x}") == 32
