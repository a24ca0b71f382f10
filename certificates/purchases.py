"""The order of goods: what was ordered at which price, what was paid for it, what was billed.

What stands in these rows is frozen when they are written; only an order's state moves on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Project, User
from certificates.catalogue import Product
from work.models import DueRow
from work.steps import Step


def new_order_number() -> str:
    return "CS" + "".join(secrets.choice("0123456789") for _i in range(13))


class State(models.TextChoices):
    UNPAID = "UNPAID", _("Waiting for payment")
    PAID = "PAID", _("Paid")
    LAPSED = "LAPSED", _("Lapsed")
    CANCELLED = "CANCELLED", pgettext_lazy("order", "Cancelled")
    REFUNDED = "REFUNDED", _("Refunded")


TONES: dict[str, str] = {State.UNPAID: "you", State.PAID: "done"}


class Purchase(DueRow):
    """One order. `due_at` is when it is reminded of, then when it lapses."""

    number = models.CharField(primary_key=True, max_length=16, default=new_order_number)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="purchases")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=120)  # what the product was called
    name = models.CharField(max_length=63, blank=True, default="")
    quantity = models.PositiveIntegerField()
    domain_count = models.PositiveIntegerField(default=1)
    wildcard_count = models.PositiveIntegerField(default=0)
    years = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)  # a certificate, all years
    total = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    tags = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, db_index=True)
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    pay_until = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Of the form that ordered: the same form sent twice makes one order.
    token = models.CharField(max_length=36, blank=True, default="")

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-ordered_at", "-number")
        constraints = (
            models.UniqueConstraint(
                fields=["project", "token"],
                condition=~models.Q(token=""),
                name="one_order_a_form",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} · {self.label}"

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "ended")

    @property
    def is_unpaid(self) -> bool:
        return self.state == State.UNPAID

    @property
    def balance(self) -> Decimal:
        """What was paid for it, less what goes or went back."""
        came = self.payments.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        went = self.refunds.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        return came - went

    @property
    def left_to_pay(self) -> Decimal:
        return max(self.total - self.balance, Decimal(0))

    def step(self, now: datetime, network: Any) -> Step:
        from certificates.lapsing import look_after

        return look_after(self, now)


@contextmanager
def on_order(number: str) -> Iterator[Purchase]:
    """Lock the order, yield it, save it: all in one transaction, or nothing."""
    with transaction.atomic():
        purchase = Purchase.objects.select_for_update().get(pk=number)
        due_before = purchase.due_at
        yield purchase
        # A new time must outlive a step of this row that runs at this very moment (see DueRow).
        purchase.wakes += purchase.due_at != due_before
        purchase.save()


class Payment(models.Model):
    """Money that came in for an order, whether it still helped or not. Never changed."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="payments")
    way = models.CharField(max_length=8)
    reference = models.CharField(max_length=80)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    received_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("recorded_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["purchase", "way", "reference"], name="a_payment_once"),
        )

    def __str__(self) -> str:
        return f"{self.purchase_id} · {self.reference}"


class Cause(models.TextChoices):
    """Why money goes back."""

    UNSUBSCRIBED = "UNSUBSCRIBED", _("A certificate was given back")
    TOO_LATE = "TOO_LATE", _("It came after the order had ended")
    TOO_MUCH = "TOO_MUCH", _("More was paid than the order costs")
    TOO_LITTLE = "TOO_LITTLE", _("The order ended with a part of it paid")


class Refund(models.Model):
    """Money that goes back to the customer; `done_at` once it has."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="refunds")
    certificate = models.OneToOneField(
        "certificates.Certificate", null=True, on_delete=models.PROTECT, related_name="refund"
    )
    cause = models.CharField(max_length=16, choices=Cause.choices)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ("asked_at", "pk")

    def __str__(self) -> str:
        return f"{self.purchase_id} · {self.get_cause_display()}"


class InvoiceKind(models.TextChoices):
    INVOICE = "INVOICE", _("Invoice")
    CREDIT_NOTE = "CREDIT_NOTE", _("Credit note")


class Invoice(models.Model):
    """What was billed, or credited again. Numbers follow each other without a gap."""

    number = models.PositiveIntegerField(primary_key=True)
    kind = models.CharField(max_length=12, choices=InvoiceKind.choices)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="invoices")
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    customer = models.CharField(max_length=100)
    ordered_by = models.CharField(max_length=254)
    issued_at = models.DateTimeField()
    lines = models.JSONField()  # text, quantity, price, amount; prices as text
    total = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An invoice is never taken back; a credit note corrects it.")
