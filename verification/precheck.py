"""What can be known of a proof before there is a value: whether its place answers and has room.

Bounded: a few names at once, one or two questions a name, and an end after which no answer is
waited for. Nothing here proves or refuses anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from django.utils import translation
from django.utils.translation import gettext as _

from pki.addresses import url_host
from pki.authorization import authorization_names
from pki.names import is_wildcard, strip_wildcard
from verification import causes
from verification.causes import Turn
from verification.challenges import BY_MAIL, Method
from verification.http_fetch import UNRESOLVED
from verification.methods import dns, file
from verification.network import DnsAnswer, DnsStatus, HttpAnswer, Network
from verification.second_look import who_fails
from verification.slots import BusyError
from verification.wildcards import found_in, made_up_beside
from verification.wildcards import told as told_of_a_wildcard

AT_ONCE = 4  # names
MOST_PLACES = 4  # of one name, from the registered domain down
LONGEST = 10.0  # seconds for all names together
UNREADABLE = {
    DnsStatus.SERVFAIL: "dns.servfail",
    DnsStatus.REFUSED: "dns.refused",
    DnsStatus.TIMEOUT: "dns.timeout",
    DnsStatus.BOGUS: "dns.bogus",
    DnsStatus.UNREACHED: "dns.resolver",
}
ABSENT = (DnsStatus.NODATA, DnsStatus.NXDOMAIN)
T = TypeVar("T")


@runtime_checkable
class FindsMail(Protocol):
    """A network that also knows where mail for a domain goes."""

    def mail_hosts(self, name: str) -> DnsAnswer:
        """The mail servers of `name` (RFC 5321 5.1): its MX, else itself where it has an address;
        none and OK for a domain that takes no mail (RFC 7505)."""


@dataclass(frozen=True)
class Sighting:
    """One thing that was seen: `code` names what stands in the way, "" when nothing does.

    `is_ready`: there is nothing to do before the proof is asked for.
    """

    subject: str  # "DNS", "Web", "Mail": what was asked
    sentence: str
    code: str = ""
    turn: Turn | None = None

    @property
    def is_ready(self) -> bool:
        return not self.code


def precheck(name: str, method: str, network: Network, earlier: tuple[str, ...] = ()) -> Sighting:
    """One look at where `name` would be proved by `method`; `earlier` are values asked for before.

    Goes over the network, and needs no database.
    """
    if method in BY_MAIL:
        return _mail(name, network)
    if method == Method.FILE:
        return _web(name, network)
    at = dns.record_name(name)
    if method == Method.CNAME:
        return _alias(at, network)
    return _record(at, network, earlier)


def in_time(asked: Mapping[str, Callable[[], T]], longest: float = LONGEST) -> dict[str, T]:
    """What each of these answers, a few at once; those that are not done in time are left out.

    They end by their own limits, with nobody waiting for them. What finds its places taken is left
    out too: several names may stand on one slow server, which is not asked more often for that.
    """
    language = translation.get_language()

    def told(ask: Callable[[], T]) -> T:
        with translation.override(language):
            return ask()

    pool = ThreadPoolExecutor(AT_ONCE)
    begun = {name: pool.submit(told, ask) for name, ask in asked.items()}
    wait(begun.values(), timeout=longest)
    pool.shutdown(wait=False, cancel_futures=True)
    done = {name: each for name, each in begun.items() if each.done() and not each.cancelled()}
    return {
        name: each.result()
        for name, each in done.items()
        if not isinstance(each.exception(), BusyError)
    }


def _blocked(subject: str, code: str, sentence: str) -> Sighting:
    return Sighting(subject, sentence, code, causes.whose_turn(code))


def _unreadable(answer: DnsAnswer, network: Network) -> Sighting:
    """What keeps the name from being answered, and whose fault that is."""
    code, params, variant = UNREADABLE[answer.status], {"name": answer.name}, ""
    if answer.status is DnsStatus.UNREACHED:
        variant = "unreached"
    elif answer.status is not DnsStatus.BOGUS:
        found = network.name_servers(answer.name, "TXT")
        if finding := who_fails(found, answer.status):
            code, variant, params = finding.code, finding.variant, params | finding.params
    params["resolver"] = answer.resolver or _("(none is configured)")
    return _blocked("DNS", code, causes.problem(code, params, variant).message)


def _missing_domain(at: str, network: Network) -> Sighting | None:
    """Nothing stands at the record's name: was its domain ever registered?

    A name below a domain need not be there before its record is, so that one place that exists is
    enough; mostly the registered domain, which is asked for first.
    """
    places = authorization_names(at.partition(".")[2])[::-1][:MOST_PLACES]
    if any(network.txt(place).status is not DnsStatus.NXDOMAIN for place in places):
        return None
    told = _(
        "%(domain)s does not exist in the DNS, so that nothing can stand at %(at)s. Check the"
        " spelling, or register the domain first."
    )
    return _blocked("DNS", "dns.nxdomain", told % {"domain": places[0], "at": at})


def _is_by_wildcard(answer: DnsAnswer, ask: Callable[[str], DnsAnswer]) -> bool:
    """Whether what was found at a name is found at one that nobody published, too."""
    found = found_in(answer)
    return bool(found) and found_in(ask(made_up_beside(answer.name))) == found


def _record(at: str, network: Network, earlier: tuple[str, ...]) -> Sighting:
    answer = network.txt(at)
    if answer.status in UNREADABLE:
        return _unreadable(answer, network)
    if _is_by_wildcard(answer, network.txt):
        told = _(
            "no record at %(at)s itself yet; a wildcard record of the zone answers there"
            " (%(found)s). The record that you get when the proof is asked for comes before it."
        )
        return Sighting("DNS", told % {"at": at, "found": told_of_a_wildcard(answer)})
    if answer.chain:
        told = _(
            "The name %(at)s is an alias (CNAME) of %(target)s, and no TXT record can stand beside"
            " it. Remove the alias before you publish, or choose DNS alias."
        )
        params = {"at": at, "target": answer.chain[0]}
        return _blocked("DNS", "dns.cname_conflict", told % params)
    if answer.status is DnsStatus.OK:
        if any(value.strip() in earlier for value in answer.values):
            told = _("at %(at)s stands the value of an earlier application; it proves nothing.")
        else:
            told = _("a record stands at %(at)s.")
        told += " " + _("The new one gets a value of its own beside it.")
        return Sighting("DNS", told % {"at": at})
    if answer.status is DnsStatus.NXDOMAIN and (missing := _missing_domain(at, network)):
        return missing
    told = _("no record at %(at)s yet. You get it when the proof is asked for.")
    return Sighting("DNS", told % {"at": at})


def _alias(at: str, network: Network) -> Sighting:
    answer = network.cname(at)
    if answer.status in UNREADABLE:
        return _unreadable(answer, network)
    if _is_by_wildcard(answer, network.cname):
        told = _(
            "no alias at %(at)s itself yet; a wildcard record of the zone answers there"
            " (%(found)s). The alias that you get when the proof is asked for comes before it."
        )
        return Sighting("DNS", told % {"at": at, "found": told_of_a_wildcard(answer)})
    if answer.status is DnsStatus.OK:
        told = _("an alias stands at %(at)s. The new target will have to replace it.")
        return Sighting("DNS", told % {"at": at})
    if answer.status is DnsStatus.NXDOMAIN and (missing := _missing_domain(at, network)):
        return missing
    beside = network.txt(at) if answer.status is DnsStatus.NODATA else answer
    if beside.status is DnsStatus.OK and not _is_by_wildcard(beside, network.txt):
        told = _(
            "A TXT record stands at %(at)s, and no alias (CNAME) can stand beside it. Remove it"
            " before you publish, or choose DNS."
        )
        return _blocked("DNS", "dns.cname_conflict", told % {"at": at})
    told = _("no alias at %(at)s yet. You get its target when the proof is asked for.")
    return Sighting("DNS", told % {"at": at})


def _web(name: str, network: Network) -> Sighting:
    if is_wildcard(name):
        message = causes.problem("file.wildcard", {"domain": name}).message
        return _blocked("Web", "file.wildcard", message)
    first: HttpAnswer | None = None
    for scheme in file.SCHEMES:  # one of both is enough, as when the proof is looked for
        answer = network.get(f"{scheme}://{url_host(name)}{file.PATH}")
        if not answer.problem and answer.status in (200, 404, 410):
            told = _("the web server of %(domain)s answers at %(url)s, where the file will stand.")
            return Sighting("Web", told % {"domain": name, "url": file.file_url(name)})
        first = first or answer
    assert first is not None
    params = file.told_of(first, file.file_url(name)) | {"value": ""}
    if not first.problem:
        told = _(
            "%(at)s answers with status %(status)s. The file must be there for everybody, with"
            " status 200 and without signing in."
        )
        return _blocked("Web", "file.status", told % params)
    if first.problem in UNRESOLVED:
        found = file.unresolved(first, network, {})
        return _blocked("Web", found.code, found.message)
    if first.problem == "bogus":
        message = causes.problem("dns.bogus", {"name": first.host}).message
        return _blocked("Web", "dns.bogus", message)
    if first.problem == "encoded":
        message = causes.problem("file.wrong_content", params, "encoded").message
        return _blocked("Web", "file.wrong_content", message)
    code = f"file.{first.problem}"
    return _blocked("Web", code, causes.problem(code, params, file.variant_of(first)).message)


def _mail(name: str, network: Network) -> Sighting:
    domain = strip_wildcard(name)
    if not isinstance(network, FindsMail):
        return Sighting("Mail", _("the mail leaves as soon as the proof is asked for."))
    answer = network.mail_hosts(domain)
    if answer.status in UNREADABLE:
        return _unreadable(answer, network)
    if answer.status in ABSENT:
        told = _(
            "%(domain)s has no mail server in the DNS, neither MX nor address. A mail to it would"
            " not arrive: choose another way, or set up its mail first."
        )
        return _blocked("Mail", "mail.refused", told % {"domain": domain})
    if not answer.values:
        told = _("%(domain)s takes no mail by its own record (null MX). Choose another way.")
        return _blocked("Mail", "mail.refused", told % {"domain": domain})
    hosts = ", ".join(answer.values[:3])
    told = _("%(domain)s takes mail at %(hosts)s.")
    return Sighting("Mail", told % {"domain": domain, "hosts": hosts})
