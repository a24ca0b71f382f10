"""What one look asked and saw, line by line, with the part that is wrong marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import moment
from accounts.kept_sentences import part_as_read
from verification.causes import UNREAD
from verification.challenges import Method
from verification.diagnosis import PROVED, behind, caa_rows, rows

# Where a fetch ended before a server answered (verification/http_fetch.py).
STOPPED: dict[str, Promise] = {
    "redirect_loop": gettext_lazy("It redirects in a circle, or too often."),
    "redirect_refused": gettext_lazy("It redirects to an address that we do not follow."),
    "port": gettext_lazy("It redirects to a port that we do not follow."),
    "address_refused": gettext_lazy("It leads to an address that is not public."),
    "too_large": gettext_lazy("The answer is larger than a proof may be."),
    "encoded": gettext_lazy("The answer came in an encoding that we did not ask for."),
    "timeout": gettext_lazy("No whole answer came in time."),
    "tls": gettext_lazy("It could not be read over TLS."),
    "unreachable": gettext_lazy("It could not be reached."),
    "dns_servfail": gettext_lazy("Its name servers gave no usable answer (SERVFAIL)."),
    "dns_refused": gettext_lazy("The resolver refused to answer for its name (REFUSED)."),
    "dns_timeout": gettext_lazy("No answer for its name came in time."),
    "dns_unreached": gettext_lazy("Our own resolver could not be reached."),
    "dns_nxdomain": gettext_lazy("Its name does not exist in the DNS (NXDOMAIN)."),
    "dns_nodata": gettext_lazy("Its name has no address in the DNS (NODATA)."),
    "bogus": gettext_lazy("The DNSSEC signatures of its name do not hold."),
}


Spans = tuple[tuple[int, int], ...]
LEAST_ALIKE = 0.6  # below it two texts are not one that was damaged, but two
MISPLACED = frozenset({"dns.doubled_suffix", "dns.underscore_lost", "dns.wrong_level"})
# What is wrong with the content of a file, and with the address at which a fetch ended.
OF_CONTENT = frozenset({"file.wrong_content", "file.extra_text", "file.html"})
OF_ADDRESS = frozenset(
    {"file.redirect_loop", "file.redirect_refused", "file.port", "file.address_refused"}
)


@dataclass(frozen=True)
class Saw:
    """One line of what a look asked and saw; and where in both texts something is wrong."""

    label: str
    asked: str
    seen: str = ""
    wrong: Spans = ()
    wrong_seen: Spans = ()


@dataclass(frozen=True)
class Sought:
    """What the look was about: the cause that it found, the name to publish at, and the value."""

    code: str = ""
    name: str = ""
    value: str = ""


def _quoted(value: str) -> str:
    return _("“%(value)s”") % {"value": value}


def whole(text: str) -> Spans:
    return ((0, len(text)),) if text else ()


def is_alike(wanted: str, found: str) -> bool:
    return SequenceMatcher(None, wanted, found, autojunk=False).ratio() >= LEAST_ALIKE


def beyond(wanted: str, found: str) -> Spans:
    """What `found` has that `wanted` has not; all of it where they are not alike, or it lacks."""
    if wanted == found:
        return ()
    if not is_alike(wanted, found):
        return whole(found)
    added = tuple(
        (start, end)
        for tag, _from, _to, start, end in SequenceMatcher(
            None, wanted, found, autojunk=False
        ).get_opcodes()
        if tag in ("insert", "replace")
    )
    return added or whole(found)


def what_was_seen(evidence: Mapping[str, Any], sought: Sought = Sought()) -> list[Saw]:
    """The evidence of one look in words. Evidence is kept for years: what it lacks is left out."""
    saw = list(_seen(evidence, sought))
    if evidence.get("brief"):
        told = _("A moment only. What a look with more time found before stands.")
        saw.append(Saw(_("We waited"), "", told))
    return saw


def _seen(evidence: Mapping[str, Any], sought: Sought) -> Iterator[Saw]:
    if evidence.get("method") in (Method.DNS, Method.CNAME):
        yield from _seen_in_dns(evidence, sought)
    elif evidence.get("method") == "FILE":
        yield from _seen_on_the_web(evidence, sought)
    elif "contacts" in evidence and "name" in evidence:  # the place of the contact chosen
        yield from _seen_in_dns(evidence, sought)
    elif "contacts" in evidence:
        seen = ", ".join(evidence["contacts"]) or _("It publishes no contact.")
        yield Saw(_("We asked"), "CAA, TXT", seen)
    elif mailbox := evidence.get("mailbox"):
        yield Saw(_("We wrote to"), str(mailbox), _answered(evidence.get("answered_at")))
        if returned := evidence.get("returned"):
            yield Saw(_("It came back"), str(returned))
            return
        if said := evidence.get("said"):
            yield Saw(_("Its server said"), str(said))
            return
    else:
        return
    yield from _seen_elsewhere(evidence, rows(evidence), (_("Seen from"), _("Not seen from")))


def _answered(at: str | None) -> str:
    if not at:
        return _("Nobody has answered.")
    return _("Answered on %(moment)s.") % {"moment": moment(datetime.fromisoformat(at))}


def _seen_in_dns(evidence: Mapping[str, Any], sought: Sought) -> Iterator[Saw]:
    name, kind = evidence.get("name", ""), evidence.get("type", "")
    yield Saw(_("We asked"), f"{name} {kind}", str(evidence.get("status", "")))
    if chain := evidence.get("chain"):
        led = " → ".join(chain)
        yield Saw(
            _("It led to"), led, wrong=whole(led) if sought.code == "dns.cname_conflict" else ()
        )
    values, ttl = evidence.get("values") or [], evidence.get("ttl")
    for value, wrong in zip(values, _wrong_in(values, sought), strict=True):
        yield Saw(_("We found"), value, "" if ttl is None else f"TTL {ttl}", wrong)
    resolver = str(evidence.get("resolver", ""))
    if resolver:
        yield Saw(_("Asked at"), resolver)
    yield from _signatures(evidence)
    yield from _asked_besides(evidence, resolver, sought)


def _wrong_in(values: Sequence[str], sought: Sought) -> list[Spans]:
    """What is wrong with each value; one that is like the right one leaves the others in peace."""
    if sought.code == "dns.stale_value":
        return [whole(value) for value in values]
    if sought.code not in ("dns.wrong_value", "dns.quoted_value"):
        return [() for _value in values]
    alike = [is_alike(sought.value, value) for value in values]
    return [
        beyond(sought.value, value) if alike[at] or not any(alike) else ()
        for at, value in enumerate(values)
    ]


def _signatures(seen: Mapping[str, Any]) -> Iterator[Saw]:
    if state := seen.get("dnssec"):
        yield Saw("DNSSEC", str(state), part_as_read(str(seen.get("dnssec_reason", ""))))


def _asked_besides(evidence: Mapping[str, Any], resolver: str, sought: Sought) -> Iterator[Saw]:
    """What was asked to find out why, each question a line."""
    for row in behind(evidence, resolver):
        of = "" if row["of"] == resolver else f" @ {row['of']}"
        asked = f"{row['asked']}{of}"
        led = (f"→ {name}" for name in row.get("chain") or [])
        seen = ", ".join([str(row["status"]), *led, *map(_quoted, row["seen"])])
        if row.get("made_up"):
            yield Saw(_("We compared with"), asked, seen)
        elif sought.code in MISPLACED and not of and sought.value in row["seen"]:
            at = str(row["asked"]).partition(" ")[0]
            yield Saw(_("We also found"), asked, _("the right value"), _misplaced(at, sought))
        elif of and _is_at_fault(row, sought):
            yield Saw(_("We asked"), asked, seen, wrong_seen=whole(str(row["status"])))
        elif sought.code == "dns.cname_conflict" and not of and row["seen"]:
            yield Saw(_("We also found"), asked, seen, wrong_seen=whole(seen))
        else:
            yield Saw(_("We asked"), asked, seen)


def _is_at_fault(row: Mapping[str, Any], sought: Sought) -> bool:
    """Whether a name server is one of those that the cause is about."""
    if sought.code == "dns.lame":
        return bool(row["status"] == "LAME")
    return sought.code == "dns.partial" and sought.value not in row["seen"]


def _misplaced(at: str, sought: Sought) -> Spans:
    """The part of a name that does not belong to it; its label where one is missing before it."""
    if sought.code == "dns.doubled_suffix" and at.startswith(f"{sought.name}."):
        return ((len(sought.name) + 1, len(at)),)
    if sought.code == "dns.underscore_lost":
        return ((0, len(at.partition(".")[0])),)
    return tuple(_without_dots(at, *span) for span in beyond(sought.name, at))


def _without_dots(name: str, begin: int, end: int) -> tuple[int, int]:
    labels = name[begin:end].strip(".")
    begin = name.index(labels, begin)
    return begin, begin + len(labels)


def what_caa_said(domain: str, code: str, evidence: Mapping[str, Any]) -> list[Saw]:
    """Each name that was asked on the climb, the record that decided, what each place saw."""
    asked = list(caa_rows(domain, code, evidence))
    saw = []
    for row in asked:
        if "agrees" in row:
            continue
        if "for" not in row:
            of = f" @ {row['of']}" if row["of"] else ""
            saw.append(Saw(_("We asked"), f"{row['asked']}{of}", str(row["status"])))
            if row["chain"]:
                saw.append(Saw(_("It led to"), " → ".join(row["chain"])))
            saw += _signatures(row)
            continue
        wrong = code not in (PROVED, *UNREAD)
        for record in row["seen"]:
            found = f"{row['of']}. CAA {record}"
            saw.append(Saw(_("We found"), found, wrong=whole(found) if wrong else ()))
    permits = (_("Permits, seen from"), _("Does not permit, seen from"))
    return [*saw, *_seen_elsewhere(evidence, asked, permits)]


def _seen_elsewhere(
    evidence: Mapping[str, Any], asked: Iterable[Mapping[str, Any]], labels: tuple[str, str]
) -> list[Saw]:
    """What each perspective saw, and whether they were enough; `labels` of those that agree, and of
    the others."""
    found = []
    for row in (row for row in asked if "agrees" in row):
        status = [] if row["status"] == PROVED else [str(row["status"])]
        seen = ", ".join([*status, *map(_quoted, row["seen"])])
        label = labels[0] if row["agrees"] else labels[1]
        found.append(Saw(label, str(row["of"]), seen))
    if quorum := evidence.get("quorum"):
        agree = f"{quorum['places'] - quorum['missing']}/{quorum['places']}"
        told = _("At most %(allowed)s may miss it.") % {"allowed": quorum["allowed"]}
        found.append(Saw(_("Together"), agree, told))
    return found


def _seen_on_the_web(evidence: Mapping[str, Any], sought: Sought) -> Iterator[Saw]:
    """Each request with the address that it went to and what came back, then how it was found."""
    fetches = evidence.get("fetches") or []
    names: dict[Saw, None] = {}
    for fetched in fetches:
        hops = fetched.get("hops") or []
        for hop in hops[:-1]:
            status = hop.get("status")
            told = _("It redirected with status %(status)s.") % {"status": status}
            yield _request(hop, told if status else "")
        if hops:
            yield _end_of(fetched, hops[-1], sought)
        if body := fetched.get("body"):
            length = fetched.get("length")
            told = "" if length is None else _("%(length)s bytes") % {"length": length}
            wrong = beyond(sought.value, body) if sought.code in OF_CONTENT else ()
            yield Saw(_("First bytes"), body, told, wrong)
        for hop in hops:
            names |= dict.fromkeys(_resolved(hop))
    yield from names
    last = (fetches[-1].get("hops") or [{}])[-1] if fetches else {}
    yield from _asked_besides(evidence, str(last.get("resolver", "")), sought)


def _request(hop: Mapping[str, Any], told: str) -> Saw:
    at = f"{hop['address']}: " if hop.get("address") else ""
    return Saw(_("We asked"), str(hop.get("url", "")), f"{at}{told}")


def _end_of(fetched: Mapping[str, Any], hop: Mapping[str, Any], sought: Sought) -> Saw:
    if problem := fetched.get("problem"):
        told = str(STOPPED.get(problem, problem))
    else:
        told = _("It answered with status %(status)s.") % {"status": fetched.get("status")}
    saw = _request(hop, told)
    if sought.code in OF_ADDRESS and f"file.{problem}" == sought.code:
        return replace(saw, wrong=whole(saw.asked))
    number = str(fetched.get("status") or "")
    if sought.code in ("file.status", "file.absent") and number and number in saw.seen:
        start = saw.seen.rindex(number)
        return replace(saw, wrong_seen=((start, start + len(number)),))
    return saw


def _resolved(hop: Mapping[str, Any]) -> Iterator[Saw]:
    """Who told the addresses of a host, which, and whether their signatures hold."""
    if resolver := hop.get("resolver"):
        host = urlsplit(str(hop.get("url", ""))).hostname or ""
        addresses = ", ".join(hop.get("addresses") or [])
        yield Saw(_("Asked at"), str(resolver), f"{host}: {addresses}" if addresses else host)
    yield from _signatures(hop)
