"""Zones in the administration: where they are, how the last try went, and nothing of a secret."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Team
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.test_every_page import faults
from tests.certificates.wizarding import words
from verification.zone_admin import SEALED
from verification.zone_book import Connection, add_zone
from verification.zones import Zone

pytestmark = pytest.mark.django_db
SECRET = base64.b64encode(b"secret-of-the-zone").decode()
ZONES = "/admin/verification/zone/"


@pytest.fixture
def world() -> World:
    return World(now=datetime.now(UTC))


@pytest.fixture
def zones(world: World) -> list[Zone]:
    """One that works, one that does not, and one of another customer that was never tried."""
    theirs = (world.other.pk, "example.org", world.mallory)
    ours = [(world.acme.pk, name, world.alice) for name in ("example.com", "example.net")]
    made = []
    for project_id, name, actor in (*ours, theirs):
        given = Connection(name, f"ns1.{name}", 5353, f"key-of-{name}", "hmac-sha256", SECRET)
        made.append(add_zone(project_id=project_id, given=given, actor=actor, now=world.now))
    Zone.objects.exclude(pk=made[2].pk).update(tried_at=world.now)
    Zone.objects.filter(pk=made[1].pk).update(
        problem_code="zone.refused", problem_message="It refused <b>the</b> change."
    )
    return made


@pytest.fixture
def sue(world: World) -> Client:
    client = Client()
    client.force_login(world.staff("sue", Team.SUPPORT))
    return client


def test_the_list_tells_customer_server_and_the_last_try(sue: Client, zones: list[Zone]) -> None:
    page = words(shown(sue, ZONES))
    for told in ("example.com", "ns1.example.com", "Port 5353", "key-of-example.com", "Acme"):
        assert told in page
    for told in ("Works", "Does not work", "zone.refused", "Not yet", "Other"):
        assert told in page
    assert "<b>the</b>" not in shown(sue, ZONES)
    found = {
        "?q=ns1.example.net": {"ns1.example.net"},
        "?q=Acme": {"ns1.example.com", "ns1.example.net"},
        "?trial=failed": {"ns1.example.net"},
        "?trial=works": {"ns1.example.com"},
        "?trial=none": {"ns1.example.org"},
    }
    for query, servers in found.items():
        page = shown(sue, ZONES + query)
        assert {each.server for each in zones if each.server in page} == servers, query


def test_no_column_of_a_secret_is_read_or_can_be_asked_about(
    sue: Client, zones: list[Zone]
) -> None:
    kept = Zone.objects.get(pk=zones[0].pk)
    addresses = [ZONES, f"{ZONES}?q=example", f"{ZONES}{kept.pk}/change/"]
    with CaptureQueriesContext(connection) as asked:
        pages = "".join(shown(sue, address) for address in addresses)
    assert "ciphertext" in SEALED
    for column in SEALED:
        assert not any(f'"{column}"' in each["sql"] for each in asked), column
    secrets = (SECRET, "secret-of-the-zone", kept.kek_id, bytes(kept.ciphertext).hex())
    assert not any(secret in pages for secret in secrets)
    for column in ("kek_id", "ciphertext__startswith", "wrapped_key__contains"):
        answer = sue.get(ZONES, {column: "a"})
        assert answer.status_code in (302, 400), column


def test_nobody_changes_one_there_and_customers_do_not_find_it(
    world: World, sue: Client, zones: list[Zone]
) -> None:
    before = list(Zone.objects.values())
    row = f"{ZONES}{zones[0].pk}/"
    for address in (f"{ZONES}add/", f"{row}change/", f"{row}delete/"):
        answer: Any = sue.post(address, {"server": "evil.example", "post": "yes"})
        assert answer.status_code == 403, address
    assert list(Zone.objects.values()) == before
    for person in (world.alice, world.mallory):
        client = Client()
        client.force_login(person)
        for address in (ZONES, f"{row}change/"):
            assert client.get(address, follow=True).status_code == 404
    entered: Any = Client().get(ZONES, follow=True)
    assert entered.redirect_chain[-1][0].startswith("/sign-in/")


def test_its_pages_are_well_made(sue: Client, zones: list[Zone]) -> None:
    for address in (ZONES, f"{ZONES}{zones[1].pk}/change/"):
        assert faults(shown(sue, address)) == [], address
