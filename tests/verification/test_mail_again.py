"""A mail that leaves once more: the same one, for whoever may, while its question is open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.staff import StaffRefused
from tests.cast import World
from verification import answers
from verification.answers import Decision, Purpose, ask
from verification.mail import MOST_TRIES, OutgoingMail, post, send_again
from work.steps import back_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


Write = Callable[[], OutgoingMail]


@pytest.fixture
def write(world: World) -> Write:
    def written() -> OutgoingMail:
        return post(
            "prove_domain",
            about="scs0000000000000",
            recipient="admin@example.com",
            sender="desk@geotrust.example",
            now=world.now,
            context={"domain": "example.com", "about": "scs0000000000000"},
            answer=ask(Purpose.PROVE, world.now),
        )

    return written


def refusal(written: OutgoingMail, actor: Any, world: World) -> str:
    def facts() -> tuple[Any, ...]:
        rows = OutgoingMail.objects.filter(pk=written.pk).values().get()
        return rows, AuditEntry.objects.count(), len(mail.outbox)

    before = facts()
    with pytest.raises(StaffRefused) as refused:
        send_again(written.pk, actor=actor, now=world.now)
    assert facts() == before
    return refused.value.code


def test_the_same_mail_leaves_with_the_same_id_and_link(world: World, write: Write) -> None:
    written = write()
    world.work()
    world.later(days=5)
    send_again(written.pk, actor=world.sam, now=world.now)
    world.work()
    first, second = mail.outbox
    assert first.extra_headers == second.extra_headers
    assert (first.body, first.to, first.subject) == (second.body, second.to, second.subject)
    written.refresh_from_db()
    assert (written.sent_at, written.due_at) == (world.now, None)
    assert written.answer is not None
    assert written.answer.token() not in str(OutgoingMail.objects.values().get())
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("mail.send_again", world.sam.email)
    assert (entry.subject, entry.detail) == (
        "scs0000000000000",
        {"mail": written.pk, "kind": "prove_domain"},
    )


def test_support_may_send_again_and_nobody_else(world: World, write: Write) -> None:
    written = write()
    world.work()
    for who in (world.alice, world.mallory, world.staff("ada", Team.AUDITOR)):
        assert refusal(written, who, world) == "staff.forbidden"
    send_again(written.pk, actor=world.staff("sue", Team.SUPPORT), now=world.now)
    world.work()
    assert len(mail.outbox) == 2


def test_a_mail_that_was_refused_gets_another_chance(
    world: World, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write()
    with monkeypatch.context() as patch:
        patch.setattr("verification.mail.OutgoingMail._send", lambda _mail: "550 no such user")
        world.work()
    written.refresh_from_db()
    assert (written.failed_at, written.problem) == (world.now, "550 no such user")
    send_again(written.pk, actor=world.sam, now=world.now)
    world.work()
    written.refresh_from_db()
    assert (written.failed_at, written.problem, written.sent_at) == (None, "", world.now)


def test_a_mail_on_its_way_is_not_doubled(world: World, write: Write) -> None:
    written = write()
    assert refusal(written, world.sam, world) == "mail.waiting"
    world.work()
    send_again(written.pk, actor=world.sam, now=world.now)
    assert refusal(written, world.sam, world) == "mail.waiting"


@pytest.mark.parametrize("ended", ["answered", "over"])
def test_a_question_that_is_over_is_not_asked_again(world: World, write: Write, ended: str) -> None:
    written = write()
    world.work()
    assert written.answer is not None
    if ended == "answered":
        answers.decide(written.answer.pk, Decision.CONFIRM, by="the link", now=world.now)
    else:
        world.now = written.answer.expires_at
    assert refusal(written, world.sam, world) == "mail.question_over"


def test_a_server_that_is_away_is_tried_for_three_days_whenever_it_began(
    world: World, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = sum((back_off(tries) for tries in range(1, MOST_TRIES)), timedelta())
    assert timedelta(days=2, hours=22) < waits < timedelta(days=3, hours=1)
    written = write()
    world.work()
    world.later(days=5)
    monkeypatch.setattr("verification.mail.OutgoingMail._send", lambda _mail: "450 later")
    send_again(written.pk, actor=world.sam, now=world.now)
    world.work()
    written.refresh_from_db()
    assert (written.failed_at, written.tries) == (None, 1)
    world.later(days=4)
    written.refresh_from_db()
    assert (written.failed_at is not None, written.tries) == (True, MOST_TRIES)
