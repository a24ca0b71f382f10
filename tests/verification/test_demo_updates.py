"""The demo's name server takes updates that are signed with its key, and no others."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.verification.test_embedded_dns import on_free_port
from verification.demo_records import SERVER, ZONE, DemoRecord
from verification.demo_updates import demo_connection
from verification.dns_update import Access, DynamicUpdate
from verification.network import GuardedNetwork, Policy
from verification.published import PublishedRecord

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = PublishedRecord(f"_dnsauth.shop.{ZONE}", "TXT", "a-value")
ALIAS = replace(TEXT, rtype="CNAME", value="one.two.dcv.pki.example.com")


@pytest.fixture
def demo() -> Iterator[DynamicUpdate]:
    server = on_free_port([])
    server.start()
    at = ("127.0.0.1", server.port)
    given = demo_connection()
    secret = base64.b64decode(given.secret)
    access = Access(given.name, given.server, 53, given.key_name, given.algorithm, secret)
    yield DynamicUpdate(access, GuardedNetwork(Policy(resolvers=(at,), dns_stand_in=(SERVER, at))))
    server.stop()


def held() -> list[tuple[str, str, str]]:
    return list(DemoRecord.objects.values_list("name", "rtype", "value"))


def code(zone: DynamicUpdate, record: PublishedRecord) -> str:
    wrong = zone.publish(record)
    assert wrong is not None
    return wrong.code


def changed(zone: DynamicUpdate, /, **changes: object) -> DynamicUpdate:
    return replace(zone, access=replace(zone.access, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("record", [TEXT, ALIAS])
def test_a_record_comes_and_goes(demo: DynamicUpdate, record: PublishedRecord) -> None:
    for _again in range(2):
        assert demo.publish(record) is None
        assert held() == [(record.name, record.rtype, record.value)]
    for _again in range(2):
        assert demo.withdraw(record) is None
        assert held() == []


def test_what_stands_there_stays(demo: DynamicUpdate) -> None:
    DemoRecord.objects.create(name=TEXT.name, rtype="TXT", value="of others")
    assert demo.publish(TEXT) is None
    assert code(demo, ALIAS) == "zone.name_taken"
    assert demo.withdraw(TEXT) is None
    assert held() == [(TEXT.name, "TXT", "of others")]
    DemoRecord.objects.update(rtype="CNAME", value="elsewhere.example")
    assert code(demo, TEXT) == "zone.name_taken"
    assert code(demo, ALIAS) == "zone.name_taken"


def test_who_has_no_key_changes_nothing(demo: DynamicUpdate) -> None:
    assert code(changed(demo, secret=b"x" * 32), TEXT) == "zone.badsig"
    assert code(changed(demo, key_name="another"), TEXT) == "zone.badkey"
    assert code(changed(demo, zone="example.com"), TEXT) == "zone.notauth"
    assert code(demo, replace(TEXT, name="_dnsauth.example.com")) == "zone.notzone"
    assert held() == []


def test_only_the_demo_has_a_stand_in(demo: DynamicUpdate) -> None:
    network = demo.network
    assert isinstance(network, GuardedNetwork)
    shut = GuardedNetwork(replace(network.policy, dns_stand_in=None))
    assert code(replace(demo, network=shut), TEXT) == "zone.unresolved"
