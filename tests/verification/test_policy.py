"""What the settings make of the door."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from pytest_django.fixtures import Settings

from verification.network import Policy, network_from_settings
from verification.policy import parse_resolver, system_resolvers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("[::1]:5353", ("::1", 5353)),
        ("[2001:DB8::1]", ("2001:db8::1", 53)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        (" 127.0.0.1:53 ", ("127.0.0.1", 53)),
    ],
)
def test_a_resolver_is_an_address_with_a_port(text: str, expected: tuple[str, int]) -> None:
    assert parse_resolver(text) == expected


@pytest.mark.parametrize(
    "text", ["", "localhost:53", "dns.example", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
             "127.0.0.1:dns", "[::1]53x", "[::1", "127.1:53"]
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"IPv4 or IPv6 address|ports go from"):
        parse_resolver(text)


def test_the_settings_make_the_policy(settings: Settings) -> None:
    settings.VERIFICATION_RESOLVERS = ["127.0.0.1:5353", "[::1]:53"]
    settings.VERIFICATION_HTTP_PORTS = (8080, 8443)
    settings.VERIFICATION_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    assert network_from_settings().policy == Policy(
        resolvers=(("127.0.0.1", 5353), ("::1", 53)),
        http_ports=(8080, 8443),
        allowed_networks=(ip_network("127.0.0.0/8"),),
    )


def test_without_a_setting_the_resolvers_of_the_system_are_asked(
    settings: Settings,
) -> None:
    settings.VERIFICATION_RESOLVERS = []
    settings.VERIFICATION_HTTP_PORTS = (80, 443)
    settings.VERIFICATION_ALLOWED_NETWORKS = []
    assert network_from_settings().policy == Policy(resolvers=system_resolvers())
    assert network_from_settings().policy.allowed_networks == ()
