"""The names that a project's certificates hold or that it proved: which hold them, what proves
them, who keeps them.

A name whose certificates are over stays as long as a proof of it counts: it is to be given up here.

The database pages and searches; what stands beside a name is read for the names of one page alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Min, QuerySet

from accounts.kept_sentences import as_read
from certificates.applied_names import AppliedName, applied_names, held_names
from certificates.search import as_stored, tidy
from certificates.story import Certificate
from pki.addresses import is_address
from verification.challenges import Challenge
from verification.challenges import Status as ChallengeStatus
from verification.methods.dns import record_name
from verification.publishing import Publication, State
from verification.reuse import held_proofs, still_counting
from verification.turns import Stand, now_stands
from verification.zones import Zone

ROWS = 25
ASKED = "asked"  # the view of the names whose proof is waited for
MOST_CERTIFICATES = 3  # shown beside a name


@dataclass(frozen=True)
class Wanted:
    """What the reader asked for: a part of a name, only those whose proof is waited for, and the
    name after which the page begins."""

    project: int
    name: str = ""
    is_asked: bool = False
    after: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str], project_id: int) -> Wanted:
        asked = given.get("view") == ASKED
        return cls(project_id, tidy(given.get("name", "")), asked, tidy(given.get("after", "")))

    def but(self, **changes: str | bool) -> str:
        """The query of the same page with something changed, from its first name on."""
        wanted = replace(self, **{"after": "", **changes})  # type: ignore[arg-type]
        told = {
            "project": str(wanted.project),
            "view": ASKED if wanted.is_asked else "",
            "name": wanted.name,
            "after": wanted.after,
        }
        return f"?{urlencode({key: value for key, value in told.items() if value})}"


@dataclass(frozen=True)
class DomainRow:
    name: str
    shown: Sequence[Certificate]
    more: int  # certificates that hold it too
    proved: Challenge | None  # the newest proof that may be used again
    stand: Stand | None  # whose turn its proof is that is waited for now
    zone: Zone | None
    has_caa: bool  # it can be asked who may issue for it: a host, and known by which brands


@dataclass(frozen=True)
class ZoneRow:
    """A zone, what is published there now, and what its server did not let us take away."""

    zone: Zone
    standing: int
    left: Sequence[Publication]

    @property
    def problem(self) -> str:
        return as_read(self.zone.problem_message)


@dataclass(frozen=True)
class Page:
    rows: Sequence[DomainRow]
    total: int  # names that fit the search
    asked: int  # of these, those whose proof is waited for
    following: str  # the name after which the next page begins; empty on the last one

    def count(self, wanted: Wanted) -> int:
        return self.asked if wanted.is_asked else self.total


def page_of(wanted: Wanted, zones: Sequence[Zone], now: datetime) -> Page:
    """A page and what stands beside its names: a few queries, however many names there are."""
    held, proved = _fitting(wanted, now)
    asked = held.filter(name__in=_waiting(wanted.project).values("domain"))
    shown = (asked, proved.none()) if wanted.is_asked else (held, proved)
    if wanted.after:
        shown = (shown[0].filter(name__gt=wanted.after), shown[1].filter(domain__gt=wanted.after))
    names = list(_once(*shown)[: ROWS + 1])
    return Page(
        rows=_rows(wanted.project, names[:ROWS], zones, now),
        total=_once(held, proved).count(),
        asked=asked.values("name").distinct().count(),
        following=names[ROWS - 1] if len(names) > ROWS else "",
    )


def _fitting(wanted: Wanted, now: datetime) -> tuple[QuerySet[AppliedName], QuerySet[Challenge]]:
    """The names that certificates hold, and those of proofs that count; a name may be in both."""
    held, proved = held_names(wanted.project), still_counting(wanted.project, now)
    # What is no part of a host's name may be one of an address, or is found nowhere.
    part = as_stored(wanted.name) or wanted.name.lower()
    if not part:
        return held, proved
    return held.filter(name__contains=part), proved.filter(domain__contains=part)


def _once(held: QuerySet[AppliedName], proved: QuerySet[Challenge]) -> QuerySet[AppliedName, str]:
    """Every name of the two, each once, in their order."""
    names = held.order_by().values_list("name", flat=True)
    return names.union(proved.order_by().values_list("domain", flat=True)).order_by("name")


def _rows(
    project_id: int, names: Sequence[str], zones: Sequence[Zone], now: datetime
) -> list[DomainRow]:
    held = _holders(project_id, names)
    shown = {pk for keys in held.values() for pk in keys[:MOST_CERTIFICATES]}
    certificates = Certificate.objects.in_bulk(shown)
    proofs = held_proofs(project_id, names, now)
    waiting = _waiting(project_id).filter(domain__in=names)
    # Of several the newest decides.
    asked = {each.domain: each for each in waiting.select_related("publication").order_by("pk")}
    applied = set(applied_names(project_id).filter(name__in=names).values_list("name", flat=True))
    return [
        DomainRow(
            name,
            [certificates[pk] for pk in held[name][:MOST_CERTIFICATES]],
            max(len(held[name]) - MOST_CERTIFICATES, 0),
            proofs.get(name),
            now_stands(asked[name]) if name in asked else None,
            _nearest(zones, name),
            name in applied and not is_address(name),
        )
        for name in names
    ]


def _holders(project_id: int, names: Sequence[str]) -> dict[str, list[str]]:
    """By name, the ids of the certificates that hold it or are applied for with it."""
    rows = held_names(project_id).filter(name__in=names).order_by("application__certificate_id")
    found: dict[str, list[str]] = {name: [] for name in names}
    for name, pk in rows.values_list("name", "application__certificate_id").distinct():
        found[name].append(pk)
    return found


def one_a_brand(project_id: int, name: str) -> list[Certificate]:
    """Of the certificates that hold `name` or are applied for with it, one of each brand.

    Where there is none, of those that were: an application that was refused is over, and who may
    issue is what its customer wants to know.
    """
    held = held_names(project_id).filter(name=name)
    rows = held if held.exists() else applied_names(project_id).filter(name=name)
    brands = rows.values_list("application__certificate__product__brand")
    picked = [pk for _brand, pk in brands.annotate(Min("application__certificate_id"))]
    return list(Certificate.objects.filter(pk__in=picked).select_related("product").order_by("pk"))


def zone_rows(zones: Sequence[Zone]) -> list[ZoneRow]:
    """One query for all zones."""
    unfinished = Publication.objects.filter(zone__in=zones, attempted_at__isnull=False)
    unfinished = unfinished.exclude(state=State.REMOVED).select_related("challenge")
    standing: dict[object, int] = {}
    left: dict[object, list[Publication]] = {}
    for row in unfinished.order_by("-pk"):
        if row.state == State.LEFT:
            left.setdefault(row.zone_id, []).append(row)
        elif row.published_at is not None:
            standing[row.zone_id] = standing.get(row.zone_id, 0) + 1
    return [ZoneRow(each, standing.get(each.pk, 0), left.get(each.pk, [])) for each in zones]


def _waiting(project_id: int) -> QuerySet[Challenge]:
    return Challenge.objects.filter(proof__project_id=project_id, status=ChallengeStatus.OPEN)


def _nearest(zones: Sequence[Zone], name: str) -> Zone | None:
    if is_address(name):
        return None
    covering = [zone for zone in zones if zone.covers(record_name(name))]
    return max(covering, key=lambda zone: len(zone.name), default=None)
