"""What the world fetches below /pki/, by GET and POST."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as reader
from django.test import Client
from pytest_django import Settings

from authorities import crls, engine
from authorities.hierarchy import Authority, IssuedCertificate, OcspSigner
from pki import lint
from pki.certificate import issuer_key
from tests.authorities.conftest import NOW, issue, leaf_request
from tests.pki import small_ca

TYPE = "application/ocsp-request"
DV = "/pki/geotrust-dv/ocsp"
Algorithm = hashes.SHA1 | hashes.SHA256


@pytest.fixture
def client() -> Client:
    """A stranger, without a CSRF token."""
    return Client(enforce_csrf_checks=True)


def digest(octets: bytes, algorithm: Algorithm) -> bytes:
    maker = hashes.Hash(algorithm)
    maker.update(octets)
    return maker.finalize()


def question(
    issuer: Authority,
    serial: int | str,
    algorithm: Algorithm | None = None,
    nonce: bytes | None = None,
) -> bytes:
    algorithm = algorithm or small_ca.SHA1
    made = issuer.x509()
    key = issuer_key(made).public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    number = int(serial, 16) if isinstance(serial, str) else serial
    builder = reader.OCSPRequestBuilder().add_certificate_by_hash(
        digest(made.subject.public_bytes(), algorithm), digest(key, algorithm), number, algorithm
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def post(client: Client, request: bytes, path: str = DV) -> reader.OCSPResponse:
    return read(client.post(path, request, content_type=TYPE))


def read(response: Any) -> reader.OCSPResponse:
    assert response.status_code == 200
    assert response["Content-Type"] == "application/ocsp-response"
    return reader.load_der_ocsp_response(response.content)


def test_certificates_and_lists_are_der(geotrust: dict[str, Authority], client: Client) -> None:
    for authority in geotrust.values():
        response = client.get(f"/pki/{authority.slug}.crt")
        assert (response.status_code, response.content) == (200, bytes(authority.certificate))
        assert response["Content-Type"] == "application/pkix-cert"
        assert response["Cache-Control"] == "public, max-age=86400"
        response = client.get(f"/pki/{authority.slug}.crl")
        assert (response.status_code, response.content) == (200, bytes(authority.crls.get().der))
        assert response["Content-Type"] == "application/pkix-crl"
        assert response["Cache-Control"] == "public, max-age=300"


def test_the_newest_list_is_served(geotrust: dict[str, Authority], client: Client) -> None:
    made = crls.publish(geotrust["DV"].pk, NOW + timedelta(days=1))
    assert client.get("/pki/geotrust-dv.crl").content == bytes(made.der)


@pytest.mark.parametrize("host", ["pki.example.com", "anything.example.org", "192.0.2.1:8000"])
def test_any_host_is_answered(geotrust: dict[str, Authority], client: Client, host: str) -> None:
    assert client.get("/pki/geotrust-dv.crt", headers={"host": host}).status_code == 200


def test_strangers_to_us_are_not_found(geotrust: dict[str, Authority], client: Client) -> None:
    for path in ("/pki/nobody.crt", "/pki/nobody.crl", "/pki/nobody/ocsp", "/pki/geotrust-dv.key"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/pki/geotrust-dv.crt", "/pki/geotrust-dv.crl", DV])
def test_other_methods_are_refused(
    geotrust: dict[str, Authority], client: Client, path: str
) -> None:
    assert client.put(path).status_code == client.delete(path).status_code == 405


@pytest.mark.parametrize("algorithm", [small_ca.SHA1, hashes.SHA256()])
def test_good_revoked_and_unknown(
    geotrust: dict[str, Authority], client: Client, algorithm: Algorithm
) -> None:
    issued = issue()
    asked = question(geotrust["DV"], issued.serial, algorithm)
    answer = post(client, asked)
    assert answer.certificate_status is reader.OCSPCertStatus.GOOD
    assert f"{answer.serial_number:x}" == issued.serial
    assert isinstance(answer.hash_algorithm, type(algorithm))
    engine.revoke(issued, "keyCompromise", NOW)
    answer = post(client, asked)
    assert answer.certificate_status is reader.OCSPCertStatus.REVOKED
    assert (answer.revocation_time_utc, answer.revocation_reason) == (
        NOW,
        x509.ReasonFlags.key_compromise,
    )
    answer = post(client, question(geotrust["DV"], int(issued.serial, 16) + 1, algorithm))
    assert answer.certificate_status is reader.OCSPCertStatus.UNKNOWN


@pytest.mark.parametrize("serial", [0, 1, 2**126, 2**159 - 1])
def test_an_unknown_serial_is_never_good(
    geotrust: dict[str, Authority], client: Client, serial: int
) -> None:
    answer = post(client, question(geotrust["DV"], serial))
    assert answer.certificate_status is reader.OCSPCertStatus.UNKNOWN


def test_a_serial_is_unknown_until_its_certificate_is_signed(
    geotrust: dict[str, Authority], client: Client
) -> None:
    prepared = engine.prepare("order-1", leaf_request(), NOW)
    asked = question(geotrust["DV"], prepared.serial)
    assert post(client, asked).certificate_status is reader.OCSPCertStatus.UNKNOWN
    engine.sign(prepared.pk, NOW)
    assert post(client, asked).certificate_status is reader.OCSPCertStatus.GOOD


def test_a_serial_of_another_authority_is_unknown(
    geotrust: dict[str, Authority], client: Client
) -> None:
    issued = issue()
    answer = post(client, question(geotrust["OV"], issued.serial), "/pki/geotrust-ov/ocsp")
    assert answer.certificate_status is reader.OCSPCertStatus.UNKNOWN


def test_a_question_about_another_issuer_is_not_ours(
    geotrust: dict[str, Authority], client: Client
) -> None:
    issued = issue()
    answer = post(client, question(geotrust["DV"], issued.serial), "/pki/geotrust-ov/ocsp")
    assert answer.response_status is reader.OCSPResponseStatus.UNAUTHORIZED


def test_a_root_answers_nothing(geotrust: dict[str, Authority], client: Client) -> None:
    asked = question(geotrust["root"], geotrust["DV"].x509().serial_number)
    answer = post(client, asked, "/pki/geotrust-root/ocsp")
    assert answer.response_status is reader.OCSPResponseStatus.UNAUTHORIZED


def test_the_same_answer_by_get_and_post(geotrust: dict[str, Authority], client: Client) -> None:
    """Also with slashes in the base64, plain and escaped."""
    issued = issue()
    asked = question(geotrust["DV"], issued.serial, hashes.SHA256())
    text = base64.b64encode(asked).decode()
    for path in (text, quote(text, safe=""), quote(text)):
        answer = read(client.get(f"{DV}/{path}"))
        assert answer.certificate_status is reader.OCSPCertStatus.GOOD
        assert f"{answer.serial_number:x}" == issued.serial


def test_base64_with_two_slashes_in_a_row_is_read(
    geotrust: dict[str, Authority], client: Client
) -> None:
    asked = next(
        made
        for number in range(1, 100_000)
        if b"//" in base64.b64encode(made := question(geotrust["DV"], 2**126 + number * 255))
        or b"//" in base64.b64encode(made := question(geotrust["DV"], 2**126 + 0xFFFFFF * number))
    )
    answer = read(client.get(f"{DV}/{base64.b64encode(asked).decode()}"))
    assert answer.certificate_status is reader.OCSPCertStatus.UNKNOWN


@pytest.mark.parametrize("path", ["", "/", "/%2A%2A", "/AAAA", "/Zm9v", "/%00", "/a b", "/é"])
def test_a_get_that_is_no_request_is_malformed(
    geotrust: dict[str, Authority], client: Client, path: str
) -> None:
    answer = read(client.get(DV + path))
    assert answer.response_status is reader.OCSPResponseStatus.MALFORMED_REQUEST


@pytest.mark.parametrize("body", [b"", b"hello", b"\x30\x80", b"0" * 10_000])
def test_a_post_that_is_no_request_is_malformed(
    geotrust: dict[str, Authority], client: Client, body: bytes
) -> None:
    assert post(client, body).response_status is reader.OCSPResponseStatus.MALFORMED_REQUEST


def test_caches_may_keep_what_holds_for_everyone(
    geotrust: dict[str, Authority], client: Client
) -> None:
    issued = issue()
    kept = client.post(DV, question(geotrust["DV"], issued.serial), content_type=TYPE)
    assert kept["Cache-Control"] == "max-age=300, public, no-transform, must-revalidate"
    assert kept["Expires"] > ""
    assert kept["Last-Modified"] > ""
    for asked in (
        question(geotrust["DV"], issued.serial, nonce=b"once"),
        question(geotrust["DV"], 7),
        b"malformed",
    ):
        assert client.post(DV, asked, content_type=TYPE)["Cache-Control"] == "no-store"


def test_a_nonce_comes_back(geotrust: dict[str, Authority], client: Client) -> None:
    answer = post(client, question(geotrust["DV"], issue().serial, nonce=b"n" * 16))
    nonce = answer.extensions.get_extension_for_class(x509.OCSPNonce)
    assert nonce.value.nonce == b"n" * 16


def test_the_web_tier_answers_without_an_authoritys_key(
    geotrust: dict[str, Authority], client: Client, settings: Settings
) -> None:
    issued = issue()
    settings.CA_KEYS_ALLOWED = False
    asked = question(geotrust["DV"], issued.serial)
    response = client.post(DV, asked, content_type=TYPE)
    assert read(response).certificate_status is reader.OCSPCertStatus.GOOD
    assert lint.lint_ocsp(response.content) == []


@pytest.mark.parametrize("ended", [True, False])
def test_without_a_valid_responder_the_client_tries_later(
    geotrust: dict[str, Authority], client: Client, ended: bool
) -> None:
    issued = issue()
    if ended:
        OcspSigner.objects.update(not_after=NOW - timedelta(seconds=1))
    else:
        OcspSigner.objects.all().delete()
    answer = post(client, question(geotrust["DV"], issued.serial))
    assert answer.response_status is reader.OCSPResponseStatus.TRY_LATER


def test_openssl_accepts_the_answer(
    geotrust: dict[str, Authority], client: Client, tmp_path: Path
) -> None:
    issued = issue()
    leaf, middle, root = engine.chain(issued)
    files = small_ca.write(tmp_path, leaf=leaf, middle=middle, root=root)
    asked, answered = tmp_path / "asked.der", tmp_path / "answered.der"
    about = ["ocsp", "-issuer", files["middle"], "-cert", files["leaf"]]
    small_ca.openssl(*about, "-no_nonce", "-reqout", str(asked))
    for expected in ("good", "revoked"):
        response = client.post(DV, asked.read_bytes(), content_type=TYPE)
        answered.write_bytes(response.content)
        done = small_ca.openssl(
            *about,
            "-no_nonce",
            "-respin",
            str(answered),
            "-CAfile",
            files["root"],
            "-verify_other",
            files["middle"],
        )
        assert "Response verify OK" in done.stderr, done.stderr
        assert f"{files['leaf']}: {expected}" in done.stdout
        engine.revoke(issued, "superseded", NOW)


def test_asking_changes_nothing(geotrust: dict[str, Authority], client: Client) -> None:
    issued = issue()
    before = list(IssuedCertificate.objects.values())
    post(client, question(geotrust["DV"], issued.serial))
    assert list(IssuedCertificate.objects.values()) == before
    assert client.cookies == {}
