"""What is written about orders and applications: words, days and amounts of its reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings

from accounts.dates import day
from authorities.announcing import announce
from authorities.calendar import Bulletin
from authorities.simulated.desk import approve_organization, ask_customer
from certificates.catalogue import Product
from certificates.lapsing import reminds_at
from certificates.proving import challenges_of
from certificates.purchases import Invoice
from certificates.story import Certificate
from certificates.taking_back import choose_method, withdraw
from tests.authorities.desk_scenes import in_review
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.trading import give_back, ordered, transferred

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    translation.activate("en")  # a request leaves its language to the thread


@pytest.fixture
def world(settings: Settings) -> World:
    """Alice reads German. Support records what she transfers."""
    settings.PAYMENT = "bank"
    settings.BANK_ACCOUNT = "Reseal Ltd, GB33 BUKB 2020 1555 5555 55"
    settings.CA_WORKING_DAY = 86_400
    world = World()
    speaks(world, "de")
    return world


def speaks(world: World, language: str) -> None:
    world.alice.language = language
    world.alice.save()


def last() -> tuple[str, str, str]:
    """Subject, text and HTML of the last mail that left."""
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    text, html = str(message.body), str(message.alternatives[0][0])
    return str(message.subject), " ".join(text.split()), " ".join(html.split())


def withdrawn(world: World, certificate: Certificate) -> None:
    withdraw(certificate=world.fresh(certificate), actor=world.alice, now=world.now)
    world.work()


def test_a_recorded_payment_is_told_and_billed_in_german(world: World) -> None:
    purchase = transferred(world, ordered(world, quantity=30, years=2), "2940.00")
    world.work()
    subject, text, html = last()
    assert subject == f"Bezahlt: Bestellung {purchase.pk}"
    assert "Beantragen Sie jedes" in text
    assert "Bezahlt EUR\u00a02.940,00".replace("\u00a0", " ") in text
    assert '<html lang="de">' in html
    assert Invoice.objects.get().lines[0]["text"].endswith(", 2 Jahre")


def test_whatever_language_its_recorder_reads(world: World) -> None:
    speaks(world, "en")
    with translation.override("de"):
        purchase = transferred(world, ordered(world, quantity=30, years=2), "2940.00")
        assert give_back(world, purchase.certificates.earliest("pk")) == []
    world.work()
    paid, refund = mail.outbox[-2:]
    assert paid.subject == f"Paid: order {purchase.pk}"
    assert "EUR\u00a02,940.00".replace("\u00a0", " ") in str(paid.body).replace("\u00a0", " ")
    assert str(refund.subject).replace("\u00a0", " ") == (
        f"Refund of EUR 98.00 for order {purchase.pk}"
    )
    assert "A certificate was given back" in str(refund.body)
    bill, credit = Invoice.objects.order_by("number")
    assert bill.lines[0]["text"].endswith(", 2 years")
    assert credit.lines[0]["text"].startswith("Given back: ")


def test_an_order_is_kept_under_the_portals_words(world: World) -> None:
    with translation.override("de"):
        free = ordered(world, Product.objects.filter(is_free=True).earliest("pk"), years=0)
    assert "(free test)" in free.label


def test_an_unpaid_order_is_reminded_of_and_lapses_in_german(world: World) -> None:
    purchase = ordered(world)
    world.live(reminds_at(purchase))
    subject, text, _html = last()
    assert subject.startswith(f"Noch nicht bezahlt: Bestellung {purchase.pk} verfällt am ")
    assert "Zu zahlen EUR 49,00" in text.replace("\u00a0", " ")
    world.live(purchase.pay_until + timedelta(minutes=1))
    assert last()[0] == f"Verfallen: Bestellung {purchase.pk} wurde nicht bezahlt"


def test_an_order_and_its_invoice_read_in_german(world: World, client: Client) -> None:
    purchase = transferred(world, ordered(world, quantity=30, years=2), "2940.00")
    client.force_login(world.alice)
    for page in (f"/orders/{purchase.pk}/", f"/invoices/{Invoice.objects.get().pk}/"):
        html = shown(client, page).replace("\u00a0", " ").replace("&nbsp;", " ")
        assert '<html lang="de"' in html
        assert "EUR 2.940,00" in html
        assert "2,940.00" not in html
    with translation.override("de"):
        received = f"{day(world.now)} · TX1"
    assert received in shown(client, f"/orders/{purchase.pk}/")


@pytest.mark.parametrize("contact", ["alice@acme.example", "post@acme.example"])
def test_a_question_comes_in_the_readers_words_around_the_desks(world: World, contact: str) -> None:
    certificate = in_review(world)
    application = certificate.last_application
    assert application is not None
    application.contact_email = contact
    application.save()
    ask_customer(
        world.order(certificate).pk, text="Which address is right?", actor=world.sam, now=world.now
    )
    world.work()
    subject, text, html = last()
    assert mail.outbox[-1].to == [contact]
    assert subject == "DigiCert fragt: Ihr Antrag für ov.example.com"
    assert "Which address is right?" in text
    assert "Antworten Sie auf der Seite des Zertifikats." in text
    assert '<html lang="de">' in html


def test_a_withdrawal_is_told_in_german(world: World) -> None:
    withdrawn(world, world.submitted("dv.example.com"))
    subject, text, _html = last()
    assert subject == "Zurückgenommen: Ihr Antrag für dv.example.com"
    assert "nichts ist noch einmal zu bezahlen" in text


def test_a_withdrawal_that_came_too_late_is_told_in_german(world: World) -> None:
    certificate = in_review(world)
    Bulletin.objects.create(
        suspends=True,
        brand="SYMANTEC",
        title="Maintenance",
        starts_at=world.now,
        ends_at=world.now + timedelta(days=4),
    )
    world.check(certificate)
    approve_organization(world.order(certificate).pk, actor=world.sol, now=world.now)
    withdrawn(world, certificate)
    subject, text, html = last()
    assert subject == "Nicht zurückgenommen: Ihr Antrag für ov.example.com geht weiter"
    for told in (text, html):
        assert "Er wurde genehmigt, bevor die Rücknahme eintraf, und wird ausgestellt." in told
        assert "It was approved" not in told


def test_a_delay_is_told_in_german_to_a_contact_without_an_account(world: World) -> None:
    certificate = in_review(world)
    application = certificate.last_application
    assert application is not None
    application.contact_email = "post@acme.example"
    application.save()
    world.alice.is_active = False
    world.alice.save()
    told = Bulletin(
        brand="SYMANTEC",
        suspends=True,
        title="Closed for the move",
        text="We move house.",
        starts_at=world.now,
        ends_at=world.now + timedelta(days=20),
    )
    announce(told, actor=world.sam, now=world.now)
    world.work()
    subject, text, _html = last()
    assert mail.outbox[-1].to == ["post@acme.example"]
    assert subject == "DigiCert verzögert 1 Ihrer Zertifikate"
    assert "werden jetzt erwartet:" in text


def test_another_way_of_proof_is_kept_in_no_language(world: World) -> None:
    certificate = world.submitted("dv.example.com")
    with translation.override("de"):
        choose_method(
            certificate=certificate, domain="dv.example.com", method="FILE", mailbox="",
            actor=world.alice, now=world.now,
            network=world.network,
        )  # fmt: skip
    assert certificate.events.get(verb="choose_method").reason == "dv.example.com: DNS → HTTP"
    world.work()
    (challenge,) = challenges_of(world.fresh(certificate).last_application)
    assert challenge.method == "FILE"
