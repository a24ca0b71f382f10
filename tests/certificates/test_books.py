"""Each finding about orders, money and terms, made by breaking a row behind the verbs' backs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from certificates.invariants import broken_invariants
from certificates.purchases import Invoice, Payment, Purchase, Refund, State
from certificates.story import Certificate
from certificates.subscriptions import Subscription
from tests.cast import World
from tests.certificates.test_unsubscribing import issued
from tests.certificates.trading import give_back, ordered, paid

pytestmark = pytest.mark.django_db


def codes() -> set[str]:
    return {broken.code for broken in broken_invariants()}


BREAKS: list[tuple[str, Callable[[World], object]]] = [
    ("order.goods", lambda world: Purchase.objects.filter(state=State.PAID).update(quantity=3)),
    ("order.asleep", lambda world: Purchase.objects.update(due_at=None)),
    ("order.money", lambda world: Payment.objects.update(amount=1)),
    ("books.sum", lambda world: Payment.objects.update(amount=1)),
    ("order.invoice", lambda world: Invoice.objects.all()._raw_delete("default")),
    ("invoice.gap", lambda world: Invoice.objects.exclude(corrects=None).update(number=9)),
    ("invoice.sum", lambda world: Invoice.objects.update(total=Decimal(1))),
    ("certificate.no_refund", lambda world: Refund.objects.all().delete()),
    ("order.given_back", lambda world: Purchase.objects.update(state=State.REFUNDED)),
    ("order.kept", lambda world: Purchase.objects.update(state=State.CANCELLED)),
    ("term.begun", lambda world: Subscription.objects.update(starts_at=None)),
    ("term.asleep", lambda world: Subscription.objects.update(due_at=None)),
    ("term.row", lambda world: Certificate.objects.update(position=2)),
]


@pytest.mark.parametrize(("code", "change"), BREAKS, ids=[code for code, _change in BREAKS])
def test_each_break_is_found(world: World, code: str, change: Callable[[World], object]) -> None:
    ordered(world)
    issued(world, paid(world))
    first = paid(world, quantity=2).certificates.order_by("pk")[0]
    assert give_back(world, first) == []
    assert codes() == set()
    change(world)
    assert code in codes()


def test_an_order_whose_time_is_over_is_no_finding(world: World) -> None:
    ordered(world)
    world.now += timedelta(days=20)
    assert codes() == set()
