"""Who proves a name later ends the earlier proof of somebody else, who is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.test import Client

from accounts.audit import AuditEntry
from accounts.dates import moment
from certificates import taken_proofs
from certificates.giving_up_names import release_domain
from certificates.invariants import broken_invariants
from certificates.story import Certificate, Event
from certificates.taken_proofs import TakenProof
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.wizarding import words
from verification.challenges import Challenge, Status
from verification.looking import record
from verification.mail import OutgoingMail
from verification.outcome import Outcome
from verification.reuse import newest_proof

pytestmark = pytest.mark.django_db
BASE, SUB = "shop.example.com", "pay.shop.example.com"


def counts(world: World, name: str) -> bool:
    return newest_proof(world.acme.pk, name, world.now) is not None


def test_who_proves_a_name_takes_it_over_and_nobody_learns_from_whom(
    world: World, alice: Client
) -> None:
    ours, below = world.issued(BASE), world.issued("deep.example.org")
    world.later(hours=1)
    world.issued(BASE, owner=world.mallory)
    assert not counts(world, BASE)
    assert counts(world, "deep.example.org")
    assert newest_proof(world.other.pk, BASE, world.now) is not None
    page = words(page_of(alice, ours))
    assert "Somebody else has proved the name since" in page
    assert "Somebody else has proved the name, so that this proof counts no more" in page
    assert "mallory" not in page
    assert "Other" not in page
    assert "Somebody else" not in words(page_of(alice, below))
    # We prove it again, and it is ours again.
    world.later(hours=1)
    world.issued(BASE)
    assert newest_proof(world.other.pk, BASE, world.now) is None
    assert broken_invariants() == []


def test_who_loses_a_proof_is_told_once(world: World) -> None:
    ours, rests = world.issued(BASE), world.issued(SUB)
    ended, below = world.issued(BASE), world.issued("deep.example.org")
    Certificate.objects.filter(pk=ended.pk).update(status="REVOKED")
    world.later(hours=1)
    theirs = world.issued(BASE, owner=world.mallory)
    TakenProof.objects.update(due_at=world.now)  # as after a kill before the row was given back
    world.work()
    told = Event.objects.filter(verb="lose_proof")
    assert sorted(each.certificate_id for each in told) == sorted([ours.pk, rests.pk])
    assert {(each.actor, each.code, each.reason) for each in told} == {
        ("Reseal", "proof.taken", BASE)
    }
    assert not told.filter(certificate__in=[ended, below, theirs]).exists()
    (entry,) = AuditEntry.objects.filter(action="proof.taken")
    assert (entry.project_id, entry.actor, entry.subject) == (world.acme.pk, "Reseal", BASE)
    assert entry.detail == {"kind": "DNS"}
    (written,) = OutgoingMail.objects.filter(kind="taken")
    assert (written.about in (ours.pk, rests.pk), written.recipient) == (True, "alice@acme.example")
    (message,) = [
        each for each in mail.outbox if each.subject == f"Somebody else has proved {BASE}"
    ]
    assert isinstance(message, EmailMultiAlternatives)
    for text in (str(message.body), str(message.alternatives[0][0])):
        assert "1 more certificate of yours" in text
        assert f"/certificates/{written.about}/" in text
        assert "mallory" not in text.lower()
        assert world.other.name not in text
    Certificate.objects.filter(pk=ended.pk).update(status="ISSUED")  # as its story says
    assert broken_invariants() == []
    # Taken back, it is the other customer who is told.
    world.later(hours=1)
    world.issued(BASE)
    assert [
        each.project_id for each in AuditEntry.objects.filter(action="proof.taken").order_by("pk")
    ] == [world.acme.pk, world.other.pk]


def test_a_loss_is_told_whole_or_not_at_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = world.issued(BASE)
    world.later(hours=1)
    with monkeypatch.context() as killed:
        killed.setattr(taken_proofs, "turning", _killed)
        world.issued(BASE, owner=world.mallory)
    assert not AuditEntry.objects.filter(action="proof.taken").exists()
    assert not counts(world, BASE)
    world.later(hours=1)
    assert AuditEntry.objects.filter(action="proof.taken").count() == 1
    assert Event.objects.filter(certificate=ours, verb="lose_proof").count() == 1


def test_the_mail_tells_when_it_was_taken_and_not_when_it_was_written(world: World) -> None:
    world.issued(BASE)
    world.later(hours=1)
    world.issued(BASE, owner=world.mallory)
    taken = Challenge.objects.filter(voided_at__isnull=False).latest("voided_at").voided_at
    assert taken is not None
    OutgoingMail.objects.filter(kind="taken").delete()
    TakenProof.objects.update(told_at=None, due_at=taken)
    world.later(days=2)  # nobody worked meanwhile
    (written,) = OutgoingMail.objects.filter(kind="taken")
    text = " ".join(written.text.split())
    assert f"On {moment(taken)} another customer proved that they control {BASE}." in text
    assert "An application under way that rests on that proof will be refused" in text


def _killed(*_of: object, **_more: object) -> None:
    raise RuntimeError("killed here")


def test_another_name_is_not_taken_over(world: World) -> None:
    world.issued(BASE)
    world.later(hours=1)
    world.issued(SUB, owner=world.mallory)
    world.issued("example.com", owner=world.mallory)
    assert counts(world, BASE)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("proved_before", [False, True])
def test_of_two_who_prove_a_name_in_the_same_instant_the_second_holds_it(
    world: World, proved_before: bool
) -> None:
    if proved_before:
        world.issued(BASE)
        release_domain(project_id=world.acme.pk, name=BASE, actor=world.alice, now=world.now)
    for owner in (world.alice, world.mallory):
        world.submitted(BASE, owner=owner)
    first, second = Challenge.objects.filter(status=Status.OPEN).order_by("pk")
    written, may_end = threading.Event(), threading.Event()
    seen = Outcome(True, None, {})

    def prove_slowly() -> None:
        with transaction.atomic():
            record(first, world.now, seen)
            written.set()
            may_end.wait(20)

    def prove_meanwhile() -> None:
        written.wait(20)
        record(second, world.now, seen)

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(alone, act) for act in (prove_slowly, prove_meanwhile)]
        wait(jobs, timeout=1)
        may_end.set()
    assert [each.result() for each in jobs] == [None, None]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.void_code) == (Status.PROVED, "TAKEN")
    assert (second.status, second.void_code) == (Status.PROVED, "")


def alone(act: Callable[[], None]) -> None:
    """With a connection of its own."""
    try:
        act()
    finally:
        connection.close()
