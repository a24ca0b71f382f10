"""What the tests of a brand's orders share: a reissue that was asked about, and its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from authorities.hierarchy import IssuedCertificate
from authorities.models import CaaAsking, CaOrder
from authorities.simulated import caa_asking
from authorities.simulated.caa_asking import WATCHED, Stand
from authorities.simulated.desk import answer_question
from certificates.story import Certificate
from tests.cast import World
from verification.answers import Decision
from verification.dictionary import DictionaryNetwork
from verification.network import Network


def state(world: World, certificate: Certificate) -> str:
    return str(world.order(certificate).state)


def jump(world: World, until: datetime) -> None:
    """Let time pass without all the polls on the way."""
    world.now = until
    world.work()


def answer(world: World, certificate: Certificate, decision: Decision) -> None:
    answer_question(
        world.order(certificate).pk, decision, actor=certificate.bought_by, now=world.now
    )
    world.work()


def asked(world: World, **wish: Any) -> Certificate:
    """A reissue whose confirmation mail has left."""
    certificate = world.issued()
    world.reissue(certificate, **wish)
    world.later(minutes=5)
    assert state(world, certificate) == "ASKING"
    return certificate


def original(world: World, certificate: Certificate) -> IssuedCertificate:
    first = certificate.versions.get(number=1)
    return IssuedCertificate.objects.get(serial=first.serial)


def judge_names(order: CaOrder, network: Network, now: datetime) -> Stand:
    """Order and asking in turn, until all that is to be asked is answered."""
    assert order.state not in WATCHED, "what is only watched is not answered to the order"
    while (found := caa_asking.stand(order, now)).is_awaited:
        asking = CaaAsking.objects.get(order=order)
        asking.order = order  # as the test changed it, saved or not
        asking.step(now, network)
    return found


def sees(world: World, **records: Any) -> None:
    """From now on the DNS answers so."""
    world.network = DictionaryNetwork(txt=world.txt, **records)
