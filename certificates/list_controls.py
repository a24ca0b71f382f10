"""What stands around the rows of the list: the views, the heads that sort, the filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import Project
from authorities.brands import Brand
from certificates.catalogue import DomainType, Type
from certificates.listing import VIEWS, View, Wanted


@dataclass(frozen=True)
class Tab:
    view: View
    count: int
    query: str
    is_open: bool


def tabs(wanted: Wanted, counts: dict[str, int]) -> list[Tab]:
    return [
        Tab(view, counts[key], wanted.but(view=key), key == wanted.view)
        for key, view in VIEWS.items()
    ]


@dataclass(frozen=True)
class Head:
    """The head of a column; `order` is what aria-sort says of it, empty while others sort."""

    label: str | Promise
    query: str = ""
    order: str = ""
    sorts: bool = True


# Each column's label and the order that it sorts by; the turn is told in one order only.
COLUMNS: tuple[tuple[Promise, str], ...] = (
    (gettext_lazy("Certificate"), "name"),
    (gettext_lazy("Domain"), "domain"),
    (gettext_lazy("Brand and type"), ""),
    (gettext_lazy("State, your turn first"), "turn"),
    (gettext_lazy("Expires"), "expiry"),
)


def heads(wanted: Wanted) -> list[Head]:
    return [
        _head(label, sort, wanted) if sort else Head(label, sorts=False) for label, sort in COLUMNS
    ]


def _head(label: Promise, sort: str, wanted: Wanted) -> Head:
    if not sort:
        return Head(label, sorts=False)
    if wanted.sort == sort:
        other = sort if sort == "turn" else f"-{sort}"
        return Head(label, wanted.but(sort=other), "ascending")
    order = "descending" if wanted.sort == f"-{sort}" else ""
    return Head(label, wanted.but(sort=sort), order)


@dataclass(frozen=True)
class Choice:
    """A filter as a select: its name in the address, its label, what it says when it is open."""

    name: str
    label: str
    everything: str
    chosen: str
    options: Sequence[tuple[str, Any]]
    is_for_phones: bool = False


# On a phone the heads of the columns are not drawn, and the order is a filter like the others.
ORDERS: tuple[tuple[str, Promise], ...] = (
    ("name", gettext_lazy("By name")),
    ("-name", gettext_lazy("By name, backwards")),
    ("domain", gettext_lazy("By domain")),
    ("-domain", gettext_lazy("By domain, backwards")),
    ("expiry", gettext_lazy("Expires first")),
    ("-expiry", gettext_lazy("Expires last")),
)


def choices(wanted: Wanted, projects: Iterable[Project]) -> list[Choice]:
    found = [
        Choice("brand", _("Brand"), _("Any brand"), wanted.brand, Brand.choices),
        Choice("type", _("Type"), _("Any type"), wanted.type, Type.choices),
        Choice(
            "domain_type",
            _("Domain type"),
            _("Any domain type"),
            wanted.domain_type,
            DomainType.choices,
        ),
    ]
    rooms = [(str(each.pk), each.name) for each in projects]
    if len(rooms) > 1:
        found.append(Choice("project", _("Project"), _("All projects"), wanted.project, rooms))
    order, first = pgettext("sorting", "Order"), _("Your turn first")
    return [*found, Choice("sort", order, first, wanted.sort, ORDERS, is_for_phones=True)]
