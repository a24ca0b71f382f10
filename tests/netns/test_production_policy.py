"""What the door does in production: reaches public addresses, and nothing else, by no road."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.dns_server import LoopbackDns
from tests.http_server import LoopbackHttp, page
from tests.netns.conftest import PRIVATE, PUBLIC, PUBLIC_SIX, PUBLIC_TOO, Sites
from verification.methods import dns, file
from verification.network import GuardedNetwork
from verification.outcome import Question

pytestmark = pytest.mark.netns

NAME = "shop.example.com"
URL = f"http://{NAME}/file"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
SECRET = page(b"secret")


def untouched(sites: Sites, *reached: str) -> bool:
    return not any(site.requests for host, site in sites.items() if host not in reached)


@pytest.mark.parametrize(("rtype", "address"), [("A", PUBLIC), ("AAAA", PUBLIC_SIX)])
def test_a_public_address_is_reached_on_the_real_port(
    dns_server: LoopbackDns, production: GuardedNetwork, sites: Sites, rtype: str, address: str
) -> None:
    dns_server.publish(NAME, rtype, address)
    sites[address].pages["/file"] = page(b"content")
    answer = production.get(URL)
    assert (answer.problem, answer.body) == ("", b"content")
    assert answer.hops[0]["address"] == address
    assert untouched(sites, address)


def test_a_public_address_is_reached_over_tls(
    dns_server: LoopbackDns, production: GuardedNetwork, secure_site: LoopbackHttp
) -> None:
    dns_server.publish(NAME, "A", PUBLIC)
    secure_site.pages["/file"] = page(b"content")
    assert production.get(f"https://{NAME}/file").body == b"content"
    assert secure_site.names == [NAME]


@pytest.mark.parametrize(
    ("rtype", "address"),
    [
        ("A", "127.0.0.1"),
        ("A", PRIVATE),
        ("A", "169.254.169.254"),
        ("A", "0.0.0.0"),
        ("A", "203.0.113.10"),
        ("AAAA", "::1"),
        ("AAAA", "::"),
        ("AAAA", "::ffff:127.0.0.1"),
        ("AAAA", f"::ffff:{PUBLIC}"),
        ("AAAA", "::127.0.0.1"),
        ("AAAA", "64:ff9b::7f00:1"),
        ("AAAA", "2002:7f00:1::"),
        ("AAAA", "2001::1"),
        ("AAAA", "fe80::1"),
        ("AAAA", "fd00::1"),
    ],
)
def test_a_name_that_leads_inside_is_refused_and_nothing_is_asked(
    dns_server: LoopbackDns, production: GuardedNetwork, sites: Sites, rtype: str, address: str
) -> None:
    dns_server.publish(NAME, rtype, address)
    for site in sites.values():
        site.pages["/file"] = SECRET
    assert production.get(URL).problem == "address_refused"
    assert untouched(sites)


@pytest.mark.parametrize("inside", ["127.0.0.1", PRIVATE])
def test_rebinding_after_the_judgement_changes_nothing(
    dns_server: LoopbackDns, production: GuardedNetwork, sites: Sites, inside: str
) -> None:
    dns_server.publish_in_turn(NAME, "A", [PUBLIC], [inside])
    sites[PUBLIC].pages["/file"] = page(b"content")
    sites[inside].pages["/file"] = SECRET
    answer = production.get(URL)
    assert (answer.body, answer.hops[0]["address"]) == (b"content", PUBLIC)
    assert dns_server.questions(NAME, "A") == 1
    assert untouched(sites, PUBLIC)


def test_rebinding_between_two_hops_is_seen(
    dns_server: LoopbackDns, production: GuardedNetwork, sites: Sites
) -> None:
    dns_server.publish_in_turn(NAME, "A", [PUBLIC], ["127.0.0.1"])
    sites[PUBLIC].pages["/file"] = page(b"", 302, location="/next")
    sites["127.0.0.1"].pages["/next"] = SECRET
    assert production.get(URL).problem == "address_refused"
    assert untouched(sites, PUBLIC)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/secret",
        f"http://{PRIVATE}/secret",
        "http://[::1]/secret",
        "http://[::ffff:127.0.0.1]/secret",
        "http://inside.example.com/secret",
        "http://127.1/secret",
        "http://2130706433/secret",
        "http://0/secret",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_a_redirect_inside_is_refused(
    dns_server: LoopbackDns, production: GuardedNetwork, sites: Sites, location: str
) -> None:
    dns_server.publish(NAME, "A", PUBLIC)
    dns_server.publish("inside.example.com", "A", "127.0.0.1")
    for site in sites.values():
        site.pages["/secret"] = SECRET
    sites[PUBLIC].pages["/file"] = page(b"", 302, location=location)
    assert production.get(URL).problem == "address_refused"
    assert untouched(sites, PUBLIC)


def test_a_redirect_to_another_public_host_is_followed(
    dns_server: LoopbackDns, production: GuardedNetwork, sites: Sites
) -> None:
    dns_server.publish(NAME, "A", PUBLIC)
    dns_server.publish("cdn.example.net", "A", PUBLIC_TOO)
    sites[PUBLIC].pages["/file"] = page(b"", 308, location="http://cdn.example.net/file")
    sites[PUBLIC_TOO].pages["/file"] = page(b"content")
    assert production.get(URL).body == b"content"


def test_one_address_inside_among_public_ones_refuses_the_name(
    dns_server: LoopbackDns, production: GuardedNetwork, sites: Sites
) -> None:
    dns_server.publish(NAME, "A", PUBLIC, "127.0.0.1")
    assert production.get(URL).problem == "address_refused"
    assert untouched(sites)


def test_the_resolver_itself_may_stand_on_loopback(
    dns_server: LoopbackDns, production: GuardedNetwork
) -> None:
    dns_server.publish(f"_dnsauth.{NAME}", "TXT", "value")
    assert dns.check(Question(NAME, "value"), production, NOW).proved


def test_a_file_proves_under_the_policy_of_production(
    dns_server: LoopbackDns, production: GuardedNetwork, sites: Sites
) -> None:
    dns_server.publish(NAME, "A", PUBLIC)
    sites[PUBLIC].pages["/.well-known/pki-validation/whois.txt"] = page(b"value\n")
    assert file.check(Question(NAME, "value"), production, NOW).proved
