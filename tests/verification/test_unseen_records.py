"""Automatic DNS that writes where nobody asks: told, and whose turn it is the same everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from authorities.simulated import worklist
from certificates.badges import badge
from certificates.proving import challenges_of
from certificates.staff_turns import described
from certificates.story import Certificate
from certificates.telling import turn
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.wizarding import words
from tests.dns_bind import Bind, bind
from tests.dns_server import LoopbackDns, dns_server
from tests.verification.test_publishing import AT, applied, only, world, zone
from verification.mail import OutgoingMail
from verification.network import GuardedNetwork
from verification.publishing import PUBLISHED_AGAIN, Publication, State
from verification.zones import Zone

__all__ = ["bind", "dns_server", "world", "zone"]
pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def elsewhere(world: World, zone: Zone, bind: Bind, dns_server: LoopbackDns) -> LoopbackDns:
    """What everybody asks is not the server that takes the zone's updates."""
    public = ((dns_server.host, dns_server.port),)
    world.network = GuardedNetwork(replace(bind.policy(), resolvers=public))  # type: ignore[assignment]
    return dns_server


def told(world: World, certificate: Certificate) -> tuple[str, str, str, str]:
    """Badge, page, desk and the staff's list, each of which reads it in its own way."""
    row = world.fresh(certificate)
    order = world.order(row)
    return (
        badge(row, row.open_application).tone,
        turn(row, challenges_of(row.open_application)).title,
        worklist.read([order], world.now)[order.pk].turn,
        vars(described(Certificate.objects.all(), world.now).get())["turn"],
    )


BY_ITSELF = ("ca", "Goes on by itself", "Ours, by itself", "clock")
YOURS = ("you", "Your turn", "Customer", "customer")


def test_a_record_that_nobody_is_shown_is_told_and_is_the_customers_turn(
    world: World, elsewhere: LoopbackDns, bind: Bind, client: Client
) -> None:
    certificate = applied(world)
    row = Publication.objects.get()
    assert (row.state, row.problem_code) == (State.PUBLISHED, "")
    assert only(certificate).problem_code == "dns.nxdomain"
    assert told(world, certificate) == BY_ITSELF, "it may take its time to come through"
    world.now += PUBLISHED_AGAIN
    world.look(certificate)
    row.refresh_from_db()
    assert (row.state, row.problem_code) == (State.PUBLISHED, "zone.unseen")
    assert bind.values(AT) == [only(certificate).value]
    assert told(world, certificate) == YOURS
    client.force_login(world.alice)
    page = words(page_of(client, certificate))
    assert "We published this record, and it is not seen." in page
    assert f"The record at {AT} stands in the zone example.com as we published it" in page
    assert "Automatic DNS did not bring the proof yet; below stands why." in page
    world.look(certificate)
    row.refresh_from_db()
    assert row.problem_code == "zone.unseen", "another look changes nothing"
    elsewhere.publish(AT, "TXT", only(certificate).value)
    world.look(certificate)
    assert world.fresh(certificate).status == "ISSUED"
    row.refresh_from_db()
    assert (row.state, row.problem_code, bind.values(AT)) == (State.REMOVED, "", [])


def test_what_keeps_a_published_record_from_being_seen_says_whose_turn_it_is(
    world: World, elsewhere: LoopbackDns, client: Client
) -> None:
    elsewhere.fail(AT, "SERVFAIL")
    certificate = applied(world)
    assert only(certificate).problem_code == "dns.servfail"
    assert Publication.objects.get().problem_code == ""
    assert told(world, certificate) == (
        "ca",
        "Your DNS host’s turn",
        "DNS host of the customer",
        "dns_host",
    )
    client.force_login(world.alice)
    assert "There is nothing to do." not in words(page_of(client, certificate))


def test_what_was_seen_before_we_published_is_nobodys_turn(
    world: World, elsewhere: LoopbackDns
) -> None:
    elsewhere.fail(AT, "SERVFAIL")
    certificate = applied(world)
    Publication.objects.update(published_at=world.now + timedelta(seconds=1))
    assert told(world, certificate) == BY_ITSELF


def test_nobody_is_reminded_of_what_we_publish(world: World, elsewhere: LoopbackDns) -> None:
    certificate = applied(world)
    Publication.objects.update(problem_code="", published_at=world.now + timedelta(days=2))
    world.later(hours=25)
    assert world.fresh(certificate).status == "CHECKING_DOMAIN"
    assert not OutgoingMail.objects.filter(kind="unseen").exists()
    Publication.objects.update(published_at=world.now - PUBLISHED_AGAIN)
    world.look(certificate)
    world.later(days=1)
    (told,) = OutgoingMail.objects.filter(kind="unseen")
    for text in (" ".join(told.text.split()), words(told.html)):
        assert f"The record at {AT} stands in the zone example.com as we published it" in text
        assert "zone.unseen" in text
