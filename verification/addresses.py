"""Which IP addresses a fetch may connect to; the table itself is in pki/addresses.py.

The judge looks at the address that is connected to, never at the text of a name.
"""

from __future__ import annotations

from ipaddress import IPv4Network, ip_address

from pki.addresses import GLOBAL_UNICAST, REFUSED, IpAddress, IpNetwork, refusal

__all__ = [
    "DEMO_SITES",
    "GLOBAL_UNICAST",
    "REFUSED",
    "IpAddress",
    "IpNetwork",
    "literal",
    "looks_numeric",
    "refusal",
]

# Where the sites of the demo stand: for documentation, so that nobody on the Internet has them.
DEMO_SITES = IPv4Network("203.0.113.0/24")


def literal(host: str) -> IpAddress | None:
    """The address that a URL's host spells (without brackets), or None when the host is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def looks_numeric(host: str) -> bool:
    """True for hosts that some resolvers read as an IPv4 address (127.1, 0x7f000001, 017700000001).

    No name ends in a number: there is no such top-level domain (RFC 3696 2). The door refuses
    these rather than rely on nobody below it reading them the old way.
    """
    last = host.rstrip(".").rpartition(".")[2].lower()
    return last.isdigit() or last.startswith("0x")
