"""The working time of the authorities' people: working days, holidays, suspensions by brand.

A working day lasts `settings.CA_WORKING_DAY` seconds. 86,400 is the real thing: Saturdays, Sundays
and holidays do not count. With any other length every day is a working day of that many seconds.
A suspension that names the brand stops the clock in both, for the types that it names.

`kind` is a certificate type throughout; without one only suspensions of every type count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from authorities.brands import Brand, Type

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


class Severity(models.TextChoices):
    INFORMATION = "INFORMATION", _("For information")
    WARNING = "WARNING", _("Plan for it")
    CRITICAL = "CRITICAL", _("Act now")


TONES = {Severity.INFORMATION: "ca", Severity.WARNING: "you", Severity.CRITICAL: "problem"}


class Bulletin(models.Model):
    """An announcement for one brand. While it suspends, that brand's people do not work.

    `types` narrows it to certificates of these types; empty: it concerns all of the brand.
    """

    brand = models.CharField(max_length=16, choices=Brand.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    suspends = models.BooleanField(_("suspends issuing"), default=False)
    types = models.JSONField(_("types"), default=list, blank=True)
    severity = models.CharField(
        _("severity"), max_length=12, choices=Severity.choices, default=Severity.INFORMATION
    )
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

    @property
    def tone(self) -> str:
        return TONES[Severity(self.severity)]

    @property
    def concerned(self) -> str:
        """DigiCert EV, EV Pro; or the brand alone where all of it is concerned."""
        types = ", ".join(str(Type(each).label) for each in self.types)
        return f"{Brand(self.brand).label} {types}".rstrip()

    def concerns(self, brand: str, kind: str = "") -> bool:
        return self.brand == brand and (not self.types or kind in self.types)


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

    def suspension(self, brand: str, at: datetime, kind: str = "") -> Bulletin | None:
        """The suspension of this brand that holds at `at`; of several the one that ends last."""
        held = [each for each in self._of(brand, kind) if each.starts_at <= at < each.ends_at]
        return max(held, key=lambda each: each.ends_at, default=None)

    def suspensions(
        self, brand: str, start: datetime, end: datetime, kind: str = ""
    ) -> list[Bulletin]:
        """The bulletins that stop this brand's people between `start` and `end`, in order."""
        found = self._of(brand, kind)
        return [each for each in found if each.starts_at < end and each.ends_at > start]

    def working_days_between(
        self, start: datetime, end: datetime, brand: str, kind: str = ""
    ) -> float:
        """How many working days of this brand's people lie between two times; 0 when none does."""
        worked = end - start
        at = start
        for begin, stop in self._closed(brand, kind, start):
            if begin >= end:
                break
            lost = min(stop, end) - max(begin, at)
            if lost > timedelta():
                worked -= lost
                at = min(stop, end)
        return max(worked.total_seconds(), 0.0) / float(settings.CA_WORKING_DAY)

    def add_working_days(
        self, start: datetime, days: float, brand: str, kind: str = ""
    ) -> datetime:
        """When `days` working days of this brand's people have passed since `start`."""
        left = timedelta(seconds=days * settings.CA_WORKING_DAY)
        at = start
        for begin, end in self._closed(brand, kind, start):
            if at + left <= begin:
                break
            if end > at:
                left -= max(begin - at, timedelta())
                at = end
        return at + left

    def _of(self, brand: str, kind: str) -> list[Bulletin]:
        return [each for each in self.suspending if each.concerns(brand, kind)]

    def _closed(
        self, brand: str, kind: str, start: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """When this brand's people do not work from `start` on, in order."""
        held = [each for each in self._of(brand, kind) if each.ends_at > start]
        spans = [(each.starts_at, each.ends_at) for each in held]
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


def suspension(brand: str, now: datetime, kind: str = "") -> Bulletin | None:
    """The suspension of this brand that holds at `now`; of several the one that ends last."""
    return calendar_from(now).suspension(brand, now, kind)


def working_days_between(start: datetime, end: datetime, brand: str, kind: str = "") -> float:
    """How many working days of this brand's people lie between two times; 0 when none does."""
    return calendar_from(start).working_days_between(start, end, brand, kind)


def add_working_days(start: datetime, days: float, brand: str, kind: str = "") -> datetime:
    """The time at which `days` working days of this brand's people have passed since `start`."""
    return calendar_from(start).add_working_days(start, days, brand, kind)
