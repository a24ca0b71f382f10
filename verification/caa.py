"""May this CA sign for this name? Certification Authority Authorization (RFC 8659, RFC 8657).

The CAA record set of the name itself counts, else that of its parent, and so on up to the
top-level domain. A CNAME is followed for the name asked, but the climb goes on from the name, not
from where the CNAME led (RFC 8659 3; the older RFC 6844 said otherwise).

A record that names us may bind us to accounts and to methods of proof (RFC 8657): then it permits
only what fits all that it says. Of several records one that permits is enough.

A failed look-up permits nothing: it refuses this attempt and is worth another one (BR 3.2.2.8).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from pki.names import is_wildcard, strip_wildcard
from verification.evidence import MOST, dnssec, printable, several
from verification.network import CaaAnswer, CaaRecord, DnsStatus, Network
from verification.outcome import Problem
from verification.own_resolver import is_deaf
from verification.perspectives import DEAF, Glance, Quorum, Round

CRITICAL = 0x80
# Tags whose meaning we know. Those for mail and mark certificates and for contacts say nothing
# about TLS certificates (RFC 9495, BR A.1), so that they may be critical without stopping us.
KNOWN_TAGS = frozenset(
    {"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}
)
ACCOUNT, METHODS = "accounturi", "validationmethods"
# How our ways to prove a name are called in `validationmethods`. This CA speaks no ACME, so that
# its labels begin with "ca-" (RFC 8657 4).
METHOD_LABELS = {
    "DNS": "ca-dns-txt",
    "CNAME": "ca-dns-cname",
    "FILE": "ca-file",
    "EMAIL": "ca-email",
}

# RFC 8659 4.2, piece by piece: issuer-domain-name, and one parameter; RFC 8657 4: the labels.
# ASCII, because without it the long s and the Kelvin sign would pass for letters.
_FOLD = re.ASCII | re.IGNORECASE
ISSUER = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*", _FOLD)
PARAMETER = re.compile(r"([a-z0-9]+(?:-+[a-z0-9]+)*)[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e]*)", _FOLD)
TAG = re.compile(r"[a-z0-9]+", _FOLD)
LABELS = re.compile(r"(?:[a-z0-9-]+(?:,[a-z0-9-]+)*)?", _FOLD)
BLANK = " \t"
# Seconds for a whole climb: a name of many labels on slow servers holds no worker longer.
LONGEST_CLIMB = 20.0


@dataclass(frozen=True)
class CaaVerdict:
    """`retryable` says that nobody forbade it: the look-up failed and may be tried again."""

    allowed: bool
    problem: Problem | None
    retryable: bool
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Applicant:
    """Who asks, as CAA may name it: the CA's domain names, the account's URI, the way of proof.

    Without an account or a method a record that binds either never permits. `otherwise` is the
    way in which the name can still be proved anew, where an earlier proof by `method` is not
    permitted. `is_any` says that the domain names are of several CAs, and that it is not known
    which of them will be asked.
    """

    identities: Sequence[str]
    account: str = ""
    method: str = ""
    otherwise: str = ""
    is_any: bool = False

    @property
    def label(self) -> str:
        return METHOD_LABELS.get(self.method, "")

    def is_named(self, issuer_name: str) -> bool:
        return issuer_name in {identity.lower() for identity in self.identities}


def judge(
    domain: str,
    identities: Sequence[str],
    network: Network,
    *,
    account: str = "",
    method: str = "",
    is_any: bool = False,
) -> CaaVerdict:
    """Judge `domain` (a wildcard may stand) for a CA known by `identities`, its domain names.

    `account` is the URI of the customer's account at that CA, `method` how the name is proved
    (a key of METHOD_LABELS). The evidence names the record that decided, where one did.
    """
    us = Applicant(identities, account, method, is_any=is_any)
    if not network.perspectives:
        return _judge(domain, us, network)
    with Round(network.perspectives, partial(_glance, domain, us)) as others:
        verdict = _judge(domain, us, network)
        return _weighed(verdict, domain, others.quorum())


def _glance(domain: str, us: Applicant, network: Network) -> Glance:
    """What another place may do: a record that forbids, or none to be read, is no permission."""
    verdict = _judge(domain, us, network)
    decided = verdict.evidence.get("decided_by")
    seen = [f"{decided['tag']} {decided['value']}"] if decided else []
    asked = verdict.evidence["asked"][-1]
    status = verdict.problem.code if verdict.problem else "ok"
    if status == "caa.resolver":
        status = DEAF
    return Glance(verdict.allowed, status, seen, str(asked["resolver"]))


def _weighed(verdict: CaaVerdict, domain: str, quorum: Quorum) -> CaaVerdict:
    """A permission stands only with its quorum; without, nobody forbade it: it is asked again."""
    evidence = verdict.evidence | quorum.as_evidence()
    if not verdict.allowed or quorum.is_met:
        return replace(verdict, evidence=evidence)
    told = quorum.told() | {"domain": domain}
    if quorum.is_ours_to_mend:
        return CaaVerdict(False, Problem("caa.resolver", _deaf_places() % told), True, evidence)
    text = _(
        "From here the CAA records let this CA sign for %(domain)s, but not from %(lacking)s: "
        "%(missing)s of %(places)s places, of which at most %(allowed)s may differ. Let all name "
        "servers of the domain publish the same CAA records; we ask again by ourselves."
    )
    return CaaVerdict(False, Problem("caa.unreachable", text % told), True, evidence)


def _deaf_places() -> str:
    return _(
        "From here the CAA records let this CA sign for %(domain)s, but resolvers of our own in "
        "other places do not answer now: %(lacking)s, %(missing)s of %(places)s, of which at most "
        "%(allowed)s may be without it. There is nothing for you to mend; we ask again by "
        "ourselves."
    )


def _judge(domain: str, us: Applicant, network: Network) -> CaaVerdict:
    """The verdict of one network."""
    asked: list[dict[str, object]] = []
    evidence: dict[str, Any] = {"domain": domain, "identities": list(us.identities)}
    evidence["asked"] = asked
    evidence |= {"account": us.account, "method": us.label}
    if network.marked:
        evidence["marked"] = network.marked
    until = time.monotonic() + LONGEST_CLIMB
    for name in _climb(strip_wildcard(domain)):
        late = time.monotonic() >= until
        answer = CaaAnswer(name, DnsStatus.TIMEOUT) if late else network.caa(name)
        asked.append(_seen(answer))
        if answer.status in (DnsStatus.NODATA, DnsStatus.NXDOMAIN):
            continue
        if answer.status is not DnsStatus.OK:
            ours = not late and is_deaf(name, answer.status, network)
            why = _deaf(answer, domain) if ours else _unreachable(answer, domain)
            return CaaVerdict(False, why, True, evidence)
        evidence["found_at"] = name
        record, problem = _weigh(answer, domain, us)
        if record is not None:
            evidence["decided_by"] = _as_evidence(record)
        if problem is not None and problem.fix:
            evidence["fix"] = problem.fix
        if len(us.identities) > 1:
            evidence["permits"] = _permitted(answer, domain, us)
        return CaaVerdict(problem is None, problem, False, evidence)
    return CaaVerdict(True, None, False, evidence)


Parameters = tuple[tuple[str, str], ...]


def issuer(value: str) -> tuple[str, Parameters] | None:
    """Issuer domain name (folded, "" for nobody) and parameters; None when malformed."""
    first, *rest = value.split(";")
    name = first.strip(BLANK)
    if name and not ISSUER.fullmatch(name):
        return None
    if not rest or [part.strip(BLANK) for part in rest] == [""]:
        return name.lower(), ()
    found = [PARAMETER.fullmatch(part.strip(BLANK)) for part in rest]
    read = tuple((match[1].lower(), match[2]) for match in found if match is not None)
    return (name.lower(), read) if len(read) == len(rest) else None


def _climb(name: str) -> Iterator[str]:
    """The name, then its parents up to and with the top-level domain (RFC 8659 3)."""
    while name:
        yield name
        name = name.partition(".")[2]


def _weigh(
    answer: CaaAnswer, domain: str, us: Applicant
) -> tuple[CaaRecord | None, Problem | None]:
    """The record that decides for us or against us, and what it says against us if anything."""
    for record in answer.records:
        if record.flags & CRITICAL and record.tag.lower() not in KNOWN_TAGS:
            return record, _unknown_critical(answer, record, domain)
    relevant = _tagged(answer, "issuewild") if is_wildcard(domain) else []
    wild = bool(relevant)
    relevant = relevant or _tagged(answer, "issue")
    if not relevant:
        return None, None
    lacking = [(record, _lacks(record, us)) for record in relevant]
    for record, lack in lacking:
        if not lack:
            return record, None
    for record, lack in lacking:  # one that names us says more than those for others
        if lack == ACCOUNT:
            return record, _other_account(answer, record, domain, us)
        if lack == METHODS:
            return record, _other_method(answer, record, domain, us)
    return relevant[0], _forbidden(answer, relevant, domain, us, wild)


def _permitted(answer: CaaAnswer, domain: str, us: Applicant) -> list[str]:
    """Those of several identities that may sign, each judged as if it stood alone."""
    alone = {each: replace(us, identities=(each,)) for each in us.identities}
    return [each for each, asker in alone.items() if _weigh(answer, domain, asker)[1] is None]


def _tagged(answer: CaaAnswer, tag: str) -> list[CaaRecord]:
    return [record for record in answer.records if record.tag.lower() == tag]


def _lacks(record: CaaRecord, us: Applicant) -> str:
    """What of `record` does not fit us: "issuer", a parameter of RFC 8657, or "" when all fits.

    Other parameters are the CA's own business, and this one has none (RFC 8659 4.2).
    """
    read = issuer(record.value)
    if read is None or not us.is_named(read[0]):
        return "issuer"
    for tag, fits in ((ACCOUNT, us.account), (METHODS, us.label)):
        said = [value for key, value in read[1] if key == tag]
        if not said:
            continue
        # Said twice or malformed it can be met by nobody (RFC 8657 3, 4).
        if len(said) > 1 or not fits:
            return tag
        if tag == ACCOUNT and said[0] != fits:  # simple comparison (RFC 3986 6.2.1)
            return tag
        if tag == METHODS and fits not in labels(said[0]):
            return tag
    return ""


def labels(value: str) -> frozenset[str]:
    """The labels of a `validationmethods` value; none when it is malformed (RFC 8657 4)."""
    return frozenset(value.split(",")) - {""} if LABELS.fullmatch(value) else frozenset()


def binding_line(name: str, us: Applicant, *, tag: str = "issue", also: Sequence[str] = ()) -> str:
    """The record that lets only this account, proving in this way, have certificates for `name`.

    `also` are labels of further ways that the record goes on permitting.
    """
    parts = [us.identities[0] if us.identities else ""]
    if us.account:
        parts.append(f"{ACCOUNT}={us.account}")
    if us.label:
        parts.append(f"{METHODS}={','.join([*also, us.label])}")
    return f'{name}. CAA 0 {tag} "{"; ".join(parts)}"'


def _without_the_flag(answer: CaaAnswer, record: CaaRecord) -> str:
    """The record when it is not critical; "" for one that cannot be written down whole."""
    value = printable(record.value, 255)
    if value != record.value or not TAG.fullmatch(record.tag):
        return ""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{answer.name}. CAA {record.flags & ~CRITICAL} {record.tag} "{quoted}"'


def _as_evidence(record: CaaRecord) -> dict[str, object]:
    return {
        "flags": record.flags,
        "tag": printable(record.tag),
        "value": printable(record.value),
    }


def _seen(answer: CaaAnswer) -> dict[str, object]:
    return {
        "name": answer.name,
        "status": str(answer.status),
        "chain": several(answer.chain),
        "resolver": answer.resolver,
        "records": [_as_evidence(record) for record in answer.records[:MOST]],
        **dnssec(answer.dnssec),
    }


def _unreachable(answer: CaaAnswer, domain: str) -> Problem:
    text = _(
        "The CAA records of %(name)s could not be read (%(status)s), so no certificate for "
        "%(domain)s may be signed now. Check the name servers and the DNSSEC of that name; we ask "
        "again by ourselves."
    )
    params = {"name": answer.name, "status": answer.status, "domain": domain}
    return Problem("caa.unreachable", text % params)


def _deaf(answer: CaaAnswer, domain: str) -> Problem:
    text = _(
        "Our own resolver does not answer now (%(status)s at %(name)s), so that the CAA records of "
        "%(domain)s could not be read, and without them no certificate may be signed. There is "
        "nothing for you to mend; we ask again by ourselves."
    )
    params = {"name": answer.name, "status": answer.status, "domain": domain}
    return Problem("caa.resolver", text % params)


def _unknown_critical(answer: CaaAnswer, record: CaaRecord, domain: str) -> Problem:
    text = _(
        "The CAA record “%(tag)s” at %(name)s is marked critical and means nothing to this CA, so "
        "that no certificate for %(domain)s may be signed. Remove that record or its critical flag."
    )
    params = {"tag": printable(record.tag, 40), "name": answer.name, "domain": domain}
    return Problem("caa.unknown_critical", text % params, _without_the_flag(answer, record))


def _fix(record: CaaRecord, answer: CaaAnswer, us: Applicant) -> str:
    """The record corrected: it binds what it bound before, now to what fits us."""
    read = issuer(record.value)
    assert read is not None
    bound = dict(read[1])
    known = [each for each in METHOD_LABELS.values() if each in labels(bound.get(METHODS, ""))]
    account = us.account if ACCOUNT in bound else ""
    method = us.method if METHODS in bound else ""
    kept = Applicant((read[0],), account, method)
    also = [each for each in known if each != us.label]
    return binding_line(answer.name, kept, tag=record.tag.lower(), also=also)


def _other_account(answer: CaaAnswer, record: CaaRecord, domain: str, us: Applicant) -> Problem:
    text = _(
        "The CAA record %(tag)s “%(value)s” at %(name)s does not permit your account, so that no "
        "certificate for %(domain)s may be signed for it. Publish there instead: %(fix)s"
    )
    if not us.account:
        text = _(
            "The CAA record %(tag)s “%(value)s” at %(name)s permits one account only, and which "
            "account asks for %(domain)s is not known here. Compare the address in it with that of "
            "your account, or let every account of that authority in: %(fix)s"
        )
    told = _told(answer, record, domain, us)
    return Problem("caa.account", text % told, told["fix"])


def _other_method(answer: CaaAnswer, record: CaaRecord, domain: str, us: Applicant) -> Problem:
    text = _(
        "The CAA record %(tag)s “%(value)s” at %(name)s does not permit the way in which "
        "%(domain)s is proved (%(label)s). Choose a way that it names, or publish there instead: "
        "%(fix)s"
    )
    told = _told(answer, record, domain, us)
    return Problem("caa.method", text % told, told["fix"])


def _told(answer: CaaAnswer, record: CaaRecord, domain: str, us: Applicant) -> dict[str, str]:
    return {
        "tag": record.tag.lower(),
        "value": printable(record.value, 160),
        "name": answer.name,
        "domain": domain,
        "label": us.label or "–",
        "fix": _fix(record, answer, us),
    }


def _forbidden(
    answer: CaaAnswer,
    relevant: Sequence[CaaRecord],
    domain: str,
    us: Applicant,
    wild: bool,
) -> Problem:
    text = _(
        "The CAA records at %(name)s let only others sign for %(domain)s (%(found)s). Publish "
        'there: %(name)s. CAA 0 %(tag)s "%(identity)s"'
    )
    if us.is_any:
        text = _(
            "The CAA records at %(name)s let only others sign for %(domain)s (%(found)s). Publish "
            'there a record of the authority that is to sign, such as: %(name)s. CAA 0 %(tag)s "'
            '%(identity)s"'
        )
    params = {
        "name": answer.name,
        "domain": domain,
        "found": ", ".join(
            f"{one.tag.lower()} “{printable(one.value, 60)}”" for one in relevant[:3]
        ),
        "tag": "issuewild" if wild else "issue",
        "identity": us.identities[0] if us.identities else "",
    }
    fix = binding_line(answer.name, Applicant(us.identities), tag=params["tag"])
    return Problem("caa.forbids_wildcard" if wild else "caa.forbids", text % params, fix)
