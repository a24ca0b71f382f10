"""The desk's lines: whose turn, what is asked, and how many working days were used."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from authorities.calendar import Bulletin, Holiday
from authorities.simulated import worklist
from authorities.simulated.orders import CaOrder
from authorities.simulated.worklist import Line, Used
from certificates.story import Certificate
from tests.authorities.asking import asked, jump
from tests.authorities.desk_scenes import alarmed, in_review, planned, stopped
from tests.cast import World

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return World()


def line(world: World, certificate: Certificate, at: datetime | None = None) -> Line:
    order = world.order(certificate)
    return worklist.read([order], at or world.now)[order.pk]


def told(world: World, certificate: Certificate) -> tuple[str, str, str]:
    shown = line(world, certificate)
    return shown.turn, shown.asked, shown.detail


def test_each_order_says_whose_turn_it_is(world: World) -> None:
    assert told(world, in_review(world)) == (
        "Ours",
        "First issue: organization",
        "Registry – · Phone – or Mailbox – or Letter –",
    )
    assert told(world, planned(world))[:2] == ("Clock", "Reissue: write to the contact")
    waiting = asked(world)
    turn, question, detail = told(world, waiting)
    assert (turn, question) == ("Customer", "Reissue: confirmation")
    assert detail == f"Mail delivered; until {world.order(waiting).answer.expires_at:%-d %b}"
    proving = world.submitted("new.example.com")
    assert told(world, proving) == ("Customer", "First issue: domain", "dns.nxdomain")
    assert line(world, proving).stands
    assert told(world, world.issued("done.example.com"))[0] == "Issued"


def test_what_the_linter_stopped_is_ours_until_it_is_seen(world: World) -> None:
    certificate = stopped(world)
    turn, question, detail = told(world, certificate)
    assert (turn, question) == ("Ours, stopped", "Reissue: stopped by the linter")
    assert detail == world.order(certificate).findings[0]["code"]
    CaOrder.objects.update(findings_seen_at=world.now)
    assert told(world, certificate)[0] == "Refused"


def test_time_that_is_long_over_is_told_as_it_is() -> None:
    used = Used(4320, 5)
    assert (used.words, used.said) == ("4320 of 5", "4320 of 5 working days")
    assert (used.shown, used.is_late) == (5, True)


def test_a_leaked_key_is_counted_in_hours(world: World) -> None:
    certificate = asked(world, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    jump(world, world.order(certificate).received_at + timedelta(hours=25))
    shown = line(world, certificate)
    assert shown.used is not None
    assert (shown.turn, shown.used.words) == ("Ours, late", "25 of 24 h")


class TestRealDays:
    @pytest.fixture
    def reviewed(self, world: World, settings: Any) -> Certificate:
        settings.CA_WORKING_DAY = 86_400
        certificate = in_review(world)
        payload = world.order(certificate).payload
        CaOrder.objects.update(payload={**payload, "review_days": 3})
        return certificate

    def used(self, world: World, certificate: Certificate, at: datetime) -> tuple[str, str]:
        shown = line(world, certificate, at)
        assert shown.used is not None
        return shown.used.words, shown.turn

    def test_days_pass_until_it_is_late(self, world: World, reviewed: Certificate) -> None:
        assert self.used(world, reviewed, TUESDAY) == ("0 of 3", "Ours")
        assert self.used(world, reviewed, TUESDAY + timedelta(days=2)) == ("2 of 3", "Ours")
        friday = TUESDAY + timedelta(days=3)
        assert self.used(world, reviewed, friday) == ("3 of 3", "Ours, late")

    def test_a_weekend_and_a_holiday_do_not_count(
        self, world: World, reviewed: Certificate
    ) -> None:
        Holiday.objects.create(day=date(2026, 11, 25), name="Off")
        monday = TUESDAY + timedelta(days=6)
        # Tuesday 9 h on, Thursday, Friday, Monday to 9 h: three days, less the nine hours twice.
        assert self.used(world, reviewed, monday - timedelta(minutes=1)) == ("2 of 3", "Ours")
        assert self.used(world, reviewed, monday) == ("3 of 3", "Ours, late")

    def test_while_the_brand_is_suspended_the_clock_stands(
        self, world: World, reviewed: Certificate
    ) -> None:
        for brand in ("SYMANTEC", "CFCA"):
            Bulletin.objects.create(
                brand=brand,
                starts_at=TUESDAY + timedelta(days=1),
                ends_at=TUESDAY + timedelta(days=2),
                suspends=brand == "SYMANTEC",
                title="Closed",
            )
        friday = TUESDAY + timedelta(days=3)
        assert self.used(world, reviewed, friday) == ("2 of 3", "Ours")
        assert worklist.late(friday) == []
        assert worklist.late(friday + timedelta(days=3)) == [world.order(reviewed).pk]


def test_the_filters_part_the_orders(world: World) -> None:
    review, alarm, linted = in_review(world, "a.example.com"), alarmed(world), stopped(world)
    waiting, clock = asked(world), planned(world)
    done = world.issued("done.example.com")
    issued_before = CaOrder.objects.filter(state="ISSUED").count()

    def among(wanted: Any, *certificates: Certificate) -> list[bool]:
        found = set(CaOrder.objects.filter(wanted).values_list("pk", flat=True))
        return [world.order(each).pk in found for each in certificates]

    everybody = (review, alarm, linted, waiting, clock, done)
    needs = worklist.NEEDS_WORK
    assert among(needs, *everybody) == [True, True, True, False, False, False]
    assert among(worklist.WITH_CUSTOMER, *everybody) == [False, False, False, True, False, False]
    assert among(worklist.BY_ITSELF, *everybody) == [False, False, False, False, True, False]
    assert among(worklist.ANSWERED, *everybody) == [False, False, False, False, False, True]
    parts = (needs, worklist.WITH_CUSTOMER, worklist.BY_ITSELF, worklist.ANSWERED)
    sizes = [CaOrder.objects.filter(part).count() for part in parts]
    assert sum(sizes) == CaOrder.objects.count()
    assert sizes[3] == issued_before


def test_any_number_of_lines_takes_as_many_queries(
    world: World, django_assert_num_queries: Any
) -> None:
    in_review(world)
    asked(world)
    first = CaOrder.objects.filter(state="REVIEWING")
    # Orders, notes, challenges, what is published for them, suspensions, holidays, lists.
    with django_assert_num_queries(7):
        worklist.read(worklist.at_hand(first), world.now)
    with django_assert_num_queries(7):
        assert len(worklist.read(worklist.at_hand(CaOrder.objects.all()), world.now)) > 2
