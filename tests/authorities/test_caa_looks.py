"""What CAA said of each name is kept with the order, whatever it said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from authorities.models import CaaLook
from authorities.simulated import caa_looks
from tests.cast import World
from tests.certificates.browsing import shown
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord, DnsStatus

pytestmark = pytest.mark.django_db


def test_a_permission_is_kept_with_the_record_that_gave_it() -> None:
    world = World()
    certificate = world.submitted("www.shop.example.com")
    order = world.order(certificate)
    (look,) = order.caa_looks.all()
    assert (look.name, look.code, look.message) == ("www.shop.example.com", "ok", "")
    assert [row["name"] for row in look.evidence["asked"]] == [
        "www.shop.example.com", "shop.example.com", "example.com", "com",
    ]  # fmt: skip


def test_the_newest_verdict_of_a_name_replaces_the_one_before() -> None:
    world = World()
    name = "shop.example.com"
    world.network = DictionaryNetwork(statuses={name: DnsStatus.TIMEOUT})
    certificate = world.submitted(name)
    (look,) = CaaLook.objects.all()
    assert (look.code, look.evidence["asked"][0]["status"]) == ("caa.unreachable", "TIMEOUT")
    identity = str(look.evidence["identities"][0])
    world.network = DictionaryNetwork(caa={name: [CaaRecord(0, "issue", identity)]})
    world.later(minutes=10)
    (look,) = CaaLook.objects.all()
    assert (look.code, look.order) == ("ok", world.order(certificate))
    assert look.evidence["decided_by"] == {"flags": 0, "tag": "issue", "value": identity}


def test_the_desk_sees_what_was_asked() -> None:
    world = World(now=datetime.now(UTC))
    certificate = world.submitted()
    client = Client()
    client.force_login(world.sam)
    order = world.order(certificate)
    page = shown(client, f"/admin/authorities/caorder/{order.pk}/change/")
    assert 'id="caa"' in page
    assert "name: shop.example.com; status: NXDOMAIN; resolver: dictionary" in page


def test_the_desk_sees_the_corrected_record_of_what_forbids() -> None:
    world = World(now=datetime.now(UTC))
    order = world.order(world.submitted("shop.example.com"))
    forbids = [CaaRecord(0, "issue", "ca2.example.net")]
    network = DictionaryNetwork(caa={"shop.example.com": forbids})
    assert caa_looks.problem(order, network, world.now) is not None
    (look,) = order.caa_looks.all()
    assert look.evidence["fix"] == 'shop.example.com. CAA 0 issue "geotrust.com"'
    assert look.evidence["permits"] == []
    client = Client()
    client.force_login(world.sam)
    page = shown(client, f"/admin/authorities/caorder/{order.pk}/change/")
    assert "shop.example.com. CAA 0 issue &quot;geotrust.com&quot;" in page
