"""Revocation lists, judged by pkilint and read by OpenSSL."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from pki import crl, lint, signing
from pki.profiles import Level
from tests.pki import small_ca

NOW = small_ca.NOW


def entries() -> list[crl.Revoked]:
    return [crl.Revoked(small_ca.serial(), NOW, reason) for reason in crl.REASONS]


@pytest.mark.parametrize("revoked", [[], entries()], ids=["empty", "every reason"])
def test_pkilint_finds_nothing_in_a_list(revoked: list[crl.Revoked]) -> None:
    draft = crl.draft(small_ca.issuing(Level.DV).certificate, 7, NOW, revoked)
    assert lint.lint_crl(draft.linted, of_authorities=False) == []
    draft = crl.draft(small_ca.root().certificate, 7, NOW, [])
    assert lint.lint_crl(draft.linted, of_authorities=True) == []


def test_openssl_reads_number_reasons_and_times(tmp_path: Path) -> None:
    issuer, revoked = small_ca.issuing(Level.DV), entries()
    draft = crl.draft(issuer.certificate, 259, NOW, revoked)
    made = signing.sign(draft.tbs, issuer.key)
    crl.check_signed(made, draft.tbs, issuer.certificate)
    files = small_ca.write(tmp_path, crl=made, issuer=small_ca.der(issuer.certificate))
    done = small_ca.openssl(
        "crl", "-in", files["crl"], "-noout", "-text", "-CAfile", files["issuer"]
    )
    assert "verify OK" in done.stderr
    assert x509.load_der_x509_crl(made).extensions.get_extension_for_class(
        x509.CRLNumber
    ).value == x509.CRLNumber(259)
    assert done.stdout.count("Serial Number:") == len(revoked)
    assert done.stdout.count("CRL Reason Code") == len(revoked) - 1  # unspecified is not written
    for reason in ("Key Compromise", "Superseded", "Cessation Of Operation"):
        assert done.stdout.count(reason) == 1


def test_the_next_list_is_promised_within_ten_days() -> None:
    draft = crl.draft(small_ca.issuing(Level.DV).certificate, 1, NOW, [])
    made = x509.load_der_x509_crl(draft.linted)
    assert made.last_update_utc == NOW
    assert made.next_update_utc is not None
    assert timedelta() < made.next_update_utc - NOW <= timedelta(days=10)


def test_the_same_list_is_signed_the_same_way_twice() -> None:
    issuer = small_ca.issuing(Level.DV)
    draft = crl.draft(issuer.certificate, 1, NOW, [])
    assert signing.sign(draft.tbs, issuer.key) == signing.sign(draft.tbs, issuer.key)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_a_list_of_another_key_does_not_leave(curve: ec.EllipticCurve) -> None:
    issuer = small_ca.issuing(Level.DV)
    draft = crl.draft(issuer.certificate, 1, NOW, [])
    made = signing.sign(draft.tbs, ec.generate_private_key(curve))
    with pytest.raises(signing.SignatureRefused):
        crl.check_signed(made, draft.tbs, issuer.certificate)
