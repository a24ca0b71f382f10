"""The certificates that somebody sees: views with their counts, filters, order, and paging by key.

A page begins after the last row of the one before it, named by that row's sort key: it stays right
while rows are added, and the thousandth page costs what the first costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    FilteredRelation,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from authorities.brands import Brand
from certificates import waiting_for
from certificates.badges import SOON
from certificates.catalogue import DomainType, Type
from certificates.lifecycle import IN_FORCE, TONES, Status
from certificates.search import matching, tidy
from certificates.story import Certificate
from pki.held_names import HOLDING
from verification.turns import OF_OTHERS

ROWS = 50
TURNS = ("you", "problem", "ca", "done", "ended")  # in the order in which the list tells them
NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # stands in for the end of what does not end
LONGEST_MARK = 2000
SALT = "certificates.listing"


@dataclass(frozen=True)
class View:
    """One of the tabs above the list: all of a tone, or another question about the rows."""

    key: str
    label: Promise
    tone: str = ""

    def rows(self, now: datetime) -> Q:
        if self.tone:
            return Q(turn=TURNS.index(self.tone))
        if self.key == "expiring":
            return Q(status__in=IN_FORCE, ends__gt=now, ends__lte=now + SOON)
        return Q()


VIEWS = {
    view.key: view
    for view in (
        View("all", _("All")),
        View("you", _("Your turn"), "you"),
        View("ca", _("With others"), "ca"),
        View("issued", _("Issued"), "done"),
        View("problems", _("Problems"), "problem"),
        View("ended", _("Ended"), "ended"),
        View("expiring", _("Expiring in 30 days")),
    )
}
# Every order ends in something unique, so that no two rows share a key. What has no domain, or
# nothing in force, comes last whichever way the rest is sorted.
SORTS: dict[str, tuple[str, ...]] = {
    "turn": ("turn", "-created_at", "-pk"),
    "name": ("shown_name", "pk"),
    "-name": ("-shown_name", "-pk"),
    "domain": ("has_no_domain", "domain", "pk"),
    "-domain": ("has_no_domain", "-domain", "-pk"),
    "expiry": ("is_out_of_force", "ends", "pk"),
    "-expiry": ("is_out_of_force", "-ends", "-pk"),
}


@dataclass(frozen=True)
class Wanted:
    """What the reader asked the list for. Whatever is not known falls back to its default."""

    view: str = "all"
    sort: str = "turn"
    q: str = ""
    brand: str = ""
    type: str = ""
    domain_type: str = ""
    project: str = ""
    after: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str], projects: set[int]) -> Wanted:
        known = {
            "view": set(VIEWS),
            "sort": set(SORTS),
            "brand": set(Brand.values),
            "type": set(Type.values),
            "domain_type": set(DomainType.values),
            "project": {str(each) for each in projects},
        }
        told = {name: given.get(name, "") for name in known}
        facts = {name: told[name] for name, values in known.items() if told[name] in values}
        after = given.get("after", "")
        return cls(
            **facts,
            q=tidy(given.get("q", "")),
            after=after if len(after) <= LONGEST_MARK else "",
        )

    @property
    def narrows(self) -> bool:
        """Whether it asks for less than everything in a view of everything or of one project."""
        return bool(self.q or self.brand or self.type or self.domain_type)

    def but(self, **changes: str) -> str:
        """The query of the same list with something changed, on its first page."""
        wanted = replace(self, **{"after": "", **changes})
        told = {
            name: value
            for name, value in vars(wanted).items()
            if value and value != getattr(Wanted, name)
        }
        return f"?{urlencode(told)}" if told else ""


@dataclass(frozen=True)
class Listing:
    """One page of the list."""

    rows: list[Certificate]
    counts: dict[str, int]  # of each view, within the filters and what was searched
    following: str  # the mark after which the next page begins; empty on the last one
    is_first: bool


def listing(rows: QuerySet[Certificate], wanted: Wanted, now: datetime) -> Listing:
    """A page of `rows`, which are those that the reader may see: two queries and the prefetches."""
    found = _described(rows).filter(_filters(wanted))
    counts = found.aggregate(
        **{key: Count("pk", filter=view.rows(now)) for key, view in VIEWS.items()}
    )
    keys = SORTS[wanted.sort]
    shown = found.filter(VIEWS[wanted.view].rows(now)).order_by(*keys)
    place = _place(wanted)
    if place is not None:
        shown = shown.filter(_beyond(keys, place))
    page = list(shown[: ROWS + 1])
    more = len(page) > ROWS
    return Listing(
        rows=page[:ROWS],
        counts=counts,
        following=_mark(wanted.sort, page[ROWS - 1]) if more else "",
        is_first=place is None,
    )


def _described(rows: QuerySet[Certificate]) -> QuerySet[Certificate]:
    """The rows with what they are sorted and counted by.

    Both relations join at most one row: the database keeps one open application and one current
    version a certificate.
    """
    return rows.annotate(
        opened=FilteredRelation("applications", condition=Q(applications__ended_at__isnull=True)),
        valid=FilteredRelation(
            "versions",
            condition=Q(versions__is_current=True, versions__revoked_at__isnull=True),
        ),
    ).annotate(
        turn=_turn(),
        shown_name=Lower(Coalesce(NullIf("name", Value("")), NullIf("domain", Value("")), "id")),
        has_no_domain=_flag(Q(domain="")),
        is_out_of_force=_flag(Q(valid__isnull=True) | ~Q(status__in=IN_FORCE)),
        ends=Coalesce(F("valid__not_after"), Value(NEVER, DateTimeField())),
    )


def _turn() -> Case:
    """Whose turn it is, as the badge says it (certificates/badges.py), as its place in TURNS."""
    given_back = When(unsubscribed_at__isnull=False, then=Value(TURNS.index("ended")))
    codes = sorted({*HOLDING, *OF_OTHERS})
    held = When(opened__waiting_code__in=codes, then=Value(TURNS.index("ca")))
    asked = When(
        status=Status.REISSUING,
        opened__asked_at__isnull=False,
        then=Value(TURNS.index("you")),
    )
    questioned = When(
        status=Status.CHECKING_ORG,
        opened__question_at__isnull=False,
        then=Value(TURNS.index("you")),
    )
    others = When(waiting_for.others(), then=Value(TURNS.index("ca")))
    told = [
        When(status__in=[s for s in TONES if TONES[s] == tone], then=Value(TURNS.index(tone)))
        for tone in TURNS
        if tone in TONES.values()
    ]
    return Case(
        given_back,
        held,
        asked,
        questioned,
        others,
        *told,
        default=Value(TURNS.index("ca")),
        output_field=IntegerField(),
    )


def _flag(holds: Q) -> Case:
    return Case(When(holds, then=Value(1)), default=Value(0), output_field=IntegerField())


def _filters(wanted: Wanted) -> Q:
    asked = {
        "product__brand": wanted.brand,
        "product__type": wanted.type,
        "product__domain_type": wanted.domain_type,
        "project_id": wanted.project,
    }
    found = Q(**{name: value for name, value in asked.items() if value})
    return found & matching(wanted.q) if wanted.q else found


def _beyond(keys: tuple[str, ...], place: list[Any]) -> Q:
    """The rows that come after `place`: the first key that differs decides."""
    beyond, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, place, strict=True):
        name, way = key.removeprefix("-"), "lt" if key.startswith("-") else "gt"
        beyond |= same & Q(**{f"{name}__{way}": value})
        same &= Q(**{name: value})
    return beyond


def _mark(sort: str, row: Certificate) -> str:
    """The place of a row in this order. Signed: nothing that others write reaches a query."""
    values = [getattr(row, key.removeprefix("-")) for key in SORTS[sort]]
    return signing.dumps([sort, [_as_text(value) for value in values]], salt=SALT)


def _place(wanted: Wanted) -> list[Any] | None:
    try:
        sort, values = signing.loads(wanted.after, salt=SALT)
    except signing.BadSignature:
        return None
    if sort != wanted.sort or len(values) != len(SORTS[sort]):
        return None
    return [
        datetime.fromisoformat(value) if key.removeprefix("-") in TIMES else value
        for key, value in zip(SORTS[sort], values, strict=True)
    ]


TIMES = {"created_at", "ends"}


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
