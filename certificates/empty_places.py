"""What an empty list says: what will live there, or what was looked for, and where else to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Project
from certificates.listing import Listing, Wanted
from certificates.story import Certificate


@dataclass(frozen=True)
class Elsewhere:
    project: Project
    count: int


@dataclass(frozen=True)
class EmptyPlace:
    title: str
    text: str
    action: str = ""
    query: str = ""  # of the list to which the action leads
    is_bare: bool = False  # there is nothing to filter either
    elsewhere: Sequence[Elsewhere] = field(default=())


NOTHING_IN: dict[str, tuple[Promise, Promise]] = {
    "you": (
        gettext_lazy("Nothing waits for you"),
        gettext_lazy("What needs an answer, a record or an application from you comes here."),
    ),
    "ca": (
        gettext_lazy("Nothing is with a CA"),
        gettext_lazy("What a certificate authority works on comes here, with the day to expect."),
    ),
    "issued": (
        gettext_lazy("No issued certificate"),
        gettext_lazy("A certificate comes here once its authority has issued it."),
    ),
    "problems": (
        gettext_lazy("No problems"),
        gettext_lazy("An application that was refused comes here, with the reason."),
    ),
    "ended": (
        gettext_lazy("Nothing has ended"),
        gettext_lazy("Certificates that expired or were revoked stay here."),
    ),
    "expiring": (
        gettext_lazy("Nothing expires in the next 30 days"),
        gettext_lazy("A certificate comes here 30 days before its end."),
    ),
}


def empty_place(
    seen: QuerySet[Certificate], page: Listing, wanted: Wanted, projects: Sequence[Project]
) -> EmptyPlace:
    """`seen` are all certificates that the reader may see."""
    if page.counts[wanted.view]:
        text = _("The certificates after this place have moved since.")
        return EmptyPlace(_("Nothing more here"), text, _("To the first page"), wanted.but())
    if page.counts["all"]:
        return _empty_view(page, wanted)
    if wanted.narrows:
        return _nothing_found(wanted)
    return _no_certificate(seen, wanted, projects)


def _empty_view(page: Listing, wanted: Wanted) -> EmptyPlace:
    title, text = NOTHING_IN[wanted.view]
    action = _("Show all %(count)d") % {"count": page.counts["all"]}
    return EmptyPlace(str(title), str(text), action, wanted.but(view="all"))


def _nothing_found(wanted: Wanted) -> EmptyPlace:
    everything = wanted.but(q="", brand="", type="", domain_type="", view="all")
    if not wanted.q:
        text = _("No certificate fits these filters.")
        return EmptyPlace(_("Nothing fits"), text, _("Clear the filters"), everything)
    title = _("Nothing found for “%(searched)s”") % {"searched": wanted.q}
    text = _(
        "We looked through names, domains, ids, and the serials and SHA-256 fingerprints of all"
        " versions. A part of a name is enough; of a serial, its first six digits."
    )
    return EmptyPlace(title, text, _("Clear the search"), everything)


def _no_certificate(
    seen: QuerySet[Certificate], wanted: Wanted, projects: Sequence[Project]
) -> EmptyPlace:
    text = _(
        "A certificate stays here for its whole life, under one id: bought, proved, issued,"
        " reissued, renewed, ended."
    )
    project = next((each for each in projects if str(each.pk) == wanted.project), None)
    if project is None:
        return EmptyPlace(_("No certificates yet"), text, is_bare=True)
    title = _("No certificates in %(project)s yet") % {"project": project.name}
    counts = dict(seen.order_by().values_list("project_id").annotate(Count("pk")))
    others = [Elsewhere(each, counts[each.pk]) for each in projects if each.pk in counts]
    return EmptyPlace(title, text, is_bare=True, elsewhere=others)
