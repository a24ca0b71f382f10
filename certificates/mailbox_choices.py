"""The mailboxes that a person chooses from: five constructed ones, and the published ones."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from certificates import looks_outside
from verification import contacts, precheck
from verification.contacts import Published
from verification.methods.mail import LOCAL_PARTS, mailboxes
from verification.network import Network
from verification.places import in_its_place

LOOK = "contacts"  # of the form that asks for it: a page that is only read asks nobody
Choice = tuple[str, str]


def is_asked_to_look(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get(LOOK) == "look"


def found_for(
    request: HttpRequest, project_id: int, domain: str, network: Network
) -> Published | None:
    """What the domain publishes now; None, and a message, when the project asked too often or no
    answer came in time. Only to be shown: it is looked up again before the mail."""
    if not looks_outside.may_look(project_id):
        messages.error(request, looks_outside.too_often())
        return None
    ask = partial(contacts.published, domain, network)
    found = precheck.in_time({domain: partial(in_its_place, domain, network, ask)})
    if domain not in found:
        told = _(
            "%(name)s could not be looked up within %(seconds)d seconds. Look again in a while."
        )
        words = {"name": domain, "seconds": int(precheck.LONGEST)}
        messages.error(request, told % words)
    return found.get(domain)


def choices(domain: str, found: Published | None, picked: str) -> list[Choice]:
    """Ids with addresses. `domain` is empty while the name is not known; `picked` stays one of them
    when it was not looked up this time."""
    if domain:
        five = list(zip(LOCAL_PARTS, mailboxes(domain), strict=True))
    else:
        five = [(local, _("%(local)s@ your domain") % {"local": local}) for local in LOCAL_PARTS]
    contacts_found = found.contacts if found else ()
    more = {each.id: f"{each.address} ({each.source.upper()})" for each in contacts_found}
    if contacts.is_id(picked) and picked not in more:
        mark = contacts.MARKS[contacts.source_of(picked)]
        more[picked] = _("The contact chosen before (%(record)s)") % {"record": mark}
    return [*five, *more.items()]


def told(found: Published | None) -> str:
    """What the look came to; "" when nobody asked for one."""
    if found is None:
        return ""
    unread = _(
        "%(name)s gave no usable answer (%(status)s), so that we do not know what contact stands"
        " there. Look again in a while, or choose another mailbox."
    )
    said = [
        unread % {"name": answer.name, "status": answer.status} for answer in found.unread.values()
    ]
    if found.contacts:
        said.append(_("What the domain publishes stands at the end of the list."))
    elif not said:
        said.append(_("The domain publishes no contact for this (CAA contactemail, or TXT)."))
    return " ".join(said)
