"""When a name is looked at again, when we stop looking, and at whom a look is aimed.

Prompt at first, then patient (work.steps.BACK_OFF). The waits differ a little from row to row, so
that what was asked for together does not come back together; they are the same at every reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from pki.held_names import own_domain
from pki.names import strip_wildcard
from verification.outcome import Outcome
from verification.slots import at_domain, at_server
from work.steps import back_off

SPREAD = 0.1  # a wait is up to this part longer than its base, never shorter
LONGEST_KEPT = timedelta(hours=1)  # the longest that what resolvers keep puts a look off
BUSY_WAIT = 2.0  # seconds, and as many again at most: until a place is asked for anew
# Every so many looks at a silent name is a patient one, beginning with its second.
PATIENT_EVERY = 4
KEPT_FOR_FIRST = 8  # one of so many places at a resolver
ANSWERED = frozenset({"OK", "NODATA", "NXDOMAIN"})
SILENT = frozenset({"dns.timeout", "file.timeout"})


def _share(*parts: object) -> float:
    """A number from 0 up to 1 that is always the same for the same parts."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def wait_after(looks: int, pk: int) -> timedelta:
    """The wait after so many looks in vain at the row `pk`, in whole seconds."""
    base = back_off(looks)
    return base + timedelta(seconds=int(base.total_seconds() * SPREAD * _share(pk, looks)))


def next_look(looks: int, pk: int, now: datetime, kept_until: datetime | None = None) -> datetime:
    """The back-off, or when resolvers have forgotten what they keep, if that is later."""
    return put_off(now + wait_after(looks, pk), now, kept_until)


def first_look_again(now: datetime, kept_until: datetime | None = None) -> datetime:
    """When a name is looked at again after a first look in vain at `now`."""
    return put_off(now + back_off(1), now, kept_until)


def put_off(due: datetime, now: datetime, kept_until: datetime | None) -> datetime:
    return due if kept_until is None else max(due, min(kept_until, now + LONGEST_KEPT))


def busy_until(pk: int, now: datetime) -> datetime:
    """When a look that found its places taken tries again; no look is counted."""
    return now + timedelta(seconds=BUSY_WAIT * (1 + _share(pk, now)))


def kept_until(evidence: Mapping[str, Any]) -> datetime | None:
    """Until when resolvers keep an older answer, as a look found out."""
    until = evidence.get("kept_until")
    return datetime.fromisoformat(until) if until else None


def pause_after() -> timedelta:
    return timedelta(days=settings.VERIFICATION_PAUSE_AFTER_DAYS)


def is_patient(*, is_silent: bool, looks: int) -> bool:
    """Whether a silent name gets all the time that a look may take, or only a moment."""
    return is_silent and looks % PATIENT_EVERY == 1


def is_silent(outcome: Outcome) -> bool:
    return outcome.problem is not None and outcome.problem.code in SILENT


def says_nothing(outcome: Outcome) -> bool:
    """Whether a look heard nothing and was brief, so that what was found before it stands."""
    return is_silent(outcome) and bool(outcome.evidence.get("brief"))


def aimed_at(domain: str, last_seen: Mapping[str, Any]) -> dict[str, int]:
    """The places where a look must not meet more than another: the domain, and its servers.

    Customers of one hoster (evil.duckdns.org, victim.duckdns.org) are domains of their own, or one
    would keep looks from the other. The servers are known once a look has asked for them, and only
    those count that answered for the name: who wants to keep looks from a server may name it.
    """
    name = strip_wildcard(domain)
    places = at_domain(own_domain(name) or name)
    for server in last_seen.get("servers") or []:
        if server.get("status") in ANSWERED:
            places |= at_server(str(server["address"]))
    return places


def at_resolver(label: str, *, is_first: bool) -> dict[str, int]:
    """The places at a resolver; some of them are kept for first looks, which never meet a crowd."""
    most = settings.VERIFICATION_PER_RESOLVER
    return {f"resolver {label}": most if is_first else most - most // KEPT_FOR_FIRST}
