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
from certificates.catalogue import DomainType
from certificates.rested_on import held
from certificates.story import Certificate
from certificates.wishes import caa_applicant
from pki import addresses
from pki.names import strip_wildcard
from verification import caa, precheck
from verification.causes import Turn
from verification.earlier_values import asked_before

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
    network: Network,
    now: datetime,
    *,
    is_changed: bool,
) -> dict[str, Any]:
    """Ask for every name, outside any transaction; the answer fits into a draft."""
    brand = str(Brand(certificate.product.brand).label)
    looked = names[:MOST_NAMES]
    known = held(certificate, looked, now, is_changed=is_changed)
    asked: dict[str, Callable[[], tuple[Seen, ...]]] = {}
    for name in looked:
        if addresses.is_address(name):
            asked[name] = partial(_of_an_address, name)
            continue
        asker = caa_applicant(name, certificate, method, now)
        proved = None if name in known else (method, asked_before(certificate.project_id, name))
        asked[name] = partial(_of_one, name, asker, proved, brand, network)
    found = precheck.in_time(asked)
    seen: list[Seen] = []
    for name in looked:
        seen += found.get(name) or [_too_late(name)]
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
            caa.binding_line(strip_wildcard(name), caa_applicant(name, certificate, method, now))
            for name in names[:1]
            if not addresses.is_address(name)
        ],
    }


def of_caa(verdict: caa.CaaVerdict, name: str, brand: str) -> Seen:
    if verdict.problem is None:
        told = _("%(brand)s may issue for %(name)s.") % {"brand": brand, "name": name}
        return Seen("done", "CAA", f"{told} {_decided_by(verdict)}".strip())
    tone = "you" if verdict.retryable else "problem"
    problem = verdict.problem
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
    asker: caa.Applicant,
    to_prove: tuple[str, tuple[str, ...]] | None,
    brand: str,
    network: Network,
) -> tuple[Seen, ...]:
    """Without the database: several names are asked for at once."""
    seen = of_caa(accounts.may_issue(name, asker, network), name, brand)
    if to_prove is None:  # proved before: nothing is to be published
        return (seen,)
    method, earlier = to_prove
    sighting = precheck.precheck(name, method, network, earlier)
    tone = "done" if sighting.is_ready else "you"
    if sighting.turn not in (None, Turn.YOU):
        tone = "ca"
    return seen, Seen(tone, sighting.subject, sighting.sentence, sighting.code)


def _too_late(name: str) -> Seen:
    told = _("%(name)s: no answer in %(seconds)d seconds. It is looked at again when you submit.")
    words = {"name": name, "seconds": int(precheck.LONGEST)}
    return Seen("you", "DNS", told % words, "dns.timeout")


def _of_an_address(name: str) -> tuple[Seen, ...]:
    told = _("%(name)s is a public address. CAA and DNS say nothing about addresses.")
    return (Seen("done", _("Address"), told % {"name": name}),)


def _public(name: str, certificate: Certificate) -> Seen:
    kind = str(DomainType(certificate.product.domain_type).label)
    told = _("%(name)s is a public domain of the product’s type (%(kind)s).")
    return Seen("done", _("Name"), told % {"name": name, "kind": kind})
