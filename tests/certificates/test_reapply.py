"""What counts as unchanged: only what a version was issued for, never what was only applied for."""

from __future__ import annotations

import pytest

from authorities.simulated.desk import refuse_organization
from certificates.catalogue import Type
from certificates.orders import submit
from certificates.proving import challenges_of
from certificates.wishes import Wish
from tests.cast import ALL, World
from verification import answers
from verification.answers import Decision

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def test_a_refused_organization_is_reviewed_again_when_applied_for_again(world: World) -> None:
    certificate = world.submitted("ov.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT))
    world.publish(certificate)
    world.look(certificate)
    refuse_organization(
        world.order(certificate).pk, message="Not in the register.", actor=world.sam, now=world.now
    )
    world.work()
    assert world.fresh(certificate).status == "UNPASSED"
    submit(
        certificate=world.fresh(certificate),
        wish=Wish(accepted=ALL),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    # The domain was proved by the first try, and is not asked for again.
    assert world.fresh(certificate).status == "CHECKING_ORG"


def test_a_declined_domain_is_not_taken_into_the_next_reissue(world: World) -> None:
    certificate = world.issued("www.shop.example.com")
    world.reissue(certificate, domain="www.other.example.com")
    world.later(days=3)
    answer = world.order(certificate).answer
    assert answers.decide(answer.pk, Decision.DECLINE, by="test", now=world.now)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    world.reissue(certificate)
    application = world.fresh(certificate).open_application
    assert application is not None
    assert application.domain == "www.shop.example.com"
    assert application.reason == "WRONG_INFORMATION"
    assert challenges_of(application) == []
