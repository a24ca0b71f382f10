"""Automatic DNS from the application to the certificate, against bind9; killed, twice, refused."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from accounts.models import AuditEntry
from accounts.refusals import Refused
from certificates.giving_up_names import release_domain
from certificates.invariants import broken_invariants
from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.taking_back import choose_method, withdraw
from tests.cast import World
from tests.dns_bind import OTHER_SECRET, SECRET, Bind, bind
from tests.ports import free_port
from verification.challenges import Challenge
from verification.dns_update import Access, DynamicUpdate
from verification.methods.dns import record_name
from verification.published import published
from verification.publishing import FIRST_LOOK, REMOVING_ENDS, Publication, State
from verification.zone_book import add_zone, change_zone, left_behind, remove_zone, try_zone
from verification.zones import Zone, covering
from work import failpoints

__all__ = ["bind"]
pytestmark = [pytest.mark.servers, pytest.mark.django_db]
SHOP = "www.shop.example.com"
AT = record_name(SHOP)


@pytest.fixture
def world(bind: Bind, settings: Settings) -> World:
    settings.VERIFICATION_ALLOWED_NETWORKS = ["127.0.0.0/8"]  # zones name bind9 by its address
    world = World()
    world.network = bind.network  # type: ignore[assignment]
    return world


@pytest.fixture
def zone(world: World, bind: Bind) -> Zone:
    return kept(world, bind)


def kept(world: World, bind: Bind, **changes: object) -> Zone:
    given = bind.connection(**changes)
    return add_zone(project_id=world.acme.pk, given=given, actor=world.alice, now=world.now)


def applied(world: World, name: str = SHOP) -> Certificate:
    return world.submitted(name, method="DNS", is_automatic=True)


def only(certificate: Certificate) -> Challenge:
    (challenge,) = challenges_of(certificate.last_application)
    return challenge


def test_from_the_application_to_the_certificate_without_a_hand(
    world: World, zone: Zone, bind: Bind
) -> None:
    certificate = applied(world)
    assert certificate.status == "ISSUED"
    challenge = only(certificate)
    assert (challenge.is_automatic, challenge.looks) == (True, 1)
    row = challenge.publication
    assert (row.state, row.zone, row.problem_code) == (State.REMOVED, zone, "")
    assert row.published_at is not None
    assert bind.values(AT) == []
    assert broken_invariants() == []


def test_the_wildcard_and_its_base_have_a_value_each(world: World, zone: Zone, bind: Bind) -> None:
    first = applied(world, SHOP)
    release_domain(  # or the first proof would do for both
        project_id=world.acme.pk, name="shop.example.com", actor=world.alice, now=world.now
    )
    world.later(hours=1)
    second = applied(world, "shop.example.com")
    assert {first.status, second.status} == {"ISSUED"}
    assert only(first).value != only(second).value
    assert bind.values(AT) == []


def test_what_others_hold_stays(world: World, zone: Zone, bind: Bind) -> None:
    assert applied(world, "shared.example.com").status == "ISSUED"
    assert bind.values("_dnsauth.shared.example.com") == ["of somebody else"]


def test_without_a_zone_it_cannot_be_chosen(world: World, bind: Bind) -> None:
    with pytest.raises(Refused) as refused:
        applied(world)
    assert [each.code for each in refused.value.obstacles] == ["method.automatic"]
    kept(world, bind, name="other.example.com")
    with pytest.raises(Refused, match=r"No zone under Domains covers www\.shop\.example\.com"):
        applied(world)


def test_the_zone_of_another_customer_covers_nothing(world: World, zone: Zone) -> None:
    assert covering(world.other.pk, AT) is None
    assert covering(world.acme.pk, AT) == zone
    assert covering(world.acme.pk, "_dnsauth.notexample.com") is None


def test_the_nearest_zone_is_taken(world: World, zone: Zone, bind: Bind) -> None:
    near = kept(world, bind, name="shop.example.com")
    assert covering(world.acme.pk, AT) == near


def test_a_wrong_key_is_told_and_the_right_one_mends_it(world: World, bind: Bind) -> None:
    zone = kept(world, bind, secret=OTHER_SECRET)
    certificate = applied(world)
    row = only(certificate).publication
    assert (row.state, row.problem_code, row.tries) == (State.WAITING, "zone.badsig", 1)
    assert row.attempted_at is None
    assert only(certificate).looks == 0  # nobody looks for what we have not published yet
    world.later(seconds=11)
    row.refresh_from_db()
    assert row.tries == 2
    change_zone(zone=zone, given=bind.connection(), actor=world.alice, now=world.now)
    world.live(world.now)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    assert bind.values(AT) == []


def test_a_server_that_is_down_and_comes_back(world: World, zone: Zone, bind: Bind) -> None:
    Zone.objects.update(port=free_port())
    certificate = applied(world)
    row = only(certificate).publication
    assert (row.state, row.problem_code) == (State.WAITING, "zone.unreachable")
    Zone.objects.update(port=bind.port)
    world.later(minutes=1)
    assert world.fresh(certificate).status == "ISSUED"
    assert bind.values(AT) == []


def test_while_it_fails_a_record_by_hand_proves_too(world: World, bind: Bind) -> None:
    kept(world, bind, secret=OTHER_SECRET)
    certificate = applied(world)
    hand = kept(world, bind, name="shop.example.com")
    hand.delete()
    world.later(seconds=FIRST_LOOK.total_seconds() + 1)
    assert only(certificate).problem_code == "dns.nxdomain"
    update_by_hand(bind, only(certificate))
    world.look(certificate)
    assert world.fresh(certificate).status == "ISSUED"
    assert only(certificate).publication.state == State.REMOVED


def update_by_hand(bind: Bind, challenge: Challenge) -> None:
    record = published(challenge)
    assert record is not None
    assert updating(bind).publish(record) is None


def updating(bind: Bind) -> DynamicUpdate:
    """Whoever else holds the zone's key."""
    secret = base64.b64decode(SECRET)
    access = Access("example.com", "127.0.0.1", bind.port, "reseal-key", "hmac-sha256", secret)
    return DynamicUpdate(access, bind.network)


class Killed(BaseException):
    """What a kill leaves: no line after it runs."""


POINTS = ["publication.attempted", "publication.published", "publication.removed"]


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_line_it_ends_the_same(
    world: World, zone: Zone, bind: Bind, point: str
) -> None:
    kills = 0

    def die(name: str) -> None:
        nonlocal kills
        if name == point and kills < 2:
            kills += 1
            raise Killed

    failpoints.install(die)
    try:
        for _start in range(3):
            try:
                if kills == 0:
                    applied(world)
                else:
                    world.later(minutes=2)  # the lease of the killed one runs out
            except Killed:
                continue
    finally:
        failpoints.install(None)
    assert kills == 2
    world.later(minutes=2)
    (certificate,) = Certificate.objects.all()
    assert certificate.status == "ISSUED"
    row = Publication.objects.get()
    assert row.state == State.REMOVED
    assert bind.values(AT) == []
    assert broken_invariants() == []


def test_a_step_that_runs_twice_changes_nothing(world: World, zone: Zone, bind: Bind) -> None:
    certificate = unpublished(world, bind)
    first = Publication.objects.get()
    second = Publication.objects.get()
    assert first.step(world.now, bind.network).changed
    second.step(world.now, bind.network)
    assert bind.values(AT) == [only(certificate).value]
    assert not Publication.objects.get().step(world.now, bind.network).changed


def unpublished(world: World, bind: Bind) -> Certificate:
    """Asked for, but the first try did not reach the server."""
    Zone.objects.update(port=free_port())
    certificate = applied(world)
    Zone.objects.update(port=bind.port)
    return certificate


def standing(world: World, bind: Bind) -> Certificate:
    """Published, and seen by nobody yet."""
    certificate = unpublished(world, bind)
    Publication.objects.get().step(world.now, bind.network)
    assert bind.values(AT) == [only(certificate).value]
    return world.fresh(certificate)


def test_the_record_goes_when_the_application_is_withdrawn(
    world: World, zone: Zone, bind: Bind
) -> None:
    certificate = standing(world, bind)
    Challenge.objects.update(due_at=world.now + timedelta(days=1))
    withdraw(certificate=certificate, actor=world.alice, now=world.now)
    world.work()
    assert Publication.objects.get().state == State.REMOVED
    assert bind.values(AT) == []


def test_the_record_goes_when_another_way_is_chosen(world: World, zone: Zone, bind: Bind) -> None:
    certificate = standing(world, bind)
    Challenge.objects.update(due_at=world.now + timedelta(days=1))
    with pytest.raises(Refused, match=r"method\.same"):
        choose(world, certificate, is_automatic=True)
    choose(world, certificate)
    (challenge,) = challenges_of(world.fresh(certificate).last_application)
    assert not challenge.is_automatic
    assert bind.values(AT) == []
    event = certificate.events.get(verb="choose_method")
    assert event.reason == f"{SHOP}: DNS (auto) → DNS"


def test_a_record_by_hand_becomes_one_of_ours(world: World, zone: Zone, bind: Bind) -> None:
    certificate = world.submitted(SHOP, method="CNAME")
    choose(world, certificate, is_automatic=True)
    assert world.fresh(certificate).status == "ISSUED"
    assert bind.values(AT) == []


def choose(world: World, certificate: Certificate, *, is_automatic: bool = False) -> None:
    choose_method(
        certificate=world.fresh(certificate),
        domain=SHOP,
        method="DNS",
        is_automatic=is_automatic,
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()


def test_a_record_that_nobody_saw_goes_when_its_value_lapses(
    world: World, zone: Zone, bind: Bind
) -> None:
    certificate = standing(world, bind)
    challenge = only(certificate)
    world.now = challenge.expires_at
    Challenge.objects.update(due_at=None)
    from verification.looking import record
    from verification.outcome import Outcome, Problem

    record(challenge, world.now, Outcome(False, Problem("proof.lapsed", "Too old."), {}))
    Publication.objects.get().step(world.now, bind.network)
    assert bind.values(AT) == []


def test_a_server_that_lets_nothing_go_is_not_asked_for_ever(
    world: World, zone: Zone, bind: Bind
) -> None:
    certificate = standing(world, bind)
    challenge = only(certificate)
    Challenge.objects.filter(pk=challenge.pk).update(status="CLOSED", due_at=None)
    bind.stop()
    row = Publication.objects.get()
    assert row.step(world.now, bind.network).due_at is not None
    assert left_behind(zone) == [row]
    after = world.now + REMOVING_ENDS
    assert Publication.objects.get().step(after, bind.network).due_at is None
    row.refresh_from_db()
    assert (row.state, row.problem_code) == (State.LEFT, "zone.unreachable")


def test_a_zone_in_use_stays(world: World, zone: Zone, bind: Bind) -> None:
    certificate = standing(world, bind)
    with pytest.raises(Refused) as refused:
        remove_zone(zone=zone, actor=world.alice, now=world.now)
    assert [each.code for each in refused.value.obstacles] == ["zone.in_use"]
    assert SHOP in str(refused.value)
    world.look(certificate)
    remove_zone(zone=zone, actor=world.alice, now=world.now)
    assert not Zone.objects.exists()
    assert Publication.objects.get().state == State.REMOVED


def test_trying_a_zone_leaves_nothing_there(world: World, zone: Zone, bind: Bind) -> None:
    assert try_zone(zone=zone, actor=world.bob, now=world.now, network=bind.network) is None
    zone.refresh_from_db()
    assert zone.works
    assert bind.values("_reseal-test.example.com") == []
    with pytest.raises(Refused, match=r"zone\.tried_lately"):
        try_zone(zone=zone, actor=world.bob, now=world.now, network=bind.network)
    bind.stop()
    world.now += timedelta(minutes=1)
    wrong = try_zone(zone=zone, actor=world.bob, now=world.now, network=bind.network)
    assert wrong is not None
    zone.refresh_from_db()
    assert (zone.works, zone.problem_code) == (False, wrong.code)


def test_the_secret_is_nowhere(
    world: World, zone: Zone, bind: Bind, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    applied(world)
    change_zone(
        zone=zone,
        given=bind.connection(secret=OTHER_SECRET),
        actor=world.alice,
        now=world.now,
    )
    try_zone(zone=zone, actor=world.alice, now=world.now, network=bind.network)
    rows: list[Any] = [*Zone.objects.values(), *Publication.objects.values()]
    rows += AuditEntry.objects.values()
    told = repr(rows) + caplog.text + repr(bind.connection())
    for secret in (SECRET, OTHER_SECRET, "secret-of-the-test"):
        assert secret not in told


def test_the_secret_is_wrapped_anew_with_all_other_keys(
    world: World, zone: Zone, settings: Settings, bind: Bind
) -> None:
    old = settings.KEY_ENCRYPTION_KEYS
    before = zone.open_plaintext()
    settings.KEY_ENCRYPTION_KEYS = {"new": b"n" * 32} | old
    call_command("rotate_encryption_keys", stdout=StringIO())
    settings.KEY_ENCRYPTION_KEYS = {"new": b"n" * 32}
    again = Zone.objects.get()
    assert (again.kek_id, again.open_plaintext()) == ("new", before)
    settings.KEY_ENCRYPTION_KEYS = {"lost": b"l" * 32}
    wrong = try_zone(zone=again, actor=world.alice, now=world.now, network=bind.network)
    assert wrong is not None
    assert wrong.code == "zone.sealed"
