"""OCSP answers, judged by pkilint and verified by OpenSSL."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp as reader

from pki import lint, ocsp, signing
from pki.ocsp import Asked, RequestRefused, Status, Told, Trouble
from pki.profiles import Level
from tests.pki import small_ca

NOW = small_ca.NOW
REVOKED_AT = NOW - timedelta(days=3)
TOLD = [
    Told(Status.GOOD, NOW),
    Told(Status.UNKNOWN, NOW),
    Told(Status.REVOKED, NOW, REVOKED_AT, "keyCompromise"),
    Told(Status.REVOKED, NOW, REVOKED_AT, "unspecified"),
]


def request(
    leaf: bytes,
    algorithm: hashes.SHA1 | hashes.SHA256,
    nonce: bytes | None = None,
    issuer: x509.Certificate | None = None,
) -> bytes:
    issuer = issuer or small_ca.issuing(Level.DV).certificate
    builder = reader.OCSPRequestBuilder().add_certificate(
        x509.load_der_x509_certificate(leaf), issuer, algorithm
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def answer(asked: Asked, told: Told) -> bytes:
    responder = small_ca.responder(Level.DV)
    draft = ocsp.draft(asked, told, responder.certificate)
    assert lint.lint_ocsp(draft.linted) == []
    made = ocsp.sign(draft, responder.key)
    assert lint.lint_ocsp(made) == []
    return made


@pytest.mark.parametrize("algorithm", [small_ca.SHA1, hashes.SHA256()])
@pytest.mark.parametrize("told", TOLD, ids=lambda told: f"{told.status} {told.reason}")
def test_openssl_verifies_the_answer_to_its_own_question(
    algorithm: hashes.SHA1 | hashes.SHA256, told: Told, tmp_path: Path
) -> None:
    leaf = small_ca.issue(small_ca.leaf())
    files = small_ca.write(
        tmp_path,
        root=small_ca.der(small_ca.root().certificate),
        issuer=small_ca.der(small_ca.issuing(Level.DV).certificate),
        leaf=leaf,
    )
    asked_file, answer_file = tmp_path / "request.der", tmp_path / "answer.der"
    question = ["ocsp", f"-{algorithm.name}", "-issuer", files["issuer"], "-cert", files["leaf"]]
    small_ca.openssl(*question, "-nonce", "-reqout", str(asked_file))
    asked = ocsp.read(asked_file.read_bytes())
    assert asked.nonce is not None
    answer_file.write_bytes(answer(asked, told))
    done = small_ca.openssl(
        *question,
        "-respin",
        str(answer_file),
        "-no_nonce",
        "-CAfile",
        files["root"],
        "-verify_other",
        files["issuer"],
    )
    assert "Response verify OK" in done.stderr, done.stderr
    assert f"{files['leaf']}: {told.status}" in done.stdout
    assert ("Reason: keyCompromise" in done.stdout) == (told.reason == "keyCompromise")


@pytest.mark.parametrize("told", TOLD, ids=lambda told: f"{told.status} {told.reason}")
def test_an_answer_says_what_was_told(told: Told) -> None:
    leaf = small_ca.issue(small_ca.leaf())
    serial = x509.load_der_x509_certificate(leaf).serial_number
    nonce = b"n" * 32
    made = reader.load_der_ocsp_response(
        answer(ocsp.read(request(leaf, hashes.SHA256(), nonce)), told)
    )
    single = next(made.responses)
    assert single.certificate_status.name == told.status.name
    assert single.serial_number == serial
    assert single.this_update_utc == made.produced_at_utc == NOW
    assert single.next_update_utc == NOW + timedelta(days=1)
    assert made.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce
    assert single.revocation_time_utc == told.revoked_at
    assert made.responder_key_hash is not None
    assert made.certificates == [small_ca.responder(Level.DV).certificate]


def test_an_answer_does_not_outlast_its_responder() -> None:
    end = small_ca.responder(Level.DV).certificate.not_valid_after_utc
    asked = ocsp.read(request(small_ca.issue(small_ca.leaf()), small_ca.SHA1))
    late = ocsp.draft(
        asked, Told(Status.GOOD, end - timedelta(hours=1)), small_ca.responder(Level.DV).certificate
    )
    assert late.next_update == end


def nonce_of(made: bytes) -> bytes | None:
    for extension in reader.load_der_ocsp_response(made).extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            return extension.value.nonce
    return None


@pytest.mark.parametrize(("length", "echoed"), [(1, True), (32, True), (33, False), (128, False)])
def test_nonces_are_echoed_up_to_32_bytes(length: int, echoed: bool) -> None:
    nonce = b"x" * length
    asked = ocsp.read(request(small_ca.issue(small_ca.leaf()), small_ca.SHA1, nonce))
    assert nonce_of(answer(asked, TOLD[0])) == (nonce if echoed else None)


@pytest.mark.parametrize("length", [0, 129])
def test_other_nonces_are_malformed(length: int) -> None:
    question = request(small_ca.issue(small_ca.leaf()), small_ca.SHA1, b"x" * length)
    with pytest.raises(RequestRefused) as caught:
        ocsp.read(question)
    assert caught.value.trouble is Trouble.MALFORMED


@pytest.mark.parametrize("question", [b"", b"0", b"\x30\x03\x02\x01", b"x" * 9000, b"\x30\x00"])
def test_what_is_no_request_is_malformed(question: bytes) -> None:
    with pytest.raises(RequestRefused) as caught:
        ocsp.read(question)
    assert caught.value.trouble is Trouble.MALFORMED


def test_a_request_about_another_issuer_is_told_apart() -> None:
    leaf, other = small_ca.issue(small_ca.leaf()), small_ca.issuing(Level.OV).certificate
    own = small_ca.issuing(Level.DV).certificate
    for algorithm in (small_ca.SHA1, hashes.SHA256()):
        asked = ocsp.read(request(leaf, algorithm))
        assert ocsp.is_about(asked, own)
        assert not ocsp.is_about(asked, other)


def test_an_answer_of_another_key_does_not_leave() -> None:
    asked = ocsp.read(request(small_ca.issue(small_ca.leaf()), small_ca.SHA1))
    draft = ocsp.draft(asked, TOLD[0], small_ca.responder(Level.DV).certificate)
    with pytest.raises(signing.SignatureRefused):
        ocsp.sign(draft, ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize("trouble", list(Trouble))
def test_answers_without_a_signature_say_why(trouble: Trouble) -> None:
    made = reader.load_der_ocsp_response(ocsp.unsuccessful(trouble))
    assert made.response_status.value == trouble.value
