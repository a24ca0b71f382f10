"""Ordering: prices frozen, limits of the catalogue, the free quota, one order a form."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.refusals import Refused
from certificates.buying import FREE_QUOTA, cancel_order, order, pay_now
from certificates.catalogue import DomainType, Product, Type
from certificates.catalogue_desk import set_terms
from certificates.prices import Cart
from certificates.purchases import Invoice, Payment, Purchase, State
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.trading import assert_sound, fresh, ordered, paid

pytestmark = pytest.mark.django_db


def several(world: World, brand: str = "GLOBALSIGN") -> Product:
    return world.product(brand, Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)


def refused(world: World, product: Product, actor: User | None = None, **cart: Any) -> list[str]:
    before = Purchase.objects.count(), Certificate.objects.count()
    with pytest.raises(Refused) as told:
        order(
            project=world.acme,
            product=product,
            cart=Cart(**cart),
            actor=actor or world.alice,
            now=world.now,
        )
    assert (Purchase.objects.count(), Certificate.objects.count()) == before
    return [each.code for each in told.value.obstacles]


def test_an_order_waits_for_its_money_and_has_no_certificates(world: World) -> None:
    purchase = ordered(world, quantity=3, years=2, name="shop", tags={"team": "web"})
    assert purchase.state == State.UNPAID
    assert (purchase.unit_price, purchase.total) == (Decimal(98), Decimal(294))
    assert (purchase.currency, purchase.label) == ("EUR", "RapidSSL DV · Single domain")
    assert purchase.pay_until == world.now + timedelta(days=14)
    assert not Certificate.objects.exists()
    assert_sound()


def test_paying_makes_the_certificates_and_the_invoice(world: World) -> None:
    purchase = paid(world, quantity=3, years=2, name="shop", tags={"team": "web"})
    rows = list(purchase.certificates.order_by("name"))
    assert [row.name for row in rows] == ["shop-1", "shop-2", "shop-3"]
    assert {row.status for row in rows} == {"PAID"}
    assert rows[0].tags == {"team": "web"}
    assert rows[0].events.get().verb == "buy"
    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.total, invoice.customer) == (1, Decimal(294), "Acme")
    assert invoice.lines[0]["quantity"] == 3
    assert_sound()


def test_paying_twice_pays_once(world: World) -> None:
    purchase = paid(world)
    pay_now(purchase.pk, actor=world.alice, now=world.now)
    assert Payment.objects.count() == Invoice.objects.count() == Certificate.objects.count() == 1


def test_a_bank_transfer_is_not_collected_here(world: World, settings: Settings) -> None:
    settings.PAYMENT = "bank"
    purchase = ordered(world)
    with pytest.raises(Refused, match=r"payment\.by_transfer"):
        pay_now(purchase.pk, actor=world.alice, now=world.now)
    assert fresh(purchase).is_unpaid


def test_several_names_cost_by_name_and_by_wildcard(world: World) -> None:
    purchase = ordered(world, several(world), names=5, wildcards=2)
    # The first name is in the price of the certificate.
    assert purchase.total == Decimal(259 + 2 * 79 + 2 * 390)
    certificate = paid(world, several(world), names=5, wildcards=2).certificates.get()
    assert (certificate.domain_count, certificate.wildcard_count) == (5, 2)


@pytest.mark.parametrize(
    ("cart", "codes"),
    [
        ({"quantity": 0}, ["order.quantity"]),
        ({"quantity": 101}, ["order.quantity"]),
        ({"years": 0}, ["order.years"]),
        ({"years": 4}, ["order.years"]),
        ({"names": 2}, ["order.name_count"]),
        ({"name": "no spaces"}, ["order.certificate_name"]),
        ({"tags": {"_sys_x": "1"}}, ["order.tags"]),
        ({"tags": {"": "1"}}, ["order.tags"]),
        ({"tags": {str(n): "" for n in range(21)}}, ["order.tags"]),
        ({"quantity": 0, "years": 9}, ["order.quantity", "order.years"]),
    ],
)
def test_what_cannot_be_ordered_says_why(
    world: World, cart: dict[str, Any], codes: list[str]
) -> None:
    assert refused(world, world.product(), **cart) == codes


@pytest.mark.parametrize(
    ("brand", "names", "wildcards", "codes"),
    [
        ("GLOBALSIGN", 1, 0, ["order.name_count"]),
        ("GLOBALSIGN", 251, 0, ["order.name_count"]),
        ("GLOBALSIGN", 2, 2, ["order.singles"]),
        ("GEOTRUST", 4, 0, ["order.name_count", "order.singles"]),
        ("GEOTRUST", 6, 2, ["order.singles"]),
    ],
)
def test_how_many_names_and_wildcards(
    world: World, brand: str, names: int, wildcards: int, codes: list[str]
) -> None:
    assert refused(world, several(world, brand), names=names, wildcards=wildcards) == codes


def test_an_ev_certificate_holds_no_wildcards(world: World) -> None:
    product = world.product("GLOBALSIGN", Type.EV_SSL_CERT, DomainType.MULTI_DOMAIN)
    assert refused(world, product, names=3, wildcards=1) == ["order.wildcards"]


def test_who_only_looks_buys_nothing(world: World) -> None:
    assert refused(world, world.product(), world.victor) == ["buy.forbidden"]
    assert refused(world, world.product(), world.mallory) == ["buy.forbidden"]
    assert refused(world, world.product(), world.sam) == ["buy.forbidden"]


def test_the_price_is_that_of_the_day(world: World) -> None:
    before = ordered(world)
    set_terms(
        world.product(),
        starts_on=(world.now + timedelta(days=1)).date(),
        unit_price=Decimal("59.50"),
        label="RapidSSL Standard",
        actor=world.sam,
        now=world.now,
    )
    world.now += timedelta(days=1)
    after = ordered(world)
    assert (before.total, after.total) == (Decimal(49), Decimal("59.50"))
    assert fresh(before).label == "RapidSSL DV · Single domain"
    assert after.label == "RapidSSL Standard · Single domain"


def test_what_is_not_sold_any_more_is_not_ordered(world: World) -> None:
    day = (world.now + timedelta(days=1)).date()
    set_terms(world.product(), starts_on=day, is_sold=False, actor=world.sam, now=world.now)
    assert ordered(world).is_unpaid
    world.now += timedelta(days=1)
    assert refused(world, world.product()) == ["order.not_sold"]


def test_the_same_form_twice_is_one_order(world: World) -> None:
    both = [
        order(
            project=world.acme,
            product=world.product(),
            cart=Cart(),
            actor=world.alice,
            now=world.now,
            token="a-form",
        )
        for _again in range(2)
    ]
    assert both[0] == both[1]
    assert Purchase.objects.count() == 1


def free(world: World) -> Product:
    return world.product("SYMANTEC", Type.DV_SSL_CERT_BASIC, is_free=True)


def test_a_free_test_is_there_at_once_and_costs_nothing(world: World) -> None:
    purchase = ordered(world, free(world), years=0)
    assert (purchase.state, purchase.total) == (State.PAID, Decimal(0))
    assert purchase.certificates.get().status == "PAID"
    assert not Invoice.objects.exists()
    assert_sound()


def test_a_free_test_runs_for_three_months(world: World) -> None:
    certificate = world.issued(product=free(world))
    current = certificate.current
    assert current is not None
    assert timedelta(days=88) < current.not_after - current.not_before < timedelta(days=93)


def test_free_tests_come_one_at_a_time_and_twenty_for_ever(world: World) -> None:
    assert refused(world, free(world), years=0, quantity=2) == ["free.one"]
    for _each in range(FREE_QUOTA):
        ordered(world, free(world), years=0)
    with pytest.raises(Refused, match="20 free test certificates"):
        ordered(world, free(world), years=0)
    assert refused(world, free(world), years=0) == ["free.quota_used"]
    other = order(
        project=world.other,
        product=free(world),
        cart=Cart(years=0),
        actor=world.mallory,
        now=world.now,
    )
    assert other.state == State.PAID


def test_an_unpaid_order_is_cancelled_and_a_paid_one_is_not(world: World) -> None:
    purchase = ordered(world)
    with pytest.raises(Refused, match=r"buy\.forbidden"):
        cancel_order(purchase.pk, actor=world.victor, now=world.now)
    cancel_order(purchase.pk, actor=world.bob, now=world.now)
    assert fresh(purchase).state == State.CANCELLED
    with pytest.raises(Refused, match=r"order\.not_unpaid"):
        cancel_order(paid(world).pk, actor=world.alice, now=world.now)
    assert_sound()
