"""The desk's verbs: the right person, the wrong one, the wrong state, twice, and the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail

from accounts.access import Team
from accounts.audit import AuditEntry, broken_links
from accounts.models import User
from authorities.simulated import desk
from authorities.simulated.desk import DeskRefused
from authorities.simulated.orders import CaOrder, ReviewItem, ReviewNote
from authorities.simulated.review import in_short, review_of
from certificates.story import Certificate
from tests.authorities.asking import asked, jump, original, state
from tests.authorities.desk_scenes import alarmed, checked, in_review, planned, stopped
from tests.cast import World
from verification.answers import Decision
from verification.mail import OutgoingMail, send_again

pytestmark = pytest.mark.django_db

note = partial(desk.note_review, item=ReviewItem.REGISTRY, is_good=True, text="Found it.")
VERBS: dict[str, Callable[..., Any]] = {
    "approve_organization": desk.approve_organization,
    "refuse_organization": partial(desk.refuse_organization, message="Not found."),
    "note_review": note,
    "decide_compromise": partial(desk.decide_compromise, cancel=True),
    "mark_findings_seen": desk.mark_findings_seen,
    "write_now": desk.write_now,
}
WRONG_STATE = {
    "approve_organization": "desk.not_in_review",
    "refuse_organization": "desk.not_in_review",
    "note_review": "desk.not_in_review",
    "decide_compromise": "desk.no_alarm",
    "mark_findings_seen": "desk.no_findings",
    "write_now": "desk.not_planned",
}


@pytest.fixture
def world() -> World:
    return World()


SCENES: dict[str, Callable[[World], Certificate]] = {
    "approve_organization": checked,
    "refuse_organization": in_review,
    "note_review": in_review,
    "decide_compromise": alarmed,
    "mark_findings_seen": stopped,
    "write_now": planned,
}


def facts(order_id: int) -> tuple[Any, ...]:
    """All that a refused verb must leave as it was."""
    return (
        CaOrder.objects.filter(pk=order_id).values().get(),
        ReviewNote.objects.count(),
        AuditEntry.objects.filter(action__startswith="desk.").count(),
        len(mail.outbox),
    )


def refusal(verb: Callable[..., Any], order_id: int, actor: User, world: World) -> str:
    before = facts(order_id)
    with pytest.raises(DeskRefused) as refused:
        verb(order_id, actor=actor, now=world.now)
    assert facts(order_id) == before
    return refused.value.code


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_of_the_desk_is_staffs_counts_once_and_is_logged(world: World, name: str) -> None:
    verb = VERBS[name]
    certificate = SCENES[name](world)
    order = world.order(certificate)
    for who in (world.alice, world.mallory, world.staff("sue", Team.SUPPORT)):
        assert refusal(verb, order.pk, who, world) == "desk.forbidden"
    already = AuditEntry.objects.filter(action=f"desk.{name}").count()
    verb(order.pk, actor=world.sam, now=world.now)
    entry = AuditEntry.objects.filter(action=f"desk.{name}").last()
    assert entry is not None
    assert (entry.actor, entry.subject) == (world.sam.email, certificate.pk)
    assert (entry.project, entry.detail["order"]) == (world.acme, order.reference)
    if name != "note_review":
        assert refusal(verb, order.pk, world.sam, world) == WRONG_STATE[name]
    assert AuditEntry.objects.filter(action=f"desk.{name}").count() == already + 1
    assert broken_links() == []


@pytest.mark.parametrize("name", VERBS)
def test_in_another_state_a_verb_changes_nothing(world: World, name: str) -> None:
    order = world.order(world.issued())
    assert refusal(VERBS[name], order.pk, world.sam, world) == WRONG_STATE[name]


# The checklist


def test_the_latest_note_of_a_point_counts_and_none_is_lost(world: World) -> None:
    certificate = in_review(world)
    order = world.order(certificate)
    assert in_short(review_of(order)) == "Registry – · Phone – or Mailbox – or Letter –"
    for item, is_good in (("REGISTRY", False), ("REGISTRY", True), ("MAILBOX", False)):
        note(order.pk, item=ReviewItem(item), is_good=is_good, actor=world.sam, now=world.now)
    review = review_of(world.order(certificate))
    assert in_short(review) == "Registry ✓ · Phone – or Mailbox ✗ or Letter –"
    assert review.open_points == [
        "one of Phone call to a listed number, Company mailbox, Lawyer's letter"
    ]
    assert order.review_notes.count() == 3


def test_a_note_without_evidence_is_not_kept(world: World) -> None:
    order = world.order(in_review(world))
    empty = partial(note, text=" \n")
    assert refusal(empty, order.pk, world.sam, world) == "desk.no_evidence"


def test_notes_are_append_only(world: World) -> None:
    kept = note(world.order(in_review(world)).pk, actor=world.sam, now=world.now)
    for change in (kept.save, kept.delete):
        with pytest.raises(TypeError):
            change()
    assert ReviewNote.objects.get().text == "Found it."


# What the linter refused


def test_what_the_linter_refused_is_kept_for_the_desk(world: World) -> None:
    order = world.order(stopped(world))
    assert order.findings
    for found in order.findings:
        assert set(found) == {"code", "severity", "text"}
        assert found["code"] in order.history[-1]["message"]
    assert (order.findings_seen_at, order.findings_seen_by) == (None, "")
    desk.mark_findings_seen(order.pk, actor=world.sam, now=world.now)
    order.refresh_from_db()
    assert (order.findings_seen_at, order.findings_seen_by) == (world.now, world.sam.email)


def test_another_refusal_has_no_findings(world: World) -> None:
    certificate = in_review(world)
    order = world.order(certificate)
    desk.refuse_organization(order.pk, message="Not found.", actor=world.sam, now=world.now)
    order.refresh_from_db()
    assert (order.state, order.findings) == ("REFUSED", [])


# The mail ahead of its time, and once more


def test_the_planned_mail_is_written_now_and_once(world: World) -> None:
    certificate = planned(world)
    order = world.order(certificate)
    due = order.due_at
    desk.write_now(order.pk, actor=world.sam, now=world.now)
    world.work()
    order.refresh_from_db()
    assert (order.state, order.mail.sent_at) == ("ASKING", world.now)
    jump(world, due + timedelta(days=1))
    assert OutgoingMail.objects.filter(kind="confirm_cancellation").count() == 1


@pytest.mark.parametrize("works", [True, False])
def test_while_a_copy_is_on_its_way_the_first_mail_still_counts(
    world: World, monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    certificate = asked(world)
    send_again(world.order(certificate).mail_id, actor=world.sam, now=world.now)
    if not works:
        monkeypatch.setattr("verification.mail.OutgoingMail._send", lambda _mail: "550 gone")
        world.work()
    assert state(world, certificate) == "ASKING"
    desk.answer_question(
        world.order(certificate).pk, Decision.CONFIRM, actor=world.alice, now=world.now
    )
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    assert original(world, certificate).reason == "superseded"
