"""The shop: what there is to buy, side by side, and the form that orders one of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import Action, rooms_where
from accounts.doors import FORM, behind, person
from accounts.models import Project
from accounts.refusals import Refused
from authorities.brands import Brand
from certificates.buying import FREE_QUOTA, free_used, order
from certificates.catalogue import DomainType, Product, Terms, Type
from certificates.list_controls import Choice
from certificates.offers import LEVELS, Offer, offer, offers
from certificates.order_form import OrderForm
from certificates.prices import Cart, price
from pki import schedule
from work.loop import clock


def _choices(wanted: dict[str, str]) -> list[Choice]:
    labels: dict[str, tuple[str, str, Sequence[tuple[str, Any]]]] = {
        "type": (_("Type"), _("Any type"), Type.choices),
        "domain_type": (_("Domain type"), _("Any domain type"), DomainType.choices),
        "brand": (_("Brand"), _("Any brand"), Brand.choices),
    }
    return [
        Choice(name, label, everything, wanted[name], options)
        for name, (label, everything, options) in labels.items()
    ]


def _fitting(found: Iterable[Offer], wanted: dict[str, str]) -> list[Offer]:
    asked = {name: value for name, value in wanted.items() if value}
    return [
        each
        for each in found
        if all(getattr(each.product, name) == value for name, value in asked.items())
    ]


@login_required
@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    wanted = {name: request.GET.get(name, "") for name in ("type", "domain_type", "brand")}
    found = offers(clock())
    shown = _fitting(found, wanted)
    by_level = [
        (level, check.label, [each for each in shown if each.level == level])
        for level, check in LEVELS
    ]
    context = {
        "here": "products",
        "levels": [each for each in by_level if each[2]],
        "choices": _choices(wanted),
        "narrows": any(wanted.values()),
        "validity_days": schedule.validity_days(clock()),
        "may_buy": bool(rooms_where(request.user, Action.BUY)),
    }
    return render(request, "certificates/buying/products.html", context)


def _product(request: HttpRequest, pk: int) -> Product:
    product = Product.objects.prefetch_related("all_terms").filter(pk=pk).first()
    if product is None:
        raise Http404
    return product


@behind(_product, FORM, page="products")
def product_page(request: HttpRequest, product: Product) -> HttpResponse:
    """GET shows the form and what it would cost; POST with `order` orders, without it counts."""
    now = clock()
    rooms = rooms_where(request.user, Action.BUY)
    projects = list(Project.objects.filter(pk__in=rooms).order_by("name", "pk"))
    if not projects:
        return render(request, "certificates/buying/no_project.html", {"here": "products"})
    terms = product.terms(now)
    posted = request.POST if request.method == "POST" else None
    wished = {"project": request.GET.get("project", "")}
    form = OrderForm(posted, product=product, terms=terms, projects=projects, initial=wished)
    if posted is not None and form.is_valid() and "order" in posted:
        try:
            purchase = order(
                project=form.chosen_project(),
                product=product,
                cart=form.cart(),
                actor=person(request),
                now=now,
                token=form.cleaned_data["token"],
            )
        except Refused as refused:
            form.tell(refused)
        else:
            return redirect("order", number=purchase.pk)
    context = {"here": "products", "form": form, "offer": offer(product, now), "now": now}
    context |= _bill(form, product, terms, now)
    if product.is_free:
        context |= {"quota": FREE_QUOTA, "used": free_used(projects[0])}
    return render(request, "certificates/buying/product.html", context)


def _bill(form: OrderForm, product: Product, terms: Terms, now: datetime) -> dict[str, Any]:
    """What the form as it stands would cost, and the certificates of each term."""
    if form.is_bound and form.is_valid():
        cart = form.cart()
    else:
        cart = Cart(years=0 if product.is_free else 1, names=terms.names_least)
    unit = price(terms, cart)
    return {
        "cart": cart,
        "unit": unit,
        "total": unit * cart.quantity,
        "plans": [] if product.is_free else [schedule.plan(now, years) for years in (1, 2, 3)],
        "plan": schedule.plan(now, cart.years) if cart.years else (),
    }
