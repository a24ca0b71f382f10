"""Money: what staff record, what comes too late or too much, unpaid orders, numbers of invoices."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django.fixtures import Settings

from accounts.refusals import Refused
from certificates.buying import record_payment
from certificates.purchases import Cause, Invoice, Payment, Refund, State
from certificates.refunding import refund_done
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.trading import assert_sound, cashier, fresh, ordered, transferred
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bank(settings: Settings) -> None:
    settings.PAYMENT = "bank"
    settings.BANK_ACCOUNT = "Reseal Ltd, GB33 BUKB 2020 1555 5555 55"


def subjects() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("subject", flat=True))


def test_a_recorded_transfer_pays_the_order(world: World) -> None:
    purchase = transferred(world, ordered(world, quantity=2), "98.00")
    assert purchase.state == State.PAID
    assert purchase.certificates.count() == 2
    assert subjects() == [f"Paid: order {purchase.pk}"]
    assert_sound()


def test_a_part_is_kept_and_the_rest_pays(world: World) -> None:
    purchase = transferred(world, ordered(world), "40.00")
    assert purchase.is_unpaid
    assert purchase.left_to_pay == Decimal(9)
    assert_sound()
    assert transferred(world, purchase, "9.00", "TX2").state == State.PAID
    assert_sound()


def test_recorded_twice_changes_nothing(world: World) -> None:
    purchase = transferred(world, ordered(world), "49.00")
    transferred(world, purchase, "49.00")
    assert Payment.objects.count() == Invoice.objects.count() == Certificate.objects.count() == 1
    assert not Refund.objects.exists()


def test_a_second_transfer_is_kept_and_owed_back(world: World) -> None:
    purchase = transferred(world, ordered(world), "49.00")
    transferred(world, purchase, "49.00", "TX2")
    refund = Refund.objects.get()
    assert (refund.cause, refund.amount, refund.done_at) == (Cause.TOO_LATE, Decimal(49), None)
    assert subjects()[-1] == f"Refund of EUR 49.00 for order {purchase.pk}"
    assert_sound()


def test_more_than_the_price_goes_back(world: World) -> None:
    transferred(world, ordered(world), "60.00")
    assert (Refund.objects.get().cause, Refund.objects.get().amount) == (
        Cause.TOO_MUCH,
        Decimal(11),
    )
    assert_sound()


def test_only_the_support_team_records_money(world: World) -> None:
    purchase = ordered(world)
    for actor in (world.alice, world.sam, world.mallory):
        with pytest.raises(Refused, match=r"staff\.forbidden"):
            record_payment(
                purchase.pk,
                amount=Decimal(49),
                reference="TX1",
                received_on=world.now.date(),
                actor=actor,
                now=world.now,
            )
    assert not Payment.objects.exists()


def test_money_of_tomorrow_cannot_have_come(world: World) -> None:
    purchase = ordered(world)
    with pytest.raises(Refused, match=r"payment\.future"):
        transferred(world, purchase, "49.00", on=world.now.date() + timedelta(days=1))


def test_an_unpaid_order_is_reminded_of_once_and_lapses(world: World) -> None:
    purchase = ordered(world)
    world.later(days=10, hours=23)
    assert subjects() == []
    world.later(hours=2)
    lapses = f"{fresh(purchase).pay_until:%-d %b %Y}"
    assert subjects() == [f"Not paid yet: order {purchase.pk} lapses on {lapses}"]
    world.later(days=2)
    assert len(subjects()) == 1
    world.later(days=2)
    assert fresh(purchase).state == State.LAPSED
    assert subjects()[1] == f"Lapsed: order {purchase.pk} was not paid"
    assert fresh(purchase).due_at is None
    assert_sound()


def test_money_after_the_lapse_is_kept_and_owed_back(world: World) -> None:
    purchase = ordered(world)
    world.later(days=16)
    assert transferred(world, purchase, "49.00").state == State.LAPSED
    assert (Payment.objects.count(), Refund.objects.get().cause) == (1, Cause.TOO_LATE)
    assert not Certificate.objects.exists()
    assert_sound()


def test_money_that_came_in_time_and_was_recorded_late_still_pays(world: World) -> None:
    purchase, in_time = ordered(world), (world.now + timedelta(days=13)).date()
    world.later(days=16)
    assert transferred(world, purchase, "49.00", on=in_time).state == State.PAID
    assert Certificate.objects.count() == 1
    assert_sound()


def test_a_part_that_came_in_time_and_was_recorded_late_goes_back(world: World) -> None:
    purchase, in_time = ordered(world), (world.now + timedelta(days=13)).date()
    world.later(days=16)
    assert transferred(world, purchase, "40.00", on=in_time).state == State.LAPSED
    assert (Refund.objects.get().cause, Refund.objects.get().amount) == (
        Cause.TOO_LATE,
        Decimal(40),
    )
    assert_sound()


def test_the_rest_that_came_in_time_after_the_lapse_goes_back_too(world: World) -> None:
    purchase, in_time = ordered(world), (world.now + timedelta(days=13)).date()
    transferred(world, purchase, "40.00")
    world.later(days=16)
    transferred(world, purchase, "9.00", "TX2", on=in_time)
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [Decimal(9), Decimal(40)]
    assert_sound()


def test_the_longest_name_of_a_hundred_certificates_fits(world: World) -> None:
    purchase = ordered(world, quantity=100, name="n" * 59)
    transferred(world, purchase, str(purchase.total))
    longest = max(Certificate.objects.values_list("name", flat=True), key=len)
    assert len(longest) == Certificate._meta.get_field("name").max_length
    with pytest.raises(Refused, match=r"order\.certificate_name"):
        ordered(world, name="n" * 60)


def test_a_part_of_the_price_goes_back_with_the_lapse(world: World) -> None:
    purchase = transferred(world, ordered(world), "40.00")
    world.later(days=16)
    assert fresh(purchase).state == State.LAPSED
    assert (Refund.objects.get().cause, Refund.objects.get().amount) == (
        Cause.TOO_LITTLE,
        Decimal(40),
    )
    assert_sound()


def test_a_refund_is_sent_once(world: World) -> None:
    transferred(world, ordered(world), "60.00")
    refund = Refund.objects.get()
    with pytest.raises(Refused, match=r"staff\.forbidden"):
        refund_done(refund.pk, reference="BACK1", actor=world.alice, now=world.now)
    refund_done(refund.pk, reference="BACK1", actor=cashier(world), now=world.now)
    with pytest.raises(Refused, match=r"refund\.done"):
        refund_done(refund.pk, reference="BACK2", actor=cashier(world), now=world.now)
    assert Refund.objects.get().reference == "BACK1"


def test_numbers_of_invoices_follow_each_other(world: World) -> None:
    for number in range(1, 5):
        transferred(world, ordered(world), "49.00", f"TX{number}")
    assert list(Invoice.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    with pytest.raises(TypeError):
        Invoice.objects.get(pk=1).delete()
