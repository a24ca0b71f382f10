"""The brand's own order: when its mail leaves, what an answer means and what silence does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from authorities.port import open_counter
from authorities.simulated.desk import DeskRefused, decide_compromise
from certificates.invariants import broken_invariants
from tests.authorities.asking import answer, asked, jump, original, state
from tests.cast import World
from tests.certificates.mailed import questions
from verification import answers
from verification.answers import Decision
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


# When the mail leaves


@pytest.mark.parametrize("seconds", [20, 86_400])
def test_the_mail_leaves_within_one_to_two_working_days(
    world: World, settings: Any, seconds: int
) -> None:
    settings.CA_WORKING_DAY = seconds
    certificate = world.issued()
    world.reissue(certificate)
    start = world.now
    jump(world, start + timedelta(seconds=seconds - 1))
    assert (state(world, certificate), questions()) == ("SCHEDULED", [])
    jump(world, world.order(certificate).due_at)
    (sent,) = OutgoingMail.objects.filter(kind="confirm_cancellation")
    assert sent.sent_at is not None
    assert timedelta(seconds=seconds) <= sent.sent_at - start <= timedelta(seconds=2 * seconds)
    assert [each.to for each in questions()] == [["alice@acme.example"]]


def test_no_row_holds_the_token_that_the_mail_carries(world: World) -> None:
    asked(world)
    (sent,), (stored,) = questions(), OutgoingMail.objects.filter(answer__isnull=False)
    assert stored.answer is not None
    assert stored.answer.token() in str(sent.body)
    for value in vars(stored).values():
        assert stored.answer.token() not in str(value)


def test_a_leaked_key_is_asked_about_at_once(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    assert state(world, certificate) == "ASKING"
    assert len(questions()) == 1


def test_before_the_mail_has_left_nothing_can_be_answered(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    with pytest.raises(DeskRefused) as refused:
        answer(world, certificate, Decision.CONFIRM)
    assert refused.value.code == "confirmation.not_sent"


# Answers and silence


def test_an_answer_counts_once(world: World) -> None:
    certificate = asked(world)
    answer(world, certificate, Decision.CONFIRM)
    with pytest.raises(DeskRefused) as refused:
        answer(world, certificate, Decision.DECLINE)
    assert refused.value.code == "confirmation.decided"
    assert world.fresh(certificate).status == "ISSUED"
    assert original(world, certificate).reason == "superseded"


def test_thirty_days_of_silence_count_as_declined(world: World) -> None:
    certificate = asked(world)
    sent = world.order(certificate).answer
    jump(world, sent.expires_at - timedelta(seconds=1))
    assert state(world, certificate) == "ASKING"
    world.later(seconds=1)
    assert sent.expires_at - sent.created_at == timedelta(days=30)
    assert state(world, certificate) == "DECLINED"
    kept = world.fresh(certificate)
    assert (kept.status, kept.failure_code) == ("ISSUED", "confirmation.expired")
    assert original(world, certificate).revoked_at is None
    assert broken_invariants() == []


def test_a_leak_that_nobody_answers_for_alarms_the_desk_after_24_hours(world: World) -> None:
    certificate = asked(world, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    sent = world.order(certificate).answer.created_at
    jump(world, sent + timedelta(hours=24, seconds=-1))
    assert world.order(certificate).alarm == ""
    world.later(seconds=1)
    assert (world.order(certificate).alarm, state(world, certificate)) == ("UNANSWERED", "ASKING")
    jump(world, sent + timedelta(days=40))
    assert (world.order(certificate).alarm, state(world, certificate)) == ("UNANSWERED", "ASKING")
    assert world.fresh(certificate).status == "REISSUING"
    decide_compromise(world.order(certificate).pk, cancel=True, actor=world.sam, now=world.now)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    assert original(world, certificate).reason == "keyCompromise"


def test_a_declined_leak_waits_for_the_desk(world: World) -> None:
    certificate = asked(world, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    answer(world, certificate, Decision.DECLINE)
    order = world.order(certificate)
    assert (order.alarm, order.state) == ("DECLINED", "ASKING")
    told = open_counter("simulated").fetch(order.request_id, world.now).waiting
    assert told is not None
    assert "looks at the report" in told.message
    decide_compromise(order.pk, cancel=False, actor=world.sam, now=world.now)
    world.work()
    kept = world.fresh(certificate)
    assert (kept.status, kept.failure_code) == ("ISSUED", "compromise.dismissed")
    assert original(world, certificate).revoked_at is None
    assert broken_invariants() == []


@pytest.mark.parametrize("cancel", [True, False])
def test_what_the_desk_decided_is_decided(world: World, cancel: bool) -> None:
    """Neither a second decision nor the link in the mail can turn it."""
    certificate = asked(world, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    jump(world, world.now + timedelta(days=2))
    order = world.order(certificate)
    decide_compromise(order.pk, cancel=cancel, actor=world.sam, now=world.now)
    with pytest.raises(DeskRefused):
        decide_compromise(order.pk, cancel=not cancel, actor=world.sam, now=world.now)
    late = Decision.DECLINE if cancel else Decision.CONFIRM
    assert not answers.decide(order.answer_id, late, by="the link", now=world.now)
    world.work()
    assert (original(world, certificate).revoked_at is not None) is cancel


def test_the_desk_keeps_nothing_that_the_contact_has_confirmed(world: World) -> None:
    certificate = asked(world, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    jump(world, world.now + timedelta(days=2))
    order = world.order(certificate)
    assert answers.decide(order.answer_id, Decision.CONFIRM, by="the link", now=world.now)
    with pytest.raises(DeskRefused) as refused:
        decide_compromise(order.pk, cancel=False, actor=world.sam, now=world.now)
    assert refused.value.code == "desk.confirmed"
    world.work()
    assert original(world, certificate).reason == "keyCompromise"


@pytest.mark.parametrize("who", ["alice", "mallory"])
def test_only_staff_decide_at_the_desk(world: World, who: str) -> None:
    certificate = asked(world, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    jump(world, world.now + timedelta(days=2))
    order = world.order(certificate)
    with pytest.raises(DeskRefused) as refused:
        decide_compromise(order.pk, cancel=True, actor=getattr(world, who), now=world.now)
    assert refused.value.code == "desk.forbidden"
    assert world.order(certificate).answer.decision == ""
