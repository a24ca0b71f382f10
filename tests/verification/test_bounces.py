"""Mail that was accepted and comes back: who reads the notification, and what it changes."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesParser
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.invariants import broken_invariants
from certificates.models import Event
from tests.cast import World
from tests.ports import free_port
from verification.answers import Decision, decide
from verification.bounces import LONGEST, Taken, read, take
from verification.challenges import Challenge, Status
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db

# As Postfix 3.7 writes it, with the parts that matter left as they are.
NOTIFICATION = """\
Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F5A.1/mx.example.com"

This is a MIME-encapsulated message.

--4F5A.1/mx.example.com
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

--4F5A.1/mx.example.com
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 4F5A
Arrival-Date: Sun, 29 Nov 2026 06:00:00 +0000 (UTC)

Final-Recipient: rfc822; admin@shop.example.com
Original-Recipient: rfc822;admin@shop.example.com
Action: {action}
Status: {status}
Remote-MTA: dns; mail.shop.example.com
Diagnostic-Code: smtp; {said}

--4F5A.1/mx.example.com
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <{to}>
{head}
--4F5A.1/mx.example.com--
"""


def notification(
    *,
    to: str = "no-reply@example.com",
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "550 5.1.1 <admin@shop.example.com>: No such user",
    head: str = "From: desk@geotrust.example\n",
) -> bytes:
    return NOTIFICATION.format(to=to, action=action, status=status, said=said, head=head).encode()


class Server:
    """Takes every mail and remembers its envelope."""

    def __init__(self) -> None:
        self.senders: list[str] = []

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert envelope.mail_from is not None
        self.senders.append(envelope.mail_from)
        return "250 OK"


@pytest.fixture
def smtp(settings: Settings) -> Iterator[Server]:
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.BOUNCE_ADDRESS = "bounces@portal.example.com"
    yield server
    controller.stop()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def written(world: World, smtp: Server) -> OutgoingMail:
    """The mail that asks for the proof of a name; its server took it."""
    world.submitted("shop.example.com", method="EMAIL")
    mail = OutgoingMail.objects.get()
    assert mail.sent_at is not None
    return mail


@pytest.fixture
def pipe(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], tuple[int, str]]:
    """What a mail server does: give the notification to the command. Its exit code and word."""

    def piped(data: bytes) -> tuple[int, str]:
        class Input:
            buffer = io.BytesIO(data)

        said = io.StringIO()
        monkeypatch.setattr("sys.stdin", Input)
        monkeypatch.setattr("verification.management.commands.take_bounce.clock", lambda: world.now)
        try:
            call_command("take_bounce", stdout=said, stderr=said)
        except SystemExit as ended:
            return int(ended.code or 0), said.getvalue().strip()
        return 0, said.getvalue().strip()

    return piped


Pipe = Callable[[bytes], tuple[int, str]]


def facts() -> tuple[Any, ...]:
    return (
        list(OutgoingMail.objects.order_by("pk").values()),
        list(Challenge.objects.order_by("pk").values()),
        Event.objects.count(),
    )


def test_a_mail_that_comes_back_is_told_at_its_challenge(
    world: World, smtp: Server, written: OutgoingMail, pipe: Pipe
) -> None:
    (sender,) = smtp.senders
    assert sender == f"bounces+{written.token()}@portal.example.com"
    assert len(sender.partition("@")[0]) <= 64
    assert pipe(notification(to=sender)) == (0, "bounced")
    written.refresh_from_db()
    assert (written.bounced_at, written.failed_at) == (world.now, None)
    assert written.problem == "5.1.1 550 5.1.1 <admin@shop.example.com>: No such user"
    world.work()
    challenge = Challenge.objects.get()
    assert (challenge.status, challenge.problem_code) == (Status.OPEN, "mail.bounced")
    assert "admin@shop.example.com came back" in challenge.problem_message
    seen = challenge.history.latest("pk").evidence
    assert seen["returned"] == written.problem


def test_the_page_of_the_certificate_says_so(
    world: World, written: OutgoingMail, smtp: Server, client: Client
) -> None:
    take(notification(to=smtp.senders[0]), world.now)
    world.work()
    client.force_login(world.alice)
    page = client.get(f"/certificates/{written.about}/").content.decode()
    assert "mail.bounced" in page
    assert "choose another mailbox for shop.example.com" in page
    assert "550 5.1.1 &lt;admin@shop.example.com&gt;: No such user" in page


def test_the_token_in_the_returned_head_is_enough(
    world: World, written: OutgoingMail, pipe: Pipe
) -> None:
    head = f"From: desk@geotrust.example\nX-Reseal-Mail: {written.token()}\n"
    assert pipe(notification(head=head)) == (0, "bounced")


def test_a_second_copy_changes_nothing(
    world: World, smtp: Server, written: OutgoingMail, pipe: Pipe
) -> None:
    assert pipe(notification(to=smtp.senders[0]))[1] == "bounced"
    world.work()
    before = facts()
    assert pipe(notification(to=smtp.senders[0], said="554 other words")) == (0, "bounced-before")
    world.work()
    assert facts() == before


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "FAIL"])
def test_only_a_failure_counts(smtp: Server, written: OutgoingMail, action: str) -> None:
    before = facts()
    taken = take(
        notification(to=smtp.senders[0], action=action, status="4.4.1"), written.created_at
    )
    assert taken == Taken.NOT_FINAL
    assert facts() == before


def test_a_server_that_gave_up_after_delays_counts(smtp: Server, written: OutgoingMail) -> None:
    data = notification(to=smtp.senders[0], action="Failed", status="4.4.1", said="timed out")
    assert take(data, written.created_at) == Taken.BOUNCED
    assert OutgoingMail.objects.get().problem == "4.4.1 timed out"


def test_a_notification_without_the_token_of_a_mail_is_nobodys(
    written: OutgoingMail, pipe: Pipe
) -> None:
    token = written.token()
    forged = (
        "",
        f"{written.pk}-{'0' * 32}",
        f"{written.pk + 1}-{token.partition('-')[2]}",
        token[:-1],
        token + "0",
        f"{'9' * 18}-{'a' * 32}",
        f"{'9' * 40}-{'a' * 32}",
    )
    before = facts()
    for each in forged:
        assert pipe(notification(to=f"bounces+{each}@portal.example.com")) == (0, "not-ours"), each
    assert facts() == before


def test_what_is_no_notification_changes_nothing(written: OutgoingMail, smtp: Server) -> None:
    to = smtp.senders[0]
    plain = f"To: {to}\nSubject: I am away\n\nAction: failed\nStatus: 5.1.1\n".encode()
    honest = notification(to=to)
    hostile = (
        b"",
        b"\xff\x00" * 5000,
        plain,
        honest.replace(b"multipart/report", b"multipart/mixed"),
        honest.replace(b"message/delivery-status", b"text/plain"),
        honest.replace(b"Action: failed\n", b""),
        honest.replace(b'boundary="4F5A.1/mx.example.com"', b"boundary=other"),
        b"Content-Type: multipart/report; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; "
        b"boundary=a\n\n" * 20000,
        honest.replace(b"I'm sorry", b"x" * LONGEST),
    )
    before = facts()
    for each in hostile:
        assert take(each, written.created_at) == Taken.NOT_OURS
    assert facts() == before


@pytest.mark.parametrize("kind", ["multipart/mixed", "Multipart/Digest", "message/rfc822"])
def test_parts_within_parts_are_not_opened(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The parser's work grows with the depth: a line is held against every boundary above it."""
    parsed: list[bytes] = []
    parse = BytesParser.parsebytes

    def noted(parser: BytesParser, text: bytes, headersonly: bool = False) -> Message:
        parsed.append(text)
        return parse(parser, text, headersonly)

    monkeypatch.setattr(BytesParser, "parsebytes", noted)

    def nested(depth: int) -> bytes:
        honest = notification(to=f"bounces+1-{'a' * 32}@portal.example.com")
        start, _gap, rest = honest.partition(b"\n\n")
        inner = start.replace(b"Content-Type: ", b"X-", 1)
        for each in range(depth):
            inner += f'\n\n--b{each - 1}\nContent-Type: {kind}; boundary="b{each}"'.encode()
        return honest + inner + b"\n" * 500 + rest

    assert read(nested(5)) is not None
    assert parsed
    parsed.clear()
    for depth in (100, 280, 5000):
        assert read(nested(depth)) is None
    assert parsed == []


def test_a_long_notification_is_read_as_far_as_it_matters() -> None:
    told = read(notification(to=f"bounces+1-{'a' * 32}@portal.example.com") + b"x\n" * LONGEST)
    assert told is not None
    assert told.tokens == (f"1-{'a' * 32}",)


def test_what_a_server_says_is_bounded_printable_and_without_the_link(
    world: World, smtp: Server, written: OutgoingMail
) -> None:
    assert written.answer is not None
    link = written.answer.token()
    said = f"550 \x1b[31m\u202e {link} " + "x" * 5000
    data = notification(to=smtp.senders[0], said=said)
    assert take(data, world.now) == Taken.BOUNCED
    problem = OutgoingMail.objects.get().problem
    assert len(problem) <= 400
    assert problem.isprintable()
    assert link not in problem


def test_an_answer_that_came_first_stands(
    world: World, smtp: Server, written: OutgoingMail
) -> None:
    assert written.answer is not None
    decide(written.answer.pk, Decision.CONFIRM, by="", now=world.now)
    world.work()
    take(notification(to=smtp.senders[0]), world.now)
    world.work()
    assert Challenge.objects.get().status == Status.PROVED


def test_an_answer_after_the_bounce_still_proves(
    world: World, smtp: Server, written: OutgoingMail
) -> None:
    take(notification(to=smtp.senders[0]), world.now)
    world.work()
    assert written.answer is not None
    decide(written.answer.pk, Decision.CONFIRM, by="", now=world.now)
    world.work()
    assert Challenge.objects.get().status == Status.PROVED


def test_a_notification_that_overtakes_our_own_record_is_handed_over_again(
    smtp: Server, written: OutgoingMail, pipe: Pipe
) -> None:
    OutgoingMail.objects.update(sent_at=None)
    before = facts()
    assert pipe(notification(to=smtp.senders[0])) == (os.EX_TEMPFAIL, "not-sent-yet")
    assert facts() == before


def test_without_a_database_the_server_tries_again(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: Any) -> None:
        raise OperationalError("secret://host")

    monkeypatch.setattr("verification.management.commands.take_bounce.take", away)
    assert pipe(b"x") == (os.EX_TEMPFAIL, "The database is away: OperationalError.")


def test_a_letter_about_a_reissue_that_comes_back_ends_it_with_the_original_kept(
    world: World, smtp: Server
) -> None:
    certificate = world.issued()
    serial = world.fresh(certificate).current.serial  # type: ignore[union-attr]
    world.reissue(certificate)
    world.later(days=4)
    order = world.order(certificate)
    assert order.mail is not None
    assert order.mail.sent_at is not None
    before = OutgoingMail.objects.count()
    (to,) = [sender for sender in smtp.senders if order.mail.token() in sender]
    assert take(notification(to=to), world.now) == Taken.BOUNCED
    world.work()
    kept = world.fresh(certificate)
    assert (kept.status, kept.failure_code) == ("ISSUED", "mail.bounced")
    assert "came back" in kept.failure_message
    assert kept.current is not None
    assert (kept.current.serial, kept.current.revoked_at) == (serial, None)
    assert OutgoingMail.objects.count() == before + 1  # who asked is told
    told = OutgoingMail.objects.latest("pk")
    assert (told.kind, told.recipient) == ("kept", world.alice.email)
    assert order.answer is not None
    decide(order.answer.pk, Decision.CONFIRM, by="", now=world.now)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    assert broken_invariants() == []


def test_without_an_address_for_bounces_the_sender_is_the_envelopes(
    world: World, smtp: Server, settings: Settings
) -> None:
    settings.BOUNCE_ADDRESS = ""
    world.submitted("shop.example.com", method="EMAIL")
    assert smtp.senders == [OutgoingMail.objects.get().sender.partition("<")[2].rstrip(">")]


def test_only_recipients_that_failed_count_among_several() -> None:
    data = notification().replace(
        b"\nFinal-Recipient", b"\nFinal-Recipient: rfc822; b@c.example\nAction: delayed\n\n"
        b"Final-Recipient"
    )  # fmt: skip
    found = read(data)
    assert found is not None
    assert found.is_final
