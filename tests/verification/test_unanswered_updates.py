"""Updates of which nobody knows whether they arrived, and those that never left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cast import World
from tests.dns_bind import Bind, bind
from tests.ports import free_port
from tests.verification.test_publishing import SHOP, applied, only, world, zone
from verification.challenges import Challenge
from verification.network import GuardedNetwork
from verification.publishing import IN_OUR_HANDS, Publication, is_in_our_hands
from verification.zone_book import left_behind, remove_obstacles
from verification.zones import Zone

__all__ = ["bind", "world", "zone"]
pytestmark = [pytest.mark.servers, pytest.mark.django_db]


def test_what_was_sent_without_an_answer_is_not_told_as_published(
    world: World, zone: Zone, bind: Bind
) -> None:
    Zone.objects.filter(pk=zone.pk).update(port=free_port())
    challenge = only(applied(world))
    row = Publication.objects.get()
    assert (row.problem_code, row.published_at) == ("zone.unreachable", None)
    assert row.attempted_at is not None
    (obstacle,) = remove_obstacles(zone, world.alice, world.now)
    assert obstacle.code == "zone.in_use"
    assert "published there now" not in obstacle.message
    assert f"Records that prove {SHOP} may stand there" in obstacle.message
    Challenge.objects.filter(pk=challenge.pk).update(status="CLOSED", due_at=None)
    # Nobody has asked the server to let it go, whatever was wrong before.
    row.refresh_from_db()
    (obstacle,) = remove_obstacles(zone, world.alice, world.now)
    assert obstacle.code == "zone.cleaning_up"
    Publication.objects.get().step(world.now, bind.network)
    row.refresh_from_db()
    assert (row.removing_since, row.problem_code) == (world.now, "zone.unreachable")
    assert remove_obstacles(zone, world.alice, world.now) == []
    assert left_behind(zone) == [row]


def test_while_our_own_resolver_is_away_it_is_nobody_elses_turn(
    world: World, zone: Zone, bind: Bind
) -> None:
    Zone.objects.filter(pk=zone.pk).update(port=free_port())
    certificate = applied(world)
    assert not is_in_our_hands(only(certificate))
    Zone.objects.filter(pk=zone.pk).update(server="ns.example.com")
    Publication.objects.update(attempted_at=None)
    policy = replace(bind.policy(), resolvers=(("127.0.0.1", free_port()),))
    Publication.objects.get().step(world.now, GuardedNetwork(policy))
    row = Publication.objects.get()
    challenge = only(certificate)
    assert (row.problem_code, row.attempted_at) == ("zone.resolver", None)
    assert is_in_our_hands(challenge)
    assert Challenge.objects.filter(IN_OUR_HANDS).exists()
    assert "That is ours to mend" in row.problem_message
