"""Which addresses the door refuses."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.addresses import literal, looks_numeric, refusal

REFUSED = {
    "0.0.0.0": "this network",
    "0.1.2.3": "this network",
    "10.0.0.1": "private",
    "100.64.0.1": "carrier-grade NAT",
    "100.127.255.255": "carrier-grade NAT",
    "100.100.100.200": "carrier-grade NAT",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "168.63.129.16": "cloud metadata",
    "169.254.169.254": "cloud metadata",
    "169.254.0.1": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.192": "IETF protocol assignments",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "192.168.1.1": "private",
    "198.18.0.1": "benchmarking",
    "198.19.255.255": "benchmarking",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "IPv4-compatible",
    "::ffff:127.0.0.1": "IPv4-mapped",
    "::ffff:8.8.8.8": "IPv4-mapped",
    "::ffff:0:127.0.0.1": "IPv4-translated",
    "64:ff9b::7f00:1": "NAT64",
    "64:ff9b::808:808": "NAT64",
    "64:ff9b:1::1": "NAT64",
    "100::1": "discard-only",
    "2001::1": "Teredo",
    "2001:2::1": "benchmarking",
    "2001:10::1": "IETF protocol assignments",
    "2001:20::1": "IETF protocol assignments",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "6to4",
    "3fff::1": "documentation",
    "4000::1": "not global unicast",
    "5f00::1": "not global unicast",
    "fc00::1": "unique local",
    "fd00:ec2::254": "unique local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "scoped",
    "2606:4700::1%1": "scoped",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
}
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "203.0.114.10",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
)


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_a_special_address_is_refused_with_its_reason(text: str, reason: str) -> None:
    assert refusal(ip_address(text)).startswith(reason)


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_let_through(text: str) -> None:
    assert refusal(ip_address(text)) == ""


def test_an_allowed_network_exempts_its_addresses_and_no_other_spelling_of_them() -> None:
    allowed = (ip_network("127.0.0.0/8"),)
    assert refusal(ip_address("127.0.0.1"), allowed) == ""
    assert refusal(ip_address("::1"), allowed).startswith("loopback")
    assert refusal(ip_address("::ffff:127.0.0.1"), allowed).startswith("IPv4-mapped")
    assert refusal(ip_address("10.0.0.1"), allowed).startswith("private")


@given(st.ip_addresses(v=4).filter(lambda one: not one.is_global))
def test_no_ipv4_address_that_the_registries_call_not_global_is_let_through(
    address: IPv4Address,
) -> None:
    assert refusal(address)


@given(st.ip_addresses(v=6).filter(lambda one: not one.is_global))
def test_no_ipv6_address_that_the_registries_call_not_global_is_let_through(
    address: IPv6Address,
) -> None:
    assert refusal(address)


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_that_carries_an_ipv4_address_is_let_through(address: IPv4Address) -> None:
    number = int(address)
    forms = (
        IPv6Address(number),
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0xFFFF << 48 | number),
        IPv6Address(0x64FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80),
        IPv6Address(0x20010000 << 96 | (number ^ 0xFFFFFFFF)),
    )
    assert all(refusal(form) for form in forms)


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "1.2.3.4.5", "1."]
)
def test_old_spellings_of_addresses_are_seen(host: str) -> None:
    assert literal(host) is None
    assert looks_numeric(host)


@pytest.mark.parametrize("host", ["example.com", "1.example", "0xample.org", "a1", "xn--p1ai"])
def test_names_are_not_taken_for_addresses(host: str) -> None:
    assert not looks_numeric(host)
