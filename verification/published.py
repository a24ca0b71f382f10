"""The record that a customer publishes to prove a name by the DNS, the same wherever it is told."""

from __future__ import annotations

from dataclasses import dataclass

from verification.challenges import Challenge, Method
from verification.methods import cname, dns

TTL = 600  # seconds


@dataclass(frozen=True)
class PublishedRecord:
    name: str
    rtype: str
    value: str

    @property
    def line(self) -> str:
        """As it stands in a zone file (RFC 1035 5.1)."""
        value = f"{self.value}." if self.rtype == cname.RECORD_TYPE else f'"{self.value}"'
        return f"{self.name}. {TTL} IN {self.rtype} {value}"


def published(challenge: Challenge) -> PublishedRecord | None:
    """What proves `challenge` in the DNS; None for the ways that publish nothing there."""
    return record(challenge.domain, challenge.method, challenge.value)


def record(domain: str, method: str, value: str) -> PublishedRecord | None:
    """The same where no challenge stands behind it."""
    name = dns.record_name(domain)
    match method:
        case Method.DNS:
            return PublishedRecord(name, dns.RECORD_TYPE, value)
        case Method.CNAME:
            return PublishedRecord(name, cname.RECORD_TYPE, cname.target(value))
    return None
