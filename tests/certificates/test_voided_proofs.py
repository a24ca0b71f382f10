"""Proofs that count no more: a name that is given up, a proof that staff revoke."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.refusals import Refused
from authorities.simulated.proofs import proof_problem
from certificates.catalogue import DomainType, Terms, Type
from certificates.giving_up_names import release_domain, release_obstacles
from certificates.invariants import broken_invariants
from certificates.orders import submit
from certificates.proof_revoking import revoke_proof
from certificates.story import Certificate, Event
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.wizarding import words
from verification.challenges import Challenge, Status
from verification.giving_up import GivenUp
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
