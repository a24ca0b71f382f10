"""Certificates in the administration: what needs work first, and one case on one page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Team
from accounts.models import User
from certificates.applications import Application
from certificates.catalogue import Type
from certificates.keys import StoredKey
from certificates.progress import settle
from certificates.staff_turns import NEEDS_STAFF, TURNS, described, staff_turn
from certificates.story import Certificate
from tests.authorities.desk_scenes import alarmed, in_review, planned, stopped
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.test_every_page import faults

pytestmark = pytest.mark.django_db
LIST = "/admin/certificates/certificate/"


@pytest.fixture
def world() -> World:
    """At the time of the machine: the pages read its clock."""
    return World(now=datetime.now(UTC))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(certificate: Certificate) -> str:
    return f"{LIST}{certificate.pk}/change/"


def turn(certificate: Certificate, now: datetime) -> str:
    row = described(Certificate.objects.filter(pk=certificate.pk), now).get()
    return next(name for name, each in TURNS.items() if each == staff_turn(row))


def stuck(world: World) -> Certificate:
    certificate = world.submitted()
    Application.objects.update(set_aside_at=world.now)
    return certificate


def broken(world: World) -> Certificate:
    certificate = stuck(world)
    Application.objects.update(waiting_code="application.stuck", waiting_message="Our own system.")
    settle(Application.objects.get(), world.now)
    return certificate


def asked(world: World) -> Certificate:
    certificate = planned(world)
    world.later(days=4)
    assert world.order(certificate).state == "ASKING"
    return certificate


SCENES: dict[str, Callable[[World], Certificate]] = {
    "stuck": stuck,
    "alarm": alarmed,
    "stopped": stopped,
    "broken": broken,
    "ours": in_review,
    "customer": World.bought,
    "clock": planned,
    "nobody": World.issued,
}


@pytest.mark.parametrize("name", SCENES)
def test_whose_turn_it_is_for_the_staff(world: World, name: str) -> None:
    assert turn(SCENES[name](world), world.now) == name


def test_a_mail_that_waits_for_its_answer_is_the_customers_turn(world: World) -> None:
    assert turn(asked(world), world.now) == "customer"


def test_a_review_past_its_days_is_late(world: World) -> None:
    certificate = in_review(world)
    assert turn(certificate, world.now) == "ours"
    assert turn(certificate, world.now + timedelta(days=30)) == "late"


@pytest.mark.parametrize("name", SCENES)
def test_the_list_starts_with_what_needs_staff(world: World, name: str) -> None:
    certificate = SCENES[name](world)
    sam = signed_in(world.sam)
    assert (certificate.pk in shown(sam, LIST)) == (name in NEEDS_STAFF)
    assert certificate.pk in shown(sam, f"{LIST}?work=all")
    for filtered in ("customer", "clock"):
        assert (certificate.pk in shown(sam, f"{LIST}?work={filtered}")) == (name == filtered)


def test_a_search_looks_at_all_of_them(world: World) -> None:
    certificate = world.fresh(world.issued("www.shop.example.com"))
    sam = signed_in(world.sam)
    assert certificate.current is not None
    for asked_for in (
        "www.shop",
        certificate.pk,
        certificate.current.serial,
        "Acme",
        "alice@acme.example",
    ):
        assert certificate.pk in shown(sam, f"{LIST}?q={asked_for}"), asked_for
    assert certificate.pk not in shown(sam, f"{LIST}?q=nothing-like-it")


def test_the_next_step_leads_to_the_desk(world: World) -> None:
    certificate = in_review(world)
    address = f"/admin/authorities/caorder/{world.order(certificate).pk}/change/"
    sam = signed_in(world.sam)
    assert f'href="{address}"' in shown(sam, LIST)
    assert f'href="{address}"' in shown(sam, page(certificate))


def test_a_case_stands_on_one_page(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate, domain="new.shop.example.com")
    told = shown(signed_in(world.sam), page(certificate))
    version = world.fresh(certificate).current
    assert version is not None
    for part in (
        "alice@acme.example applied for it.",
        "Pending domain name verification → To be issued",
        version.serial,
        f"/certificates/{certificate.pk}/1/chain.pem",
        "Reissue: The domain changed",
        "new.shop.example.com",
        f'href="/certificates/{certificate.pk}/"',
    ):
        assert part in told, part


def test_proofs_stand_there_with_their_last_looks(world: World) -> None:
    certificate = world.submitted()
    told = shown(signed_in(world.sam), page(certificate))
    assert "Proof of the domain" in told
    assert "dns.nxdomain" in told


def test_the_chain_is_handed_out_and_the_key_is_not(world: World) -> None:
    certificate = world.issued()
    sam = signed_in(world.sam)
    assert "BEGIN CERTIFICATE" in shown(sam, f"/certificates/{certificate.pk}/1/chain.pem")
    answer = sam.post(f"/certificates/{certificate.pk}/1/key/", {"password": "secret-sam"})
    assert answer.status_code == 302


def everything(world: World, certificate: Certificate) -> list[str]:
    fresh = world.fresh(certificate)
    application, version = fresh.last_application, fresh.current
    assert application is not None
    assert version is not None
    return [
        "/admin/",
        LIST + "?work=all",
        page(certificate),
        "/admin/certificates/application/",
        f"/admin/certificates/application/{application.pk}/change/",
        "/admin/certificates/version/",
        f"/admin/certificates/version/{version.pk}/change/",
        "/admin/certificates/event/",
        "/admin/certificates/terms/",
        "/admin/certificates/product/",
        f"/admin/certificates/product/{certificate.product_id}/change/",
        f"/admin/certificates/product/{certificate.product_id}/terms/",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{world.alice.pk}/change/",
        f"/admin/accounts/user/{world.alice.pk}/teams/",
        "/admin/accounts/project/",
        f"/admin/accounts/project/{world.acme.pk}/change/",
        "/admin/accounts/auditentry/",
    ]


def test_no_page_of_the_administration_shows_a_key(world: World) -> None:
    certificate = world.issued()
    key = StoredKey.objects.get()
    root = signed_in(User.objects.create_superuser("root@reseal.example", "secret-root"))
    for address in everything(world, certificate):
        told = shown(root, address)
        assert "PRIVATE KEY" not in told, address
        assert str(key.pk) not in told, address
        assert world.fresh(certificate).bought_by.password not in told, address


def test_every_page_is_well_made(world: World) -> None:
    certificate = world.issued()
    root = signed_in(User.objects.create_superuser("root@reseal.example", "secret-root"))
    wrong = {}
    for address in everything(world, certificate):
        told = re.sub('href="[^"]*"', 'href=""', shown(root, address))
        if found := faults(told):
            wrong[address] = found
    assert wrong == {}


def test_nothing_is_edited_or_deleted(world: World) -> None:
    certificate = world.issued()
    before = Certificate.objects.values().get()
    root = signed_in(User.objects.create_superuser("root@reseal.example", "secret-root"))
    told = shown(root, page(certificate))
    assert re.findall(r'<(?:input|select|textarea)[^>]*name="(?!csrf)', told) == []
    for address in (page(certificate), f"{LIST}{certificate.pk}/delete/", f"{LIST}add/"):
        assert root.post(address, {"status": "PAID", "post": "yes"}).status_code == 403
    root.post(LIST, {"action": "delete_selected", "_selected_action": certificate.pk})
    assert Certificate.objects.values().get() == before


@pytest.mark.parametrize("team", [*Team, None])
def test_every_team_looks(world: World, team: Team | None) -> None:
    certificate = in_review(world)
    person = signed_in(world.staff("tess", *([team] if team else [])))
    assert certificate.pk in shown(person, LIST)
    shown(person, page(certificate))


def count(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_thirty_certificates_take_as_many_queries_as_one(world: World) -> None:
    in_review(world)
    world.submitted("proving.example.com")
    sam = signed_in(world.sam)
    lists = (LIST, f"{LIST}?work=all", f"{LIST}?q=example", "/admin/")
    one = [count(sam, address) for address in lists]
    product = world.product("SYMANTEC", Type.OV_SSL_CERT)
    for number in range(3):
        in_review(world, f"n{number}.example.com")
        world.submitted(f"proving{number}.example.com")
    for _number in range(26):
        world.bought(product)
    assert [count(sam, address) for address in lists] == one


def test_thirty_events_take_as_many_queries_as_few(world: World) -> None:
    certificate = world.issued()
    sam = signed_in(world.sam)
    few = count(sam, page(certificate))
    event = certificate.events.last()
    assert event is not None
    for _number in range(30):
        event.pk = None
        event.save(force_insert=True)
    assert count(sam, page(certificate)) == few
