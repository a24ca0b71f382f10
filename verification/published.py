"""The record that a customer publishes to prove a name by the DNS, the same wherever it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass

from verification.challenges import Challenge, Method
from verification.methods import cname, dns

TTL = 600  # seconds
STRING = 255  # octets in one string of a TXT record


@dataclass(frozen=True)
class PublishedRecord:
    name: str
    rtype: str
    value: str

    @property
    def line(self) -> str:
        """As it stands in a zone file (RFC 1035 5.1), a long text in several strings (3.3)."""
        if self.rtype == cname.RECORD_TYPE:
            return f"{self.name}. {TTL} IN {self.rtype} {self.value}."
        parts = [self.value[at : at + STRING] for at in range(0, len(self.value), STRING)] or [""]
        quoted = " ".join('"{}"'.format(re.sub(r'(["\\])', r"\\\1", each)) for each in parts)
        return f"{self.name}. {TTL} IN {self.rtype} {quoted}"


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
