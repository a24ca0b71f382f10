"""Giving a certificate back: when, for whom, and what is closed by it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.refusals import Refused
from certificates.catalogue import Type
from certificates.obstacles import reissue_obstacles, submit_obstacles
from certificates.orders import submit
from certificates.purchases import Invoice, InvoiceKind, Purchase, State
from certificates.story import Certificate
from certificates.unsubscribing import unsubscribe
from tests.cast import World
from tests.certificates.trading import assert_sound, fresh, give_back, ordered, paid

pytestmark = pytest.mark.django_db


def applied(world: World, purchase: Purchase) -> Certificate:
    certificate = purchase.certificates.get()
    submit(
        certificate=certificate,
        wish=world.wish("www.shop.example.com"),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    return world.fresh(certificate)


def issued(world: World, purchase: Purchase) -> Certificate:
    certificate = applied(world, purchase)
    world.publish(certificate)
    world.look(certificate)
    certificate = world.fresh(certificate)
    assert certificate.status == "ISSUED"
    return certificate


def test_an_unused_certificate_is_given_back_for_its_price(world: World) -> None:
    purchase = paid(world, quantity=2)
    first, second = purchase.certificates.order_by("pk")
    assert give_back(world, first) == []
    note = Invoice.objects.get(kind=InvoiceKind.CREDIT_NOTE)
    assert (note.number, note.total, note.corrects_id) == (2, Decimal(-49), 1)
    assert fresh(purchase).state == State.PAID
    assert_sound()
    assert give_back(world, second) == []
    assert fresh(purchase).state == State.REFUNDED
    assert_sound()


def test_what_was_given_back_is_closed_for_every_verb(world: World) -> None:
    certificate = paid(world).certificates.get()
    give_back(world, certificate)
    certificate = world.fresh(certificate)
    for obstacles in (
        submit_obstacles(certificate, world.alice, world.now),
        reissue_obstacles(certificate, world.alice, world.now),
    ):
        assert obstacles[0].code == "certificate.unsubscribed"
    with pytest.raises(Refused, match=r"certificate\.unsubscribed"):
        applied(world, fresh(Purchase.objects.get()))
    assert give_back(world, certificate) == ["certificate.unsubscribed"]
    assert Invoice.objects.count() == 2


def test_after_seven_days_it_stays(world: World) -> None:
    certificate = paid(world).certificates.get()
    world.now += timedelta(days=7, seconds=-1)
    assert give_back(world, certificate) == []
    other = paid(world).certificates.get()
    world.now += timedelta(days=7)
    assert give_back(world, other) == ["unsubscribe.too_late"]


def test_what_is_under_way_or_issued_is_not_given_back(world: World) -> None:
    assert give_back(world, applied(world, paid(world))) == ["unsubscribe.in_use"]
    assert give_back(world, issued(world, paid(world))) == ["unsubscribe.in_use"]


def test_a_term_of_years_is_not_refunded_once_it_began(world: World) -> None:
    certificate = issued(world, paid(world, years=2))
    world.now += timedelta(days=8)
    codes = ["unsubscribe.too_late", "unsubscribe.in_use", "unsubscribe.term_begun"]
    assert give_back(world, certificate) == codes


def test_free_ones_and_those_without_an_order(world: World) -> None:
    free = world.product("SYMANTEC", Type.DV_SSL_CERT_BASIC, is_free=True)
    purchase = ordered(world, free, years=0)
    assert give_back(world, purchase.certificates.get()) == ["unsubscribe.free"]
    assert give_back(world, world.bought()) == ["unsubscribe.no_order"]


def test_who_only_looks_gives_nothing_back(world: World) -> None:
    certificate = paid(world).certificates.get()
    with pytest.raises(Refused, match=r"unsubscribe\.forbidden"):
        unsubscribe(certificate=certificate, actor=world.victor, now=world.now)
    assert world.fresh(certificate).unsubscribed_at is None
