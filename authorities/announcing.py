"""Bulletins and holidays as staff announce them: every change moves the dates that wait for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit, staff
from accounts.access import Action
from accounts.actors import Actor
from authorities.calendar import Bulletin, Holiday
from authorities.signals import changed
from authorities.simulated.orders import CaOrder, State
from work.nudge import wake

# What stands by a date of the calendar: a planned mail, an issue that a suspension holds up.
DATED = (State.SCHEDULED, State.ISSUING)


def announce(bulletin: Bulletin, *, actor: Actor, now: datetime) -> None:
    """Keep a new or changed bulletin, write it down, let the brand's orders plan anew."""
    staff.demand(actor, Action.ANNOUNCE)
    with transaction.atomic():
        before = Bulletin.objects.filter(pk=bulletin.pk).first()
        bulletin.save()
        _log(bulletin, before is None, actor, now, bulletin.brand)
        for brand in {bulletin.brand, before.brand if before else bulletin.brand}:
            _plan_anew(now, brand)
        changed.send(Bulletin, bulletin_id=bulletin.pk, now=now)


def set_holiday(holiday: Holiday, *, actor: Actor, now: datetime) -> None:
    """Keep a new or changed holiday, write it down, let every brand's orders plan anew."""
    staff.demand(actor, Action.ANNOUNCE)
    with transaction.atomic():
        is_new = not Holiday.objects.filter(pk=holiday.pk).exists()
        holiday.save()
        _log(holiday, is_new, actor, now, f"{holiday.day:%Y-%m-%d}")
        _plan_anew(now)


def _log(row: Bulletin | Holiday, is_new: bool, actor: Actor, now: datetime, about: str) -> None:
    kind = row._meta.model_name
    audit.record(
        project_id=None,
        actor=actor,
        action=f"{kind}.{'add' if is_new else 'change'}",
        subject=f"{kind} {row.pk}",
        now=now,
        detail={"about": about, "title": str(row)},
    )


def _plan_anew(now: datetime, brand: str = "") -> None:
    orders = CaOrder.objects.filter(state__in=DATED)
    if brand:
        orders = orders.filter(payload__brand=brand)
    for pk, request_id in orders.values_list("pk", "request_id"):
        wake(CaOrder, pk, now)
        changed.send(CaOrder, request_id=request_id, now=now)
