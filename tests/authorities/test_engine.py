"""The issuing engine: judged and committed first, signed second, the same at every repeat."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection, transaction
from pytest_django import Settings

from authorities import crls, engine
from authorities.hierarchy import Authority, IssuedCertificate
from pki import bundles, lint
from pki.certificate import IssuedWrong
from pki.keys import KeyAlgorithm
from tests.authorities.conftest import NOW, Killed, issue, leaf_request, pem_files, spki
from tests.pki.small_ca import openssl

pytestmark = pytest.mark.usefixtures("geotrust")
LATER = NOW + timedelta(hours=2)


@pytest.mark.parametrize("level", ["DV", "OV", "EV"])
@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_what_is_issued_lints_clean_and_openssl_trusts_it(
    level: str, algorithm: KeyAlgorithm, tmp_path: Path
) -> None:
    issued = issue(level=level, spki_der=spki(algorithm))
    assert lint.lint_certificate(bytes(issued.der), lint.Kind[level]) == []
    leaf, *issuers = engine.chain(issued)
    root = issued.authority.issuer
    assert root is not None
    lists = [crls.current(authority) for authority in (issued.authority, root)]
    files = pem_files(
        tmp_path,
        leaf=bundles.pem([leaf]),
        middle=bundles.pem(issuers[:1]),
        root=bundles.pem(issuers[1:]),
    )
    (tmp_path / "crls.pem").write_bytes(
        b"".join(
            x509.load_der_x509_crl(bytes(each.der)).public_bytes(Encoding.PEM)
            for each in lists
            if each is not None
        )
    )
    done = openssl(
        "verify",
        "-x509_strict",
        "-crl_check_all",
        "-CAfile",
        files["root"],
        "-untrusted",
        files["middle"],
        "-CRLfile",
        str(tmp_path / "crls.pem"),
        files["leaf"],
    )
    assert done.stdout.strip() == f"{files['leaf']}: OK", done.stderr


def test_addresses_inside_are_those_of_the_issuer() -> None:
    made = x509.load_der_x509_certificate(bytes(issue().der))
    text = " ".join(str(extension.value) for extension in made.extensions)
    for ending in (".crt", ".crl", "/ocsp"):
        assert f"http://pki.example.com/pki/geotrust-dv{ending}" in text


def test_a_repeat_finds_the_first_row_even_at_another_time() -> None:
    first = engine.prepare("order-1", leaf_request(), NOW)
    again = engine.prepare("order-1", leaf_request(not_before=NOW), LATER)
    assert (again.pk, again.serial, bytes(again.tbs)) == (
        first.pk,
        first.serial,
        bytes(first.tbs),
    )
    assert IssuedCertificate.objects.count() == 1


def test_an_order_is_not_used_for_another_certificate() -> None:
    engine.prepare("order-1", leaf_request(), NOW)
    with pytest.raises(ValueError, match="another certificate"):
        engine.prepare("order-1", leaf_request(names=("other.example.com",)), NOW)
    assert IssuedCertificate.objects.get().names == ["shop.example.com"]


def test_nothing_is_signed_before_it_is_asked_for() -> None:
    prepared = engine.prepare("order-1", leaf_request(), NOW)
    assert (bytes(prepared.der), prepared.signed_at) == (b"", None)


def test_signing_again_gives_the_same_certificate() -> None:
    prepared = engine.prepare("order-1", leaf_request(), NOW)
    first = engine.sign(prepared.pk, NOW)
    again = engine.sign(prepared.pk, LATER)
    assert bytes(first.der) == bytes(again.der) != b""
    assert again.signed_at == NOW


def test_a_kill_after_the_signature_leads_to_the_same_certificate(
    kill_at: Callable[[str], None],
) -> None:
    prepared = engine.prepare("order-1", leaf_request(), NOW)
    kill_at("ca.signed")
    for _ in range(2):
        with pytest.raises(Killed):
            engine.sign(prepared.pk, NOW)
        prepared.refresh_from_db()
        assert prepared.signed_at is None
    kill_at("")
    seen = [bytes(engine.sign(prepared.pk, at).der) for at in (NOW, LATER)]
    assert len(set(seen)) == 1
    assert IssuedCertificate.objects.count() == 1


def test_a_kill_after_the_commit_leaves_serial_and_bytes(kill_at: Callable[[str], None]) -> None:
    kill_at("ca.committed")
    with pytest.raises(Killed):
        engine.prepare("order-1", leaf_request(), NOW)
    row = IssuedCertificate.objects.get()
    assert bytes(row.tbs) != b""
    assert row.signed_at is None
    kill_at("")
    assert engine.prepare("order-1", leaf_request(), LATER).serial == row.serial


@pytest.mark.parametrize(
    ("level", "change", "codes"),
    [
        ("DV", {"not_after": NOW + timedelta(days=500)}, {"leaf.too_long"}),
        ("DV", {"names": ("a_b.example.com",)}, {"csr.name_underscore"}),
        ("DV", {"names": ("*.co.uk",)}, {"csr.public_suffix"}),
        ("DV", {"names": ()}, {"leaf.no_names"}),
        ("DV", {"names": ("a.example.com",) * 2}, {"leaf.name_twice"}),
        ("EV", {"names": ("*.example.com",)}, {"csr.wildcard_not_allowed"}),
        ("OV", {"subject": None}, {f"leaf.subject_{f}" for f in ("organization", "country")}),
    ],
)
def test_what_breaks_a_rule_leaves_no_row(
    level: str, change: dict[str, object], codes: set[str]
) -> None:
    with pytest.raises(engine.LintRefused) as caught:
        engine.prepare("order-1", leaf_request(level, **change), NOW)
    assert codes <= {finding.code for finding in caught.value.findings}
    assert IssuedCertificate.objects.count() == 0


def test_pkilint_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """With our own rules silent, the linter's finding alone keeps the certificate unsigned."""
    monkeypatch.setattr("authorities.engine.profiles.check", lambda *_: [])
    with pytest.raises(engine.LintRefused) as caught:
        engine.prepare("order-1", leaf_request(not_after=NOW + timedelta(days=500)), NOW)
    (code,) = {finding.code for finding in caught.value.findings}
    assert code.startswith("lint.cabf.serverauth.certificate_validity_period_exceeds")
    assert IssuedCertificate.objects.count() == 0


def test_bytes_that_were_changed_after_the_commit_are_not_issued() -> None:
    prepared = engine.prepare("order-1", leaf_request(), NOW)
    other = engine.prepare("order-2", leaf_request(names=("evil.example.com",)), NOW)
    IssuedCertificate.objects.filter(pk=prepared.pk).update(tbs=bytes(other.tbs))
    with pytest.raises(IssuedWrong, match="names"):
        engine.sign(prepared.pk, NOW)
    prepared.refresh_from_db()
    assert (bytes(prepared.der), prepared.signed_at) == (b"", None)


def test_the_web_tier_signs_nothing(settings: Settings) -> None:
    prepared = engine.prepare("order-1", leaf_request(), NOW)
    settings.CA_KEYS_ALLOWED = False
    with pytest.raises(engine.KeysForbidden, match="CA_KEYS_ALLOWED"):
        engine.sign(prepared.pk, NOW)
    with pytest.raises(engine.KeysForbidden):
        crls.publish(prepared.authority_id, NOW)
    prepared.refresh_from_db()
    assert prepared.signed_at is None


def test_serials_are_random_and_short_enough() -> None:
    serials = [
        engine.prepare(f"order-{number}", leaf_request(), NOW).serial for number in range(20)
    ]
    assert len(set(serials)) == 20
    assert {len(serial) for serial in serials} == {32}
    assert all(serial == serial.lower() for serial in serials)
    assert len({serial[:8] for serial in serials}) == 20


def test_revoking_makes_the_list_due_and_happens_once() -> None:
    issued = issue()
    Authority.objects.update(due_at=LATER, wakes=0)
    assert engine.revoke(issued, "superseded", NOW)
    assert (issued.revoked_at, issued.reason) == (NOW, "superseded")
    authority = Authority.objects.get(pk=issued.authority_id)
    assert (authority.due_at, authority.wakes) == (NOW, 1)
    assert not engine.revoke(issued, "keyCompromise", LATER)
    issued.refresh_from_db()
    assert (issued.revoked_at, issued.reason) == (NOW, "superseded")
    assert Authority.objects.get(pk=issued.authority_id).wakes == 1
    assert not Authority.objects.exclude(pk=issued.authority_id).filter(wakes__gt=0).exists()


def test_a_revocation_ends_with_the_transaction_that_it_is_part_of() -> None:
    issued = issue()

    def fail() -> None:
        with transaction.atomic():
            engine.revoke(issued, "superseded", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    issued.refresh_from_db()
    assert (issued.revoked_at, issued.reason) == (None, "")


@pytest.mark.parametrize("reason", ["", "certificateHold", "KEY_COMPROMISE", "cACompromise"])
def test_other_reasons_are_refused(reason: str) -> None:
    issued = issue()
    with pytest.raises(ValueError, match="no reason"):
        engine.revoke(issued, reason, NOW)
    issued.refresh_from_db()
    assert issued.revoked_at is None


@pytest.mark.django_db(transaction=True)
def test_two_at_once_prepare_one_certificate() -> None:
    together = threading.Barrier(4)
    serials: list[str] = []

    def prepare() -> None:
        together.wait()
        try:
            made = engine.prepare("order-1", leaf_request(), NOW)
            serials.append(bytes(engine.sign(made.pk, NOW).der).hex())
        finally:
            connection.close()

    threads = [threading.Thread(target=prepare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(serials) == 4
    assert len(set(serials)) == 1
    assert IssuedCertificate.objects.count() == 1
