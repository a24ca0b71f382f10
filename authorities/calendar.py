"""The working time of the authorities' people: working days, holidays, suspensions by brand.

A working day lasts `settings.CA_WORKING_DAY` seconds. 86,400 is the real thing: Saturdays, Sundays
and holidays do not count. With any other length every day is a working day of that many seconds.
A suspension that names the brand stops the clock in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from authorities.brands import Brand

REAL_DAY = 86_400
FURTHEST = timedelta(days=400)  # a clock that is stopped for longer is a mistake in the data


class Holiday(models.Model):
    day = models.DateField(unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ("-day",)
        verbose_name_plural = _("calendar")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Bulletin(models.Model):
    """An announcement for one brand. While it suspends, that brand's people do not work."""

    brand = models.CharField(max_length=16, choices=Brand.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    suspends = models.BooleanField(_("suspends issuing"), default=False)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True, default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="bulletin_has_length"
            ),
        )

    def __str__(self) -> str:
        return self.title


def suspension(brand: str, now: datetime) -> Bulletin | None:
    """The suspension of this brand that holds at `now`; of several the one that ends last."""
    return (
        Bulletin.objects.filter(brand=brand, suspends=True, starts_at__lte=now, ends_at__gt=now)
        .order_by("ends_at")
        .last()
    )


@dataclass(frozen=True)
class Closures:
    """When the people of every brand do not work, read once for any number of questions."""

    since: datetime
    holidays: frozenset[date]
    suspended: tuple[Bulletin, ...]

    @classmethod
    def read(cls, since: datetime) -> Closures:
        """Whatever may matter to a time at or after `since`."""
        days = Holiday.objects.filter(day__gte=since.date()).values_list("day", flat=True)
        bulletins = Bulletin.objects.filter(suspends=True, ends_at__gt=since)
        return cls(since, frozenset(days), tuple(bulletins))

    def of(self, brand: str, start: datetime) -> list[tuple[datetime, datetime]]:
        """When this brand's people do not work from `start` on, in order."""
        assert start >= self.since
        spans = [
            (bulletin.starts_at, bulletin.ends_at)
            for bulletin in self.suspended
            if bulletin.brand == brand and bulletin.ends_at > start
        ]
        if settings.CA_WORKING_DAY == REAL_DAY:
            for number in range(FURTHEST.days):
                day = start.date() + timedelta(days=number)
                if day.weekday() >= 5 or day in self.holidays:
                    begin = datetime.combine(day, time(), UTC)
                    spans.append((begin, begin + timedelta(days=1)))
        return sorted(spans)


def suspensions(brand: str, start: datetime, end: datetime) -> list[Bulletin]:
    """The bulletins that stop this brand's people between `start` and `end`, in order."""
    return list(
        Bulletin.objects.filter(
            brand=brand, suspends=True, starts_at__lt=end, ends_at__gt=start
        ).order_by("starts_at", "pk")
    )


def working_days_between(
    start: datetime, end: datetime, brand: str, closures: Closures | None = None
) -> float:
    """How many working days of this brand's people lie between two times; 0 when none does."""
    worked = end - start
    at = start
    for begin, stop in (closures or Closures.read(start)).of(brand, start):
        lost = min(stop, end) - max(begin, at)
        if lost > timedelta():
            worked -= lost
            at = min(stop, end)
    return max(worked.total_seconds(), 0.0) / float(settings.CA_WORKING_DAY)


def add_working_days(
    start: datetime, days: float, brand: str, closures: Closures | None = None
) -> datetime:
    """The time at which `days` working days of this brand's people have passed since `start`."""
    left = timedelta(seconds=days * settings.CA_WORKING_DAY)
    at = start
    for begin, end in (closures or Closures.read(start)).of(brand, start):
        if at + left <= begin:
            break
        if end > at:
            left -= max(begin - at, timedelta())
            at = end
    return at + left
