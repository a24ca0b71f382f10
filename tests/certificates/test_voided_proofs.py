"""Proofs that count no more: a name that is given up or taken over, a proof that staff revoke."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.test import Client

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.refusals import Refused
from authorities.simulated.proofs import proof_problem
from certificates import taken_proofs
from certificates.catalogue import DomainType, Terms, Type
from certificates.giving_up_names import release_domain, release_obstacles
from certificates.invariants import broken_invariants
from certificates.orders import submit
from certificates.proof_revoking import revoke_proof
from certificates.story import Certificate, Event
from certificates.taken_proofs import TakenProof
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.wizarding import words
from verification.challenges import Challenge, Status
from verification.giving_up import GivenUp
from verification.looking import record
from verification.mail import OutgoingMail
from verification.outcome import Outcome
from verification.reuse import newest_proof

pytestmark = pytest.mark.django_db
BASE, SUB = "shop.example.com", "pay.shop.example.com"


def counts(world: World, name: str) -> bool:
    return newest_proof(world.acme.pk, name, world.now) is not None


def give_up(world: World, name: str) -> None:
    release_domain(project_id=world.acme.pk, name=name, actor=world.alice, now=world.now)


def codes(refused: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as caught:
        refused()
    return [each.code for each in caught.value.obstacles]


def test_a_name_is_given_up_with_all_below_it(world: World) -> None:
    issued, below = world.issued(BASE), world.issued(f"www.{SUB}")
    world.later(hours=1)
    give_up(world, BASE)
    assert not counts(world, BASE)
    assert not counts(world, SUB)
    # The second rested on the first proof and has none of its own.
    assert [each.void_code for each in Challenge.objects.all()] == ["GIVEN_UP"]
    for certificate in (issued, below):
        event = Event.objects.filter(certificate=certificate).latest("pk")
        assert (event.verb, event.actor, event.reason) == (
            "give_up_name",
            "alice@acme.example",
            BASE,
        )
        assert world.fresh(certificate).status == "ISSUED"
    entry = AuditEntry.objects.get(action="name.given_up")
    assert (entry.subject, entry.project_id) == (BASE, world.acme.pk)
    assert broken_invariants() == []
    # Proved anew it counts again.
    world.later(hours=1)
    again = world.submitted(SUB)
    assert again.status == "CHECKING_DOMAIN"
    world.publish(again)
    world.look(again)
    assert counts(world, SUB)
    assert not counts(world, BASE)


def test_a_sub_name_is_given_up_and_the_base_stays(world: World) -> None:
    world.issued(BASE)
    world.later(hours=1)
    give_up(world, SUB)
    assert counts(world, BASE)
    assert counts(world, f"other.{BASE}")
    assert not counts(world, SUB)
    assert not counts(world, f"deep.{SUB}")


def test_why_a_name_cannot_be_given_up(world: World) -> None:
    assert codes(lambda: give_up(world, BASE)) == ["release.nothing"]
    world.issued(BASE)
    found = release_obstacles(world.acme.pk, BASE, world.victor, world.now)
    assert [each.code for each in found] == ["release.forbidden"]
    opened = world.submitted("example.com")
    assert opened.status == "CHECKING_DOMAIN"
    assert counts(world, BASE)
    world.submitted(SUB, world.product("SYMANTEC", Type.OV_SSL_CERT))
    assert codes(lambda: give_up(world, BASE)) == ["release.in_progress"]
    assert not GivenUp.objects.exists()
    assert counts(world, BASE)


def test_the_page_says_what_ends_and_the_button_does_it(world: World, alice: Client) -> None:
    issued = world.issued(BASE)
    door = f"/domains/{BASE}/release/"
    assert f'href="{door}"' in page_of(alice, issued)
    page = words(alice.get(door).content.decode())
    for told in (f"Give up {BASE}?", "Proved on", issued.pk, "giving it up revokes none"):
        assert told in page
    assert counts(world, BASE)
    answer = alice.post(door)
    assert answer.status_code == 302
    assert not counts(world, BASE)
    assert alice.get(door).status_code == 404
    page = words(page_of(alice, issued))
    assert "void since" in page
    assert "Name given up, its proof with it" in page


def test_strangers_and_strange_names_are_not_found(world: World, alice: Client) -> None:
    world.issued(BASE)
    stranger = Client()
    stranger.force_login(world.mallory)
    for method in ("get", "head", "post", "put", "patch", "delete", "options"):
        assert getattr(stranger, method)(f"/domains/{BASE}/release/").status_code == 404
    for name in (f"*.{BASE}", BASE.upper(), "-", "com", "a" * 300, "x\ty.example.com"):
        assert alice.get(f"/domains/{name}/release/").status_code == 404, name
    viewer = Client()
    viewer.force_login(world.victor)
    page = viewer.get(f"/domains/{BASE}/release/").content.decode()
    assert "Your role does not give names up" in page
    viewer.post(f"/domains/{BASE}/release/")
    assert counts(world, BASE)


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
        give_up(world, BASE)
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


@pytest.mark.parametrize(
    ("how", "code"),
    [("revoke", "proof.revoked"), ("take", "proof.taken")],
)
def test_a_void_proof_stops_what_is_under_way(world: World, how: str, code: str) -> None:
    world.issued(BASE)
    world.later(hours=1)
    ov = world.submitted(BASE, world.product("SYMANTEC", Type.OV_SSL_CERT))
    assert ov.status == "CHECKING_ORG"
    if how == "revoke":
        revoke_proof(Challenge.objects.get(), reason="Wrong.", actor=world.sam, now=world.now)
    else:
        world.issued(BASE, owner=world.mallory)
    world.approve(ov)
    refused = world.fresh(ov)
    assert (refused.status, refused.failure_code) == ("UNPASSED", code)
    assert BASE in refused.failure_message
    # Applied for again, it is proved anew.
    submit(
        certificate=refused,
        wish=world.wish(BASE),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    assert world.fresh(ov).status == "CHECKING_DOMAIN"


def test_each_name_is_told_with_its_own_cause(world: World) -> None:
    """Two names of an order lost their proofs for different reasons, the second one later."""
    other = "pay.example.net"
    world.issued(BASE)
    world.issued(other)
    world.later(hours=1)
    product = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    ov = world.bought(product)
    Certificate.objects.filter(pk=ov.pk).update(domain_count=2)
    submit(
        certificate=world.fresh(ov),
        wish=world.wish(BASE, more_domains=(other,)),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    assert world.fresh(ov).status == "CHECKING_ORG"
    first, second = (Challenge.objects.get(domain=name) for name in (BASE, other))
    Challenge.objects.filter(pk=first.pk).update(void_code="TAKEN", voided_at=world.now)
    Challenge.objects.filter(pk=second.pk).update(
        void_code="REVOKED", voided_at=world.now + timedelta(minutes=1)
    )
    problem = proof_problem(world.order(ov), world.now)
    assert problem is not None
    assert problem.code == "proof.taken"
    assert BASE in problem.message
    assert other not in problem.message


def test_where_proof_is_asked_anew_no_earlier_one_stands_in_for_it(world: World) -> None:
    world.issued(BASE)
    world.later(hours=1)
    product = world.product("SYMANTEC", Type.OV_SSL_CERT)
    Terms.objects.filter(product=product).update(proves_anew=True)
    ov = world.submitted(BASE, product)
    assert ov.status == "CHECKING_DOMAIN"
    world.publish(ov)
    world.look(ov)
    assert world.fresh(ov).status == "CHECKING_ORG"
    own = Challenge.objects.latest("pk")
    revoke_proof(own, reason="Wrong.", actor=world.sam, now=world.now)
    assert counts(world, BASE)  # the first proof stands for other orders
    world.approve(ov)
    refused = world.fresh(ov)
    assert (refused.status, refused.failure_code) == ("UNPASSED", "proof.revoked")


class TestRevoking:
    @pytest.fixture
    def desk(self, world: World) -> Client:
        client = Client()
        client.force_login(world.sam)
        return client

    def door(self, proof: Challenge) -> str:
        return f"/admin/verification/challenge/{proof.pk}/revoke/"

    def test_it_is_done_on_a_page_that_shows_what_it_touches(
        self, world: World, desk: Client
    ) -> None:
        issued, second = world.issued(BASE), world.issued(SUB)
        proof = Challenge.objects.get()
        page = words(desk.get(self.door(proof)).content.decode())
        assert f"{issued.pk} ({BASE}, Issued) rests on it." in page
        assert f"{second.pk} ({SUB}, Issued) rests on it." in page
        assert desk.post(self.door(proof), {"reason": " "}).status_code == 200
        assert counts(world, BASE)
        answer = desk.post(self.door(proof), {"reason": "The DNS host was broken into."})
        assert answer.status_code == 302
        proof.refresh_from_db()
        assert (proof.status, proof.void_code) == (Status.PROVED, "REVOKED")
        assert (proof.voided_by, proof.void_reason) == (
            "sam@reseal.example",
            "The DNS host was broken into.",
        )
        assert not counts(world, BASE)
        assert not counts(world, SUB)
        entry = AuditEntry.objects.get(action="proof.revoke")
        assert (entry.actor, entry.detail["reason"]) == (
            "sam@reseal.example",
            "The DNS host was broken into.",
        )
        for certificate in (issued, second):
            event = Event.objects.filter(certificate=certificate).latest("pk")
            assert (event.verb, event.actor, event.code) == (
                "revoke_proof",
                "Reseal",
                "proof.revoked",
            )
        assert broken_invariants() == []
        # Twice is once.
        desk.post(self.door(proof), {"reason": "Again."})
        assert AuditEntry.objects.filter(action="proof.revoke").count() == 1

    def test_only_the_ca_operators_may(self, world: World) -> None:
        world.issued(BASE)
        proof = Challenge.objects.get()
        support = Client()
        support.force_login(world.staff("sue", Team.SUPPORT))
        for method in ("get", "post"):
            answer = getattr(support, method)(self.door(proof), {"reason": "x"})
            assert answer.status_code == 403
        assert codes(lambda: revoke_proof(proof, reason="x", actor=world.alice, now=world.now)) == [
            "staff.forbidden"
        ]
        assert counts(world, BASE)
        assert not AuditEntry.objects.filter(action="proof.revoke").exists()

    def test_what_is_not_proved_has_no_button(self, world: World, desk: Client) -> None:
        world.submitted(BASE)
        proof = Challenge.objects.get()
        assert "cannot be done as things stand" in desk.get(self.door(proof)).content.decode()
        desk.post(self.door(proof), {"reason": "x"})
        proof.refresh_from_db()
        assert proof.voided_at is None
