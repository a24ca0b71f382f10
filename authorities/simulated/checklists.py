"""What a review of an organization must find good: dated rows by brand and type.

A row that changes gets a new one with the day it starts; an order is looked at by the row of the
day on which it was received.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit, staff
from accounts.access import Action
from accounts.actors import Actor
from accounts.staff import StaffRefused
from authorities.brands import Brand, Type
from authorities.simulated.orders import CaOrder, ReviewItem

FROM = date(2020, 1, 1)


class Checklist(models.Model):
    """`required`: every one of these. `one_of`: at least one of these. Both name ReviewItems."""

    brand = models.CharField(max_length=16, choices=Brand.choices)
    type = models.CharField(max_length=20, choices=Type.choices)
    starts_on = models.DateField()
    required = models.JSONField(default=list)
    one_of = models.JSONField(default=list)
    four_eyes = models.BooleanField(gettext_lazy("approved by a second person"), default=False)

    class Meta:
        verbose_name = gettext_lazy("checklist")
        verbose_name_plural = gettext_lazy("checklists")
        constraints = (
            models.UniqueConstraint(
                fields=["brand", "type", "starts_on"], name="one_checklist_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{Brand(self.brand).label} {Type(self.type).label} · {self.starts_on}"

    @property
    def items(self) -> list[ReviewItem]:
        """Every point, in the order in which the desk works."""
        return [item for item in ReviewItem if item in self.required or item in self.one_of]


Known = dict[tuple[str, str], list[Checklist]]


def read() -> Known:
    """Every row by brand and type: one query for a page of many orders."""
    found: Known = {}
    for row in Checklist.objects.order_by("starts_on"):
        found.setdefault((row.brand, row.type), []).append(row)
    return found


def checklist_of(order: CaOrder, known: Known | None = None) -> Checklist | None:
    """The row by which this order is looked at; None when nobody said what to check."""
    request, received = order.request(), order.received_at.date()
    rows = (read() if known is None else known).get((request.brand, request.type), [])
    return next((row for row in reversed(rows) if row.starts_on <= received), None)


# What is checked at first. Facts of the mirrored service: DigiCert, GeoTrust, GlobalSign and
# TrustAsia reach the company in one of three ways; CFCA and vTrus ask for papers.
REACHED = (ReviewItem.PHONE, ReviewItem.MAILBOX, ReviewItem.LETTER)
BY_TYPE: dict[Type, tuple[tuple[ReviewItem, ...], tuple[ReviewItem, ...]]] = {
    Type.OV_SSL_CERT: ((ReviewItem.REGISTRY,), REACHED),
    Type.OV_SSL_CERT_PRO: (
        (ReviewItem.REGISTRY, ReviewItem.PHONE),
        (ReviewItem.MAILBOX, ReviewItem.LETTER),
    ),
    Type.EV_SSL_CERT: ((ReviewItem.REGISTRY, ReviewItem.PHONE, ReviewItem.LETTER), ()),
    Type.EV_SSL_CERT_PRO: (
        (ReviewItem.REGISTRY, ReviewItem.PHONE, ReviewItem.MAILBOX, ReviewItem.LETTER),
        (),
    ),
}
PAPERS: dict[Brand, tuple[ReviewItem, ...]] = {
    Brand.CFCA: (ReviewItem.FORM, ReviewItem.LICENCE, ReviewItem.HANDLER_ID),
    Brand.VTRUS: (ReviewItem.SEALED_LETTER, ReviewItem.HANDLER_ID),
}
PAPERS_EV = (ReviewItem.REGISTRY, ReviewItem.PHONE)  # with the papers, where the type is EV


def load_checklists() -> int:
    """Make every checklist that is missing. Run twice, it adds nothing."""
    made = 0
    for brand in Brand:
        for kind in BY_TYPE:
            required, one_of = _at_first(brand, kind)
            made += Checklist.objects.get_or_create(
                brand=brand,
                type=kind,
                starts_on=FROM,
                defaults={
                    "required": list(required),
                    "one_of": list(one_of),
                    "four_eyes": kind.value.startswith("EV"),
                },
            )[1]
    return made


def _at_first(brand: Brand, kind: Type) -> tuple[tuple[ReviewItem, ...], tuple[ReviewItem, ...]]:
    if brand not in PAPERS:
        return BY_TYPE[kind]
    return PAPERS[brand] + (PAPERS_EV if kind.value.startswith("EV") else ()), ()


# In the hands of staff: a new row from a day on. What has begun is never changed.


def set_checklist(
    row: Checklist,
    *,
    starts_on: date,
    required: Sequence[str],
    one_of: Sequence[str],
    four_eyes: bool,
    actor: Actor,
    now: datetime,
) -> Checklist:
    """What is checked for the brand and type of `row` from a day to come."""
    staff.demand(actor, Action.SET_TERMS)
    if starts_on <= now.date():
        message = _("A checklist begins tomorrow at the earliest: cases of today keep theirs.")
        raise StaffRefused("checklist.too_early", message)
    if not required:
        message = _("Name at least one point that every case needs.")
        raise StaffRefused("checklist.empty", message)
    if set(required) & set(one_of):
        message = _("A point is needed always or as one of several, not both.")
        raise StaffRefused("checklist.twice", message)
    if len(one_of) == 1:
        message = _(
            "A choice needs at least two ways: name another, or tick this one as always needed."
        )
        raise StaffRefused("checklist.one_way", message)
    same = Checklist.objects.filter(brand=row.brand, type=row.type, starts_on=starts_on)
    with transaction.atomic():
        list(Checklist.objects.select_for_update().filter(brand=row.brand, type=row.type))
        if same.exists():
            message = _("A checklist from that day on is there already. Withdraw it first.")
            raise StaffRefused("checklist.same_day", message)
        new = Checklist.objects.create(
            brand=row.brand,
            type=row.type,
            starts_on=starts_on,
            required=_in_order(required),
            one_of=_in_order(one_of),
            four_eyes=four_eyes,
        )
        _log(new, "checklist.set", actor, now)
    return new


def withdraw_checklist(row: Checklist, *, actor: Actor, now: datetime) -> None:
    """Take back a checklist that has not begun."""
    staff.demand(actor, Action.SET_TERMS)
    with transaction.atomic():
        found = Checklist.objects.select_for_update().filter(pk=row.pk).first()
        if found is None:
            raise StaffRefused("checklist.gone", _("This checklist was withdrawn already."))
        if found.starts_on <= now.date():
            message = _("This checklist has begun. Set a new one from a day on.")
            raise StaffRefused("checklist.begun", message)
        _log(found, "checklist.withdrawn", actor, now)
        found.delete()


def _in_order(items: Sequence[str]) -> list[str]:
    return [item.value for item in ReviewItem if item in items]


def _log(row: Checklist, action: str, actor: Actor, now: datetime) -> None:
    told = partial(audit.record, project_id=None, actor=actor, now=now)
    detail = {"required": row.required, "one_of": row.one_of, "four_eyes": row.four_eyes}
    told(action=action, subject=str(row)[:100], detail=detail)
