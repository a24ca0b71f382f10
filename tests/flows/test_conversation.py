"""The desk asks, the customer answers: through the counter, once, with the clock standing still."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.models import User
from authorities.port import AuthorityError, open_counter
from authorities.simulated import desk, worklist
from authorities.simulated.conversation import Message
from authorities.simulated.desk import DeskRefused
from certificates.conversation import reply
from certificates.invariants import broken_invariants
from certificates.obstacles import Refused
from certificates.story import Certificate
from tests.authorities.conftest import Killed
from tests.authorities.desk_scenes import in_review
from tests.cast import World
from tests.certificates.browsing import shown
from work import failpoints

pytestmark = pytest.mark.django_db

TEXT = "Which address is right?\nSee http://evil.example/x"
DESK = "/admin/authorities/caorder/"
IDS = ("a" * 32, "b" * 32)


@pytest.fixture
def world(settings: Any) -> World:
    """At the time of the machine: the pages read its clock."""
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    return World(now=datetime.now(UTC))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def questioned(world: World) -> Certificate:
    certificate = in_review(world)
    mail.outbox.clear()
    desk.ask_customer(world.order(certificate).pk, text=TEXT, actor=world.sam, now=world.now)
    world.work()
    return certificate


def answer(world: World, certificate: Certificate, key: str = IDS[0]) -> None:
    reply(
        certificate=world.fresh(certificate),
        text="The first.",
        message_id=key,
        actor=world.alice,
        now=world.now,
    )


def answer_and_work(world: World, certificate: Certificate) -> None:
    answer(world, certificate)
    world.work()


def page(world: World, certificate: Certificate, who: User | None = None) -> str:
    return shown(signed_in(who or world.alice), f"/certificates/{certificate.pk}/")


def thread(certificate: Certificate) -> list[tuple[bool, str, bool]]:
    application = Certificate.objects.get(pk=certificate.pk).last_application
    assert application is not None
    return [(told["is_question"], told["text"], told["is_told"]) for told in application.messages]


def test_from_the_question_at_the_desk_to_the_answer_and_the_certificate(world: World) -> None:
    certificate = in_review(world)
    order, sam, alice = world.order(certificate), signed_in(world.sam), signed_in(world.alice)
    mail.outbox.clear()
    assert sam.post(f"{DESK}{order.pk}/ask/", {"text": TEXT}).status_code == 302
    world.now = datetime.now(UTC)
    world.work()
    (letter,) = mail.outbox
    assert letter.to == ["alice@acme.example"]
    assert letter.subject == "DigiCert asks: your application for ov.example.com"
    assert "Which address is right?" in str(letter.body)
    assert "http://evil" not in str(letter.body)
    assert f"/certificates/{certificate.pk}/" in str(letter.body)
    html = shown(alice, f"/certificates/{certificate.pk}/")
    assert "Your turn: answer DigiCert&#x27;s question" in html
    listed = shown(alice, "/certificates/?view=you")
    assert "DigiCert asks: Which address is right?" in listed
    assert f"/certificates/{certificate.pk}/#conversation" in listed
    assert order.reference in shown(sam, DESK + "?work=questioned")
    assert order.reference not in shown(sam, DESK)
    (key,) = re.findall(r'name="message_id" value="([0-9a-f]{32})"', html)
    told = {"message_id": key, "text": "The first one."}
    for _press in range(2):
        assert alice.post(f"/certificates/{certificate.pk}/reply/", told).status_code == 302
    world.now = datetime.now(UTC)
    world.work()
    assert [each.text for each in Message.objects.all()] == [TEXT, "The first one."]
    assert order.reference in shown(sam, DESK + "?work=replied")
    assert order.reference in shown(sam, DESK)
    assert "the customer answered" in shown(sam, DESK)
    assert "The first one." in shown(sam, f"{DESK}{order.pk}/change/")
    assert "Your turn" not in page(world, certificate)
    assert [each.verb for each in certificate.events.all()][-2:] == ["question", "reply"]
    world.approve(certificate)
    assert world.fresh(certificate).status == "ISSUED"
    assert broken_invariants() == []


def test_the_authority_speaks_with_its_brands_name(world: World) -> None:
    certificate = questioned(world)
    text = page(world, certificate)
    assert world.sam.email not in text
    assert world.sam.email in shown(
        signed_in(world.sam), f"{DESK}{world.order(certificate).pk}/change/"
    )


# The clock


def test_while_an_answer_is_awaited_the_clock_stands(world: World, settings: Any) -> None:
    settings.CA_WORKING_DAY = 86_400
    world.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    certificate = in_review(world)
    order, tuesday = world.order(certificate), world.now

    def used(at: datetime) -> int | None:
        line = worklist.read([world.order(certificate)], at)[order.pk]
        return line.used.count if line.used else None

    assert used(tuesday + timedelta(days=1)) == 1
    world.now = tuesday + timedelta(days=1)
    desk.ask_customer(order.pk, text="Who?", actor=world.sam, now=world.now)
    world.work()
    line = worklist.read([world.order(certificate)], tuesday + timedelta(days=10))[order.pk]
    assert (line.turn, line.stands, line.used) == ("Customer", True, None)
    assert worklist.late(tuesday + timedelta(days=30)) == []
    world.now = tuesday + timedelta(days=6)  # Monday: two days and a weekend were waited
    answer(world, certificate)
    world.work()
    assert used(world.now) == 1
    assert used(world.now + timedelta(days=1)) == 2
    assert world.order(certificate).pauses == [
        [(tuesday + timedelta(days=1)).isoformat(), world.now.isoformat()]
    ]


# Rights and words


def test_only_the_desk_asks_and_only_during_a_review(world: World) -> None:
    certificate = in_review(world)
    order = world.order(certificate)
    before = AuditEntry.objects.count()
    for who, text, code in (
        (world.alice, "x", "desk.forbidden"),
        (world.staff("sue", Team.SUPPORT), "x", "desk.forbidden"),
        (world.sam, " \n", "desk.no_question"),
        (world.sam, "x" * 2001, "desk.question_too_long"),
    ):
        with pytest.raises(DeskRefused) as refused:
            desk.ask_customer(order.pk, text=text, actor=who, now=world.now)
        assert refused.value.code == code
    assert (Message.objects.count(), AuditEntry.objects.count()) == (0, before)
    desk.refuse_organization(order.pk, message="No.", actor=world.sam, now=world.now)
    with pytest.raises(DeskRefused) as refused:
        desk.ask_customer(order.pk, text="x", actor=world.sam, now=world.now)
    assert refused.value.code == "desk.not_in_review"


WRONG = [
    ("victor", "x", ["reply.forbidden"]),
    ("mallory", "x", ["reply.forbidden"]),
    ("sam", "x", ["reply.forbidden"]),
    ("alice", " \n", ["reply.empty"]),
    ("alice", "x" * 2001, ["reply.too_long"]),
]


@pytest.mark.parametrize(("who", "text", "codes"), WRONG)
def test_who_may_not_or_says_nothing_is_refused(
    world: World, who: str, text: str, codes: list[str]
) -> None:
    certificate = questioned(world)
    before = thread(certificate)
    with pytest.raises(Refused) as refused:
        reply(
            certificate=world.fresh(certificate),
            text=text,
            message_id="a" * 32,
            actor=getattr(world, who),
            now=world.now,
        )
    assert [each.code for each in refused.value.obstacles] == codes
    assert thread(certificate) == before


def test_without_a_question_there_is_nothing_to_answer(world: World) -> None:
    certificate = in_review(world)
    with pytest.raises(Refused) as refused:
        answer(world, certificate)
    assert [each.code for each in refused.value.obstacles] == ["reply.nothing_asked"]
    assert "Conversation with" not in page(world, certificate)


def test_a_viewer_reads_the_thread_and_has_no_form(world: World) -> None:
    certificate = questioned(world)
    text = page(world, certificate, world.victor)
    assert "Which address is right?" in text
    assert "message_id" not in text
    assert "message_id" in page(world, certificate, world.bob)


def test_an_empty_form_is_shown_again_with_its_error(world: World) -> None:
    certificate = questioned(world)
    address = f"/certificates/{certificate.pk}/reply/"
    refused = signed_in(world.alice).post(address, {"text": "", "message_id": IDS[0]})
    assert refused.status_code == 200
    assert "required" in refused.content.decode()
    assert signed_in(world.mallory).post(address, {"text": "x"}).status_code == 404


# Exactly once


@pytest.mark.parametrize("place", ["portal.replied", "portal.said", "portal.answered"])
def test_killed_at_any_line_an_answer_arrives_once(world: World, place: str) -> None:
    certificate = questioned(world)

    def hook(reached: str) -> None:
        if reached == place:
            raise Killed

    failpoints.install(hook)
    try:
        with pytest.raises(Killed):
            answer_and_work(world, certificate)
    finally:
        failpoints.install(None)
    answer(world, certificate)  # the browser sends the form again
    world.later(minutes=15)  # the lease of the killed step runs out
    assert [each.text for each in Message.objects.all()] == [TEXT, "The first."]
    assert thread(certificate) == [(True, TEXT, True), (False, "The first.", True)]
    assert [each.verb for each in certificate.events.all()].count("reply") == 1
    assert broken_invariants() == []


def test_an_answer_that_is_not_passed_on_yet_survives_a_poll(world: World) -> None:
    certificate = questioned(world)
    answer(world, certificate)
    application = world.fresh(certificate).last_application
    assert application is not None
    counter = open_counter("simulated")
    from certificates.progress import follow

    follow(application.pk, counter.fetch(application.ca_request_id, world.now), world.now)
    assert thread(certificate) == [(True, TEXT, True), (False, "The first.", False)]
    application.refresh_from_db()
    assert application.question_at is None
    assert "on its way to the authority" in page(world, certificate)


def test_a_second_question_is_asked_and_mailed_once(world: World) -> None:
    certificate = questioned(world)
    answer(world, certificate)
    world.work()
    mail.outbox.clear()
    desk.ask_customer(world.order(certificate).pk, text="And who?", actor=world.sam, now=world.now)
    world.work()
    world.later(hours=7)
    assert [each.subject for each in mail.outbox] == [
        "DigiCert asks: your application for ov.example.com"
    ]
    assert world.fresh(certificate).open_application.question_at is not None  # type: ignore[union-attr]


def test_the_counter_takes_a_message_once_and_none_when_it_is_over(world: World) -> None:
    certificate = questioned(world)
    order, counter = world.order(certificate), open_counter("simulated")
    for _time in range(2):
        told = counter.say(order.request_id, IDS[0], "First.", "alice", world.now)
    assert [each.text for each in told.messages] == [TEXT, "First."]
    for text in (" ", "x" * 2001):
        with pytest.raises(AuthorityError) as refused:
            counter.say(order.request_id, IDS[1], text, "alice", world.now)
        assert (refused.value.code, refused.value.retryable) == ("ca.message_refused", False)
    desk.refuse_organization(order.pk, message="No.", actor=world.sam, now=world.now)
    with pytest.raises(AuthorityError) as refused:
        counter.say(order.request_id, IDS[1], "Late.", "alice", world.now)
    assert (refused.value.code, refused.value.retryable) == ("ca.request_over", False)
    assert Message.objects.count() == 2


def test_an_id_counts_for_its_own_request_only(world: World) -> None:
    """A page of an earlier application that stayed open says its id again."""
    counter = open_counter("simulated")
    for domain in ("a.example.com", "b.example.com"):
        order = world.order(in_review(world, domain))
        told = counter.say(order.request_id, IDS[0], "Here.", "alice", world.now)
        assert [each.text for each in told.messages] == ["Here."]


def test_what_was_said_too_late_does_not_keep_the_application_open(world: World) -> None:
    certificate = questioned(world)
    answer(world, certificate)
    order = world.order(certificate)
    desk.refuse_organization(order.pk, message="No.", actor=world.sam, now=world.now)
    world.work()
    assert world.fresh(certificate).status == "UNPASSED"
    assert broken_invariants() == []
    with pytest.raises(Refused):
        answer(world, certificate, key=IDS[1])
