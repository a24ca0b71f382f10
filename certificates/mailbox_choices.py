"""The mailboxes that a person chooses from: five constructed ones, and the published ones."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.translation import gettext as _

from verification import contacts
from verification.contacts import Contact
from verification.methods.mail import LOCAL_PARTS, mailboxes
from verification.network import Network

LOOK = "contacts"  # `?contacts=look`: a page that is only read asks nobody
Choice = tuple[str, str]


def is_asked_to_look(request: HttpRequest) -> bool:
    return request.GET.get(LOOK) == "look"


def found_for(domain: str, network: Network) -> tuple[Contact, ...]:
    """What the domain publishes now. Only to be shown: it is looked up again before the mail."""
    return contacts.published(domain, network) if domain else ()


def choices(domain: str, found: Sequence[Contact], picked: str) -> list[Choice]:
    """Ids with addresses. `domain` is empty while the name is not known; `picked` stays one of them
    when it was not looked up this time."""
    if domain:
        five = list(zip(LOCAL_PARTS, mailboxes(domain), strict=True))
    else:
        five = [(local, _("%(local)s@ your domain") % {"local": local}) for local in LOCAL_PARTS]
    more = {each.id: f"{each.address} ({each.source.upper()})" for each in found}
    if contacts.is_id(picked) and picked not in more:
        mark = contacts.MARKS[contacts.source_of(picked)]
        more[picked] = _("The contact chosen before (%(record)s)") % {"record": mark}
    return [*five, *more.items()]


def told(found: Sequence[Contact] | None) -> str:
    """What the look came to; "" when nobody asked for one."""
    if found is None:
        return ""
    if not found:
        return _("The domain publishes no contact for this (CAA contactemail, or TXT).")
    return _("What the domain publishes stands at the end of the list.")
