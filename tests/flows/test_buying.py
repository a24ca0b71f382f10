"""From an empty account to an issued certificate, and the whole of a term, from the door of a
person: the pages, the administration, the clock in between.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.orders import submit
from certificates.purchases import Purchase, State
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.browsing import page_of, shown
from tests.certificates.trading import assert_sound, cashier, fresh
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db
PRODUCT = re.compile(r'class="name" href="(/products/\d+/)">RapidSSL DV')


@pytest.fixture
def world() -> World:
    """At the time of the machine: the pages read its clock."""
    return World(now=datetime.now(UTC))


@pytest.fixture
def alice(world: World, client: Client) -> Client:
    client.force_login(world.alice)
    return client


def order_in_the_browser(alice: Client, **changes: str) -> Purchase:
    """From the empty list of certificates through the shop to the order."""
    assert 'href="/products/"' in shown(alice, "/certificates/")
    found = PRODUCT.search(shown(alice, "/products/"))
    assert found is not None
    token = re.search(r'name="token" value="([0-9a-f-]+)"', shown(alice, found[1]))
    assert token is not None
    form = {"quantity": "1", "years": "1", "name": "", "tags": "", "token": token[1]}
    answer = alice.post(found[1], {**form, "order": "1", **changes})
    return Purchase.objects.get(pk=answer["Location"].split("/")[2])


def apply(world: World, certificate: Certificate) -> Certificate:
    submit(
        certificate=certificate,
        wish=world.wish("www.shop.example.com"),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    if world.fresh(certificate).status == "CHECKING_DOMAIN":
        world.publish(certificate)
        world.look(certificate)
    return world.fresh(certificate)


def test_by_bank_transfer_to_an_issued_certificate(
    world: World, alice: Client, settings: Settings
) -> None:
    settings.PAYMENT, settings.BANK_ACCOUNT = "bank", "Reseal Ltd, GB33 BUKB 2020 1555 5555 55"
    purchase = order_in_the_browser(alice)
    assert_sound()
    assert settings.BANK_ACCOUNT in shown(alice, f"/orders/{purchase.pk}/")
    sue = Client()
    sue.force_login(cashier(world))
    paying = {
        "amount": "49.00",
        "reference": "TX 1",
        "received_on": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    sue.post(f"/admin/certificates/purchase/{purchase.pk}/payment/", paying)
    assert_sound()
    certificate = Certificate.objects.get()
    assert f"/certificates/{certificate.pk}/" in shown(alice, f"/orders/{purchase.pk}/")
    certificate = apply(world, certificate)
    assert certificate.status == "ISSUED"
    assert "certificate 1 of 3" in page_of(alice, certificate)
    assert_sound()


def test_nobody_pays_and_the_money_comes_after_all(
    world: World, alice: Client, settings: Settings
) -> None:
    settings.PAYMENT = "bank"
    purchase = order_in_the_browser(alice)
    world.later(days=15)
    assert fresh(purchase).state == State.LAPSED
    assert "Lapsed on" in " ".join(shown(alice, f"/orders/{purchase.pk}/").split())
    kinds = OutgoingMail.objects.filter(about=purchase.pk).order_by("pk")
    assert [mail.subject.split(":")[0] for mail in kinds] == ["Not paid yet", "Lapsed"]
    assert_sound()


def test_a_term_from_the_first_certificate_to_its_last_day(world: World, alice: Client) -> None:
    purchase = order_in_the_browser(alice, name="shop")
    alice.post(f"/orders/{purchase.pk}/pay/")
    term = Certificate.objects.get().subscription
    assert term is not None
    for number in range(1, 10):
        waiting = Certificate.objects.get(status="PAID")
        assert waiting.position == number
        assert apply(world, waiting).status == "ISSUED"
        assert_sound()
        term.refresh_from_db()
        if term.due_at is None:
            break
        world.live(term.due_at + timedelta(minutes=1))
        assert_sound()
    last = Certificate.objects.order_by("position").last()
    assert last is not None
    assert last.current is not None
    assert term.ends_at is not None
    assert term.ends_at - last.current.not_after < timedelta(minutes=1)
    text = page_of(alice, last)
    assert f"certificate {last.position} of {last.position}" in text
    assert last.succeeds is not None
    assert last.succeeds.pk in text
