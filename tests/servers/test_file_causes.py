"""One site a cause, on nginx: what `diagnose` says of each."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.servers.conftest import Servers, impatient
from tests.servers.telling import of_the_proof, told
from tests.servers.zones import SECOND, VALUE
from verification.methods.file import PATH
from verification.network import GuardedNetwork
from verification.precheck import precheck

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

# Site: cause, a part of the sentence, and where the first fetch ended (a status or a problem).
CASES: dict[str, tuple[str, str, object]] = {
    "absent": ("file.absent", "There is no file at", 404),
    "gone": ("file.absent", "answered 410", 410),
    "status": ("file.status", "answered with status 403 instead of 200", 403),
    "html": ("file.html", "answered with a web page (“<!doctype html><title>Welcome", 200),
    "captive": ("file.html", "/sign-in answered with a web page", 200),
    "loop": ("file.redirect_loop", "redirects in a circle", "redirect_loop"),
    "wrong": ("file.wrong_content", "begins with “something else”", 200),
    "extra": ("file.extra_text", "with other text on its line", 200),
    "unicode": ("file.extra_text", "an encoding that is not UTF-8", 200),
    "port": ("file.port", "redirects to another port", "port"),
    "scheme": ("file.redirect_refused", "redirects to ftp://", "redirect_refused"),
    "echoed": ("file.redirect_refused", "an address that holds the value itself", 200),
    "inside": ("file.address_refused", "an address that is not public", "address_refused"),
    "private": ("file.address_refused", "10.0.0.1: private", "address_refused"),
    "large": ("file.too_large", "larger than the proof may be", "too_large"),
    "slow": ("file.timeout", "gave no whole answer", "timeout"),
    "tls": ("file.tls", "could not be read over TLS", "tls"),
    "unreachable": ("file.unreachable", "could not be reached", "unreachable"),
}
TESTED = {cause for cause, _says, _ended in CASES.values()} | {"file.wildcard"}


@contextmanager
def full_door() -> Iterator[int]:
    """The port of a server that takes no connection any more, and refuses none."""
    with socket.socket() as door, socket.socket() as last:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        last.connect(door.getsockname())
        yield int(door.getsockname()[1])


@pytest.mark.parametrize("label", CASES)
def test_each_cause_is_named_with_its_turn_and_content(network: GuardedNetwork, label: str) -> None:
    cause, says, ended = CASES[label]
    if cause == "file.timeout":
        network = GuardedNetwork(impatient(network.policy))
    name = f"file-{label}.example.com"
    answer = told(network, name, "FILE", 3)
    fix = "" if cause == "file.address_refused" else VALUE  # no content mends an address
    assert (answer["cause"], answer["turn"], answer["fix"]) == (cause, "YOU", fix), answer
    assert says in answer["sentence"]
    first = answer["evidence"][0]
    assert first["asked"] == f"http://{name}{PATH}"
    assert first["status"] == ended


def test_a_timeout_tells_the_time_that_was_waited(servers: Servers) -> None:
    """The whole time for a server that drips, the time to connect for one that says nothing."""
    policy = replace(servers.policy(), fetch_total=1.5, connect_try=0.5)
    answer = told(GuardedNetwork(policy), "file-slow.example.com", "FILE", 3)
    assert "gave no whole answer within 1.5 s (" in answer["sentence"]
    with full_door() as port:
        policy = replace(policy, http_ports=(port, port))
        answer = told(GuardedNetwork(policy), "file-fine.example.com", "FILE", 3)
    assert answer["cause"] == "file.timeout"
    assert "gave no whole answer within 0.5 s (" in answer["sentence"]


@pytest.mark.parametrize("label", ["fine", "redirected", "secure", "bom"])
def test_a_file_that_can_be_read_proves(network: GuardedNetwork, label: str) -> None:
    answer = told(network, f"file-{label}.example.com", "FILE", 0)
    assert (answer["cause"], answer["turn"]) == ("ok", None)
    assert answer["evidence"][0]["status"] == 200


def test_a_wildcard_is_not_proved_by_a_file(network: GuardedNetwork) -> None:
    answer = told(network, "*.file-fine.example.com", "FILE", 3)
    assert (answer["cause"], answer["fix"]) == ("file.wildcard", "")
    assert of_the_proof(answer) == []


def test_an_address_whose_signatures_do_not_hold_is_not_visited(servers: Servers) -> None:
    for resolver, anchored in ((servers.validating, False), (servers.trusting, True)):
        network = GuardedNetwork(servers.policy(resolver, anchored=anchored))
        answer = told(network, "tampered-a.example.com", "FILE", 3)
        assert (answer["cause"], answer["turn"], answer["fix"]) == ("dns.bogus", "DNS_HOST", "")
        assert "tampered-a.example.com do not hold" in answer["sentence"]


# Name: cause, whose turn, a part of the sentence, and how the address was looked for in vain.
UNRESOLVED = {
    "gone.nxdomain.example.com": ("dns.nxdomain", "YOU", "does not exist", "dns_nxdomain"),
    "absent.example.com": ("dns.absent", "YOU", "has no address in the DNS", "dns_nodata"),
    "x.servfail.example.com": ("dns.servfail", "DNS_HOST", "(SERVFAIL", "dns_servfail"),
    "refused.example.com": ("dns.refused", "DNS_HOST", "refused to answer", "dns_refused"),
    "timeout.example.com": ("dns.timeout", "DNS_HOST", "came in time", "dns_timeout"),
    "lame.example.com": ("dns.lame", "DNS_HOST", "delegated to ns2.example.com", "dns_servfail"),
    "denied.example.com": ("dns.resolver", "US", "though the name servers", "dns_refused"),
    "unheard.example.com": ("dns.resolver", "US", "though the name servers", "dns_timeout"),
}


@pytest.mark.parametrize("name", UNRESOLVED)
def test_a_name_without_an_address_is_told_as_what_the_dns_said(
    network: GuardedNetwork, name: str
) -> None:
    """There is no content to put anywhere, and the other scheme is not tried in vain."""
    cause, turn, says, ended = UNRESOLVED[name]
    if ended == "dns_timeout":
        network = GuardedNetwork(replace(network.policy, dns_try=0.4, dns_total=3.0))
    answer = told(network, name, "FILE", 3)
    assert (answer["cause"], answer["turn"], answer["fix"]) == (cause, turn, ""), answer
    assert says in answer["sentence"]
    assert name in answer["sentence"] or cause == "dns.lame"
    fetched = [row["status"] for row in answer["evidence"] if "hops" in row]
    assert fetched == [ended]
    if turn != "YOU":
        assert f"{name} A" in [row["asked"] for row in answer["evidence"]]


def test_a_resolver_of_ours_that_fails_is_nobody_elses_turn(
    servers: Servers, network: GuardedNetwork
) -> None:
    for resolvers in ((("127.0.0.1", 1),), (), ((SECOND, servers.bind.port),)):
        policy = replace(network.policy, resolvers=resolvers)
        answer = told(GuardedNetwork(policy), "file-fine.example.com", "FILE", 3)
        assert (answer["cause"], answer["turn"], answer["fix"]) == ("dns.resolver", "US", "")
        assert precheck("file-fine.example.com", "FILE", GuardedNetwork(policy)).turn == "US"
        assert precheck("file-fine.example.com", "DNS", GuardedNetwork(policy)).turn == "US"


def test_before_a_value_is_asked_for_the_name_is_told_too(
    servers: Servers, network: GuardedNetwork
) -> None:
    for name, code in {
        "gone.nxdomain.example.com": "dns.nxdomain",
        "lame.example.com": "dns.lame",
        "denied.example.com": "dns.resolver",
        "tampered-a.example.com": "dns.bogus",
    }.items():
        assert precheck(name, "FILE", network).code == code
