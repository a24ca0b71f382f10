"""What we write about orders and terms, inside the transaction of what it tells.

Words, days and amounts are made in the language of the recipient: who records a payment reads
their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import language
from accounts.access import ROLES, Action
from accounts.dates import day
from accounts.models import Membership
from certificates.payments import payment_way
from certificates.prices import money
from certificates.purchases import Purchase, Refund
from certificates.story import Certificate
from verification.mail import post


@dataclass(frozen=True)
class Row:
    label: str
    value: str


def reminder(purchase: Purchase, left: Decimal, now: datetime) -> None:
    """It lapses soon."""
    with language.to(purchase.ordered_by.email):
        until = day(purchase.pay_until)
        account = payment_way().account
        rows = [Row(_("To pay"), money(left, purchase.currency)), Row(_("Until"), until)]
        rows += [Row(_("To"), account)] if account else []
        _about_order(
            purchase,
            now,
            subject=_("Not paid yet: order %(number)s lapses on %(day)s")
            % {"number": purchase.pk, "day": until},
            text=_("Pay until then with the order's number as the reference, or it lapses."),
            rows=rows,
        )


def paid(purchase: Purchase, now: datetime) -> None:
    """It is paid; its certificates wait for their applications."""
    with language.to(purchase.ordered_by.email):
        _about_order(
            purchase,
            now,
            subject=_("Paid: order %(number)s") % {"number": purchase.pk},
            text=_("Its certificates are there. Apply for each: name its domain and a contact."),
            rows=[Row(_("Paid"), money(purchase.total, purchase.currency))],
        )


def lapsed(purchase: Purchase, now: datetime) -> None:
    """Nobody paid in time."""
    with language.to(purchase.ordered_by.email):
        _about_order(
            purchase,
            now,
            subject=_("Lapsed: order %(number)s was not paid") % {"number": purchase.pk},
            text=_("It was open until %(day)s and nothing is owed. Order again whenever you like.")
            % {"day": day(purchase.pay_until)},
            rows=[],
        )


def refund_due(refund: Refund, now: datetime) -> None:
    """Money goes back, and why."""
    purchase = refund.purchase
    with language.to(purchase.ordered_by.email):
        amount = money(refund.amount, purchase.currency)
        _about_order(
            purchase,
            now,
            subject=_("Refund of %(amount)s for order %(number)s")
            % {"amount": amount, "number": purchase.pk},
            text=_("We send it back the way it came; the order's page tells when it has left."),
            rows=[Row(_("Amount"), amount), Row(_("Why"), str(refund.get_cause_display()))],
        )


def next_is_open(certificate: Certificate, last: Certificate, now: datetime) -> None:
    """The next certificate of a term waits for its application: told to all who may apply."""
    current = last.current
    assert current is not None
    roles = [role for role, actions in ROLES.items() if Action.APPLY in actions]
    people = Membership.objects.filter(
        project_id=certificate.project_id, role__in=roles, user__is_active=True
    ).select_related("user")
    for member in people:
        with language.to(member.user.email):
            _write(
                certificate.pk,
                member.user.email,
                reverse("certificate", args=[certificate.pk]),
                now,
                subject=_("Apply now: the successor of your certificate for %(domain)s")
                % {"domain": last.domain},
                text=_("The certificate in force ends on %(day)s. The next one is paid for: apply.")
                % {"day": day(current.not_after)},
                rows=[
                    Row(_("Ends"), f"{last.pk}, {day(current.not_after)}"),
                    Row(_("Next"), certificate.pk),
                ],
            )


def _about_order(
    purchase: Purchase, now: datetime, *, subject: str, text: str, rows: Sequence[Row]
) -> None:
    ordered = [Row(_("Order"), purchase.pk), Row(_("Product"), purchase.label)]
    _write(
        purchase.pk,
        purchase.ordered_by.email,
        reverse("order", args=[purchase.pk]),
        now,
        subject=subject,
        text=text,
        rows=[*ordered, *rows],
    )


def _write(
    about: str,
    recipient: str,
    page: str,
    now: datetime,
    *,
    subject: str,
    text: str,
    rows: Sequence[Row],
) -> None:
    post(
        "order",
        about=about,
        recipient=recipient,
        sender=f"Reseal <{settings.DEFAULT_FROM_EMAIL}>",
        now=now,
        context={
            "subject": subject,
            "text": text,
            "rows": rows,
            "page": settings.PUBLIC_URL.rstrip("/") + page,
        },
    )
