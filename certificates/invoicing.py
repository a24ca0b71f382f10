"""Invoices and credit notes, numbered without a gap, in the transaction of what they bill.

Their lines are in the language of who ordered, whoever's page it is that bills, and stay so.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import language
from certificates.purchases import Invoice, InvoiceKind, Purchase
from certificates.story import Certificate

MOST_RACES = 50


def bill(purchase: Purchase, now: datetime) -> Invoice:
    """The invoice of a paid order."""
    with language.to(purchase.ordered_by.email):
        line = _line(_ordered(purchase), purchase.quantity, purchase.unit_price)
    return _write(InvoiceKind.INVOICE, purchase, [line], purchase.total, now)


def credit(purchase: Purchase, certificate: Certificate, now: datetime) -> Invoice:
    """The credit note for one certificate that was given back."""
    with language.to(purchase.ordered_by.email):
        text = _("Given back: %(label)s, certificate %(id)s") % {
            "label": purchase.label,
            "id": certificate.pk,
        }
    amount = -purchase.unit_price
    billed = purchase.invoices.get(kind=InvoiceKind.INVOICE)
    return _write(
        InvoiceKind.CREDIT_NOTE, purchase, [_line(text, 1, amount)], amount, now, corrects=billed
    )


def _ordered(purchase: Purchase) -> str:
    told = ngettext("%(label)s, %(years)d year", "%(label)s, %(years)d years", purchase.years)
    text = told % {"label": purchase.label, "years": purchase.years}
    if purchase.domain_count > 1:
        text += ", " + _("%(names)d names, of them %(wildcards)d wildcards") % {
            "names": purchase.domain_count,
            "wildcards": purchase.wildcard_count,
        }
    return text


def _line(text: str, quantity: int, price: Decimal) -> dict[str, Any]:
    return {
        "text": text,
        "quantity": quantity,
        "price": f"{price:.2f}",
        "amount": f"{price * quantity:.2f}",
    }


def _write(
    kind: InvoiceKind,
    purchase: Purchase,
    lines: list[dict[str, Any]],
    total: Decimal,
    now: datetime,
    corrects: Invoice | None = None,
) -> Invoice:
    """Take the next number. Of two at the same time one waits at the key and takes the one after;
    what is undone gives its number back with it."""
    for _race in range(MOST_RACES):
        last = Invoice.objects.aggregate(last=Max("number"))["last"] or 0
        try:
            with transaction.atomic():
                return Invoice.objects.create(
                    number=last + 1,
                    kind=kind,
                    project_id=purchase.project_id,
                    purchase=purchase,
                    corrects=corrects,
                    customer=purchase.project.name,
                    ordered_by=purchase.ordered_by.email,
                    issued_at=now,
                    lines=lines,
                    total=total,
                    currency=purchase.currency,
                )
        except IntegrityError:
            continue
    raise RuntimeError("no invoice number could be taken")
