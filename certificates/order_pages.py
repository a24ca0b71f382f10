"""The customer's orders: the list, one of them, paying, cancelling, and its invoices."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import Action, may, visible
from accounts.doors import LOOK, PRESS, behind, person
from accounts.refusals import Refused
from certificates.badges import Badge, badge
from certificates.buying import cancel_order, pay_now
from certificates.payments import payment_way
from certificates.purchases import Invoice, Purchase
from work.loop import clock

ROWS = 50
SHOWN = 100  # certificates of one order; beyond them the list tells the rest


def state_badge(purchase: Purchase) -> Badge:
    return Badge(purchase.tone, str(purchase.get_state_display()))


def _order(request: HttpRequest, number: str) -> Purchase:
    rows = Purchase.objects.select_related("project", "product", "ordered_by")
    found = visible(rows, person(request)).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    """The newest first. A page begins after the order that `after` names."""
    seen = visible(Purchase.objects.select_related("project"), request.user)
    rows = seen.order_by("-ordered_at", "-number")
    last = seen.filter(pk=request.GET.get("after", "")[:16]).first()
    if last is not None:
        older = rows.filter(ordered_at__lt=last.ordered_at)
        same = rows.filter(ordered_at=last.ordered_at, number__lt=last.number)
        rows = (older | same).order_by("-ordered_at", "-number")
    page = list(rows[: ROWS + 1])
    context = {
        "here": "orders",
        "rows": [(each, state_badge(each)) for each in page[:ROWS]],
        "shows_projects": len({each.project_id for each in page}) > 1,
        "following": page[ROWS - 1].pk if len(page) > ROWS else "",
        "is_first": last is None,
    }
    return render(request, "certificates/buying/orders.html", context)


@behind(_order, LOOK, page="orders")
def order_page(request: HttpRequest, purchase: Purchase) -> HttpResponse:
    way = payment_way()
    certificates = purchase.certificates.select_related("subscription").order_by(
        "subscription__position", "position", "created_at", "pk"
    )
    may_buy = may(person(request), Action.BUY, purchase)
    context = {
        "here": "orders",
        "purchase": purchase,
        "badge": state_badge(purchase),
        "left": purchase.left_to_pay,
        "account": way.account,
        "pays_here": way.name == "demo",
        "may_buy": may_buy,
        "certificates": [(each, badge(each, None)) for each in certificates[:SHOWN]],
        "invoices": purchase.invoices.all(),
        "payments": purchase.payments.all(),
        "refunds": purchase.refunds.all(),
        "now": clock(),
    }
    return render(request, "certificates/buying/order.html", context)


@behind(_order, PRESS, page="orders")
def order_pay(request: HttpRequest, purchase: Purchase) -> HttpResponse:
    try:
        pay_now(purchase.pk, actor=person(request), now=clock())
    except Refused as refused:
        _tell(request, refused)
    else:
        messages.success(request, _("Paid. Apply for each certificate next."))
    return redirect("order", number=purchase.pk)


@behind(_order, PRESS, page="orders")
def order_cancel(request: HttpRequest, purchase: Purchase) -> HttpResponse:
    try:
        cancel_order(purchase.pk, actor=person(request), now=clock())
    except Refused as refused:
        _tell(request, refused)
    else:
        told = _("Cancelled. Nothing is to be paid for it; what was paid already is paid back.")
        messages.success(request, told)
    return redirect("order", number=purchase.pk)


def _tell(request: HttpRequest, refused: Refused) -> None:
    for each in refused.obstacles:
        messages.error(request, each.message)


def _invoice(request: HttpRequest, number: int) -> Invoice:
    rows = visible(Invoice.objects.select_related("purchase", "project"), person(request))
    found = rows.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


@behind(_invoice, LOOK, page="orders")
def invoice_page(request: HttpRequest, invoice: Invoice) -> HttpResponse:
    """For the printer: without the console around it."""
    return render(request, "certificates/buying/invoice.html", {"invoice": invoice})
