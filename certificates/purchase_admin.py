"""Orders and money in the hands of staff: what came in is recorded, what is owed back is sent."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action
from accounts.models import User
from accounts.verb_admin import Verb, VerbAdmin
from certificates.badges import Badge
from certificates.buying import record_payment
from certificates.prices import money
from certificates.purchases import Invoice, Payment, Purchase, Refund, State
from certificates.refunding import refund_done
from work.admin import ReadOnlyAdmin, ReadOnlyInline, StandingFilter


class PaymentForm(forms.Form):
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        localize=False,
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference of the bank"),
        max_length=80,
        help_text=gettext_lazy("As on the statement. The same one again changes nothing."),
    )
    received_on = forms.DateField(
        label=gettext_lazy("Received on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Written like 2027-03-15."),
    )


class RefundForm(forms.Form):
    reference = forms.CharField(label=gettext_lazy("Reference of the transfer"), max_length=80)


def run_payment(
    row: Purchase, *, amount: Decimal, reference: str, received_on: date, actor: User, now: datetime
) -> str:
    after = record_payment(
        row.pk,
        amount=amount,
        reference=reference,
        received_on=received_on,
        actor=actor,
        now=now,
    )
    return _("%(order)s: %(state)s.") % {"order": row.pk, "state": after.get_state_display()}


def run_refund(row: Refund, *, reference: str, actor: User, now: datetime) -> str:
    refund_done(row.pk, reference=reference, actor=actor, now=now)
    return _("%(refund)s: sent.") % {"refund": row}


RECORD_PAYMENT = Verb(
    name="payment",
    label=gettext_lazy("Record payment…"),
    title=gettext_lazy("Record money that came in"),
    press=gettext_lazy("Record this payment"),
    action=Action.RECORD_PAYMENT,
    run=run_payment,
    form=PaymentForm,
    initial=lambda row, now: {"amount": row.left_to_pay, "received_on": now.date()},
    effects=lambda row: (
        _("With the whole price there, the certificates are made and the invoice is written."),
        _("What comes after the order ended, or beyond its price, is kept and owed back."),
    ),
)
REFUND_DONE = Verb(
    name="done",
    label=gettext_lazy("Refund done…"),
    title=gettext_lazy("Record that the money was sent back"),
    press=gettext_lazy("Record this refund"),
    action=Action.RECORD_PAYMENT,
    run=run_refund,
    form=RefundForm,
    fits=lambda row, now: row.done_at is None,
    effects=lambda row: (_("The customer reads on the order's page that it was sent."),),
)


def shown(tone: str, label: str) -> SafeString:
    return render_to_string("parts/state.html", {"badge": Badge(tone, label)})


class ByNeed(StandingFilter):
    title = gettext_lazy("work")
    parameter_name = "work"
    standing = gettext_lazy("Needs work")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("unpaid", _("Waiting for payment")),
            ("refund", _("Money to send back")),
            ("all", _("All")),
        ]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen == "all" or (chosen is None and request.GET.get("q")):
            return rows
        unpaid, owes = Q(state=State.UNPAID), Q(owes=True)
        wanted = {"unpaid": unpaid, "refund": owes}
        return rows.filter(wanted.get(chosen or "", unpaid | owes))


class ToSend(StandingFilter):
    title = gettext_lazy("work")
    parameter_name = "work"
    standing = gettext_lazy("To send")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        is_all = self.value() == "all" or request.GET.get("q")
        return rows if is_all else rows.filter(done_at__isnull=True)


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = readonly_fields = ("received_on", "amount", "way", "reference", "recorded_by")


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = readonly_fields = ("asked_at", "cause", "amount", "done_at", "reference", "done_by")
    fk_name = "purchase"


@admin.register(Purchase)
class PurchaseAdmin(VerbAdmin):
    list_display = ("number", "project", "label", "quantity", "price", "stands", "pay_until")
    list_select_related = ("project",)
    list_filter = (ByNeed, "state")
    search_fields = ("number", "project__name", "ordered_by__email", "payments__reference")
    fields = (
        "number",
        "project",
        "label",
        "quantity",
        "years",
        "domain_count",
        "wildcard_count",
        "unit_price",
        "price",
        "paid_so_far",
        "state",
        "ordered_by",
        "ordered_at",
        "pay_until",
        "paid_at",
        "ended_at",
    )
    readonly_fields = ("price", "paid_so_far")
    inlines = (PaymentInline, RefundInline)
    verbs = (RECORD_PAYMENT,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        owed = Refund.objects.filter(purchase=OuterRef("pk"), done_at__isnull=True)
        rows: QuerySet[Any] = super().get_queryset(request)
        owing: QuerySet[Any] = rows.annotate(owes=Exists(owed))
        return owing

    @admin.display(description=gettext_lazy("Total"), ordering="total")
    def price(self, row: Purchase) -> str:
        return money(row.total, row.currency)

    @admin.display(description=gettext_lazy("Paid so far, less what goes back"))
    def paid_so_far(self, row: Purchase) -> str:
        return money(row.balance, row.currency)

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def stands(self, row: Any) -> SafeString:
        told = str(row.get_state_display())
        if row.owes:
            return shown("you", _("%(state)s, money to send back") % {"state": told})
        return shown("ca" if row.is_unpaid else row.tone, told)


@admin.register(Refund)
class RefundAdmin(VerbAdmin):
    list_display = ("purchase", "cause", "price", "asked_at", "stands")
    list_select_related = ("purchase",)
    list_filter = (ToSend, "cause")
    search_fields = ("purchase__number", "reference")
    fields = (
        "purchase",
        "certificate",
        "cause",
        "price",
        "asked_at",
        "done_at",
        "reference",
        "done_by",
    )
    readonly_fields = ("price",)
    verbs = (REFUND_DONE,)

    @admin.display(description=gettext_lazy("Amount"), ordering="amount")
    def price(self, row: Refund) -> str:
        return money(row.amount, row.purchase.currency)

    @admin.display(description=gettext_lazy("State"), ordering="done_at")
    def stands(self, row: Refund) -> SafeString:
        return shown("done", _("Sent")) if row.done_at else shown("you", _("To send"))


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "customer", "purchase", "price", "issued_at")
    list_select_related = ("purchase",)
    list_filter = ("kind",)
    search_fields = ("number", "customer", "purchase__number")
    fields = (
        "number",
        "kind",
        "customer",
        "ordered_by",
        "purchase",
        "corrects",
        "what",
        "price",
        "issued_at",
    )
    readonly_fields = ("what", "price")

    @admin.display(description=gettext_lazy("Total"), ordering="total")
    def price(self, row: Invoice) -> str:
        return money(row.total, row.currency)

    @admin.display(description=gettext_lazy("Lines"))
    def what(self, row: Invoice) -> str:
        return "; ".join(f"{line['quantity']} × {line['text']}" for line in row.lines)
