"""What becomes of a mail that asks for a proof, by a real SMTP exchange: what `diagnose` says.

It tells what is kept: it is given no network, and sends nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from django.core.management import call_command

from pki import schedule
from tests.cast import World
from tests.flows.portal import Mailbox
from tests.ports import free_port
from tests.servers.telling import told
from tests.verification.test_bounces import notification
from verification import asking, bounces
from verification.answers import Decision, decide
from verification.challenges import Challenge, Status, Void
from verification.contacts import Contact
from verification.dictionary import DictionaryNetwork
from verification.mail import OutgoingMail
from verification.network import CaaRecord, DnsStatus, Network
from verification.writing import Letter

pytestmark = pytest.mark.django_db
LETTER = Letter("desk@geotrust.example", "GeoTrust", "scs0000000000000", "alice@acme.example")
TESTED = {"mail.refused", "mail.bounced", "mail.unanswered", "mail.unpublished", "mail.unsent"}
TESTED |= {"method.ended"}
NAME, BOX = "shop.example.com", "hostmaster@shop.example.com"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield box
    server.stop()


@pytest.fixture
def world() -> World:
    return World(now=datetime.now(UTC))


def asked(world: World, mailbox: str = "hostmaster") -> Challenge:
    """A challenge by mail, looked at after its mail was handed over."""
    proof = asking.demand(
        project_id=world.acme.pk,
        domains=[NAME],
        method="EMAIL",
        mailbox=mailbox,
        letter=LETTER,
        now=world.now,
    )
    world.work()
    return proof.challenges.get()


def last_evidence(challenge: Challenge) -> dict[str, Any]:
    look = challenge.history.order_by("at", "pk").last()
    assert look is not None
    return dict(look.evidence)


def said(code: int, value: str = BOX, now: datetime | None = None) -> dict[str, Any]:
    return told(cast("Network", None), NAME, "EMAIL", code, value=value, now=now)


def refused(value: str = BOX) -> str:
    """What stands on standard error, with exit 2."""
    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("diagnose", NAME, "--method", "EMAIL", "--value", value, stderr=err)
    assert ended.value.code == 2
    return err.getvalue()


def in_short(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["cause"], answer["turn"], answer["fix"], answer["also"]


def test_a_refused_mailbox_is_named_with_what_to_do(mailbox: Mailbox, world: World) -> None:
    mailbox.refuse_with = "550 5.1.1 no such user"
    challenge = asked(world)
    answer = said(3, BOX.upper())
    assert in_short(answer) == ("mail.refused", "YOU", "", [])
    assert BOX in answer["sentence"]
    assert "Choose another mailbox" in answer["sentence"]
    mail, answered = answer["evidence"]
    assert (mail["of"], mail["status"], mail["seen"]) == (
        BOX,
        "REFUSED",
        ["550 5.1.1 no such user"],
    )
    assert (answered["of"], answered["status"]) == (BOX, "NONE")
    evidence = last_evidence(challenge)
    assert (evidence["mailbox"], evidence["said"]) == (BOX, "550 5.1.1 no such user")
    assert mailbox.messages == []


def test_a_mail_that_arrived_waits_for_its_answer(mailbox: Mailbox, world: World) -> None:
    challenge = asked(world)
    answer = said(3)
    assert in_short(answer) == ("mail.unanswered", "YOU", "", [])
    assert "Open its link and press the button" in answer["sentence"]
    assert answer["evidence"][0]["status"] == "SENT"
    assert answer["next_check_at"] == f"{challenge.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    assert len(mailbox.to(BOX)) == 1, "telling sends nothing"
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("diagnose", NAME, "--method", "EMAIL", "--value", BOX, stdout=out)
    first, sentence, asking, sent, none, until = out.getvalue().splitlines()
    assert first == "mail.unanswered  Your turn"
    assert sentence == answer["sentence"]
    assert asking == "What was asked and answered:"
    assert sent.startswith(f"  mail {answer['evidence'][0]['asked'].split()[1]} @ {BOX}: SENT · 20")
    assert none == f"  answer @ {BOX}: NONE"
    assert until == f"An answer is taken until {answer['next_check_at']}"


def test_a_mail_that_came_back_says_what_the_other_server_said(
    mailbox: Mailbox, world: World
) -> None:
    challenge = asked(world)
    mail = OutgoingMail.objects.get()
    head = f"X-Reseal-Mail: {mail.token()}\n"
    assert bounces.take(notification(head=head), world.now) == bounces.Taken.BOUNCED
    for _again in range(2):
        answer = said(3)
        assert in_short(answer) == ("mail.bounced", "YOU", "", [])
        assert f"The mail to {BOX} came back" in answer["sentence"]
        assert answer["evidence"][0]["status"] == "BOUNCED"
        assert "No such user" in answer["evidence"][0]["seen"][0]
        world.work()
        # The customer chooses another mailbox, and somebody asks about this one.
        Challenge.objects.filter(pk=challenge.pk).update(status=Status.REPLACED)


def test_a_contact_that_is_not_published_any_more(mailbox: Mailbox, world: World) -> None:
    contact = Contact("caa", "security@example.com", NAME)
    asked(world, contact.id)
    answer = said(3, contact.address)
    assert in_short(answer) == ("mail.unpublished", "YOU", "", [])
    assert "does not publish the contact that was chosen (CAA contactemail)" in answer["sentence"]
    assert answer["next_check_at"] is not None, "it is looked up again by itself"
    assert mailbox.messages == []


def test_a_contact_whose_place_cannot_be_read(mailbox: Mailbox, world: World) -> None:
    at = f"_validation-contactemail.{NAME}"
    world.network = DictionaryNetwork(statuses={at: DnsStatus.SERVFAIL})
    contact = Contact("txt", "security@example.com", at)
    asked(world, contact.id)
    answer = said(3, contact.address)
    assert in_short(answer) == ("dns.servfail", "DNS_HOST", "", [])
    assert f"The name servers of {at} gave no usable answer" in answer["sentence"]
    (row,) = answer["evidence"]
    assert (row["asked"], row["status"]) == (f"{at} TXT", "SERVFAIL")
    assert answer["next_check_at"] is not None, "it is looked up again by itself"
    assert mailbox.messages == []


def test_a_contact_that_nobody_looked_up_yet(world: World) -> None:
    contact = Contact("txt", "tls@example.com", NAME)
    proof = asking.demand(
        project_id=world.acme.pk, domains=[NAME], method="EMAIL", mailbox=contact.id,
        letter=LETTER, now=world.now,
    )  # fmt: skip
    answer = said(3, contact.address)
    assert (answer["cause"], answer["turn"]) == ("mail.unsent", "US")
    assert "has not left yet" in answer["sentence"]
    assert proof.challenges.get().looks == 0


def test_a_confirmed_question_is_ok(mailbox: Mailbox, world: World) -> None:
    challenge = asked(world)
    assert challenge.answer is not None
    decide(challenge.answer.pk, Decision.CONFIRM, by="link", now=world.now)
    for _before_and_after_the_look in range(2):
        answer = said(0)
        assert in_short(answer) == ("ok", None, "", [])
        assert answer["evidence"][-1]["status"] == "CONFIRM"
        world.work()
    Challenge.objects.update(voided_at=world.now, void_code=Void.GIVEN_UP)
    answer = said(3)
    assert in_short(answer) == ("proof.lapsed", "YOU", "", [])
    assert "counts no more (The name was given up)" in answer["sentence"]


def test_after_the_last_day_of_mails_an_answer_proves_nothing(mailbox: Mailbox) -> None:
    asked(World(now=schedule.MAIL_METHOD_ENDS - timedelta(days=1)))
    answer = said(3, now=schedule.MAIL_METHOD_ENDS)
    assert in_short(answer) == ("method.ended", "YOU", "", [])
    assert "Choose another way" in answer["sentence"]


def test_where_nobody_was_asked_is_refused_with_a_sentence(mailbox: Mailbox, world: World) -> None:
    told_so = f"mail.not_asked: Nobody was ever asked at {BOX} to prove {NAME}.\n"
    assert refused() == told_so
    asked(world, "admin")
    assert refused() == told_so
    challenge = asked(world)
    Challenge.objects.filter(pk=challenge.pk).update(status=Status.CLOSED)
    assert refused() == (
        f"mail.not_asked: The question to {BOX} for {NAME} waits for no answer any more:"
        " No longer asked for.\n"
    )


def test_what_caa_said_to_the_order_last_is_told_beside_it(mailbox: Mailbox, world: World) -> None:
    world.submitted(NAME, method="EMAIL", mailbox="hostmaster")
    assert said(3)["also"] == []
    world.network = DictionaryNetwork(caa={NAME: [CaaRecord(0, "issue", "ca2.example.net")]})
    world.later(minutes=61)  # while it waits for its proof it is looked at every hour
    answer = said(3)
    (other,) = answer["also"]
    assert (other["cause"], other["turn"]) == ("caa.forbids", "YOU")
    assert other["fix"] == f'{NAME}. CAA 0 issue "geotrust.com"'
    verdict = answer["evidence"][-1]
    assert (verdict["asked"], verdict["status"]) == (f"CAA verdict on {NAME}", "caa.forbids")
    assert verdict["at"].endswith("Z")


def test_a_server_that_puts_us_off_is_waited_for_and_refuses_in_the_end(
    mailbox: Mailbox, world: World
) -> None:
    mailbox.refuse_with = "451 4.7.1 greylisted, try again later"
    challenge = asked(world)
    answer = said(3)
    assert in_short(answer) == ("mail.unsent", "US", "", [])
    assert "puts our mail off (451 4.7.1 greylisted" in answer["sentence"]
    assert answer["evidence"][0]["status"] == "WAITING"
    assert last_evidence(challenge)["said"].startswith("451 4.7.1")
    world.later(days=4)
    assert said(3)["cause"] == "mail.refused"
    challenge.refresh_from_db()
    assert challenge.problem_code == "mail.refused"
    assert challenge.looks < 10, "our tries to send are no looks"


def test_our_own_server_that_is_away_is_ours_to_mend(
    mailbox: Mailbox, world: World, settings: Any
) -> None:
    settings.EMAIL_PORT = free_port()
    challenge = asked(world)
    answer = said(3)
    assert in_short(answer) == ("mail.unsent", "US", "", [])
    assert "our mail server does not take it" in answer["sentence"]
    assert "said" not in last_evidence(challenge), "our own machines are no news to customers"
    world.later(days=4)
    answer = said(3)
    assert in_short(answer) == ("mail.unsent", "US", "", [])
    assert "for three days" in answer["sentence"]
    assert answer["evidence"][0]["status"] == "NOT_SENT"
