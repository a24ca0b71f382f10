"""List what can be ordered, with its price."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from certificates.offers import Offer, offers
from certificates.operator import OperatorCommand
from certificates.prices import money
from work.loop import clock


class Command(OperatorCommand):
    help = "List the products that are sold now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = offers(clock())
        if options["json"]:
            self.answer(
                {"currency": settings.CURRENCY, "products": [_facts(each) for each in found]}
            )
            return
        for each in found:
            price = "free" if each.price is None else money(each.price).replace("\u00a0", " ")
            self.stdout.write(f"{each.product.pk:>4}  {_key(each):<44} {price:>14}  {each.name}")


def _key(each: Offer) -> str:
    """As `buy --product` takes it."""
    product = each.product
    free = "/FREE" if product.is_free else ""
    return f"{product.brand}/{product.type}/{product.domain_type}{free}"


def _facts(each: Offer) -> dict[str, Any]:
    product, terms = each.product, each.terms
    return {
        "id": product.pk,
        "key": _key(each),
        "name": each.name,
        "brand": product.brand,
        "type": product.type,
        "domain_type": product.domain_type,
        "free": product.is_free,
        "checks": terms.checks,
        "review_days": [terms.review_days_least, terms.review_days_most],
        "methods": terms.methods,
        "key_algorithms": terms.key_algorithms,
        "names": [terms.names_least, terms.names_most],
        "wildcard_names": terms.allows_wildcard_names,
        "addresses": terms.allows_addresses,
        "price": str(terms.unit_price),
        "name_price": str(terms.name_price),
        "wildcard_price": str(terms.wildcard_price),
        "validity_months": terms.validity_months,
    }
