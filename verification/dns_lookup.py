"""Asking the configured resolvers, and nobody else, with a bounded time and a bounded chain.

The system's getaddrinfo is never used: it reads files, search lists and caches that are not part
of the policy. A resolver that does not recurse is caught (a referral is a failure, not "no data"),
because for CAA "no data" is a permission.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, replace
from enum import StrEnum

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from verification.dnssec_chain import Chain, State, Verdict
from verification.dnssec_keys import memory_of
from verification.dnssec_records import aliases
from verification.evidence import printable
from verification.policy import Policy, Resolver

LONGEST_CHAIN = 8
ROUNDS = 2  # twice, since a datagram may be lost
# The largest answer over UDP that is not cut into fragments (DNS flag day 2020).
UDP_PAYLOAD = 1232
LARGEST = 65535  # octets of a datagram
# Extended DNS errors of a validating resolver that mean "the signatures do not hold" (RFC 8914 4.7
# to 4.13).
BOGUS_ERRORS = frozenset(range(6, 13))


class DnsStatus(StrEnum):
    """How a look-up ended. OK means that at least one record of the asked type was found.

    UNREACHED: nobody could be asked, since nothing listens there or no resolver is configured.
    """

    OK = "OK"
    NODATA = "NODATA"
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    TIMEOUT = "TIMEOUT"
    BOGUS = "BOGUS"
    UNREACHED = "UNREACHED"


# A failure of somebody's servers or of our own resolvers: nothing is known of the name.
UNANSWERED = frozenset(
    {DnsStatus.SERVFAIL, DnsStatus.REFUSED, DnsStatus.TIMEOUT, DnsStatus.UNREACHED}
)


@dataclass(frozen=True)
class DnsAnswer:
    """What was found for `name`. `chain`: the names that CNAMEs led to. `ttl` in seconds.

    `values` are printable ASCII: other bytes stand as \\xNN, and the chunks of one TXT record are
    joined without a separator (RFC 7208 3.3). An answer is one DNS message, so at most 64 KiB.
    """

    name: str
    rtype: str
    status: DnsStatus
    values: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    resolver: str = ""
    ttl: int | None = None
    dnssec: Verdict | None = None


@dataclass(frozen=True)
class CaaRecord:
    """One CAA record as published (RFC 8659 4.1); tag and value are not folded or parsed."""

    flags: int
    tag: str
    value: str


@dataclass(frozen=True)
class CaaAnswer:
    """The CAA record set at `name` or at the end of its CNAME chain; nothing of its parents."""

    name: str
    status: DnsStatus
    records: tuple[CaaRecord, ...] = ()
    chain: tuple[str, ...] = ()
    resolver: str = ""
    dnssec: Verdict | None = None


@dataclass(frozen=True)
class Lookup:
    """A finished look-up with its records as parsed; `dnssec` where we validate ourselves."""

    status: DnsStatus
    resolver: str = ""
    chain: tuple[str, ...] = ()
    rrset: dns.rrset.RRset | None = None
    dnssec: Verdict | None = None


@dataclass(frozen=True)
class Heard:
    """What one server said; `response` is there when it says something about the name."""

    status: DnsStatus
    resolver: str = ""
    response: dns.message.Message | None = None


class _ChainRefused(Exception):
    """A CNAME chain that is longer than we follow, or that runs in a circle."""


def lookup(name: str, rtype: str, policy: Policy, deadline: float) -> Lookup:
    """Find the records of type `rtype` at `name`, following CNAMEs (at most eight, no circle).

    `deadline` is a reading of the monotonic clock. Never raises for what the network does; a name
    that cannot stand in the DNS (RFC 1035 2.3.4) does not exist.
    """
    kind = dns.rdatatype.from_text(rtype)
    chain: list[dns.name.Name] = []
    try:
        current = dns.name.from_text(name)
    except dns.exception.DNSException:
        return Lookup(DnsStatus.NXDOMAIN)
    judge = DnssecJudge(policy, deadline)
    passed = [current]
    while True:
        heard = hear(current, kind, policy, deadline)
        if heard.response is None:
            return Lookup(heard.status, heard.resolver, _texts(chain))
        before = len(passed) - 1
        try:
            if kind != dns.rdatatype.CNAME:  # asked for itself it is data, and leads nowhere
                chain += _follow(heard.response, current, passed)
        except _ChainRefused:
            return Lookup(DnsStatus.SERVFAIL, heard.resolver, _texts(passed[1:]))
        end = passed[-1]
        rrset = heard.response.get_rrset(heard.response.answer, end, dns.rdataclass.IN, kind)
        # Where it is judged, its own zone has to deny what is missing behind an alias.
        is_said = heard.status is DnsStatus.NXDOMAIN and not policy.anchors
        is_absent = rrset is None and (end == current or is_said)
        judge.hear(heard.response, passed[before:-1], rrset, (end, kind) if is_absent else None)
        if judge.refused is not None:
            return Lookup(judge.refused, heard.resolver, _texts(chain), None, judge.verdict)
        if rrset is not None:
            return Lookup(DnsStatus.OK, heard.resolver, _texts(chain), rrset, judge.verdict)
        if is_absent:
            return Lookup(absence(heard), heard.resolver, _texts(chain), None, judge.verdict)
        current = end


class DnssecJudge:
    """The judgement on the answers of one look-up; without anchors there is none."""

    def __init__(self, policy: Policy, deadline: float) -> None:
        self.verdict: Verdict | None = None
        self._deadline = deadline
        self._unread = DnsStatus.SERVFAIL  # how the last question failed that the chain asked
        self._chain: Chain | None = None
        if policy.anchors:
            memory = memory_of((policy.resolvers, policy.anchors))

            def ask(
                name: dns.name.Name, kind: dns.rdatatype.RdataType
            ) -> dns.message.Message | None:
                heard = hear(name, kind, policy, deadline)
                if heard.response is None and heard.status in UNANSWERED:
                    self._unread = heard.status
                return heard.response

            self._chain = Chain(policy.anchors, ask, policy.clock(), memory, deadline)

    def hear(
        self,
        response: dns.message.Message,
        passed: list[dns.name.Name],
        rrset: dns.rrset.RRset | None,
        absent: tuple[dns.name.Name, dns.rdatatype.RdataType] | None,
    ) -> None:
        """Judge what one answer adds: the aliases passed, and the records or their absence."""
        if self._chain is None:
            return
        parts = [*aliases(response, passed), *([] if rrset is None else [rrset])]
        found = [self._chain.of_records(response, each) for each in parts]
        if absent is not None:
            found.append(self._chain.of_absence(response, *absent))
        heard = [*([] if self.verdict is None else [self.verdict]), *found]
        self.verdict = max(heard, key=lambda one: one.weight)

    @property
    def refused(self) -> DnsStatus | None:
        """Why the answer counts as none, if it does."""
        if self.verdict is None:
            return None
        if self.verdict.state is State.BOGUS:
            return DnsStatus.BOGUS
        if not self.verdict.is_unread:
            return None
        # Who ran out of time is silent, not broken: a longer look may hear it.
        return DnsStatus.TIMEOUT if time.monotonic() >= self._deadline else self._unread


def absence(heard: Heard) -> DnsStatus:
    """NXDOMAIN, or NODATA, unless it is a referral by a server that does not recurse."""
    response = heard.response
    if heard.status is DnsStatus.NXDOMAIN or response is None:
        return heard.status
    kinds = {rrset.rdtype for rrset in response.authority}
    referral = dns.rdatatype.NS in kinds and dns.rdatatype.SOA not in kinds
    if referral and not response.flags & dns.flags.AA:
        return DnsStatus.SERVFAIL
    return DnsStatus.NODATA


def _follow(
    response: dns.message.Message, start: dns.name.Name, passed: list[dns.name.Name]
) -> list[dns.name.Name]:
    """The CNAME targets that the answer section leads through from `start`; noted in `passed`."""
    found: list[dns.name.Name] = []
    here = start
    while True:
        rrset = response.get_rrset(response.answer, here, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if rrset is None:
            return found
        here = rrset[0].target
        if here in passed or len(passed) > LONGEST_CHAIN:
            passed.append(here)
            raise _ChainRefused
        passed.append(here)
        found.append(here)


def _texts(chain: list[dns.name.Name]) -> tuple[str, ...]:
    return tuple(printable(name.to_text(omit_final_dot=True), 255) for name in chain)


# Of several resolvers that failed, the one that said most is reported.
_TELLING = (DnsStatus.UNREACHED, DnsStatus.TIMEOUT, DnsStatus.REFUSED, DnsStatus.SERVFAIL)


def hear(
    name: dns.name.Name, kind: dns.rdatatype.RdataType, policy: Policy, deadline: float
) -> Heard:
    """The first usable response. Bogus ends the search: another resolver may not validate."""
    if not policy.resolvers:
        return Heard(DnsStatus.UNREACHED)
    failed: list[tuple[Resolver, Heard]] = []
    waiting = list(policy.resolvers)
    for _ in range(ROUNDS):
        silent = []
        for resolver in waiting:
            timeout = min(policy.dns_try, deadline - time.monotonic())
            if timeout <= 0:
                break
            heard = ask(resolver, name, kind, timeout, signed=bool(policy.anchors))
            if heard.response is not None or heard.status is DnsStatus.BOGUS:
                return heard
            if heard.status is DnsStatus.TIMEOUT:
                silent.append(resolver)
            failed.append((resolver, heard))
        waiting = silent
    if not failed:  # no time was left
        return Heard(DnsStatus.TIMEOUT, _label(policy.resolvers[0]))
    resolver, worst = max(failed, key=lambda one: _TELLING.index(one[1].status))
    if worst.status is DnsStatus.SERVFAIL and _is_for_signatures(
        resolver, name, kind, policy, deadline
    ):
        return replace(worst, status=DnsStatus.BOGUS)
    return worst


def _is_for_signatures(
    resolver: Resolver,
    name: dns.name.Name,
    kind: dns.rdatatype.RdataType,
    policy: Policy,
    deadline: float,
) -> bool:
    """Whether a resolver that gives no reason fails because it validates: it answers when it is
    told not to (RFC 4035 3.2.2), and still fails when it is not."""
    if policy.anchors:  # it was told not to
        return False
    for is_unchecked in (True, False):
        timeout = min(policy.dns_try, deadline - time.monotonic())
        if timeout <= 0:
            return False
        heard = ask(resolver, name, kind, timeout, unchecked=is_unchecked)
        if is_unchecked != (heard.response is not None):
            return False
    return True


def ask(
    resolver: Resolver,
    name: dns.name.Name,
    kind: dns.rdatatype.RdataType,
    timeout: float,
    *,
    recurse: bool = True,
    signed: bool = False,
    unchecked: bool = False,
) -> Heard:
    """Ask one server once; the response is kept only when it says something about the name.

    A name server is asked for what it holds itself: without `recurse`. With `signed` the resolver
    adds the signatures; with it or `unchecked` it does not judge them (RFC 4035 3.2.1, 3.2.2).
    """
    label = _label(resolver)
    try:
        question = _question(name, kind, recurse, signed, unchecked)
        response = _exchange(resolver, question, timeout)
    except (dns.exception.Timeout, TimeoutError, EOFError):
        return Heard(DnsStatus.TIMEOUT, label)
    except OSError:
        return Heard(DnsStatus.UNREACHED, label)
    except dns.exception.DNSException:
        # Malformed, or not an answer to our question: it tells nothing, so it permits nothing.
        return Heard(DnsStatus.SERVFAIL, label)
    match response.rcode():
        case dns.rcode.NOERROR:
            return Heard(DnsStatus.OK, label, response)
        case dns.rcode.NXDOMAIN:
            return Heard(DnsStatus.NXDOMAIN, label, response)
        case dns.rcode.REFUSED:
            return Heard(DnsStatus.REFUSED, label)
    bogus = any(int(error.code) in BOGUS_ERRORS for error in response.extended_errors())
    return Heard(DnsStatus.BOGUS if bogus else DnsStatus.SERVFAIL, label)


def _question(
    name: dns.name.Name, kind: dns.rdatatype.RdataType, recurse: bool, signed: bool, unchecked: bool
) -> dns.message.QueryMessage:
    question = dns.message.make_query(
        name, kind, use_edns=0, payload=UDP_PAYLOAD, want_dnssec=signed
    )
    if not recurse:
        question.flags &= ~dns.flags.RD
    if signed or unchecked:
        question.flags |= dns.flags.CD
    return question


def _exchange(
    resolver: Resolver, question: dns.message.QueryMessage, timeout: float
) -> dns.message.Message:
    """One question over UDP, again over TCP when the answer was cut (RFC 7766 5)."""
    host, port = resolver
    until = time.monotonic() + timeout
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as door:
        # Connected, so that the kernel drops other senders and tells at once of a closed port; for
        # the same reason dns.query.udp, which looks after that itself, would do it twice.
        door.settimeout(timeout)
        door.connect((host, port))
        door.send(question.to_wire())
        try:
            response = dns.message.from_wire(door.recv(LARGEST), raise_on_truncation=True)
        except dns.message.Truncated:
            left = max(until - time.monotonic(), 0.01)
        else:
            if not question.is_response(response):
                raise dns.query.BadResponse
            return response
    return dns.query.tcp(question, host, left, port)


def _label(resolver: Resolver) -> str:
    host, port = resolver
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def values(rrset: dns.rrset.RRset | None) -> tuple[str, ...]:
    """TXT records as their text, addresses, aliases as their target, in printable ASCII."""
    if rrset is None:
        return ()
    if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
        return tuple(str(record.address) for record in rrset)
    if rrset.rdtype == dns.rdatatype.TXT:
        return tuple(plain(b"".join(record.strings)) for record in rrset)
    return tuple(printable(record.target.to_text(omit_final_dot=True), 255) for record in rrset)


def plain(data: bytes) -> str:
    """Bytes from a record as printable ASCII; every other byte as \\xNN, a backslash as it is."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in data)
