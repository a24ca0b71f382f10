"""GeoTrust's authorities, founded once a process and copied into each test's database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from django.core import serializers

from authorities import engine
from authorities.brands import Brand
from authorities.engine import LeafRequest
from authorities.hierarchy import Authority, Crl, IssuedCertificate, OcspSigner, SigningKey
from pki import keys, schedule
from pki.keys import KeyAlgorithm
from pki.profiles import Subject
from work import failpoints

# The views read the clock of the machine, so the tests of this room live at its time.
NOW = datetime.now(UTC).replace(microsecond=0)
COMPANY = Subject(organization="Example Ltd", country="GB", state="England", locality="London")
_founded: list[str] = []


@pytest.fixture
def geotrust(db: None) -> dict[str, Authority]:
    """Root, DV, OV and EV by level."""
    if not _founded:
        engine.create_authorities(NOW, NOW - timedelta(days=730))
        of = {"authority__brand": Brand.GEOTRUST}
        rows = [
            *Authority.objects.filter(brand=Brand.GEOTRUST).order_by("pk"),
            *SigningKey.objects.filter(**of),
            *OcspSigner.objects.filter(**of),
            *Crl.objects.filter(**of),
        ]
        _founded.append(serializers.serialize("json", rows))
        for model in (Crl, OcspSigner, SigningKey):
            model._default_manager.all().delete()
        Authority.objects.filter(issuer__isnull=False).delete()
        Authority.objects.all().delete()
    for row in serializers.deserialize("json", _founded[0]):
        row.save()
    return {authority.level: authority for authority in Authority.objects.all()}


@lru_cache
def spki(algorithm: KeyAlgorithm = KeyAlgorithm.EC_P256) -> bytes:
    return keys.spki_der(keys.generate(algorithm).public_key())


def leaf_request(level: str = "DV", **changes: object) -> LeafRequest:
    start = NOW - timedelta(hours=1)
    subject = {
        "DV": None,
        "OV": COMPANY,
        "EV": replace(
            COMPANY,
            business_category="Private Organization",
            jurisdiction_country="GB",
            serial_number="01234567",
        ),
    }[level]
    asked = LeafRequest(
        brand=Brand.GEOTRUST,
        level=level,
        names=("shop.example.com",),
        spki_der=spki(),
        subject=subject,
        not_before=start,
        not_after=start + timedelta(days=schedule.validity_days(start)) - timedelta(seconds=1),
    )
    return replace(asked, **changes)  # type: ignore[arg-type]  # named by the tests


def issue(order: str = "order-1", level: str = "DV", **changes: object) -> IssuedCertificate:
    prepared = engine.prepare(order, leaf_request(level, **changes), NOW)
    return engine.sign(prepared.pk, NOW)


class Killed(BaseException):
    """Stands in for the end of the process: nothing between the place and the test catches it."""


@pytest.fixture
def kill_at() -> Iterator[Callable[[str], None]]:
    """Raise Killed when this fail point is reached; "" takes the hook away."""

    def install(name: str) -> None:
        def hook(reached: str) -> None:
            if reached == name:
                raise Killed

        failpoints.install(hook if name else None)

    yield install
    failpoints.install(None)


def pem_files(folder: Path, **documents: str) -> dict[str, str]:
    paths = {}
    for name, text in documents.items():
        path = folder / f"{name}.pem"
        path.write_text(text)
        paths[name] = str(path)
    return paths
