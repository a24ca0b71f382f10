"""Names that people of the authority look at first: held before anything is at risk, then released
or refused, with the reason told to everybody who waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.audit import AuditEntry
from accounts.dates import day
from authorities.calendar import add_working_days
from authorities.port import Stage
from authorities.simulated import desk, held_names
from authorities.simulated.desk import DeskRefused
from authorities.simulated.orders import CaOrder, State
from certificates.applications import Application
from certificates.catalogue import DomainType
from certificates.invariants import broken_invariants
from certificates.proving import challenges_of
from certificates.story import Certificate, Event
from certificates.taking_back import withdraw
from tests.cast import World

pytestmark = pytest.mark.django_db

MIXED = "xn--pple-43d.newname.org"  # аpple, of which the first letter is Cyrillic
HELD = {
    MIXED: "name.mixed_scripts",
    "github.io": "name.private_suffix",
}


@pytest.fixture
def world() -> World:
    return World()


def held(world: World, name: str = MIXED) -> Certificate:
    certificate = world.submitted(name)
    assert world.order(certificate).state == State.HELD
    return certificate


def application(world: World, certificate: Certificate) -> Application:
    found = world.fresh(certificate).last_application
    assert found is not None
    return found


def release(world: World, certificate: Certificate) -> None:
    desk.release_names(world.order(certificate).pk, actor=world.sam, now=world.now)
    world.work()


@pytest.mark.parametrize(("name", "code"), HELD.items())
def test_the_order_waits_and_says_why_and_until_when(world: World, name: str, code: str) -> None:
    certificate = held(world, name)
    row = application(world, certificate)
    until = add_working_days(world.now, 1, "GEOTRUST")
    assert (row.waiting_code, row.waiting_until) == (code, until)
    assert row.waiting_message.startswith("Held for review because ")
    assert row.waiting_message.endswith(f" look at it by {day(until)}.")
    assert challenges_of(row) == []  # nothing is asked of the customer
    assert certificate.status == "CHECKING_DOMAIN"
    event = Event.objects.get(certificate=certificate, verb="hold")
    assert (event.code, event.reason) == (code, row.waiting_message)
    assert not broken_invariants()


def test_a_wildcard_below_a_hosters_name_is_held_too(world: World) -> None:
    wildcard = world.product(domain_type=DomainType.WILDCARD)
    certificate = world.submitted("*.github.io", wildcard)
    assert world.order(certificate).state == State.HELD


@pytest.mark.parametrize("name", ["me.github.io", "xn--bcher-kva.newname.org"])
def test_other_names_are_not(world: World, name: str) -> None:
    assert world.order(world.submitted(name)).state == State.PROVING


def test_nothing_moves_until_somebody_looks(world: World) -> None:
    certificate = held(world)
    world.later(days=40)
    assert world.order(certificate).state == State.HELD
    assert held_names.look_by(world.order(certificate)) < world.now


def test_released_it_goes_the_usual_way(world: World) -> None:
    certificate = held(world)
    release(world, certificate)
    order, row = world.order(certificate), application(world, certificate)
    assert (order.state, order.names_seen_by) == (State.PROVING, world.sam.email)
    assert row.waiting_code == ""
    world.publish(certificate)
    world.look(certificate)
    certificate = world.fresh(certificate)
    assert certificate.status == "ISSUED"
    assert certificate.current is not None
    assert certificate.current.names == [MIXED]
    entry = AuditEntry.objects.get(action="desk.release_names")
    assert (entry.project_id, entry.detail["names"]) == (world.acme.pk, [MIXED])
    assert not broken_invariants()


def test_refused_it_ends_with_the_sentence_of_the_desk(world: World) -> None:
    certificate = held(world)
    order = world.order(certificate)
    desk.refuse_names(order.pk, message="This imitates apple.com.", actor=world.sam, now=world.now)
    world.work()
    certificate = world.fresh(certificate)
    assert (certificate.status, certificate.failure_code) == ("UNPASSED", "name.refused")
    assert certificate.failure_message == "This imitates apple.com."
    assert not broken_invariants()


def test_a_refusal_needs_its_sentence_and_changes_nothing_without(world: World) -> None:
    order = world.order(held(world))
    with pytest.raises(DeskRefused) as refused:
        desk.refuse_names(order.pk, message=" ", actor=world.sam, now=world.now)
    assert refused.value.code == "desk.no_evidence"
    assert CaOrder.objects.get(pk=order.pk).state == State.HELD


def test_only_the_desk_decides_and_only_once(world: World) -> None:
    certificate = held(world)
    order = world.order(certificate)
    for person in (world.alice, world.mallory):
        with pytest.raises(DeskRefused) as refused:
            desk.release_names(order.pk, actor=person, now=world.now)
        assert refused.value.code == "desk.forbidden"
    release(world, certificate)
    with pytest.raises(DeskRefused) as refused:
        desk.release_names(order.pk, actor=world.sam, now=world.now)
    assert refused.value.code == "desk.not_held"


def test_a_reissue_is_held_while_the_original_stands(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate, domain=MIXED)
    order = world.order(certificate)
    assert order.state == State.HELD
    assert not order.reached(Stage.CANCELLED)
    world.later(days=3)
    assert application(world, certificate).asked_at is None  # no mail before somebody looked
    desk.refuse_names(order.pk, message="Not this one.", actor=world.sam, now=world.now)
    world.work()
    certificate = world.fresh(certificate)
    assert certificate.status == "ISSUED"
    assert certificate.current is not None
    assert certificate.current.revoked_at is None


def test_a_reissue_goes_on_to_the_mail_when_released(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate, domain=MIXED)
    release(world, certificate)
    assert world.order(certificate).state == State.SCHEDULED


def test_what_was_issued_was_looked_at(world: World) -> None:
    """A leaked key is replaced without waiting for people to look at the same name again."""
    certificate = held(world)
    release(world, certificate)
    world.publish(certificate)
    world.look(certificate)
    world.reissue(certificate, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    assert world.order(certificate).state == State.ASKING


def test_a_name_that_came_to_be_held_under_way_waits_at_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an update of the list of suffixes: nothing is issued that nobody looked at."""
    from pki import held_names as rules

    certificate = world.submitted("shop.newname.org")
    world.publish(certificate)
    reason = rules.reasons("github.io")
    monkeypatch.setattr(rules, "reasons", lambda name: reason)
    world.look(certificate)
    assert world.order(certificate).state == State.HELD
    release(world, certificate)
    assert world.fresh(certificate).status == "ISSUED"


def test_it_can_be_taken_back_while_it_is_held(world: World) -> None:
    certificate = held(world)
    withdraw(certificate=certificate, actor=world.alice, now=world.now)
    world.work()
    assert world.fresh(certificate).status == "PAID"
    assert world.order(certificate).state == State.WITHDRAWN


def test_the_customer_reads_why_on_every_page(world: World, client: Client) -> None:
    alice, certificate = client, held(world)
    alice.force_login(world.alice)
    page = alice.get(f"/certificates/{certificate.pk}/").content.decode()
    assert page.count("Held for review because") >= 1
    assert "xn--pple-43d.newname.org (аpple.newname.org)" in page
    assert "name.mixed_scripts" in page
    assert "Look at the names" in page
    listed = alice.get("/certificates/").content.decode()
    assert "looks at the names by" in listed
    assert "Check now" not in page


def test_the_desk_sees_why_and_releases_it(world: World, client: Client) -> None:
    certificate = held(world)
    order = world.order(certificate)
    client.force_login(world.sam)
    listed = client.get("/admin/authorities/caorder/?work=held").content.decode()
    assert order.reference in listed
    assert "look at the names" in listed
    page = client.get(f"/admin/authorities/caorder/{order.pk}/change/").content.decode()
    assert "Names held for review" in page
    assert "xn--pple-43d.newname.org (аpple.newname.org)" in page
    asked = f"/admin/authorities/caorder/{order.pk}/release/"
    assert "Cyrillic" in client.get(asked).content.decode()
    assert client.post(asked).status_code == 302
    world.now += timedelta(seconds=1)
    world.work()
    assert world.order(certificate).state == State.RECEIVED or challenges_of(
        application(world, certificate)
    )
