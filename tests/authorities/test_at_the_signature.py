"""What must hold at the moment of the signature, whatever was judged before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from authorities.hierarchy import IssuedCertificate
from authorities.simulated import caa_asking
from authorities.simulated.caa_asking import Stand
from authorities.simulated.orders import CaOrder, State
from certificates.invariants import orders_are_whole
from certificates.proof_revoking import revoke_proof
from certificates.rested_on import rested_on, resting_on
from certificates.story import Certificate
from tests.authorities.conftest import Killed
from tests.cast import World
from verification.challenges import Challenge
from verification.dictionary import DictionaryNetwork
from verification.network import DnsStatus

pytestmark = pytest.mark.django_db
NAME = "shop.example.com"


@pytest.fixture
def world() -> World:
    return World()


def revoked(world: World, proof: Challenge) -> None:
    proof.refresh_from_db()
    if proof.status == "PROVED" and proof.voided_at is None:
        revoke_proof(proof, reason="hijacked", actor=world.sam, now=world.now)


def unreadable(world: World) -> DictionaryNetwork:
    return DictionaryNetwork(txt=world.txt, statuses={NAME: DnsStatus.SERVFAIL})


def proof_of(world: World, certificate: Certificate) -> Challenge:
    proof = world.order(certificate).proof
    assert proof is not None
    found: Challenge = proof.challenges.get()
    return found


def test_a_proof_that_is_revoked_while_caa_is_asked_keeps_it_from_being_signed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = world.submitted(NAME)
    world.publish(certificate)
    proof = proof_of(world, certificate)

    stands = caa_asking.stand

    def slow(order: CaOrder, now: datetime) -> Stand:
        stand = stands(order, now)
        if order.state == State.ISSUING and not stand.is_awaited:
            revoked(world, proof)
        return stand

    monkeypatch.setattr(caa_asking, "stand", slow)
    world.look(certificate)
    assert not IssuedCertificate.objects.exists()
    assert world.order(certificate).state == State.REFUSED
    assert world.fresh(certificate).failure_code == "proof.revoked"


def test_what_a_certificate_rests_on_is_written_down(world: World) -> None:
    first, second = world.submitted(NAME), world.submitted(NAME)
    world.publish(first)
    world.publish(second)
    world.network = unreadable(world)
    world.look(first)
    world.look(second)
    assert {world.order(each).state for each in (first, second)} == {State.ISSUING}
    revoked(world, proof_of(world, first))
    world.network = DictionaryNetwork(txt=world.txt)
    world.later(hours=2)
    assert world.fresh(first).is_issued(), "by the proof of the other order"
    relied = proof_of(world, second)
    assert {each.pk for each in resting_on([relied])} == {first.pk, second.pk}
    (rested,) = rested_on(world.fresh(first).last_application)
    assert (rested.name, rested.proof, rested.is_void) == (NAME, relied, False)
    assert list(orders_are_whole()) == []


def test_bytes_that_were_made_too_long_ago_are_made_anew(
    world: World, kill_at: Callable[[str], None]
) -> None:
    certificate = world.submitted(NAME)
    world.publish(certificate)
    kill_at("ca.committed")
    with pytest.raises(Killed):
        world.look(certificate)
    kill_at("")
    world.now += timedelta(days=20)  # every worker was away
    world.work()
    assert world.fresh(certificate).is_issued()
    old, signed = IssuedCertificate.objects.order_by("pk")
    assert old.given_up_at is not None
    assert old.signed_at is None
    assert signed.signed_at is not None
    assert signed.signed_at - signed.not_before < timedelta(hours=4)
    assert list(orders_are_whole()) == []
