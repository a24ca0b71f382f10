"""The catalogue in the hands of staff: new terms from a day on. What has begun is never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import transaction
from django.forms import model_to_dict
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import Action, may_as_staff
from accounts.models import User
from accounts.refusals import Obstacle, Refused
from certificates.catalogue import Product, Terms


class Facts(TypedDict, total=False):
    """What new terms say; what is left out stays as it holds now."""

    label: str
    is_sold: bool
    unit_price: Decimal
    name_price: Decimal
    wildcard_price: Decimal
    names_least: int
    names_most: int
    singles_least: int
    allows_wildcard_names: bool
    allows_addresses: bool
    checks: Sequence[str]
    hash_choice: bool
    validity_months: int
    reissue_window_days: int
    review_days_least: int
    review_days_most: int
    methods: Sequence[str]
    proves_anew: bool
    key_algorithms: Sequence[str]
    caa_identities: Sequence[str]


def set_terms(
    product: Product, *, starts_on: date, actor: User, now: datetime, **facts: Unpack[Facts]
) -> Terms:
    """Terms of a product from a day to come; until then those before hold."""
    _demand(actor)
    if starts_on <= now.date():
        message = _("Terms begin tomorrow at the earliest: what holds today was promised.")
        raise Refused([Obstacle("terms.too_early", message)])
    told = {**model_to_dict(product.terms(now), exclude=["id", "product", "starts_on"]), **facts}
    if told["review_days_least"] > told["review_days_most"]:
        message = _("A review takes at least fewer days than at most; exchange the two numbers.")
        raise Refused([Obstacle("terms.review_days", message)])
    if not 1 <= told["names_least"] <= told["names_most"]:
        message = _("“Names, at least” is 1 or more, and “Names, at most” not below it.")
        raise Refused([Obstacle("terms.names", message)])
    with transaction.atomic():
        Product.objects.select_for_update().get(pk=product.pk)
        if product.all_terms.filter(starts_on=starts_on).exists():
            message = _("Terms from that day on are there already. Withdraw them first.")
            raise Refused([Obstacle("terms.same_day", message)])
        terms = Terms.objects.create(product=product, starts_on=starts_on, **told)
        _log(actor, "terms.set", terms, now)
    return terms


def withdraw_terms(terms: Terms, *, actor: User, now: datetime) -> None:
    """Take back terms that have not begun."""
    _demand(actor)
    with transaction.atomic():
        Product.objects.select_for_update().get(pk=terms.product_id)
        if terms.starts_on <= now.date():
            message = _("These terms have begun and were promised. Set new ones from a day on.")
            raise Refused([Obstacle("terms.begun", message)])
        if not Terms.objects.filter(pk=terms.pk).exists():
            message = _("These terms were withdrawn already.")
            raise Refused([Obstacle("terms.gone", message)])
        _log(actor, "terms.withdrawn", terms, now)
        terms.delete()


def _demand(actor: User) -> None:
    if not may_as_staff(actor, Action.SET_TERMS):
        message = _("Your team does not set terms; ask a CA operator.")
        raise Refused([Obstacle("terms.forbidden", message)])


def _log(actor: User, action: str, terms: Terms, now: datetime) -> None:
    audit.record(
        project_id=None,
        actor=actor,
        action=action,
        subject=str(terms)[:100],
        now=now,
        detail={
            "label": terms.label,
            "sold": terms.is_sold,
            "prices": [
                str(price) for price in (terms.unit_price, terms.name_price, terms.wildcard_price)
            ],
            "names": [terms.names_least, terms.names_most],
            "window": terms.reissue_window_days,
            "review": [terms.review_days_least, terms.review_days_most],
            "methods": terms.methods,
            "proves_anew": terms.proves_anew,
            "keys": terms.key_algorithms,
            "caa": terms.caa_identities,
        },
    )
