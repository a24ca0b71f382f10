from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from certificates.story import Certificate
from tests.cast import World
from tests.certificates.mailed import Asked, link_in_last_mail, reissue_asked


@pytest.fixture
def world(db: None) -> World:
    """A world of today: the pages read the clock."""
    return World(now=datetime.now(UTC))


@pytest.fixture
def alice(world: World, client: Client) -> Client:
    """Alice's browser, signed in."""
    client.force_login(world.alice)
    return client


@pytest.fixture
def issued(world: World) -> Certificate:
    return world.issued()


@pytest.fixture
def asked(world: World) -> Asked:
    return reissue_asked(world)


@pytest.fixture
def to_prove(world: World) -> Asked:
    certificate = world.submitted("mail.example.com", method="EMAIL", mailbox="webmaster")
    world.later(minutes=2)
    return Asked(world, certificate, link_in_last_mail())


@pytest.fixture(params=["confirm", "prove"])
def either(request: pytest.FixtureRequest) -> Asked:
    name = {"confirm": "asked", "prove": "to_prove"}[request.param]
    found = request.getfixturevalue(name)
    assert isinstance(found, Asked)
    return found
