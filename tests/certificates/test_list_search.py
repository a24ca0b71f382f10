"""Every key by which a certificate is found in the list, and what is not a key."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from certificates.catalogue import DomainType, Type
from certificates.search import LONGEST, tidy
from certificates.story import Certificate
from certificates.versions import Version
from config.templatetags.look import serial
from tests.cast import World

pytestmark = pytest.mark.django_db


def found(client: Client, text: str) -> list[str]:
    answer = client.get("/certificates/", {"q": text})
    assert answer.status_code == 200
    return [row.certificate.pk for row in answer.context["rows"]]


@pytest.fixture
def version(world: World) -> Version:
    """The version of one certificate among others."""
    world.issued("other.example.net")
    certificate = world.issued("shop.example.com")
    Certificate.objects.filter(pk=certificate.pk).update(name="Shop frontend")
    return certificate.versions.get()


@pytest.mark.parametrize(
    "text",
    ["Shop frontend", "shop FRONT", "  frontend ", "shop.example.com", "SHOP.example", "hop.exam"],
)
def test_by_a_part_of_name_or_domain_in_any_case(
    version: Version, alice: Client, text: str
) -> None:
    assert found(alice, text) == [version.certificate_id]


def test_by_id_or_its_digits(version: Version, alice: Client) -> None:
    for text in (version.certificate_id, version.certificate_id[3:], version.certificate_id[:12]):
        assert found(alice, text) == [version.certificate_id]
    assert found(alice, version.certificate_id.upper()) == [version.certificate_id]


def test_by_serial_as_any_tool_prints_it(version: Version, alice: Client) -> None:
    pairs = serial(version.serial)
    for text in (
        version.serial,
        version.serial.upper(),
        pairs,
        pairs.upper(),
        f"00:{pairs}",
        f"serial={version.serial.upper()}",
        f"Serial: {pairs}",
        version.serial[:8],
    ):
        assert found(alice, text) == [version.certificate_id], text


def test_by_fingerprint_with_and_without_colons(version: Version, alice: Client) -> None:
    pairs = serial(version.fingerprint)
    for text in (
        version.fingerprint,
        pairs.upper(),
        f"SHA256 Fingerprint={pairs.upper()}",
        f"sha256 Fingerprint={pairs}",
        version.fingerprint[:12],
    ):
        assert found(alice, text) == [version.certificate_id], text


def test_a_serial_that_begins_with_zero_is_found(version: Version, alice: Client) -> None:
    Version.objects.filter(pk=version.pk).update(serial="abcdef0123456789")
    assert found(alice, "00abcdef0123456789") == [version.certificate_id]
    Version.objects.filter(pk=version.pk).update(serial="abcdef012345678")
    assert found(alice, "0a:bc:de:f0:12:34:56:78") == [version.certificate_id]


def test_by_a_version_that_was_replaced(world: World, version: Version, alice: Client) -> None:
    from authorities.simulated.desk import answer_question
    from verification.answers import Decision

    certificate = version.certificate
    world.reissue(certificate)
    world.later(minutes=2)
    answer_question(world.order(certificate).pk, Decision.CONFIRM, actor=world.alice, now=world.now)
    world.work()
    assert not certificate.versions.get(number=1).is_current
    for text in (version.serial, version.fingerprint):
        assert found(alice, text) == [certificate.pk]


def test_by_any_other_of_its_names(world: World, alice: Client) -> None:
    multi = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    certificate = world.bought(multi)
    Certificate.objects.filter(pk=certificate.pk).update(domain_count=3)
    from certificates.orders import submit

    submit(
        certificate=world.fresh(certificate),
        wish=world.wish("first.example.com", more_domains=("second.example.org",)),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    assert found(alice, "second.example") == [certificate.pk]


def test_by_a_name_in_letters_beyond_ascii(world: World, alice: Client) -> None:
    certificate = world.submitted("xn--mller-kva.example.com")
    assert found(alice, "müller.example.com") == [certificate.pk]


@pytest.mark.parametrize("text", ["%", "_", "abc", "ffffff", '", "', "example.co.uk", "shop*"])
def test_what_is_none_of_these_finds_nothing(version: Version, alice: Client, text: str) -> None:
    assert found(alice, text) == []


def test_short_digits_are_a_name_and_no_serial(version: Version, alice: Client) -> None:
    assert found(alice, version.serial[:5]) == []


def test_the_key_of_somebody_elses_certificate_finds_nothing(
    version: Version, world: World, client: Client
) -> None:
    client.force_login(world.mallory)
    for text in (version.serial, version.fingerprint, version.certificate_id, "shop"):
        assert found(client, text) == []
    victor: User = world.victor
    client.force_login(victor)
    assert found(client, version.serial) == [version.certificate_id]


def test_what_no_name_holds_is_left_out() -> None:
    assert tidy(" a\x00b\n\u202e ") == "ab"
    assert tidy("x" * 10_000) == "x" * LONGEST


def test_nothing_found_says_what_was_searched_and_offers_to_clear(
    world: World, alice: Client
) -> None:
    world.bought()
    page = alice.get("/certificates/", {"q": "<nowhere>", "brand": "CFCA"}).content.decode()
    assert "Nothing found for “&lt;nowhere&gt;”" in page
    assert '<a class="btn btn-primary btn-lg" href="/certificates/">Clear the search</a>' in page
