"""Money that goes back: owed in one verb, sent in another, both told to the customer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import staff
from accounts.access import Action
from accounts.models import User
from accounts.refusals import Obstacle, Refused
from certificates import buying_mails
from certificates.payments import payment_way
from certificates.purchases import Cause, Purchase, Refund
from certificates.story import Certificate


def owe(
    purchase: Purchase,
    cause: Cause,
    amount: Decimal,
    now: datetime,
    certificate: Certificate | None = None,
) -> Refund:
    """Owe the customer this much; sent at once where the way to pay can."""
    refund = Refund.objects.create(
        purchase=purchase, certificate=certificate, cause=cause, amount=amount, asked_at=now
    )
    reference = payment_way().give_back(refund)
    if reference is not None:
        refund.done_at, refund.reference = now, reference
        refund.save(update_fields=["done_at", "reference"])
    buying_mails.refund_due(refund, now)
    return refund


def refund_done(refund_id: int, *, reference: str, actor: User, now: datetime) -> None:
    """Staff have sent the money back."""
    staff.demand(actor, Action.RECORD_PAYMENT)
    with transaction.atomic():
        refund = Refund.objects.select_for_update().get(pk=refund_id)
        if refund.done_at is not None:
            message = _("This refund was sent already: %(reference)s.")
            told = message % {"reference": refund.reference}
            raise Refused([Obstacle("refund.done", told)])
        refund.done_at, refund.done_by, refund.reference = now, actor, reference
        refund.save(update_fields=["done_at", "done_by", "reference"])
