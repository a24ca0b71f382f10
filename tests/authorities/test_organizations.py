"""Organizations that were found good: used again for a time, by whom, and ended by staff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.staff import StaffRefused
from authorities.brands import Type
from authorities.simulated.organizations import (
    ValidatedOrganization,
    end_validation,
    identity,
)
from certificates.invariants import broken_invariants
from certificates.story import Certificate
from tests.authorities.asking import state
from tests.cast import COMPANY, World
from tests.certificates.browsing import shown

pytestmark = pytest.mark.django_db

AT = "/admin/authorities/validatedorganization/"


@pytest.fixture
def world(settings: Any) -> World:
    """At the time of the machine: the pages read its clock."""
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    return World(now=datetime.now(UTC))


def proved(
    world: World,
    domain: str,
    brand: str = "SYMANTEC",
    kind: str = Type.OV_SSL_CERT,
    **more: Any,
) -> Certificate:
    certificate = world.submitted(domain, world.product(brand, kind), **more)
    world.publish(certificate)
    world.look(certificate)
    return certificate


def known(world: World, kind: str = Type.OV_SSL_CERT) -> ValidatedOrganization:
    """Acme is known to DigiCert."""
    world.issued("first.example.com", world.product("SYMANTEC", kind))
    return ValidatedOrganization.objects.get()


def test_an_approval_is_remembered_as_it_stood(world: World) -> None:
    row = known(world)
    assert (row.customer, row.house, row.level) == (world.acme, "SYMANTEC", "OV")
    assert row.identity == identity(COMPANY)
    assert (row.validated_at, row.validated_by) == (world.now, world.sol.email)
    assert row.ends_at(world.now) == world.now + timedelta(days=398)


def test_who_is_known_is_not_looked_at_again_and_the_story_says_why(world: World) -> None:
    known(world)
    again = proved(world, "second.example.com", organization=COMPANY | {"city": " London "})
    assert world.fresh(again).status == "ISSUED"
    event = again.events.get(verb="prepare")
    assert event.code == "organization.known"
    assert event.reason == (
        f"Acme Retail Ltd was checked on {world.now:%-d %b %Y} and has not changed, so it is not"
        " checked again."
    )
    assert [told["stage"] for told in world.order(again).history].count("REVIEWING") == 0
    assert ValidatedOrganization.objects.count() == 1
    assert broken_invariants() == []


OTHERS = [
    ({"organization": COMPANY | {"name": "Acme Retail Limited"}}, "REVIEWING"),
    ({"organization": COMPANY | {"registration_number": "7"}}, "REVIEWING"),
    ({"brand": "GEOTRUST"}, "ISSUED"),  # the same house
    ({"brand": "GLOBALSIGN"}, "REVIEWING"),
    ({"kind": Type.OV_SSL_CERT_PRO}, "REVIEWING"),  # a stricter check
    ({"kind": Type.EV_SSL_CERT}, "REVIEWING"),  # a higher one
]


@pytest.mark.parametrize(("change", "expected"), OTHERS)
def test_other_data_another_house_and_a_higher_level_are_looked_at(
    world: World, change: dict[str, Any], expected: str
) -> None:
    known(world)
    assert state(world, proved(world, "second.example.com", **change)) == expected


def test_another_customer_with_the_same_data_is_looked_at(world: World) -> None:
    known(world)
    theirs = proved(world, "theirs.example.com", owner=world.mallory)
    assert state(world, theirs) == "REVIEWING"


def test_ev_suffices_for_ov(world: World) -> None:
    known(world, Type.EV_SSL_CERT)
    assert state(world, proved(world, "second.example.com")) == "ISSUED"


@pytest.mark.parametrize(("days", "expected"), [(397, "ISSUED"), (398, "REVIEWING")])
def test_it_is_known_for_398_days(world: World, days: int, expected: str) -> None:
    known(world)
    ValidatedOrganization.objects.update(validated_at=world.now - timedelta(days=days))
    assert state(world, proved(world, "second.example.com")) == expected


def test_staff_end_a_validation_with_a_reason_and_once(world: World) -> None:
    row = known(world)
    entries = AuditEntry.objects.count()
    for who, reason, code in (
        (world.alice, "x", "staff.forbidden"),
        (world.staff("sue", Team.SUPPORT), "x", "staff.forbidden"),
        (world.sam, " ", "organization.no_reason"),
    ):
        with pytest.raises(StaffRefused) as refused:
            end_validation(row, reason=reason, actor=who, now=world.now)
        assert refused.value.code == code
    assert AuditEntry.objects.count() == entries
    end_validation(row, reason="Dissolved.", actor=world.sam, now=world.now)
    row.refresh_from_db()
    assert (row.ended_by, row.end_reason) == (world.sam.email, "Dissolved.")
    assert AuditEntry.objects.filter(action="organization.end", project=world.acme).count() == 1
    with pytest.raises(StaffRefused) as refused:
        end_validation(row, reason="Again.", actor=world.sam, now=world.now)
    assert refused.value.code == "organization.ended"
    assert state(world, proved(world, "second.example.com")) == "REVIEWING"


def test_the_administration_shows_who_is_known_and_ends_it(world: World) -> None:
    row = known(world)
    sam = Client()
    sam.force_login(world.sam)
    listed = shown(sam, AT)
    assert "Acme Retail Ltd" in listed
    assert f"Until {world.now + timedelta(days=398):%-d %b %Y}" in listed
    page = shown(sam, f"{AT}{row.pk}/change/")
    assert "registration number: 01234567" in page
    assert "DigiCert, GeoTrust" in page
    assert sam.post(f"{AT}{row.pk}/end/", {"reason": ""}).status_code == 200
    assert sam.post(f"{AT}{row.pk}/end/", {"reason": "Dissolved."}).status_code == 302
    assert "the validation ended" in shown(sam, AT)
    assert "Acme Retail Ltd" not in shown(sam, AT)
    assert "Ended by staff" in shown(sam, AT + "?use=over")
    assert "Ended by staff" in shown(sam, AT + "?use=all")
