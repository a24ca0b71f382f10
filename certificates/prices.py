"""What an order costs: from the terms of the day, for so many names and years."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.utils.formats import number_format

from certificates.catalogue import Terms


@dataclass(frozen=True)
class Cart:
    """What somebody wants to order of one product. `years` is zero for a free test."""

    quantity: int = 1
    years: int = 1
    names: int = 1  # in each certificate, wildcards included
    wildcards: int = 0
    name: str = ""  # of the certificates; several are numbered
    tags: dict[str, str] = field(default_factory=dict)


def price(terms: Terms, cart: Cart) -> Decimal:
    """The price of one certificate for its whole term. The first name is in the unit price."""
    singles = cart.names - cart.wildcards - 1
    year = terms.unit_price + singles * terms.name_price + cart.wildcards * terms.wildcard_price
    return year * cart.years


def money(amount: Decimal, currency: str = "") -> str:
    """EUR 1,490.00"""
    told = number_format(amount, 2, use_l10n=True, force_grouping=True)
    return f"{currency or settings.CURRENCY}\u00a0{told}"
