"""A term of one to three years, served by several certificates, each within the validity in force.

The term begins when its first certificate is issued. Shortly before a certificate ends the next one
is opened, waiting for its application; the last one ends with the term.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from accounts.actors import RESEAL
from certificates.buying_mails import next_is_open
from certificates.purchases import Purchase
from certificates.story import Certificate, tell
from pki import schedule
from work.models import DueRow
from work.steps import Step

SLACK = timedelta(days=1)  # a certificate may end some seconds before the term does


class Subscription(DueRow):
    """The term of one ordered certificate. `due_at` is when its next certificate is opened."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="subscriptions")
    position = models.PositiveIntegerField()  # of so many that were ordered together
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["purchase", "position"], name="a_term_once"),
        )

    def __str__(self) -> str:
        return f"{self.purchase_id} · {self.position}"

    def step(self, now: datetime, network: Any) -> Step:
        return look_after(self, now)


@dataclass(frozen=True)
class Course:
    """Where a subscription stands: its certificates so far, and those that are planned."""

    number: int  # of the certificate that is looked at
    count: int
    ends_at: datetime | None
    next_opens_at: datetime | None
    spans: tuple[tuple[datetime, datetime], ...]  # of those to come


def begin(subscription: Subscription, issued_at: datetime) -> None:
    """The first version is issued: the term runs from now on."""
    subscription.starts_at = issued_at
    subscription.ends_at = schedule.months_later(issued_at, 12 * subscription.purchase.years)
    subscription.save(update_fields=["starts_at", "ends_at"])


def opens_at(subscription: Subscription, last: Certificate) -> datetime | None:
    """When the certificate after `last` is opened; None while nothing is issued, or at the end."""
    current, ends_at = last.current, subscription.ends_at
    if current is None or ends_at is None or last.unsubscribed_at is not None:
        return None
    if current.not_after + SLACK >= ends_at:
        return None
    return current.not_after - schedule.renewal_lead(current.not_before)


def look_after(subscription: Subscription, now: datetime) -> Step:
    """Open the next certificate once it is time. An issue locks its certificate before the term;
    here only the term is locked, so that neither waits for the other for ever."""
    with transaction.atomic():
        row = Subscription.objects.select_for_update().get(pk=subscription.pk)
        last = row.certificates.order_by("-position").first()
        at = opens_at(row, last) if last is not None else None
        if last is None or at is None or now < at:
            return Step(at, changed=False)
        _open_next(row, last, now)
    return Step(None, changed=True)


def _open_next(subscription: Subscription, last: Certificate, now: datetime) -> None:
    certificate = Certificate.objects.create(
        project_id=last.project_id,
        product_id=last.product_id,
        name=last.name,
        domain_count=last.domain_count,
        wildcard_count=last.wildcard_count,
        bought_by_id=last.bought_by_id,
        purchase_id=last.purchase_id,
        subscription=subscription,
        position=last.position + 1,
        succeeds=last,
        tags=last.tags,
        created_at=now,
        changed_at=now,
    )
    tell(certificate, "open_next", "", actor=RESEAL, now=now)
    next_is_open(certificate, last, now)


def course(certificate: Certificate, now: datetime) -> Course | None:
    """The term of a certificate as its page tells it; None when it is not part of one."""
    subscription = certificate.subscription
    if subscription is None:
        return None
    rows = list(subscription.certificates.prefetch_related("versions").order_by("position"))
    last, ends_at = rows[-1], subscription.ends_at
    if ends_at is None:
        spans = schedule.plan(now, subscription.purchase.years)
        return Course(certificate.position, len(spans), None, None, spans[1:])
    current = last.current
    begins = current.not_after if current else now
    spans = schedule.cover(begins, ends_at) if begins + SLACK < ends_at else ()
    # One that waits for its application is the first of those still to be issued.
    count = len(rows) + len(spans) - (current is None and bool(spans))
    return Course(certificate.position, count, ends_at, opens_at(subscription, last), tuple(spans))
