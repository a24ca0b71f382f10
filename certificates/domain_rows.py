"""The names that a project's certificates hold: which hold them, what proves them, who keeps them.

Names stand in lists, so that the database cannot page by them: they are read whole, sorted, and
cut. What stands beside them is read for the names of one page alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.kept_sentences import as_read
from certificates.applications import Application
from certificates.lifecycle import IN_FORCE, Status
from certificates.story import Certificate
from certificates.versions import Version
from pki.addresses import is_address
from verification.challenges import Challenge
from verification.challenges import Status as ChallengeStatus
from verification.methods.dns import record_name
from verification.publishing import Publication, State
from verification.reuse import held_proofs
from verification.zones import Zone

ROWS = 25
MOST_CERTIFICATES = 3  # shown beside a name


@dataclass(frozen=True)
class DomainRow:
    name: str
    certificates: Sequence[Certificate]
    proved: Challenge | None  # the newest proof that may be used again
    is_asked: bool  # its proof is waited for now
    zone: Zone | None

    @property
    def shown(self) -> Sequence[Certificate]:
        return self.certificates[:MOST_CERTIFICATES]

    @property
    def more(self) -> int:
        return len(self.certificates) - len(self.shown)


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
    total: int
    is_first: bool
    following: str  # the name after which the next page begins; empty on the last one


def holders(project_id: int) -> dict[str, list[str]]:
    """Every name that is in force or applied for, with the ids of its certificates."""
    versions = Version.objects.filter(
        certificate__project_id=project_id,
        is_current=True,
        certificate__status__in=[*IN_FORCE, Status.UPLOAD],
    )
    opened = Application.objects.filter(project_id=project_id, ended_at__isnull=True)
    found: dict[str, set[str]] = {}
    for pk, held in [
        *versions.values_list("certificate_id", "names"),
        *opened.values_list("certificate_id", "sans"),
    ]:
        for name in held:
            found.setdefault(name, set()).add(pk)
    return {name: sorted(keys) for name, keys in sorted(found.items())}


def page_of(project_id: int, zones: Sequence[Zone], now: datetime, after: str = "") -> Page:
    held = holders(project_id)
    names = [name for name in held if name > after] if after else list(held)
    shown = names[:ROWS]
    wanted = {pk for name in shown for pk in held[name]}
    certificates = Certificate.objects.in_bulk(wanted)
    proofs, asked = held_proofs(project_id, shown, now), _asked(project_id, shown)
    rows = [
        DomainRow(
            name,
            [certificates[pk] for pk in held[name]],
            proofs.get(name),
            name in asked,
            _nearest(zones, name),
        )
        for name in shown
    ]
    following = shown[-1] if len(names) > ROWS else ""
    return Page(rows, len(held), len(names) == len(held), following)


def zone_rows(zones: Sequence[Zone]) -> list[ZoneRow]:
    """One query for all zones."""
    unfinished = Publication.objects.filter(zone__in=zones, attempted_at__isnull=False)
    unfinished = unfinished.exclude(state=State.REMOVED).select_related("challenge")
    standing: dict[object, int] = {}
    left: dict[object, list[Publication]] = {}
    for row in unfinished.order_by("-pk"):
        if row.state == State.LEFT:
            left.setdefault(row.zone_id, []).append(row)
        else:
            standing[row.zone_id] = standing.get(row.zone_id, 0) + 1
    return [ZoneRow(each, standing.get(each.pk, 0), left.get(each.pk, [])) for each in zones]


def _asked(project_id: int, names: Sequence[str]) -> set[str]:
    waiting = Challenge.objects.filter(
        proof__project_id=project_id, status=ChallengeStatus.OPEN, domain__in=names
    )
    return set(waiting.values_list("domain", flat=True))


def _nearest(zones: Sequence[Zone], name: str) -> Zone | None:
    if is_address(name):
        return None
    covering = [zone for zone in zones if zone.covers(record_name(name))]
    return max(covering, key=lambda zone: len(zone.name), default=None)
