"""The hierarchy: founded once, linted, sealed."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography import x509
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from authorities import engine
from authorities.brands import Brand
from authorities.hierarchy import Authority, Crl, OcspSigner, SigningKey
from pki import bundles, lint
from pki.sealed import SealBroken
from tests.authorities.conftest import NOW, pem_files
from tests.pki.small_ca import openssl

FOUNDED = NOW - timedelta(days=730)


@pytest.mark.django_db
def test_every_brand_gets_a_root_and_three_issuing_authorities_once(tmp_path: Path) -> None:
    assert engine.create_authorities(NOW, FOUNDED) == 24
    slugs = {
        f"{brand}-{level}"
        for brand in ("digicert", "geotrust", "globalsign", "cfca", "trustasia", "vtrus")
        for level in ("root", "dv", "ov", "ev")
    }
    assert set(Authority.objects.values_list("slug", flat=True)) == slugs
    assert Crl.objects.count() == SigningKey.objects.count() == 24
    assert OcspSigner.objects.count() == 18
    before = sorted(Authority.objects.values_list("slug", "certificate"))
    assert engine.create_authorities(NOW + timedelta(days=1), NOW) == 0
    assert sorted(Authority.objects.values_list("slug", "certificate")) == before
    for authority in Authority.objects.select_related("issuer"):
        kind = lint.Kind.ROOT if authority.is_root else lint.Kind.INTERMEDIATE
        assert lint.refusals(lint.lint_certificate(bytes(authority.certificate), kind)) == []
        assert authority.not_before == FOUNDED
        if authority.issuer is not None:
            files = pem_files(
                tmp_path,
                root=bundles.pem([bytes(authority.issuer.certificate)]),
                own=bundles.pem([bytes(authority.certificate)]),
            )
            done = openssl("verify", "-x509_strict", "-CAfile", files["root"], files["own"])
            assert done.stdout.strip() == f"{files['own']}: OK", done.stderr


def test_names_of_brands_are_those_of_the_wire(geotrust: dict[str, Authority]) -> None:
    assert [(brand.value, brand.label, brand.slug) for brand in Brand] == [
        ("SYMANTEC", "DigiCert", "digicert"),
        ("GEOTRUST", "GeoTrust", "geotrust"),
        ("GLOBALSIGN", "GlobalSign", "globalsign"),
        ("CFCA", "CFCA", "cfca"),
        ("TRUSTASIA", "TrustAsia", "trustasia"),
        ("VTRUS", "vTrus", "vtrus"),
    ]
    subject = geotrust["DV"].x509().subject.rfc4514_string()
    assert subject == "CN=GeoTrust Simulated DV TLS CA,O=GeoTrust,C=US"


def test_what_a_kill_left_out_is_made_by_the_next_run(geotrust: dict[str, Authority]) -> None:
    Crl.objects.filter(authority=geotrust["DV"]).delete()
    OcspSigner.objects.filter(authority=geotrust["DV"]).delete()
    assert engine.create_authorities(NOW, FOUNDED) == 20  # the other brands
    assert geotrust["DV"].crls.count() == geotrust["DV"].ocsp_signers.count() == 1


@pytest.mark.django_db
def test_the_web_tier_founds_nothing(settings: Settings) -> None:
    settings.CA_KEYS_ALLOWED = False
    with pytest.raises(engine.KeysForbidden):
        engine.create_authorities(NOW, FOUNDED)
    assert Authority.objects.count() == 0


@pytest.mark.parametrize(("environment", "age"), [("demo", 730 * 24), ("production", 1)])
def test_the_command_prints_how_many_it_founded(
    geotrust: dict[str, Authority], settings: Settings, environment: str, age: int
) -> None:
    settings.ENVIRONMENT = environment
    for expected in ("20\n", "0\n"):
        out = StringIO()
        call_command("create_authorities", stdout=out)
        assert out.getvalue() == expected
    made = Authority.objects.get(slug="vtrus-dv")
    assert abs(timezone.now() - timedelta(hours=age) - made.not_before) < timedelta(minutes=1)


def test_keys_are_sealed_and_bound_to_their_authority(geotrust: dict[str, Authority]) -> None:
    key = SigningKey.objects.get(authority=geotrust["DV"])
    other = SigningKey.objects.get(authority=geotrust["OV"])
    plain = key.open_plaintext()
    assert plain not in bytes(key.ciphertext)
    for name in ("ciphertext", "nonce", "wrapped_key", "wrap_nonce", "kek_id", "key_version"):
        setattr(other, name, getattr(key, name))
    with pytest.raises(SealBroken):
        other.open_plaintext()


def test_only_the_root_signs_authorities(geotrust: dict[str, Authority]) -> None:
    made = geotrust["DV"].x509()
    constraints = made.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.path_length) == (True, 0)
    assert geotrust["DV"].issuer == geotrust["root"]
    assert geotrust["root"].issuer is None
