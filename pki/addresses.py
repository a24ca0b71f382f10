"""IP addresses in certificates, and which of them are public: IANA's registries as a table.

The judge looks at the address, never at how it was written. For IPv6 only global unicast (2000::/3,
RFC 4291 2.4) is open at all, so that a block that IANA opens later stays shut until somebody looks
at it. The canonical text of an address is that of RFC 5952; it stands where a host name would.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from cryptography import x509

from pki.findings import Finding, gettext_noop, note, pgettext, printable, refused

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

# The first row that holds the address gives the reason, so that narrow rows stand before wide ones.
REFUSED: tuple[tuple[IpNetwork, str], ...] = tuple(
    (ip_network(text), reason)
    for text, reason in (
        ("0.0.0.0/8", pgettext("part", "this network (RFC 791)")),
        ("10.0.0.0/8", pgettext("part", "private (RFC 1918)")),
        ("100.64.0.0/10", pgettext("part", "carrier-grade NAT (RFC 6598)")),
        ("127.0.0.0/8", pgettext("part", "loopback (RFC 1122)")),
        ("168.63.129.16/32", pgettext("part", "cloud metadata (Azure)")),
        ("169.254.169.254/32", pgettext("part", "cloud metadata")),
        ("169.254.0.0/16", pgettext("part", "link-local (RFC 3927)")),
        ("172.16.0.0/12", pgettext("part", "private (RFC 1918)")),
        ("192.0.0.0/24", pgettext("part", "IETF protocol assignments (RFC 6890)")),
        ("192.0.2.0/24", pgettext("part", "documentation (RFC 5737)")),
        ("192.31.196.0/24", pgettext("part", "AS112 (RFC 7535)")),
        ("192.52.193.0/24", pgettext("part", "AMT (RFC 7450)")),
        ("192.88.99.0/24", pgettext("part", "6to4 relay (RFC 7526)")),
        ("192.168.0.0/16", pgettext("part", "private (RFC 1918)")),
        ("192.175.48.0/24", pgettext("part", "AS112 (RFC 7534)")),
        ("198.18.0.0/15", pgettext("part", "benchmarking (RFC 2544)")),
        ("198.51.100.0/24", pgettext("part", "documentation (RFC 5737)")),
        ("203.0.113.0/24", pgettext("part", "documentation (RFC 5737)")),
        ("224.0.0.0/4", pgettext("part", "multicast (RFC 5771)")),
        ("255.255.255.255/32", pgettext("part", "broadcast (RFC 919)")),
        ("240.0.0.0/4", pgettext("part", "reserved (RFC 1112)")),
        ("::/128", pgettext("part", "unspecified (RFC 4291)")),
        ("::1/128", pgettext("part", "loopback (RFC 4291)")),
        ("::ffff:0:0/96", pgettext("part", "IPv4-mapped (RFC 4291)")),
        ("::ffff:0:0:0/96", pgettext("part", "IPv4-translated (RFC 2765)")),
        ("::/96", pgettext("part", "IPv4-compatible (RFC 4291)")),
        ("64:ff9b::/96", pgettext("part", "NAT64 (RFC 6052)")),
        ("64:ff9b:1::/48", pgettext("part", "NAT64 (RFC 8215)")),
        ("100::/64", pgettext("part", "discard-only (RFC 6666)")),
        ("2001::/32", pgettext("part", "Teredo (RFC 4380)")),
        ("2001:2::/48", pgettext("part", "benchmarking (RFC 5180)")),
        ("2001::/23", pgettext("part", "IETF protocol assignments (RFC 2928)")),
        ("2001:db8::/32", pgettext("part", "documentation (RFC 3849)")),
        ("2002::/16", pgettext("part", "6to4 (RFC 3056)")),
        ("2620:4f:8000::/48", pgettext("part", "AS112 (RFC 7534)")),
        ("3fff::/20", pgettext("part", "documentation (RFC 9637)")),
        ("fc00::/7", pgettext("part", "unique local (RFC 4193)")),
        ("fe80::/10", pgettext("part", "link-local (RFC 4291)")),
        ("fec0::/10", pgettext("part", "site-local (RFC 3879)")),
        ("ff00::/8", pgettext("part", "multicast (RFC 4291)")),
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")


def refusal(address: IpAddress, allowed: Sequence[IpNetwork] = ()) -> str:
    """Why no connection may be made to `address`; "" when one may.

    `allowed` exempts whole networks by the literal address: a mapped form of an exempted IPv4
    address is another address and stays refused.
    """
    if any(address in network for network in allowed):
        return ""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return pgettext("part", "scoped (RFC 4007)")
    for network, reason in REFUSED:
        if address in network:
            return reason
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return pgettext("part", "not global unicast (RFC 4291)")
    return ""


def parse(text: str) -> IpAddress | None:
    """The address that a text writes, an IPv6 one perhaps in brackets; None for all else."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") and ":" in text else text
    try:
        return ip_address(bare)
    except ValueError:
        return None


def is_address(name: str) -> bool:
    """Whether a canonical name is an address and no host name."""
    return parse(name) is not None


def check(text: str, played: Sequence[IpNetwork] = ()) -> tuple[str | None, list[Finding]]:
    """The canonical text of an address that a certificate may carry (None when refused), and
    findings. `text` is one that `parse` reads; `played` are networks that count as public (the
    demo's). BR 4.2.2 and 7.1.2.7.12: no internal and no reserved address."""
    address = parse(text)
    if address is None:
        raise ValueError(f"{text!r} is no address")
    reason = refusal(address, played)
    if reason:
        return None, [
            refused(
                "csr.address_not_public",
                gettext_noop(
                    "%(address)s is no public address: %(reason)s. A certificate holds only"
                    " addresses that are yours alone on the Internet."
                ),
                address=printable(str(address)),
                reason=reason,
            )
        ]
    if str(address) == text:
        return text, []
    return str(address), [
        note(
            "csr.address_rewritten",
            gettext_noop("%(given)s is written %(canonical)s (RFC 5952)."),
            given=printable(text),
            canonical=str(address),
        )
    ]


def url_host(name: str) -> str:
    """A canonical name as the host of a URL: IPv6 addresses in brackets (RFC 3986 3.2.2)."""
    return f"[{name}]" if ":" in name else name


def general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Canonical names as they stand in a subjectAltName (RFC 5280 4.2.1.6)."""
    found = [(name, parse(name)) for name in names]
    return [x509.DNSName(name) if ip is None else x509.IPAddress(ip) for name, ip in found]


def names_in(alternatives: x509.SubjectAlternativeName) -> list[str]:
    """The host names and addresses of a subjectAltName, in their order. Raises ValueError when
    anything else stands there."""
    found = []
    for each in alternatives:
        if not isinstance(each, x509.DNSName | x509.IPAddress):
            raise ValueError("an alternative name that is neither a host name nor an address")
        found.append(str(each.value))
    return found
