"""What is sold, told side by side: for the shop and for the command that lists it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates.catalogue import Check, DomainType, Product, Terms, listed
from certificates.prices import Cart, price
from verification.challenges import Method

LEVELS = (
    ("DV", Check.DOMAIN),
    ("OV", Check.ORGANIZATION),
    ("EV", Check.EXTENDED),
)


WAYS = {
    Method.DNS: gettext_lazy("DNS"),
    Method.CNAME: gettext_lazy("CNAME"),
    Method.FILE: gettext_lazy("file"),
    Method.EMAIL: gettext_lazy("e-mail"),
}


@dataclass(frozen=True)
class Offer:
    """One product as the shop tells it."""

    product: Product
    terms: Terms
    name: str
    checks: str
    review: str
    methods: str
    keys: str
    names: str
    price: Decimal | None  # None: free

    @property
    def level(self) -> str:
        return self.product.type[:2]


def offer(product: Product, now: datetime) -> Offer:
    terms = product.terms(now)
    return Offer(
        product=product,
        terms=terms,
        name=product.brand_and_type(now),
        checks=", ".join(str(Check(each).label) for each in terms.checks),
        review=_review(terms),
        methods=", ".join(str(WAYS[Method(each)]) for each in terms.methods),
        keys=listed(terms.key_algorithms),
        names=_names(product, terms),
        price=None if product.is_free else price(terms, Cart(names=terms.names_least)),
    )


def _review(terms: Terms) -> str:
    if not terms.review_days_most:
        return _("Minutes to hours")
    return _("%(least)d to %(most)d working days") % {
        "least": terms.review_days_least,
        "most": terms.review_days_most,
    }


def _names(product: Product, terms: Terms) -> str:
    if product.is_wildcard:
        return _("*.example.com: all names one level below")
    if terms.names_most == 1:
        return _("One name, or one IP address") if terms.allows_addresses else _("One name")
    told = _("%(least)d to %(most)d names") % {
        "least": terms.names_least,
        "most": terms.names_most,
    }
    return told + (", " + _("wildcards too") if terms.allows_wildcard_names else "")


def offers(now: datetime) -> list[Offer]:
    """All that is sold now, the simplest first."""
    products = Product.objects.prefetch_related("all_terms")
    found = [offer(each, now) for each in products]
    order_of = {level: place for place, (level, _check) in enumerate(LEVELS)}
    return sorted(
        (each for each in found if each.terms.is_sold),
        key=lambda each: (
            order_of[each.level],
            not each.product.is_free,
            DomainType.values.index(each.product.domain_type),
            each.price or 0,
            each.product.pk,
        ),
    )
