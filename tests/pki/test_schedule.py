"""The dated limits, on the last second of each row and the first of the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki import schedule

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        (datetime(2025, 3, 15, tzinfo=UTC), 0, 2),
        (datetime(2026, 3, 15, tzinfo=UTC), 2, 3),
        (datetime(2026, 6, 15, tzinfo=UTC), 3, 4),
        (datetime(2026, 12, 15, tzinfo=UTC), 4, 5),
    ],
)
def test_the_number_of_places_grows_at_midnight_utc(day: datetime, before: int, after: int) -> None:
    assert schedule.perspectives(day - SECOND) == before
    assert schedule.perspectives(day) == after
    with pytest.raises(ValueError, match="aware"):
        schedule.perspectives(day.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        (datetime(2026, 3, 15, tzinfo=UTC), (397, 398, 825), (199, 200, 398)),
        (datetime(2027, 3, 15, tzinfo=UTC), (199, 200, 398), (99, 100, 398)),
        (datetime(2029, 3, 15, tzinfo=UTC), (99, 100, 398), (46, 10, 398)),
    ],
)
def test_limits_change_at_midnight_utc(
    day: datetime, before: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    assert limits(day - SECOND) == before
    assert limits(day) == after


def limits(at: datetime) -> tuple[int, int, int]:
    return (
        schedule.validity_days(at),
        schedule.domain_reuse(at).days,
        schedule.organisation_reuse(at).days,
    )


def test_the_limits_of_long_ago_and_of_far_ahead() -> None:
    assert limits(datetime(2020, 1, 1, tzinfo=UTC)) == (397, 398, 825)
    assert limits(datetime(2040, 1, 1, tzinfo=UTC)) == (46, 10, 398)


def test_reuse_is_in_whole_days() -> None:
    assert schedule.domain_reuse(datetime(2026, 11, 24, tzinfo=UTC)) == timedelta(days=200)


def test_mail_proves_until_march_2028() -> None:
    end = datetime(2028, 3, 15, tzinfo=UTC)
    assert schedule.mail_method_allowed(end - SECOND)
    assert not schedule.mail_method_allowed(end)


def test_a_time_without_a_zone_is_an_error() -> None:
    naive = datetime(2026, 3, 15)  # noqa: DTZ001 — that is the point
    for ask in (
        schedule.validity_days,
        schedule.domain_reuse,
        schedule.organisation_reuse,
        schedule.mail_method_allowed,
    ):
        with pytest.raises(ValueError, match="aware"):
            ask(naive)


STARTS = st.integers(0, 12 * 365 * 86400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(STARTS, st.integers(1, 3))
def test_a_plan_covers_its_term_without_a_gap(start: datetime, years: int) -> None:
    plan = schedule.plan(start, years)
    assert plan[0][0] == start
    assert plan[-1][1] == schedule.months_later(start, 12 * years)
    for before, after in pairwise(plan):
        assert before[1] == after[0]


@given(STARTS, st.integers(1, 3))
def test_no_certificate_of_a_plan_is_longer_than_the_rules_of_its_day(
    start: datetime, years: int
) -> None:
    for starts, ends in schedule.plan(start, years):
        assert timedelta() < ends - starts <= timedelta(days=schedule.validity_days(starts))


@given(STARTS)
def test_a_successor_opens_before_the_end_and_after_the_begin(start: datetime) -> None:
    lead = schedule.renewal_lead(start)
    assert timedelta() < lead <= timedelta(days=30)
    assert lead <= timedelta(days=schedule.validity_days(start)) / 3


def test_a_month_that_is_too_short_ends_on_its_last_day() -> None:
    assert schedule.months_later(datetime(2028, 2, 29, tzinfo=UTC), 12) == datetime(
        2029, 2, 28, tzinfo=UTC
    )
    assert schedule.months_later(datetime(2026, 11, 30, 9, tzinfo=UTC), 3) == datetime(
        2027, 2, 28, 9, tzinfo=UTC
    )


@given(STARTS)
def test_a_proof_counts_to_the_second_that_the_limits_of_each_day_say(proved: datetime) -> None:
    ends = schedule.proof_ends(proved)
    assert (ends - SECOND) - proved < schedule.domain_reuse(ends - SECOND)
    for later in (ends, ends + timedelta(days=1), ends + timedelta(days=400)):
        assert later - proved >= schedule.domain_reuse(later)


def test_a_shorter_time_ends_older_proofs_too() -> None:
    first = datetime(2027, 3, 15, tzinfo=UTC)
    assert schedule.proof_ends(first - timedelta(days=150)) == first
    assert schedule.proof_ends(first - timedelta(days=30)) == first + timedelta(days=70)
    assert schedule.proof_ends(first - timedelta(days=250)) == first - timedelta(days=50)


def test_what_changes_is_known_a_year_before() -> None:
    year = timedelta(days=365)
    (row,) = schedule.changes_ahead(datetime(2026, 11, 29, tzinfo=UTC), year)
    assert (row.validity_days, row.domain_reuse_days) == (100, 100)
    assert schedule.changes_ahead(datetime(2027, 3, 15, tzinfo=UTC), year) == ()
