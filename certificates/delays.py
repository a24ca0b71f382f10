"""What the authorities' bulletins mean for one reader: which certificates they delay, to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from authorities.calendar import Bulletin, Calendar
from certificates.applications import Application
from certificates.outlook import of_application
from certificates.story import Certificate

SOON = timedelta(days=14)
# An organization review that is going on began after this: its holidays count into the forecast.
LOOKS_BACK = timedelta(days=60)
NAMED = 3  # how many certificates a note names before it counts


@dataclass(frozen=True)
class Delay:
    certificate: Certificate
    until: datetime  # when it is expected now


@dataclass(frozen=True)
class Notice:
    """A bulletin as its reader meets it."""

    bulletin: Bulletin
    delays: list[Delay]

    @property
    def named(self) -> list[Delay]:
        return self.delays[:NAMED]

    @property
    def unnamed(self) -> int:
        return max(len(self.delays) - NAMED, 0)


def notices_for(
    certificates: QuerySet[Certificate], now: datetime, calendar: Calendar
) -> list[Notice]:
    """The bulletins that hold now or soon, for brands of which the reader holds `certificates`."""
    bulletins = Bulletin.objects.filter(
        brand__in=certificates.order_by().values("product__brand"),
        starts_at__lte=now + SOON,
        ends_at__gt=now,
    )
    found = list(bulletins.order_by("starts_at", "pk"))
    if any(each.types for each in found):
        held = set(certificates.order_by().values_list("product__brand", "product__type"))
        found = [each for each in found if any(each.concerns(*about) for about in held)]
    return with_delays(found, certificates, now, calendar) if found else []


def with_delays(
    bulletins: Sequence[Bulletin],
    certificates: QuerySet[Certificate],
    now: datetime,
    calendar: Calendar,
) -> list[Notice]:
    """Each bulletin with those of `certificates` that would be issued earlier without it."""
    opened = (
        Application.objects.filter(
            ended_at__isnull=True,
            certificate__in=certificates.order_by().values("pk"),
            certificate__product__brand__in={each.brand for each in bulletins if each.suspends},
        )
        .defer("csr")
        .select_related("ca_request", "certificate__product")
        .prefetch_related("certificate__product__all_terms")
        .order_by("submitted_at", "pk")
    )
    return [Notice(each, _delays(each, opened, now, calendar)) for each in bulletins]


def _delays(
    bulletin: Bulletin, opened: QuerySet[Application], now: datetime, calendar: Calendar
) -> list[Delay]:
    if not bulletin.suspends:
        return []
    otherwise = calendar.without(bulletin)
    found = []
    for application in opened:
        product = application.certificate.product
        if not bulletin.concerns(product.brand, product.type):
            continue
        until = of_application(application, product, now, calendar).issued.latest
        if until > of_application(application, product, now, otherwise).issued.latest:
            found.append(Delay(application.certificate, until))
    return found
