"""The keys from which we validate DNSSEC: of the root, or of any other zone (RFC 4033 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

LABELS_BETWEEN = frozenset({"IN"})
KINDS = {"DS": dns.rdatatype.DS, "DNSKEY": dns.rdatatype.DNSKEY}


@dataclass(frozen=True)
class TrustAnchor:
    """One key of a zone, whole (DNSKEY) or by its digest (DS)."""

    zone: dns.name.Name
    record: dns.rdata.Rdata


Anchors = tuple[TrustAnchor, ...]


def parse_anchors(text: str) -> Anchors:
    """The anchors of lines such as ". IN DS 20326 8 2 E06D…", as zone files and registries write.

    Lines end with the line or with a semicolon and a comment; several may stand in one line with
    commas between. Raises ValueError with the number of the entry that cannot be read.
    """
    entries = [part.strip() for part in _entries(text.splitlines()) if part.strip()]
    return tuple(_anchor(entry, number) for number, entry in enumerate(entries, start=1))


def closest(anchors: Anchors, name: dns.name.Name) -> dns.name.Name | None:
    """The nearest zone above `name`, itself included, that an anchor speaks of."""
    zones = {anchor.zone for anchor in anchors if name.is_subdomain(anchor.zone)}
    return max(zones, key=len, default=None)


def _entries(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield from line.partition(";")[0].split(",")


def _anchor(entry: str, number: int) -> TrustAnchor:
    zone, *words = entry.split()
    while words and (words[0].isdigit() or words[0].upper() in LABELS_BETWEEN):
        words.pop(0)  # the time to live and the class say nothing here
    kind = KINDS.get(words[0].upper()) if words else None
    if kind is None:
        raise ValueError(f"entry {number} is neither a DS nor a DNSKEY record")
    try:
        record = dns.rdata.from_text(dns.rdataclass.IN, kind, " ".join(words[1:]))
        return TrustAnchor(dns.name.from_text(zone), record)
    except (dns.exception.DNSException, ValueError) as error:
        raise ValueError(f"entry {number} cannot be read as {words[0].upper()}") from error
