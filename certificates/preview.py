"""What the outside world says about the names of a draft: a look before anything is sent in.

It binds nobody: the verb looks again, and so does the authority.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from authorities import accounts
from authorities.brands import Brand
from certificates import looks_outside
from certificates.catalogue import DomainType
from certificates.rested_on import held
from certificates.story import Certificate
from certificates.wishes import caa_applicants
from pki import addresses
from pki.names import strip_wildcard
from verification import caa, caa_problems, precheck
from verification.caa_records import Applicant
from verification.causes import Turn
from verification.challenges import Challenge
from verification.earlier_values import asked_before
from verification.places import in_its_place

if TYPE_CHECKING:
    from verification.network import Network

MOST_NAMES = 20  # of several: each is asked for twice, and a page waits for it

MOST_PRESSES = 10  # looks of one draft that its person may ask for within COUNTED_FOR
COUNTED_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Seen:
    """One line of what was seen; `fix` is a record to publish instead, which the text tells too."""

    tone: str
    subject: str
    text: str
    code: str = ""
    fix: str = ""


def look(
    names: Sequence[str],
    method: str,
    certificate: Certificate,
    network: Network | None,
    now: datetime,
    *,
    is_changed: bool,
) -> dict[str, Any]:
    """Ask for every name, outside any transaction; the answer fits into a draft.

    Without a network nobody is asked, because the project asked too often.
    """
    brand = str(Brand(certificate.product.brand).label)
    looked = names[:MOST_NAMES]
    known = held(certificate, looked, now, is_changed=is_changed)
    askers = caa_applicants(names, certificate, method, now, known)
    seen: list[Seen] = []
    if network is None:
        seen.append(Seen("ca", "DNS", looks_outside.too_often()))
    else:
        asked: dict[str, Callable[[], tuple[Seen, ...]]] = {}
        begun: set[str] = set()
        for name in looked:
            earlier = asked_before(certificate.project_id, name)
            to_prove = (method, earlier)
            ask = partial(
                _of_one, name, askers[name], known.get(name), to_prove, brand, network, begun
            )
            if addresses.is_address(name):
                ask = partial(_of_an_address, name, known.get(name), to_prove, network, begun)
            asked[name] = partial(in_its_place, name, network, ask)
        found = precheck.in_time(asked)
        for name in looked:
            seen += found.get(name) or [_too_late(name) if name in begun else _not_looked_at(name)]
            if not addresses.is_address(name):
                seen.append(_public(name, certificate))
    if len(names) > MOST_NAMES:
        told = _("%(count)d more are looked at when you submit.")
        left = told % {"count": len(names) - MOST_NAMES}
        seen.append(Seen("ca", _("Names"), left))
    return {
        "names": list(names),
        "method": method,
        "at": now.isoformat(),
        "seen": [asdict(each) for each in seen],
        "account": accounts.account_uri(certificate.product.brand, certificate.project_id),
        "binding": [
            caa_problems.binding_line(strip_wildcard(name), askers[name])
            for name in names[:1]
            if not addresses.is_address(name)
        ],
    }


def forbids(seen: Sequence[Mapping[str, Any]]) -> bool:
    """Whether something that was seen would be refused if it were sent in as it is."""
    return any(each["tone"] == "problem" for each in seen)


def of_caa(verdict: caa.CaaVerdict, name: str, brand: str) -> Seen:
    if verdict.problem is None:
        told = _("%(brand)s may issue for %(name)s.") % {"brand": brand, "name": name}
        return Seen("done", "CAA", f"{told} {_decided_by(verdict)}".strip())
    problem = verdict.problem
    tone = "ca" if verdict.retryable else "problem"  # nobody forbids it; others are to mend that
    return Seen(tone, "CAA", problem.message, problem.code, problem.fix)


def _decided_by(verdict: caa.CaaVerdict) -> str:
    """The record that permits; "" when none at the name or above it says anything of issuing."""
    decided, at = verdict.evidence.get("decided_by"), verdict.evidence.get("found_at")
    if not decided:
        return ""
    record = f'CAA {decided["flags"]} {decided["tag"]} "{decided["value"]}"'
    return _("It is permitted by %(record)s at %(name)s.") % {"record": record, "name": at}


def presses_that_count(extra: Mapping[str, Any], now: datetime) -> list[str]:
    """When the person of a draft asked for a look within the time that counts, the oldest first."""
    since = now - COUNTED_FOR
    return [at for at in extra.get("presses", []) if datetime.fromisoformat(at) > since]


def free_at(presses: Sequence[str]) -> datetime | None:
    """When the next look may be asked for; None for at once."""
    if len(presses) < MOST_PRESSES:
        return None
    return datetime.fromisoformat(presses[-MOST_PRESSES]) + COUNTED_FOR


def _of_one(
    name: str,
    asker: Applicant,
    proved: Challenge | None,
    to_prove: tuple[str, tuple[str, ...]],
    brand: str,
    network: Network,
    begun: set[str],
) -> tuple[Seen, ...]:
    """Without the database: several names are asked for at once."""
    begun.add(name)
    verdict = accounts.may_issue(name, asker, network)
    seen = of_caa(verdict, name, brand)
    if proved is not None and accounts.is_permitted(proved.method, verdict.evidence):
        return (seen,)  # nothing is to be published
    return seen, _place(name, to_prove, network)


def _place(name: str, to_prove: tuple[str, tuple[str, ...]], network: Network) -> Seen:
    """Where the proof will stand."""
    method, earlier = to_prove
    sighting = precheck.precheck(name, method, network, earlier)
    tone = "done" if sighting.is_ready else "you"
    if sighting.turn not in (None, Turn.YOU):
        tone = "ca"
    return Seen(tone, sighting.subject, sighting.sentence, sighting.code)


def _not_looked_at(name: str) -> Seen:
    told = _("%(name)s: not looked at yet, the names before it took too long.")
    return Seen("ca", _asked(name), told % {"name": name})


def _too_late(name: str) -> Seen:
    told = _("%(name)s: no answer in %(seconds)d seconds. It is looked at again when you submit.")
    words = {"name": name, "seconds": int(precheck.LONGEST)}
    code = "file.timeout" if addresses.is_address(name) else "dns.timeout"
    return Seen("you", _asked(name), told % words, code)


def _asked(name: str) -> str:
    """Of an address the web server is asked alone."""
    return "Web" if addresses.is_address(name) else "DNS"


def _of_an_address(
    name: str,
    proved: Challenge | None,
    to_prove: tuple[str, tuple[str, ...]],
    network: Network,
    begun: set[str],
) -> tuple[Seen, ...]:
    """Without the database, as for a name; nothing is looked for in the DNS."""
    begun.add(name)
    told = _("%(name)s is a public address. CAA and DNS say nothing about addresses.")
    seen = Seen("done", _("Address"), told % {"name": name})
    return (seen,) if proved is not None else (seen, _place(name, to_prove, network))


def _public(name: str, certificate: Certificate) -> Seen:
    kind = str(DomainType(certificate.product.domain_type).label)
    told = _("%(name)s is a public domain of the product’s type (%(kind)s).")
    return Seen("done", _("Name"), told % {"name": name, "kind": kind})
