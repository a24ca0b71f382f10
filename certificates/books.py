"""What must be true of orders, money and terms at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from certificates.purchases import Cause, Invoice, InvoiceKind, Payment, Purchase, Refund, State
from certificates.story import Certificate
from certificates.subscriptions import Subscription, opens_at

PAID = {State.PAID, State.REFUNDED}


@dataclass(frozen=True)
class Broken:
    """One thing that is not as it must be."""

    code: str
    subject: str
    message: str


def orders_have_their_goods() -> Iterator[Broken]:
    """A paid order has exactly its certificates and its invoice; another one has none."""
    below = ("certificates", "invoices", "payments", "refunds")
    everything = Purchase.objects.prefetch_related(*below)
    for purchase in everything.iterator(chunk_size=500):
        for code, message in (*_goods_problems(purchase), *_money_problems(purchase)):
            yield Broken(code, purchase.pk, message)


def _goods_problems(purchase: Purchase) -> Iterator[tuple[str, str]]:
    rows = list(purchase.certificates.all())
    firsts = sum(each.succeeds_id is None for each in rows)
    is_paid = purchase.state in PAID
    if firsts != (purchase.quantity if is_paid else 0):
        yield "order.goods", f"{purchase.state} with {firsts} of {purchase.quantity} certificates"
    if is_paid and (purchase.state == State.REFUNDED) != all(e.unsubscribed_at for e in rows):
        yield "order.given_back", f"{purchase.state}, but its certificates say something else"
    if purchase.is_unpaid and purchase.due_at is None and not purchase.set_aside_at:
        yield "order.asleep", "unpaid, and nobody will look at it again"


def _money_problems(purchase: Purchase) -> Iterator[tuple[str, str]]:
    came = sum((each.amount for each in purchase.payments.all()), Decimal(0))
    back = [each for each in purchase.refunds.all() if each.cause != Cause.UNSUBSCRIBED]
    kept = came - sum((each.amount for each in back), Decimal(0))
    is_paid = purchase.state in PAID
    if is_paid and kept != purchase.total:
        yield "order.money", f"paid, but {kept} of {purchase.total} was kept"
    if not is_paid and not purchase.is_unpaid and kept:
        yield "order.kept", f"{purchase.state}, but {kept} was not sent back"
    bills = sum(each.kind == InvoiceKind.INVOICE for each in purchase.invoices.all())
    if bills != int(is_paid and purchase.total > 0):
        yield "order.invoice", f"{purchase.state} with {bills} invoices"


def money_adds_up() -> Iterator[Broken]:
    """What was billed and credited is what came in and was owed back."""
    came = Payment.objects.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    back = Refund.objects.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    open_now = Purchase.objects.filter(state=State.UNPAID).prefetch_related("payments")
    waiting = sum((each.balance for each in open_now), Decimal(0))
    billed = Invoice.objects.aggregate(sum=Sum("total"))["sum"] or Decimal(0)
    if billed != came - back - waiting:
        yield Broken("books.sum", "invoices", f"{billed} billed, {came - back - waiting} kept")


def invoices_follow_each_other() -> Iterator[Broken]:
    for place, invoice in enumerate(Invoice.objects.order_by("number").iterator(), start=1):
        if invoice.number != place:
            yield Broken("invoice.gap", str(invoice), f"stands at place {place}")
            return
        if sum(Decimal(line["amount"]) for line in invoice.lines) != invoice.total:
            yield Broken("invoice.sum", str(invoice), "its lines add up to something else")


def given_back_is_closed() -> Iterator[Broken]:
    closed = Certificate.objects.filter(unsubscribed_at__isnull=False)
    for certificate in closed.select_related("refund").prefetch_related("applications"):
        if getattr(certificate, "refund", None) is None:
            yield Broken("certificate.no_refund", certificate.pk, "given back without its price")
        if certificate.open_application is not None:
            yield Broken("certificate.not_closed", certificate.pk, "given back, but it goes on")


def terms_go_on() -> Iterator[Broken]:
    """A term has its certificates in a row, and somebody looks when the next one is due."""
    everything = Subscription.objects.prefetch_related("certificates__versions")
    for term in everything.iterator(chunk_size=500):
        rows = sorted(term.certificates.all(), key=lambda each: each.position)
        if [each.position for each in rows] != list(range(1, len(rows) + 1)) or not rows:
            yield Broken("term.row", str(term), "its certificates do not follow each other")
            continue
        is_begun = any(each.versions.all() for each in rows)
        if is_begun != (term.starts_at is not None):
            yield Broken("term.begun", str(term), "its begin is not that of its first version")
        at = opens_at(term, rows[-1])
        if at is not None and term.due_at is None and not term.set_aside_at:
            yield Broken("term.asleep", str(term), f"nobody opens the next one on {at}")


BUYING_CHECKS: tuple[Callable[[], Iterator[Broken]], ...] = (
    orders_have_their_goods,
    money_adds_up,
    invoices_follow_each_other,
    given_back_is_closed,
    terms_go_on,
)
