"""The security log as people read it: which entries, in which order, in which words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.audit import AuditEntry, broken_links, of_chains
from accounts.models import Project, Role
from accounts.security_words import DETAILS, WORDS, in_words

ROWS = 50
HOUSE = "house"
LONGEST_NUMBER = 18  # digits that the database can compare


@dataclass(frozen=True)
class Wanted:
    """What the reader asks for by the address of the page."""

    project: str = ""  # a number, "house" for the portal's own entries, empty for all
    action: str = ""
    person: str = ""
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        number = query.get("before", "")
        is_number = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
        return cls(
            project=query.get("project", ""),
            action=query.get("action", "")[:40],
            person=query.get("person", "").replace("\x00", "").strip()[:254],
            before=number if is_number else "",
        )

    @property
    def narrows(self) -> bool:
        return bool(self.action or self.person)

    def but(self, **changes: str) -> str:
        """The query of a link that differs in this; it starts over unless it says where."""
        asked = replace(self, **{"before": "", **changes})
        return "?" + urlencode({name: value for name, value in vars(asked).items() if value})


@dataclass(frozen=True)
class Told:
    """One entry in words."""

    entry: AuditEntry
    words: str
    detail: str


@dataclass(frozen=True)
class Page:
    rows: Sequence[Told]
    following: str  # the query of the next page; empty when this is the last


@dataclass(frozen=True)
class Chain:
    """Whether the entries are what was written, in their order."""

    count: int
    broken: Sequence[AuditEntry]
    last: AuditEntry | None  # of one chain; its digest shows whether the end was cut off since


@dataclass(frozen=True)
class Reading:
    """Whose entries a person reads now; `chains` are projects, None among them is the house."""

    wanted: Wanted
    projects: Sequence[Project]
    reads_all: bool
    chains: Collection[int | None]

    @property
    def project(self) -> Project | None:
        """The one project that is open."""
        return next((each for each in self.projects if str(each.pk) == self.wanted.project), None)


def reading(projects: Sequence[Project], wanted: Wanted, *, reads_all: bool) -> Reading | None:
    """None: what is asked for is not there for this person."""
    seen: dict[str, int | None] = {str(each.pk): each.pk for each in projects}
    if reads_all:
        seen[HOUSE] = None
    chains = [room for name, room in seen.items() if wanted.project in {"", name}]
    return Reading(wanted, projects, reads_all, chains) if chains else None


def page_of(chains: Collection[int | None], wanted: Wanted) -> Page:
    """Newest first; what follows is found by the number of the last one shown."""
    rows = _asked(of_chains(chains), wanted).select_related("project").order_by("-pk")
    found = list(rows[: ROWS + 1])
    shown = found[:ROWS]
    following = wanted.but(before=str(shown[-1].pk)) if len(found) > ROWS else ""
    return Page([Told(each, in_words(each.action), _detail(each)) for each in shown], following)


def _asked(entries: QuerySet[AuditEntry], wanted: Wanted) -> QuerySet[AuditEntry]:
    asked = Q()
    if wanted.action:
        asked &= Q(action=wanted.action)
    if wanted.person:
        asked &= Q(actor__icontains=wanted.person) | Q(subject__icontains=wanted.person)
    if wanted.before:
        asked &= Q(pk__lt=int(wanted.before))
    return entries.filter(asked)


def check(chains: Collection[int | None]) -> Chain:
    entries = of_chains(chains)
    last = entries.order_by("number").last() if len(chains) == 1 else None
    return Chain(entries.count(), broken_links(chains), last)


def unnamed_in(chains: Collection[int | None]) -> list[str]:
    """Actions that were written and have no words here: the filter offers them as they are."""
    written = of_chains(chains).order_by().values_list("action", flat=True).distinct()
    return sorted(set(written) - set(WORDS))


def _detail(entry: AuditEntry) -> str:
    return " · ".join(_told(entry.detail))


def _told(detail: Any) -> Iterator[str]:
    if not isinstance(detail, dict):
        return
    for name, value in sorted(detail.items()):  # PostgreSQL keeps an order of its own
        yield f"{DETAILS.get(name, name)}: {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    is_role = isinstance(value, str) and value in Role.values
    return str(Role(value).label if is_role else value)
