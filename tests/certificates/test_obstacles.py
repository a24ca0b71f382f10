"""Every status × every verb: exactly the obstacles that hold, in their order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certificates.catalogue import DomainType, Type
from certificates.lifecycle import Status
from certificates.obstacles import Refused, reissue_obstacles, submit_obstacles
from certificates.orders import request_reissue, submit
from certificates.proving import check_obstacles
from certificates.story import Certificate, Event
from certificates.taking_back import method_obstacles, withdraw_obstacles
from certificates.unsubscribing import unsubscribe_obstacles
from certificates.wishes import Wish
from tests.cast import ALL, World

pytestmark = pytest.mark.django_db

NOT_ISSUED = "reissue.not_issued"
REISSUE = {
    Status.PAID: [NOT_ISSUED],
    Status.CHECKING_DOMAIN: [NOT_ISSUED],
    Status.CHECKING_ORG: [NOT_ISSUED],
    Status.ISSUING: [NOT_ISSUED],
    Status.ISSUED: [],
    Status.UNPASSED: [NOT_ISSUED],
    Status.CANCELCHECKING: [NOT_ISSUED],
    Status.REISSUING: [NOT_ISSUED],
    Status.SUPPLEMENTCHECKING: [NOT_ISSUED],
    Status.CANCELSUPPLEMENTING: [NOT_ISSUED],
    Status.REVOKING: [NOT_ISSUED],
    Status.REVOKED: [NOT_ISSUED, "reissue.revoked"],
    Status.EXPIRED: [NOT_ISSUED],
    Status.UPLOAD: [NOT_ISSUED, "reissue.hosted"],
}
MAY_SUBMIT = {Status.PAID, Status.UNPASSED}
WITHDRAW = {status: ["withdraw.not_open"] for status in Status} | {
    Status.CHECKING_DOMAIN: [],
    Status.CHECKING_ORG: [],
    Status.ISSUING: ["withdraw.approved"],
    Status.CANCELCHECKING: ["withdraw.in_progress"],
}
IN_USE = ["unsubscribe.no_order", "unsubscribe.in_use"]
UNSUBSCRIBE = dict.fromkeys(Status, IN_USE) | {
    Status.PAID: ["unsubscribe.no_order"],
    Status.REVOKED: ["unsubscribe.no_order"],
    Status.UNPASSED: ["unsubscribe.no_order"],  # never issued here
}


@pytest.fixture
def world() -> World:
    return World()


def in_status(world: World, status: str) -> Certificate:
    """A bought certificate that stands in `status`, whatever led there."""
    bought = world.bought()
    Certificate.objects.filter(pk=bought.pk).update(status=status)
    return world.fresh(bought)


def codes(obstacles: list) -> list[str]:  # type: ignore[type-arg]
    return [each.code for each in obstacles]


def test_the_matrix_has_all_fourteen_statuses() -> None:
    assert set(REISSUE) == set(Status)
    assert len(REISSUE) == 14


@pytest.mark.parametrize("status", Status.values)
def test_reissue_in_every_status(world: World, status: str) -> None:
    certificate = in_status(world, status)
    assert codes(reissue_obstacles(certificate, world.alice, world.now)) == REISSUE[Status(status)]


@pytest.mark.parametrize("status", Status.values)
def test_submit_in_every_status(world: World, status: str) -> None:
    certificate = in_status(world, status)
    expected = [] if status in MAY_SUBMIT else ["apply.not_pending"]
    assert codes(submit_obstacles(certificate, world.alice, world.now)) == expected


@pytest.mark.parametrize("status", Status.values)
def test_check_in_every_status_needs_something_to_prove(world: World, status: str) -> None:
    certificate = in_status(world, status)
    assert codes(check_obstacles(certificate, world.alice, world.now)) == ["check.nothing_to_prove"]


@pytest.mark.parametrize("status", Status.values)
def test_withdraw_in_every_status(world: World, status: str) -> None:
    certificate = in_status(world, status)
    found = withdraw_obstacles(certificate, world.alice, world.now)
    assert codes(found) == WITHDRAW[Status(status)]


@pytest.mark.parametrize("status", Status.values)
def test_another_method_in_every_status_needs_something_to_prove(world: World, status: str) -> None:
    certificate = in_status(world, status)
    found = method_obstacles(certificate, world.alice, world.now)
    assert codes(found) == ["method.nothing_to_prove"]


@pytest.mark.parametrize("status", Status.values)
def test_unsubscribe_in_every_status(world: World, status: str) -> None:
    certificate = in_status(world, status)
    found = unsubscribe_obstacles(certificate, world.alice, world.now)
    assert codes(found) == UNSUBSCRIBE[Status(status)]


@pytest.mark.parametrize("status", [each for each in Status if REISSUE[each]])
def test_a_refused_reissue_changes_nothing(world: World, status: str) -> None:
    certificate = in_status(world, status)
    events = Event.objects.count()
    with pytest.raises(Refused) as refused:
        request_reissue(
            certificate=certificate,
            wish=Wish(accepted=ALL),
            actor=world.alice,
            now=world.now,
            network=world.network,
        )
    assert codes(list(refused.value.obstacles)) == REISSUE[Status(status)]
    assert world.fresh(certificate).status == status
    assert certificate.applications.count() == 0
    assert Event.objects.count() == events


def test_a_free_certificate(world: World) -> None:
    free = world.product("SYMANTEC", Type.DV_SSL_CERT_BASIC, is_free=True)
    certificate = world.issued("trial.example.com", free)
    assert codes(reissue_obstacles(certificate, world.alice, world.now)) == ["reissue.free"]


def test_a_certificate_for_multiple_domains(world: World) -> None:
    multi = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    bought = world.bought(multi)
    Certificate.objects.filter(pk=bought.pk).update(status="ISSUED")
    obstacles = reissue_obstacles(world.fresh(bought), world.alice, world.now)
    assert codes(obstacles) == ["reissue.multi_domain"]


@pytest.mark.parametrize(("brand", "days"), [("GLOBALSIGN", 5), ("SYMANTEC", 25)])
def test_the_brands_window_closes_on_a_named_day(world: World, brand: str, days: int) -> None:
    certificate = world.issued("ov.example.com", world.product(brand, Type.OV_SSL_CERT))
    issued_at = world.now
    last = issued_at + timedelta(days=days) - timedelta(seconds=1)
    assert reissue_obstacles(certificate, world.alice, last) == []
    (closed,) = reissue_obstacles(certificate, world.alice, issued_at + timedelta(days=days))
    assert closed.code == "reissue.window_closed"
    assert f"closed on {issued_at + timedelta(days=days):%-d %b %Y}." in closed.message
    assert f"{days}-day" in closed.message


def test_a_reissue_in_progress(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    obstacles = reissue_obstacles(world.fresh(certificate), world.alice, world.now)
    assert codes(obstacles) == [NOT_ISSUED, "reissue.in_progress"]


def test_roles_decide_who_may(world: World) -> None:
    certificate = world.issued()
    for actor, expected in (
        (world.alice, []),
        (world.bob, []),
        (world.victor, ["reissue.forbidden"]),
        (world.mallory, ["reissue.forbidden"]),
        (world.sam, ["reissue.forbidden"]),
    ):
        assert codes(reissue_obstacles(certificate, actor, world.now)) == expected, actor


def test_all_reasons_are_told_at_once(world: World) -> None:
    free = world.product("SYMANTEC", Type.DV_SSL_CERT_BASIC, is_free=True)
    certificate = world.issued("trial.example.com", free)
    Certificate.objects.filter(pk=certificate.pk).update(status="REVOKED")
    later = world.now + timedelta(days=30)
    assert codes(reissue_obstacles(world.fresh(certificate), world.mallory, later)) == [
        NOT_ISSUED,
        "reissue.free",
        "reissue.revoked",
        "reissue.window_closed",
        "reissue.forbidden",
    ]


def test_without_consents_nothing_is_submitted(world: World) -> None:
    certificate = world.bought()
    with pytest.raises(Refused) as refused:
        submit(
            certificate=certificate,
            wish=world.wish("www.example.com", accepted=frozenset()),
            actor=world.alice,
            now=world.now,
            network=world.network,
        )
    assert codes(list(refused.value.obstacles)) == ["apply.statements_missing"]
    assert world.fresh(certificate).status == "PAID"
