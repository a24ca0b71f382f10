"""A certificate for an IP address: asked for, proved by a file at the address, issued, reissued."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from cryptography import x509
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.applications import Application
from certificates.catalogue import DomainType, Product, Type
from certificates.invariants import broken_invariants
from certificates.obstacles import Refused
from certificates.orders import submit
from certificates.preview import look
from certificates.story import Certificate
from pki import csr, keys
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.wizarding import words
from tests.http_server import LoopbackHttp, http_server, page
from verification.addresses import DEMO_SITES
from verification.challenges import Challenge
from verification.dictionary import DictionaryNetwork
from verification.looking import record
from verification.methods.file import PATH
from verification.network import GuardedNetwork, HttpAnswer, Policy
from verification.outcome import Outcome
from verification.policy import StandIn
from verification.reuse import newest_proof

__all__ = ["http_server"]
ADDRESS = "203.0.113.10"
SIX = "2a00:1450:4001:80b::200e"

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: Settings) -> World:
    settings.ENVIRONMENT = "demo"
    return World()


def with_addresses(world: World) -> Product:
    return world.product("GEOTRUST", Type.OV_SSL_CERT)


def ask(world: World, domain: str, certificate: Certificate, **more: Any) -> Certificate:
    submit(
        certificate=certificate,
        wish=world.wish(domain, **({"method": "FILE"} | more)),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    return world.fresh(certificate)


def refused(world: World, domain: str, product: Product | None = None, **more: Any) -> list[str]:
    certificate = world.bought(product or with_addresses(world))
    with pytest.raises(Refused) as told:
        ask(world, domain, certificate, **more)
    assert world.fresh(certificate).status == "PAID"
    assert not Challenge.objects.exists()
    return [each.code for each in told.value.obstacles]


def test_from_the_application_to_the_certificate(
    world: World, http_server: LoopbackHttp, client: Client
) -> None:
    certificate = ask(world, ADDRESS, world.bought(with_addresses(world)))
    challenge = Challenge.objects.get()
    assert (challenge.domain, challenge.method) == (ADDRESS, "FILE")
    assert challenge.rule == "BR 2.2.6 3.2.2.5.1"
    client.force_login(world.alice)
    assert f"http://{ADDRESS}{PATH}" in page_of(client, certificate)
    # The guarded door itself fetches from the address, which the test's server plays.
    world.network = GuardedNetwork(  # type: ignore[assignment]
        Policy(resolvers=(), web_stand_in=StandIn(DEMO_SITES, "127.0.0.1", http_server.port))
    )
    world.later(minutes=1)
    challenge.refresh_from_db()
    assert challenge.problem_code == "file.absent"
    http_server.pages[PATH] = page(f"{challenge.value}\n".encode())
    world.later(minutes=30)
    assert {each.fields["host"] for each in http_server.requests} == {ADDRESS}
    challenge.refresh_from_db()
    assert challenge.status == "PROVED"
    world.approve(certificate)
    world.work()
    issued = world.fresh(certificate)
    assert issued.status == "ISSUED"
    assert issued.current is not None
    assert issued.current.names == [ADDRESS]
    leaf = x509.load_pem_x509_certificate(issued.current.leaf.encode())
    named = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(named) == [x509.IPAddress(ipaddress.ip_address(ADDRESS))]
    assert ADDRESS in page_of(client, issued)
    assert broken_invariants() == []


def test_ipv6_is_written_one_way_and_stands_in_brackets_in_the_address(world: World) -> None:
    certificate = ask(
        world, "[2A00:1450:4001:080B:0:0:0:200E]", world.bought(with_addresses(world))
    )
    assert certificate.last_application is not None
    assert certificate.last_application.sans == [SIX]
    challenge = Challenge.objects.get()
    assert challenge.domain == SIX
    assert f"http://[{SIX}]/" in challenge.problem_message


def test_a_csr_may_bring_the_address(world: World) -> None:
    key = keys.generate(keys.KeyAlgorithm.EC_P256)
    request = csr.pem(csr.build(key, [ADDRESS])).encode()
    certificate = ask(world, "", world.bought(with_addresses(world)), csr=request)
    assert certificate.domain == ADDRESS


@pytest.mark.parametrize("method", ["DNS", "CNAME", "EMAIL"])
def test_no_other_method_proves_an_address(world: World, method: str) -> None:
    assert refused(world, ADDRESS, method=method) == ["method.address"]


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "169.254.169.254", "172.16.5.5", "192.168.1.1", "100.64.0.1",
        "192.0.2.1", "198.51.100.7", "224.0.0.1", "255.255.255.255", "0.0.0.0",
        "::1", "fe80::1", "fc00::1", "2001:db8::1", "::ffff:8.8.8.8", "fe80::1%eth0",
        "2002:808:808::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(world: World, address: str) -> None:
    assert refused(world, address) == ["csr.address_not_public"]


def test_outside_the_demo_its_network_is_documentation(world: World, settings: Settings) -> None:
    settings.ENVIRONMENT = "production"
    assert refused(world, ADDRESS) == ["csr.address_not_public"]


@pytest.mark.parametrize(
    "text", ["1.2.3", "0x7f.1", "127.1", "8.8.8.08", "8.8.8.8.8", "8.8.8.8/32", "8.8.8.8:443"]
)
def test_what_only_looks_like_an_address_is_no_name(world: World, text: str) -> None:
    assert refused(world, text)


@pytest.mark.parametrize(
    ("brand", "kind", "domain_type"),
    [
        ("GEOTRUST", Type.DV_SSL_CERT, DomainType.SINGLE_DOMAIN),
        ("SYMANTEC", Type.OV_SSL_CERT, DomainType.SINGLE_DOMAIN),
        ("GEOTRUST", Type.EV_SSL_CERT, DomainType.SINGLE_DOMAIN),
    ],
)
def test_other_products_hold_no_address(
    world: World, brand: str, kind: str, domain_type: DomainType
) -> None:
    product = world.product(brand, kind, domain_type)
    assert refused(world, "8.8.8.8", product) == ["csr.name_ip"]


def test_a_proof_of_an_address_proves_that_address_only(world: World) -> None:
    ask(world, ADDRESS, world.bought(with_addresses(world)))
    challenge = Challenge.objects.get()
    challenge.status, challenge.proved_at = "PROVED", world.now
    assert challenge.proves(ADDRESS, world.now + timedelta(days=1))
    for other in ("203.0.113.11", f"*.{ADDRESS}", f"www.{ADDRESS}", "113.10"):
        assert not challenge.proves(other, world.now)


@pytest.mark.parametrize(
    ("address", "twisted"),
    [
        (ADDRESS, ("203.0.113.010", f"[{ADDRESS}]", f"*.{ADDRESS}", "113.10")),
        (SIX, (SIX.upper(), f"[{SIX}]", "2a00:1450:4001:080b::200e")),
    ],
)
def test_an_address_is_given_up_by_the_link_beside_it(
    world: World, client: Client, address: str, twisted: tuple[str, ...]
) -> None:
    ask(world, address, world.bought(with_addresses(world)))
    prove(world)
    client.force_login(world.alice)
    link = re.search(
        r'href="(/domains/[^"]+/release/[^"]*)"', client.get("/domains/").content.decode()
    )
    assert link is not None
    door = unescape(link[1])
    page = words(client.get(door).content.decode())
    assert f"Give up {address}?" in page
    for other in twisted:
        assert client.get(f"/domains/{other}/release/").status_code == 404, other
    client.post(door)  # refused: it is being applied for
    assert newest_proof(world.acme.pk, address, world.now) is not None
    Application.objects.update(ended_at=world.now)
    assert client.post(door).status_code == 302
    assert newest_proof(world.acme.pk, address, world.now) is None
    assert Challenge.objects.get().void_code == "GIVEN_UP"


def prove(world: World) -> None:
    """The open look sees its file."""
    record(Challenge.objects.get(status="OPEN"), world.now, Outcome(True, None, {}))


@pytest.mark.parametrize(("address", "host"), [(ADDRESS, ADDRESS), (SIX, f"[{SIX}]")])
def test_before_sending_in_its_web_server_is_looked_at(
    world: World, address: str, host: str
) -> None:
    asked: list[str] = []

    class Watched(DictionaryNetwork):
        def get(self, url: str) -> HttpAnswer:
            asked.append(url)
            return super().get(url)

    certificate = world.bought(with_addresses(world))
    found = look([address], "FILE", certificate, Watched(), world.now, is_changed=False)
    at = f"http://{host}{PATH}"
    assert [(each["tone"], each["subject"], each["text"]) for each in found["seen"]] == [
        (
            "done",
            "Address",
            f"{address} is a public address. CAA and DNS say nothing about addresses.",
        ),
        (
            "done",
            "Web",
            f"the web server of {address} answers at {at}, where the file will stand.",
        ),
    ]
    assert asked == [at]


def test_a_web_server_that_is_not_there_is_told_before_sending_in(
    world: World, http_server: LoopbackHttp
) -> None:
    certificate = world.bought(with_addresses(world))
    outside = GuardedNetwork(Policy(resolvers=()))  # to which the demo's addresses are not public
    found = look([ADDRESS], "FILE", certificate, outside, world.now, is_changed=False)
    web = found["seen"][-1]
    assert (web["tone"], web["subject"], web["code"]) == ("you", "Web", "file.address_refused")
    assert "DNS" not in web["text"]
    assert "is at an address that is not public" in web["text"]
    assert http_server.requests == []


def test_caa_of_an_address_is_not_looked_up(world: World, client: Client) -> None:
    ask(world, ADDRESS, world.bought(with_addresses(world)))
    client.force_login(world.alice)
    answer = client.get("/domains/")
    assert [row.name for row in answer.context["page"].rows] == [ADDRESS]
    assert "Look up CAA" not in answer.content.decode()
    answer = client.post(f"/projects/{world.acme.pk}/caa/", {"name": ADDRESS})
    assert answer.status_code == 404
