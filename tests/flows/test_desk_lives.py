"""Whole lives at the desk with real workers: EV by two people, a question, a known organization."""

from __future__ import annotations

import uuid
from datetime import timedelta
from email.message import EmailMessage

import pytest

from authorities.announcing import announce
from authorities.calendar import Bulletin
from authorities.simulated.conversation import Message
from authorities.simulated.desk import DeskRefused, approve_organization, ask_customer
from authorities.simulated.orders import CaOrder
from certificates.catalogue import Type
from certificates.conversation import reply
from certificates.invariants import broken_invariants
from certificates.orders import submit
from certificates.story import Certificate
from tests.cast import World
from tests.flows.portal import Portal, fresh, look, request_of
from work.loop import clock

pytestmark = pytest.mark.django_db(transaction=True)


def applied(portal: Portal, world: World, domain: str, kind: Type) -> Certificate:
    certificate = world.bought(world.product("SYMANTEC", kind))
    submit(
        certificate=certificate,
        wish=world.wish(domain),
        actor=certificate.bought_by,
        now=clock(),
        network=portal.network,
    )
    look(portal, certificate)
    portal.publish(certificate)
    look(portal, certificate)
    return certificate


def order_of(certificate: Certificate) -> CaOrder:
    return CaOrder.objects.get(request_id=request_of(certificate))


def letters(portal: Portal, subject: str) -> list[EmailMessage]:
    return [each for each in portal.mail.letters if each["Subject"].startswith(subject)]


def test_ev_is_asked_about_answered_checked_and_approved_by_two(
    portal: Portal, world: World
) -> None:
    certificate = applied(portal, world, "ev.example.org", Type.EV_SSL_CERT)
    portal.wait_for_status(certificate, "CHECKING_ORG")
    order = order_of(certificate)
    ask_customer(order.pk, text="Which address is right?", actor=world.sam, now=clock())

    def is_asked() -> bool:
        application = fresh(certificate).open_application
        return application is not None and application.question_at is not None

    portal.wait(is_asked, "the question on the customer's side")
    portal.wait(lambda: letters(portal, "DigiCert asks"), "the mail with the question")
    reply(
        certificate=fresh(certificate),
        text="The first.",
        message_id=uuid.uuid4().hex,
        actor=world.alice,
        now=clock(),
    )
    answered = Message.objects.filter(order=order, side="CUSTOMER")
    portal.wait(answered.exists, "the answer at the desk")
    world.now = clock()
    world.check(certificate)
    with pytest.raises(DeskRefused):
        approve_organization(order.pk, actor=world.sam, now=clock())
    approve_organization(order.pk, actor=world.sol, now=clock())
    portal.wait_for_status(certificate, "ISSUED")
    assert answered.count() == 1
    assert broken_invariants() == []

    # The organization is known now, for OV too: no review comes between.
    second = applied(portal, world, "ov.example.org", Type.OV_SSL_CERT)
    portal.wait_for_status(second, "ISSUED")
    assert not second.events.filter(verb="review").exists()
    assert broken_invariants() == []


def test_whose_case_a_bulletin_delays_is_written_to_once(portal: Portal, world: World) -> None:
    certificate = applied(portal, world, "late.example.org", Type.EV_SSL_CERT)
    portal.wait_for_status(certificate, "CHECKING_ORG")
    portal.mail.letters.clear()
    closed = Bulletin(
        brand="SYMANTEC",
        types=["EV_SSL_CERT"],
        title="Closed",
        suspends=True,
        starts_at=clock(),
        ends_at=clock() + timedelta(days=30),
    )
    announce(closed, actor=world.sam, now=clock())
    portal.wait(lambda: letters(portal, "DigiCert delays"), "the mail about the delay")
    closed.title = "Closed for long"
    announce(closed, actor=world.sam, now=clock())
    news = closed.news
    portal.wait(lambda: type(news).objects.filter(due_at=None).exists(), "the work of the change")
    (letter,) = letters(portal, "DigiCert delays")
    assert letter["To"] == "alice@acme.example"
    assert letter["Subject"] == "DigiCert delays 1 certificate of yours"
    assert broken_invariants() == []
