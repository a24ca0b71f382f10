"""Automatic DNS when something is lost, a worker, a record, a zone, or busy; against bind9."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from certificates.taking_back import withdraw
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.wizarding import words
from tests.dns_bind import Bind, bind
from tests.ports import free_port
from tests.verification.test_publishing import (
    AT,
    SHOP,
    applied,
    only,
    standing,
    unpublished,
    updating,
    world,
    zone,
)
from verification.challenges import Challenge
from verification.publishing import PUBLISHED_AGAIN, REMOVING_ENDS, Publication, State
from verification.slots import at_server
from verification.zone_book import change_zone, try_zone
from verification.zones import Zone

__all__ = ["bind", "world", "zone"]
pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.mark.parametrize("state", [State.WAITING, State.PUBLISHED])
def test_what_was_set_aside_goes_too_when_the_application_ends(
    world: World, zone: Zone, bind: Bind, state: State
) -> None:
    """Its worker ended again and again; the record may stand in the zone all the same."""
    certificate = standing(world, bind)
    Challenge.objects.update(due_at=world.now + timedelta(days=1))
    Publication.objects.update(state=state, attempts=6, set_aside_at=world.now, due_at=world.now)
    withdraw(certificate=certificate, actor=world.alice, now=world.now)
    world.work()
    row = Publication.objects.get()
    assert (row.state, row.set_aside_at, row.attempts) == (State.REMOVED, None, 0)
    assert bind.values(AT) == []


def test_a_new_key_gives_what_was_set_aside_another_chance(
    world: World, zone: Zone, bind: Bind
) -> None:
    certificate = unpublished(world, bind)
    Publication.objects.update(attempts=6, set_aside_at=world.now)
    change_zone(zone=zone, given=bind.connection(), actor=world.alice, now=world.now)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"


def test_a_record_that_the_zone_has_lost_is_published_again(
    world: World, zone: Zone, bind: Bind
) -> None:
    certificate = standing(world, bind)
    challenge = only(certificate)
    first = world.now
    lose(bind, challenge)
    world.look(certificate)
    world.now += PUBLISHED_AGAIN - timedelta(seconds=1)
    world.look(certificate)
    assert only(certificate).problem_code == "dns.nxdomain"
    row = Publication.objects.get()
    assert (row.state, row.published_at) == (State.PUBLISHED, first)  # not too soon
    assert bind.values(AT) == []
    world.now += timedelta(seconds=1)
    world.look(certificate)
    assert world.fresh(certificate).status == "ISSUED"
    assert bind.values(AT) == []


def test_while_it_cannot_be_published_again_the_page_says_so(
    world: World, zone: Zone, bind: Bind
) -> None:
    certificate = standing(world, bind)
    lose(bind, only(certificate))
    Zone.objects.update(port=free_port())
    world.now += timedelta(minutes=11)
    world.look(certificate)
    row = Publication.objects.get()
    assert (row.state, row.problem_code, row.tries) == (State.WAITING, "zone.unreachable", 1)
    world.look(certificate)
    row.refresh_from_db()
    assert row.tries == 1  # its own waits count, not the looks
    Zone.objects.update(port=bind.port)
    world.later(minutes=1)
    assert world.fresh(certificate).status == "ISSUED"


def test_only_what_we_published_is_published_again(world: World, zone: Zone, bind: Bind) -> None:
    certificate = world.submitted(SHOP)
    world.later(minutes=30)
    assert only(certificate).problem_code == "dns.nxdomain"
    assert not Publication.objects.exists()
    assert bind.values(AT) == []


def lose(bind: Bind, challenge: Challenge) -> None:
    """As when the zone's file is loaded anew."""
    assert updating(bind).withdraw(challenge.publication.record) is None
    assert bind.values(AT) == []


def test_the_zones_name_is_told_after_the_zone_is_gone(
    world: World, zone: Zone, bind: Bind, client: Client
) -> None:
    certificate = standing(world, bind)
    zone.delete()
    client.force_login(world.alice)
    page = words(page_of(client, certificate))
    assert "We published it in the zone example.com on" in page


def test_a_server_where_we_are_twice_already_is_asked_in_seconds(
    world: World, zone: Zone, bind: Bind
) -> None:
    """It is no failure: nothing is counted or told, and a record that must go goes later."""
    slots, place = bind.network.policy.slots, at_server("127.0.0.1")
    world.network.policy = replace(bind.policy(), slots=slots)  # type: ignore[attr-defined]
    holds = [slots.take(place, 600), slots.take(place, 600)]
    certificate = applied(world)
    row = only(certificate).publication
    assert (row.state, row.problem_code, row.tries) == (State.WAITING, "", 0)
    assert row.due_at is not None
    assert row.due_at - world.now < timedelta(seconds=10)
    wrong = try_zone(zone=zone, actor=world.bob, now=world.now, network=world.network)
    assert wrong is not None
    zone.refresh_from_db()
    assert (wrong.code, zone.problem_code, zone.tried_at) == ("zone.busy", "", None)
    Publication.objects.update(removing_since=world.now - REMOVING_ENDS, attempted_at=world.now)
    Challenge.objects.update(status="CLOSED", due_at=None)
    world.later(seconds=5)
    row.refresh_from_db()
    assert row.state == State.WAITING
    for hold in holds:
        slots.give_back(place, hold)
    world.later(seconds=5)
    row.refresh_from_db()
    assert row.state == State.REMOVED
