"""Mailboxes that a domain itself publishes for questions like ours, beside the five constructed.

They stand in its CAA records (`contactemail`, BR 3.2.2.4.13 and A.1.1) or as TXT records at
`_validation-contactemail.` before its name (BR 3.2.2.4.14 and A.2.1). We look them up ourselves, at
the moment when the mail is written: a client names one only by its id, which is made of its source
and its address. What an alias leads to was published by somebody else and counts for nothing here,
nor does what a public suffix says of the names below it: a mail proves the name that published it.
Where perspectives are configured, as many of them as the rules want must see the very contact that
is written to (BR 3.2.2.4.13, .14).
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from pki import names
from verification import causes
from verification.dns_lookup import UNANSWERED
from verification.evidence import dnssec
from verification.network import CaaAnswer, DnsAnswer, DnsStatus, Network
from verification.outcome import Outcome, Problem
from verification.own_resolver import is_deaf
from verification.perspectives import DEAF, Glance, Round
from verification.second_look import PLAIN, Finding, seen_at, who_fails

CAA, TXT = "caa", "txt"
# How the sources are called where the words are the same in every language.
MARKS = {CAA: "CAA contactemail", TXT: "TXT _validation-contactemail"}
RULES = {CAA: "BR 2.2.6 3.2.2.4.13", TXT: "BR 2.2.6 3.2.2.4.14"}
PREFIX = "_validation-contactemail."
MOST = 5  # contacts of one source
LONGEST_SEARCH = 10.0  # seconds
ID = re.compile(r"(caa|txt)-[0-9a-f]{12}")
# One bare address (dot-atom, RFC 5322 3.4.1): no quotes, comments, groups, blanks or lists.
LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = re.compile(rf"({LOCAL}(?:\.{LOCAL})*)@([A-Za-z0-9.-]+)")


@dataclass(frozen=True)
class Contact:
    """`found_at` is the name that published it, `views` what the perspectives saw of it."""

    source: str
    address: str
    found_at: str
    views: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def id(self) -> str:
        return f"{self.source}-{hashlib.sha256(self.address.encode()).hexdigest()[:12]}"


def is_id(text: str) -> bool:
    return ID.fullmatch(text) is not None


def source_of(contact_id: str) -> str:
    return contact_id.partition("-")[0]


@dataclass(frozen=True)
class Published:
    """What a domain publishes now; `unread` are the look-ups that failed, by source: what would
    have stood there is not known."""

    contacts: tuple[Contact, ...] = ()
    unread: dict[str, DnsAnswer | CaaAnswer] = field(default_factory=dict)


def published(domain: str, network: Network) -> Published:
    """Look at both places of the domain."""
    base = names.strip_wildcard(domain)
    until = time.monotonic() + LONGEST_SEARCH
    found: dict[Contact, None] = {}
    unread: dict[str, DnsAnswer | CaaAnswer] = {}
    for source, seen in ((TXT, _in_txt(base, network)), (CAA, _in_caa(base, network, until))):
        if isinstance(seen, list):
            found |= dict.fromkeys(seen)
        else:
            unread[source] = seen
    return Published(tuple(found), unread)


def look_up(domain: str, picked: str, network: Network) -> Contact | Outcome:
    """The contact that was picked (by its id), as it is published now; else the problem."""
    seen = published(domain, network)
    contact = next((each for each in seen.contacts if each.id == picked), None)
    if contact is not None:
        return _from_all_sides(domain, contact, network) if network.perspectives else contact
    told = [f"{MARKS[each.source]} {each.address}" for each in seen.contacts]
    evidence: dict[str, object] = {"method": "EMAIL", "contacts": told}
    if network.marked:
        evidence["marked"] = network.marked
    failed = seen.unread.get(source_of(picked))
    if failed is not None:
        problem = _unread(failed, network, evidence)
        return Outcome(False, problem, evidence)
    message = _(
        "%(domain)s does not publish the contact that was chosen (%(record)s). Publish it"
        " again, or choose another mailbox; we look again by ourselves."
    ) % {"domain": domain, "record": MARKS[source_of(picked)]}
    return Outcome(False, Problem("mail.unpublished", message), evidence)


def _unread(
    answer: DnsAnswer | CaaAnswer, network: Network, evidence: dict[str, object]
) -> Problem:
    """Why the place of a contact could not be read: nobody took the contact away."""
    rtype = answer.rtype if isinstance(answer, DnsAnswer) else "CAA"
    evidence |= {"name": answer.name, "type": rtype, "status": str(answer.status)}
    evidence |= {"values": [], "resolver": answer.resolver}
    evidence |= dnssec(answer.dnssec)
    words = {"name": answer.name, "resolver": answer.resolver or _("(none is configured)")}
    if is_deaf(answer.name, answer.status, network):
        return causes.problem("dns.resolver", words, "alone")
    finding = None
    if rtype == "TXT" and answer.status in UNANSWERED:
        servers = network.name_servers(answer.name, rtype)
        evidence |= seen_at(servers)
        finding = who_fails(servers, answer.status)
    finding = finding or Finding(PLAIN[answer.status])
    return causes.problem(finding.code, words | finding.params, finding.variant)


def _from_all_sides(domain: str, contact: Contact, network: Network) -> Contact | Outcome:
    """The contact with every view of it; the problem when too few places see it (BR 3.2.2.9)."""
    with Round(network.perspectives, partial(_glance, domain, contact)) as others:
        quorum = others.quorum()
    seen: dict[str, Any] = {"name": contact.found_at, "type": contact.source.upper()}
    seen |= {"status": str(DnsStatus.OK), "values": [contact.address]} | quorum.as_evidence()
    if quorum.is_met:
        return replace(contact, views=seen)
    code = "dns.resolver" if quorum.is_ours_to_mend else "dns.partial"
    problem = causes.problem(code, quorum.told() | {"name": contact.found_at}, "places")
    told = [f"{MARKS[contact.source]} {contact.address}"]
    return Outcome(False, problem, {"method": "EMAIL", "contacts": told} | seen)


def _glance(domain: str, contact: Contact, network: Network) -> Glance:
    seen = published(domain, network)
    failed = seen.unread.get(contact.source)
    status = str(DnsStatus.OK if seen.contacts else DnsStatus.NODATA)
    if failed is not None:
        deaf = is_deaf(failed.name, failed.status, network)
        status = DEAF if deaf else str(failed.status)
    return Glance(contact in seen.contacts, status, [each.address for each in seen.contacts])


def _in_txt(base: str, network: Network) -> list[Contact] | DnsAnswer:
    at = PREFIX + base
    if len(at) > 253:
        return []
    answer = network.txt(at)
    if _is_unread(answer):
        return answer
    if answer.status is not DnsStatus.OK or answer.chain:
        return []
    return [Contact(TXT, address, at) for address in _addresses(answer.values)]


def _in_caa(base: str, network: Network, until: float) -> list[Contact] | CaaAnswer:
    """The relevant record set, as CAA itself is searched for (RFC 8659 3)."""
    for name in _climb(base):
        late = time.monotonic() >= until
        answer = CaaAnswer(name, DnsStatus.TIMEOUT) if late else network.caa(name)
        if _is_unread(answer):
            return answer
        if answer.status is not DnsStatus.OK:
            continue
        if answer.chain:
            return []
        said = [each.value for each in answer.records if each.tag.lower() == "contactemail"]
        return [Contact(CAA, address, name) for address in _addresses(said)]
    return []


def _is_unread(answer: DnsAnswer | CaaAnswer) -> bool:
    return answer.status in UNANSWERED or answer.status is DnsStatus.BOGUS


def _climb(name: str) -> Iterator[str]:
    """The name and its parents, as far as they belong to whoever registered the domain."""
    top = names.registered_domain(name)
    while name and (name == top or name.endswith("." + top)):
        yield name
        name = name.partition(".")[2]


def _addresses(said: Sequence[str]) -> list[str]:
    # In an order of their own: servers tell a record set in another order every time.
    return [text for text in sorted(said) if is_address(text)][:MOST]


def is_address(text: str) -> bool:
    """Whether the text is one mailbox and nothing else (at most 254 octets, RFC 5321 4.5.3.1)."""
    shape = ADDRESS.fullmatch(text)
    if shape is None or len(text) > 254 or len(shape[1]) > 64:
        return False
    _name, found = names.check_name(shape[2].lower(), wildcard_allowed=False)
    return not found
