"""Orders and money in the administration: what needs work, and recording what came and went."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.purchases import Payment, Purchase, Refund, State
from config import overview
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.trading import assert_sound, cashier, fresh, ordered, paid, transferred

pytestmark = pytest.mark.django_db
ORDERS = "/admin/certificates/purchase/"
REFUNDS = "/admin/certificates/refund/"


@pytest.fixture(autouse=True)
def bank(settings: Settings) -> None:
    settings.PAYMENT = "bank"


@pytest.fixture
def sue(world: World, client: Client) -> Client:
    client.force_login(cashier(world))
    return client


def form(**changes: str) -> dict[str, str]:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    return {"amount": "49.00", "reference": "TX 1", "received_on": today} | changes


def test_what_waits_for_money_comes_first(world: World, sue: Client, settings: Settings) -> None:
    waiting = ordered(world)
    settings.PAYMENT = "demo"
    done = paid(world)
    page = shown(sue, ORDERS)
    assert waiting.pk in page
    assert done.pk not in page
    assert "Record payment…" in page
    assert done.pk in shown(sue, f"{ORDERS}?work=all")


def test_a_payment_is_recorded_with_its_date_and_reference(world: World, sue: Client) -> None:
    purchase = ordered(world)
    assert "49.00" in shown(sue, f"{ORDERS}{purchase.pk}/payment/")
    assert not Payment.objects.exists()
    sue.post(f"{ORDERS}{purchase.pk}/payment/", form())
    sue.post(f"{ORDERS}{purchase.pk}/payment/", form())
    assert fresh(purchase).state == State.PAID
    payment = Payment.objects.get()
    assert (payment.reference, payment.recorded_by.email) == ("TX 1", "sue@reseal.example")
    assert_sound()


def test_another_team_records_nothing(world: World, client: Client) -> None:
    client.force_login(world.sam)
    purchase = ordered(world)
    assert "Record payment…" not in shown(client, ORDERS)
    assert client.post(f"{ORDERS}{purchase.pk}/payment/", form()).status_code == 403
    assert not Payment.objects.exists()


def test_a_day_to_come_and_an_amount_of_nothing_are_refused(world: World, sue: Client) -> None:
    purchase = ordered(world)
    address = f"{ORDERS}{purchase.pk}/payment/"
    page = sue.post(address, form(received_on="2099-01-01")).content.decode()
    assert "payment.future" in page
    assert sue.post(address, form(amount="0")).status_code == 200
    assert not Payment.objects.exists()


def test_a_refund_is_recorded_once(world: World, sue: Client) -> None:
    purchase = transferred(world, ordered(world), "60.00")
    assert "money to send back" in shown(sue, ORDERS)
    refund = Refund.objects.get()
    assert "Refund done…" in shown(sue, REFUNDS)
    sue.post(f"{REFUNDS}{refund.pk}/done/", {"reference": "BACK 1"})
    again = sue.post(f"{REFUNDS}{refund.pk}/done/", {"reference": "BACK 2"}).content.decode()
    assert "refund.done" in again
    assert Refund.objects.get().reference == "BACK 1"
    assert purchase.pk not in shown(sue, ORDERS)
    assert purchase.pk not in shown(sue, REFUNDS)
    assert "BACK 1" in shown(sue, f"{ORDERS}{purchase.pk}/change/")


def test_invoices_are_read_only(world: World, sue: Client) -> None:
    transferred(world, ordered(world), "49.00")
    page = shown(sue, "/admin/certificates/invoice/1/change/")
    assert "RapidSSL DV" in page
    assert sue.post("/admin/certificates/invoice/1/change/", {}).status_code == 403
    assert sue.get("/admin/certificates/invoice/1/delete/").status_code == 403
    assert Purchase.objects.get().invoices.count() == 1


def test_the_first_page_counts_what_is_to_send_and_what_waits(world: World, sue: Client) -> None:
    ordered(world)
    transferred(world, ordered(world), "60.00")
    found = {line.name: line.count for line in overview.lines(world.now)}
    assert (found["Refunds"], found["Unpaid orders"]) == (1, 1)
    page = shown(sue, "/admin/")
    assert page.count(">Orders and money</a>") == 1
