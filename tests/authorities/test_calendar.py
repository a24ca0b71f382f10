"""The working time of the authorities' people: weekends, holidays, suspensions, demo days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from authorities.brands import Brand
from authorities.calendar import (
    Bulletin,
    Holiday,
    add_working_days,
    calendar_from,
    suspension,
    working_days_between,
)

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def day(number: int, hour: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, number, hour, tzinfo=UTC)


def suspend(
    start: datetime, end: datetime, brand: Brand = Brand.GEOTRUST, *, suspends: bool = True
) -> Bulletin:
    return Bulletin.objects.create(
        brand=brand, starts_at=start, ends_at=end, suspends=suspends, title="Holiday"
    )


class TestDaysUsed:
    """How many working days lie between two times: what the desk's clock shows."""

    @pytest.fixture(autouse=True)
    def real(self, settings: Any) -> None:
        settings.CA_WORKING_DAY = 86_400

    def used(self, start: datetime, end: datetime) -> float:
        return working_days_between(start, end, Brand.GEOTRUST)

    def test_on_working_days_the_time_just_passes(self) -> None:
        assert self.used(MONDAY, day(26, 21)) == 3.5

    def test_a_weekend_does_not_count(self) -> None:
        assert self.used(FRIDAY, day(30, 9)) == 1
        assert self.used(SATURDAY, day(29, 20)) == 0

    def test_a_holiday_does_not_count_and_one_at_the_weekend_changes_nothing(self) -> None:
        Holiday.objects.create(day=date(2026, 11, 24), name="Tuesday off")
        Holiday.objects.create(day=date(2026, 11, 28), name="Saturday")
        assert self.used(MONDAY, day(25, 9)) == 1
        assert self.used(MONDAY, day(30, 9)) == 4

    def test_a_suspension_of_the_brand_stops_the_clock_once(self) -> None:
        suspend(day(24), day(25))
        suspend(day(24, 12), day(25, 12))
        suspend(day(23), day(30), Brand.CFCA)
        suspend(day(23), day(30), suspends=False)
        assert self.used(MONDAY, day(26, 9)) == 1.5

    def test_the_end_before_the_start_is_no_time(self) -> None:
        assert self.used(MONDAY, day(20)) == 0


class TestRealDays:
    @pytest.fixture(autouse=True)
    def real(self, settings: Any) -> None:
        settings.CA_WORKING_DAY = 86_400

    def test_on_working_days_the_time_just_passes(self) -> None:
        assert add_working_days(MONDAY, 1, Brand.GEOTRUST) == day(24, 9)
        assert add_working_days(MONDAY, 1.5, Brand.GEOTRUST) == day(24, 21)

    def test_a_weekend_does_not_count(self) -> None:
        assert add_working_days(FRIDAY, 1, Brand.GEOTRUST) == day(30, 9)

    def test_a_start_at_the_weekend_is_a_start_on_monday(self) -> None:
        assert add_working_days(SATURDAY, 1, Brand.GEOTRUST) == day(1, 0, month=12)

    def test_what_ends_on_friday_night_is_not_carried_over(self) -> None:
        assert add_working_days(day(26), 2, Brand.GEOTRUST) == day(28)

    def test_a_holiday_does_not_count(self) -> None:
        Holiday.objects.create(day=date(2026, 11, 24), name="A holiday")
        assert add_working_days(MONDAY, 1, Brand.GEOTRUST) == day(25, 9)

    def test_a_holiday_at_a_weekend_counts_once(self) -> None:
        Holiday.objects.create(day=date(2026, 11, 28), name="A holiday")
        assert add_working_days(FRIDAY, 1, Brand.GEOTRUST) == day(30, 9)

    def test_a_suspension_and_a_weekend_that_overlap_count_once(self) -> None:
        suspend(day(27, 12), day(29, 12))
        assert add_working_days(FRIDAY, 1, Brand.GEOTRUST) == day(30, 21)


class TestDemoDays:
    """With any other length every day is a working day of that many seconds."""

    @pytest.fixture(autouse=True)
    def short(self, settings: Any) -> None:
        settings.CA_WORKING_DAY = 20

    def test_a_working_day_has_that_many_seconds(self) -> None:
        assert add_working_days(MONDAY, 1.5, Brand.GEOTRUST) == MONDAY + timedelta(seconds=30)

    def test_weekends_and_holidays_count(self) -> None:
        Holiday.objects.create(day=SATURDAY.date(), name="A holiday")
        assert add_working_days(SATURDAY, 1, Brand.GEOTRUST) == SATURDAY + timedelta(seconds=20)

    def test_a_suspension_stops_the_clock(self) -> None:
        suspend(MONDAY + timedelta(seconds=5), MONDAY + timedelta(seconds=105))
        assert add_working_days(MONDAY, 1, Brand.GEOTRUST) == MONDAY + timedelta(seconds=120)

    def test_a_suspension_that_holds_at_the_start_stops_it_until_its_end(self) -> None:
        suspend(day(20), day(25))
        assert add_working_days(MONDAY, 1, Brand.GEOTRUST) == day(25) + timedelta(seconds=20)

    def test_suspensions_that_overlap_count_once(self) -> None:
        suspend(day(23), day(25))
        suspend(day(24), day(26))
        suspend(day(24), day(25))
        assert add_working_days(MONDAY, 1, Brand.GEOTRUST) == day(26) + timedelta(seconds=20)

    def test_suspensions_of_other_brands_and_mere_news_stop_nobody(self) -> None:
        suspend(day(20), day(25), Brand.CFCA)
        suspend(day(20), day(25), suspends=False)
        assert add_working_days(MONDAY, 1, Brand.GEOTRUST) == MONDAY + timedelta(seconds=20)


def test_the_suspension_that_holds_ends_last_and_its_end_is_free() -> None:
    suspend(day(20), day(24))
    last = suspend(day(22), day(25))
    suspend(day(22), day(29), suspends=False)
    assert suspension(Brand.GEOTRUST, MONDAY) == last
    assert suspension(Brand.GEOTRUST, day(25)) is None
    assert suspension(Brand.CFCA, MONDAY) is None


def test_a_calendar_without_a_bulletin_tells_what_that_bulletin_delays(settings: Any) -> None:
    settings.CA_WORKING_DAY = 20
    first, second = suspend(day(20), day(25)), suspend(day(26), day(27))
    calendar = calendar_from(MONDAY)
    assert calendar.add_working_days(MONDAY, 1, Brand.GEOTRUST) == day(25) + timedelta(seconds=20)
    assert calendar.without(first).add_working_days(MONDAY, 1, Brand.GEOTRUST) == (
        MONDAY + timedelta(seconds=20)
    )
    assert calendar.without(second).suspensions(Brand.GEOTRUST, MONDAY, day(30)) == [first]


@pytest.mark.parametrize("length", [20, 86_400])
def test_a_calendar_is_read_once_and_asked_often(
    settings: Any, django_assert_num_queries: Any, length: int
) -> None:
    settings.CA_WORKING_DAY = length
    suspend(day(20), day(25))
    with django_assert_num_queries(2):
        calendar = calendar_from(MONDAY)
        for brand in Brand.values:
            calendar.add_working_days(MONDAY, 3, brand)
            calendar.suspension(brand, MONDAY)


def test_working_days_between_are_those_that_were_worked(settings: Any) -> None:
    settings.CA_WORKING_DAY = 86_400
    assert working_days_between(FRIDAY, day(30, 9), Brand.GEOTRUST) == 1.0
    suspend(day(27, 12), day(29, 12))
    assert working_days_between(FRIDAY, day(30, 9), Brand.GEOTRUST) == 0.5
    assert working_days_between(SATURDAY, day(29), Brand.GEOTRUST) == 0.0


def test_a_bulletin_without_length_cannot_be_kept() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        suspend(MONDAY, MONDAY)
