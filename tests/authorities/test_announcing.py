"""Bulletins and holidays: staff announce, and what waits for a date of the calendar moves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.staff import StaffRefused
from authorities.announcing import announce, set_holiday
from authorities.calendar import Bulletin, Holiday
from authorities.simulated.steps import mail_time
from certificates.story import Certificate
from tests.authorities.asking import state
from tests.cast import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: Any) -> World:
    settings.CA_WORKING_DAY = 86_400
    return World()


def bulletin(world: World, brand: str = "GEOTRUST", **more: Any) -> Bulletin:
    facts = {
        "starts_at": world.now,
        "ends_at": world.now + timedelta(days=7),
        "suspends": True,
        "title": "Closed",
    }
    return Bulletin(brand=brand, **{**facts, **more})


def planned(world: World) -> Certificate:
    certificate = world.issued()
    world.reissue(certificate)
    assert state(world, certificate) == "SCHEDULED"
    return certificate


def test_a_suspension_moves_the_planned_mail_and_its_early_end_moves_it_back(world: World) -> None:
    certificate = planned(world)
    before = mail_time(world.order(certificate))
    closed = bulletin(world)
    announce(closed, actor=world.sam, now=world.now)
    world.work()
    # A working day ends on Tuesday a week later: the time of the weekend inside counts once.
    assert world.order(certificate).due_at == mail_time(world.order(certificate))
    assert world.order(certificate).due_at > before + timedelta(days=6)
    closed.ends_at = world.now + timedelta(minutes=1)
    announce(closed, actor=world.sam, now=world.now)
    world.work()
    assert world.order(certificate).due_at == before + timedelta(minutes=1)
    actions = AuditEntry.objects.filter(action__startswith="bulletin.").order_by("pk")
    assert list(actions.values_list("action", "actor", "detail__about")) == [
        ("bulletin.add", world.sam.email, "GEOTRUST"),
        ("bulletin.change", world.sam.email, "GEOTRUST"),
    ]


def test_another_brands_bulletin_moves_nothing_and_a_changed_brand_moves_both(
    world: World,
) -> None:
    certificate = planned(world)
    before = world.order(certificate).due_at
    other = bulletin(world, "CFCA")
    announce(other, actor=world.sam, now=world.now)
    assert world.order(certificate).due_at == before
    other.brand = "GEOTRUST"
    announce(other, actor=world.sam, now=world.now)
    world.work()
    assert world.order(certificate).due_at > before
    other.brand = "CFCA"
    announce(other, actor=world.sam, now=world.now)
    world.work()
    assert world.order(certificate).due_at == before


def test_what_a_suspension_holds_up_is_issued_when_it_is_ended(world: World) -> None:
    certificate = world.submitted()
    closed = bulletin(world)
    announce(closed, actor=world.sam, now=world.now)
    world.publish(certificate)
    world.look(certificate)
    assert state(world, certificate) == "ISSUING"
    world.later(minutes=5)
    closed.ends_at = world.now
    announce(closed, actor=world.sam, now=world.now)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"


def test_a_holiday_moves_the_planned_mail(world: World) -> None:
    certificate = planned(world)
    before = world.order(certificate).due_at
    tomorrow = Holiday(day=date(2026, 11, 25), name="Off")
    set_holiday(tomorrow, actor=world.sam, now=world.now)
    world.work()
    assert world.order(certificate).due_at == before + timedelta(days=1)
    tomorrow.day = date(2027, 11, 25)
    set_holiday(tomorrow, actor=world.sam, now=world.now)
    world.work()
    assert world.order(certificate).due_at == before
    actions = AuditEntry.objects.filter(action__startswith="holiday.").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["holiday.add", "holiday.change"]


def test_ca_operators_announce_and_nobody_else(world: World) -> None:
    certificate = planned(world)
    due = world.order(certificate).due_at
    for who in (world.alice, world.mallory, world.staff("sue", Team.SUPPORT)):
        with pytest.raises(StaffRefused) as refused:
            announce(bulletin(world), actor=who, now=world.now)
        assert refused.value.code == "staff.forbidden"
        with pytest.raises(StaffRefused):
            set_holiday(Holiday(day=date(2026, 12, 1), name="x"), actor=who, now=world.now)
    assert (Bulletin.objects.count(), Holiday.objects.count()) == (0, 0)
    assert world.order(certificate).due_at == due
    assert AuditEntry.objects.count() == 0
