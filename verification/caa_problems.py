"""What is wrong where CAA keeps us from signing, in sentences, and the record that would let us.

Where the name asked for is an alias, the records that count stand where it leads (RFC 8659 3), and
nothing can stand beside the alias itself (RFC 1034 3.6.2): the line is for that other name.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from verification.caa_records import (
    ACCOUNT,
    CRITICAL,
    LABELS,
    METHODS,
    TAG,
    Applicant,
    issuer,
)
from verification.evidence import printable
from verification.network import CaaAnswer, CaaRecord
from verification.outcome import Problem
from verification.perspectives import Quorum

LONGEST_LINE = 255  # characters of a value that is repeated whole


def owner(answer: CaaAnswer) -> str:
    """The name at which the records of an answer stand."""
    return answer.chain[-1].rstrip(".") if answer.chain else answer.name


def binding_line(name: str, us: Applicant, *, tag: str = "issue") -> str:
    """The record that lets only this account, proving in this way, have certificates for `name`."""
    parts = [us.identities[0] if us.identities else ""]
    if us.account:
        parts.append(f"{ACCOUNT}={us.account}")
    if us.label:
        parts.append(f"{METHODS}={us.label}")
    return _line(name, tag, parts)


def _line(name: str, tag: str, parts: Sequence[str], flags: int = 0) -> str:
    """As a zone file has it (RFC 8659 4.1.1): quotes and backslashes are escaped."""
    quoted = "; ".join(parts).replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}. CAA {flags} {tag} "{quoted}"'


def _without_the_flag(answer: CaaAnswer, record: CaaRecord) -> str:
    """The record when it is not critical; "" for one that cannot be written down whole."""
    value = printable(record.value, LONGEST_LINE)
    if value != record.value or not TAG.fullmatch(record.tag):
        return ""
    return _line(owner(answer), record.tag, [value], record.flags & ~CRITICAL)


def _by_alias(answer: CaaAnswer) -> str:
    """What there is to do besides where the records stand at the end of an alias."""
    if not answer.chain:
        return ""
    text = _(
        "%(alias)s leads to that name as an alias (CNAME), beside which no CAA record can stand: "
        "ask whoever runs %(name)s to publish it, or replace the alias by addresses and publish it "
        "at %(alias)s."
    )
    return " " + text % {"alias": answer.name, "name": owner(answer)}


def unreachable(answer: CaaAnswer, domain: str) -> Problem:
    text = _(
        "The CAA records of %(name)s could not be read (%(status)s), so no certificate for "
        "%(domain)s may be signed now. Check the name servers and the DNSSEC of that name; they "
        "are read again before anything is signed."
    )
    params = {"name": answer.name, "status": answer.status, "domain": domain}
    return Problem("caa.unreachable", text % params)


def deaf(answer: CaaAnswer, domain: str) -> Problem:
    text = _(
        "Our own resolver does not answer now (%(status)s at %(name)s), so that the CAA records of "
        "%(domain)s could not be read, and without them no certificate may be signed. There is "
        "nothing for you to mend; they are read again before anything is signed."
    )
    params = {"name": answer.name, "status": answer.status, "domain": domain}
    return Problem("caa.resolver", text % params)


def unknown_critical(answer: CaaAnswer, record: CaaRecord, domain: str) -> Problem:
    text = _(
        "The CAA record “%(tag)s” at %(name)s is marked critical and means nothing to this CA, so "
        "that no certificate for %(domain)s may be signed. Remove that record or its critical flag."
    )
    params = {"tag": printable(record.tag, 40), "name": owner(answer), "domain": domain}
    message = text % params + _by_alias(answer)
    return Problem("caa.unknown_critical", message, _without_the_flag(answer, record))


def _fix(record: CaaRecord, answer: CaaAnswer, us: Applicant) -> str:
    """The record with what fits us: our account in the place of another one, and our way beside
    those that it names. All else that it says stays; of a very long one only these two."""
    read = issuer(record.value)
    assert read is not None
    said, is_long = dict(read[1]), len(record.value) > LONGEST_LINE
    ours = {ACCOUNT: us.account if ACCOUNT in said else "", METHODS: ""}
    if us.label and (ways := said.get(METHODS)) is not None:
        named = ways.split(",") if ways and LABELS.fullmatch(ways) else []
        ours[METHODS] = ",".join([*named, *({us.label} - set(named))])
    parts = []
    for key, value in read[1]:
        if key not in (ACCOUNT, METHODS):
            parts += [] if is_long else [f"{key}={value}"]
        elif fits := ours.pop(key, ""):
            parts.append(f"{key}={fits}")
    return _line(owner(answer), record.tag.lower(), [read[0], *parts])


def other_account(answer: CaaAnswer, record: CaaRecord, domain: str, us: Applicant) -> Problem:
    text = _(
        "The CAA record %(tag)s “%(value)s” at %(name)s does not permit your account, so that no "
        "certificate for %(domain)s may be signed for it. Publish beside it, so that both accounts "
        "are permitted: %(fix)s"
    )
    if not us.account:
        text = _(
            "The CAA record %(tag)s “%(value)s” at %(name)s permits one account only, and which "
            "account asks for %(domain)s is not known here. Compare the address in it with that of "
            "your account, or let every account of that authority in by a record beside it: %(fix)s"
        )
    told = _told(answer, record, domain, us)
    return Problem("caa.account", text % told + _by_alias(answer), told["fix"])


def other_method(answer: CaaAnswer, record: CaaRecord, domain: str, us: Applicant) -> Problem:
    text = _(
        "The CAA record %(tag)s “%(value)s” at %(name)s does not permit the way in which "
        "%(domain)s is proved (%(label)s). Choose a way that it names, or publish there instead: "
        "%(fix)s"
    )
    told = _told(answer, record, domain, us)
    return Problem("caa.method", text % told + _by_alias(answer), told["fix"])


def _told(answer: CaaAnswer, record: CaaRecord, domain: str, us: Applicant) -> dict[str, str]:
    return {
        "tag": record.tag.lower(),
        "value": printable(record.value, 160),
        "name": owner(answer),
        "domain": domain,
        "label": us.label or "–",
        "fix": _fix(record, answer, us),
    }


def forbidden(
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
        "name": owner(answer),
        "domain": domain,
        "found": ", ".join(
            f"{one.tag.lower()} “{printable(one.value, 60)}”" for one in relevant[:3]
        ),
        "tag": "issuewild" if wild else "issue",
        "identity": us.identities[0] if us.identities else "",
    }
    fix = binding_line(owner(answer), Applicant(us.identities), tag=params["tag"])
    code = "caa.forbids_wildcard" if wild else "caa.forbids"
    return Problem(code, text % params + _by_alias(answer), fix)


def from_elsewhere(domain: str, quorum: Quorum) -> Problem:
    """From here it is permitted, from too few other places too."""
    told = quorum.told() | {"domain": domain}
    if quorum.is_ours_to_mend:
        text = _(
            "From here the CAA records let this CA sign for %(domain)s, but resolvers of our own "
            "in other places do not answer now: %(lacking)s, %(missing)s of %(places)s, of which "
            "at most %(allowed)s may be without it. There is nothing for you to mend; they "
            "are read again before anything is signed."
        )
        return Problem("caa.resolver", text % told)
    text = _(
        "From here the CAA records let this CA sign for %(domain)s, but not from %(lacking)s: "
        "%(missing)s of %(places)s places, of which at most %(allowed)s may differ. Let all name "
        "servers of the domain publish the same CAA records; they are read again "
        "before anything is signed."
    )
    return Problem("caa.unreachable", text % told)
