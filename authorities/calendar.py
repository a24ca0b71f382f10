"""The working time of the authorities' people: working days, holidays, suspensions by brand.

A working day lasts `settings.CA_WORKING_DAY` seconds. 86,400 is the real thing: Saturdays, Sundays
and holidays do not count. With any other length every day is a working day of that many seconds.
A suspension that names the brand stops the clock in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge

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


@dataclass(frozen=True)
class Calendar:
    """Suspensions and holidays from some day on: read once, asked for as many orders as there are.

    A calendar without one of its bulletins tells what that bulletin delays.
    """

    suspending: tuple[Bulletin, ...]  # in order of their start
    holidays: frozenset[date]

    def without(self, bulletin: Bulletin) -> Calendar:
        rest = tuple(each for each in self.suspending if each.pk != bulletin.pk)
        return Calendar(rest, self.holidays)

    def suspension(self, brand: str, at: datetime) -> Bulletin | None:
        """The suspension of this brand that holds at `at`; of several the one that ends last."""
        held = [each for each in self._of(brand) if each.starts_at <= at < each.ends_at]
        return max(held, key=lambda each: each.ends_at, default=None)

    def suspensions(self, brand: str, start: datetime, end: datetime) -> list[Bulletin]:
        """The bulletins that stop this brand's people between `start` and `end`, in order."""
        return [each for each in self._of(brand) if each.starts_at < end and each.ends_at > start]

    def working_days_between(self, start: datetime, end: datetime, brand: str) -> float:
        """How many working days of this brand's people lie between two times; 0 when none does."""
        worked = end - start
        at = start
        for begin, stop in self._closed(brand, start):
            if begin >= end:
                break
            lost = min(stop, end) - max(begin, at)
            if lost > timedelta():
                worked -= lost
                at = min(stop, end)
        return max(worked.total_seconds(), 0.0) / float(settings.CA_WORKING_DAY)

    def add_working_days(self, start: datetime, days: float, brand: str) -> datetime:
        """When `days` working days of this brand's people have passed since `start`."""
        left = timedelta(seconds=days * settings.CA_WORKING_DAY)
        at = start
        for begin, end in self._closed(brand, start):
            if at + left <= begin:
                break
            if end > at:
                left -= max(begin - at, timedelta())
                at = end
        return at + left

    def _of(self, brand: str) -> list[Bulletin]:
        return [each for each in self.suspending if each.brand == brand]

    def _closed(self, brand: str, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """When this brand's people do not work from `start` on, in order."""
        spans = [(each.starts_at, each.ends_at) for each in self._of(brand) if each.ends_at > start]
        return merge(sorted(spans), self._free_days(start))

    def _free_days(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        if settings.CA_WORKING_DAY != REAL_DAY:
            return
        for number in range(FURTHEST.days):
            day = start.date() + timedelta(days=number)
            if day.weekday() >= 5 or day in self.holidays:
                begin = datetime.combine(day, time(), UTC)
                yield begin, begin + timedelta(days=1)


def calendar_from(start: datetime) -> Calendar:
    """What is known from `start` on: two queries."""
    suspending = Bulletin.objects.filter(suspends=True, ends_at__gt=start)
    holidays = Holiday.objects.filter(day__gte=start.date())
    return Calendar(
        tuple(suspending.order_by("starts_at", "pk")),
        frozenset(holidays.values_list("day", flat=True)),
    )


def suspension(brand: str, now: datetime) -> Bulletin | None:
    """The suspension of this brand that holds at `now`; of several the one that ends last."""
    return calendar_from(now).suspension(brand, now)


def suspensions(brand: str, start: datetime, end: datetime) -> list[Bulletin]:
    """The bulletins that stop this brand's people between `start` and `end`, in order."""
    return calendar_from(start).suspensions(brand, start, end)


def working_days_between(start: datetime, end: datetime, brand: str) -> float:
    """How many working days of this brand's people lie between two times; 0 when none does."""
    return calendar_from(start).working_days_between(start, end, brand)


def add_working_days(start: datetime, days: float, brand: str) -> datetime:
    """The time at which `days` working days of this brand's people have passed since `start`."""
    return calendar_from(start).add_working_days(start, days, brand)
