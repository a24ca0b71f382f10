"""The dated limits of the Baseline Requirements, as rows; an answer is the row in force at `at`.

Every `at` is an aware datetime (a naive one is a ValueError): the moment of issue.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Limits:
    """What holds for certificates issued from `since` on, until the next row begins."""

    since: datetime
    validity_days: int  # BR 6.3.2, in days of 86,400 s; we stay a day under it
    domain_reuse_days: int  # BR 4.2.1, age of a proof of a name
    organisation_reuse_days: int  # BR 4.2.1, age of what is known of a company


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


# BR 4.2.1 and 6.3.2 as amended by ballot SC-081.
LIMITS: Sequence[Limits] = (
    Limits(datetime.min.replace(tzinfo=UTC), 398, 398, 825),
    Limits(day(2026, 3, 15), 200, 200, 398),
    Limits(day(2027, 3, 15), 100, 100, 398),
    Limits(day(2029, 3, 15), 47, 10, 398),
)

# BR 3.2.2.9: from how many places beside the primary network a CA must look, at least.
PERSPECTIVES: Sequence[tuple[datetime, int]] = (
    (datetime.min.replace(tzinfo=UTC), 0),
    (day(2025, 3, 15), 2),
    (day(2026, 3, 15), 3),
    (day(2026, 6, 15), 4),
    (day(2026, 12, 15), 5),
)

# BR 3.2.2.4.4: mail to constructed addresses must not be relied on from this day.
MAIL_METHOD_ENDS = day(2028, 3, 15)


def limits(at: datetime) -> Limits:
    """The row in force at `at`."""
    if at.tzinfo is None:
        raise ValueError("a limit is asked for at an aware time")
    return next(row for row in reversed(LIMITS) if row.since <= at)


def validity_days(at: datetime) -> int:
    """How long a leaf issued at `at` may run, in days of 86,400 s: one less than allowed, because
    any second more counts as another day (BR 6.3.2)."""
    return limits(at).validity_days - 1


def domain_reuse(at: datetime) -> timedelta:
    """How old the proof of a name may be when a certificate is issued at `at`."""
    return timedelta(days=limits(at).domain_reuse_days)


def proof_ends(proved_at: datetime) -> datetime:
    """The first moment at which a name that was proved at `proved_at` must be proved anew.

    A shorter time holds for older proofs too, from the day on which it begins.
    """
    row = limits(proved_at)
    ends = proved_at + timedelta(days=row.domain_reuse_days)
    for later in LIMITS:
        if later.since > row.since and later.since < ends:
            ends = max(later.since, proved_at + timedelta(days=later.domain_reuse_days))
    return ends


def changes_ahead(at: datetime, within: timedelta) -> tuple[Limits, ...]:
    """The rows that begin after `at`, no later than `within` from then."""
    limits(at)
    return tuple(row for row in LIMITS if at < row.since <= at + within)


def organisation_reuse(at: datetime) -> timedelta:
    """How old the data of a company may be when a certificate is issued at `at`."""
    return timedelta(days=limits(at).organisation_reuse_days)


def mail_method_allowed(at: datetime) -> bool:
    """Whether a mail to a constructed address may still prove a name."""
    if at.tzinfo is None:
        raise ValueError("a limit is asked for at an aware time")
    return at < MAIL_METHOD_ENDS


def perspectives(at: datetime) -> int:
    """From how many remote places a proof and CAA must be seen when a name is looked at `at`."""
    if at.tzinfo is None:
        raise ValueError("a limit is asked for at an aware time")
    return next(least for since, least in reversed(PERSPECTIVES) if since <= at)


def months_later(at: datetime, months: int) -> datetime:
    """The same day and time some months on; the last day of a month that is too short for it."""
    years, month = divmod(at.month - 1 + months, 12)
    year = at.year + years
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))


def renewal_lead(at: datetime) -> timedelta:
    """How long before its end the successor of a certificate issued at `at` is opened: 30 days, and
    of a short one the last third, or it would be replaced as soon as it is there."""
    return timedelta(days=min(30, validity_days(at) // 3))


def cover(start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """The certificates that cover the time up to `end`, each issued when the one before ends and as
    long as the rules of that moment allow; the last one is cut."""
    spans = []
    while start < end:
        until = min(start + timedelta(days=validity_days(start)), end)
        spans.append((start, until))
        start = until
    return tuple(spans)


def plan(start: datetime, years: int) -> tuple[tuple[datetime, datetime], ...]:
    """The certificates that cover a term of so many years."""
    return cover(start, months_later(start, 12 * years))
