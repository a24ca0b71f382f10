"""The dated limits, on the last second of each row and the first of the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pki import schedule

SECOND = timedelta(seconds=1)


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
