"""Ordering and paying in tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from accounts.access import Team
from accounts.models import User
from accounts.refusals import Refused
from certificates.buying import order, pay_now, record_payment
from certificates.catalogue import Product
from certificates.invariants import broken_invariants
from certificates.prices import Cart
from certificates.purchases import Purchase
from certificates.story import Certificate
from certificates.unsubscribing import unsubscribe
from tests.cast import World


def ordered(world: World, product: Product | None = None, **cart: Any) -> Purchase:
    return order(
        project=world.acme,
        product=product or world.product(),
        cart=Cart(**cart),
        actor=world.alice,
        now=world.now,
    )


def paid(world: World, product: Product | None = None, **cart: Any) -> Purchase:
    purchase = ordered(world, product, **cart)
    pay_now(purchase.pk, actor=world.alice, now=world.now)
    return fresh(purchase)


def fresh(purchase: Purchase) -> Purchase:
    return Purchase.objects.get(pk=purchase.pk)


def cashier(world: World) -> User:
    found = User.objects.filter(email="sue@reseal.example").first()
    return found or world.staff("sue", Team.SUPPORT)


def transferred(
    world: World, purchase: Purchase, amount: str, reference: str = "TX1", on: date | None = None
) -> Purchase:
    record_payment(
        purchase.pk,
        amount=Decimal(amount),
        reference=reference,
        received_on=on or world.now.date(),
        actor=cashier(world),
        now=world.now,
    )
    return fresh(purchase)


def give_back(world: World, certificate: Certificate) -> list[str]:
    """The codes of the refusal; empty when it was given back."""
    try:
        unsubscribe(certificate=world.fresh(certificate), actor=world.alice, now=world.now)
    except Refused as refused:
        return [each.code for each in refused.obstacles]
    return []


def assert_sound() -> None:
    assert broken_invariants() == []
