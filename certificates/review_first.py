"""What a first issue, or another try, asks for, and what would follow, with dates."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from authorities.brands import Brand
from certificates import automatic, outlook
from certificates.applications import Application, RootHash
from certificates.outlook import Outlook, Stage
from certificates.review import (
    Change,
    Coming,
    company,
    key_wished,
    named,
    papers_wished,
    proof,
    proof_follows,
    when,
    where_the_key_is,
    working_days,
)
from certificates.story import Certificate
from certificates.wishes import Weighed


def summary(
    weighed: Weighed, certificate: Certificate, last: Application | None, now: datetime
) -> list[Change]:
    """What is asked for, row by row; of another try also what the application before said."""
    wish = weighed.wish
    how = {"how": automatic.label(wish.method, is_automatic=wish.is_automatic)}
    proved = _("To be proved: %(how)s") % how
    if not proof_follows(weighed, certificate, now):
        proved = _("Proved already, and still good.")
    people = named(wish.contact_email, wish.authorizer, wish.technical)
    rows = [
        Change(_("Domain"), _names(last), ", ".join(weighed.names), proved, "domain"),
        Change(_("Key"), "", key_wished(weighed), where_the_key_is(weighed), "csr"),
        Change(_("Contact, authorizer"), _people(last), people, wish.contact_name, "contact"),
    ]
    if certificate.product.terms(now).hash_choice:
        chosen = str(RootHash(wish.root_hash).label)
        rows.insert(2, Change(_("Hash of the root"), "", chosen, "", "csr"))
    if certificate.product.needs_organization:
        before = company(last.organization) if last is not None else ""
        told, more = company(wish.organization), papers_wished(weighed)
        rows.append(Change(_("Organization"), before, told, more, "contact"))
    return [_only_what_changed(row) for row in rows]


def _names(last: Application | None) -> str:
    return ", ".join(last.sans) if last is not None else ""


def _people(last: Application | None) -> str:
    return named(last.contact_email, last.authorizer, last.technical) if last is not None else ""


def _only_what_changed(row: Change) -> Change:
    old = "" if row.old == row.new else row.old
    return Change(row.subject, old, row.new, row.more, row.step)


def forecast(weighed: Weighed, certificate: Certificate, now: datetime) -> Outlook:
    must_prove = proof_follows(weighed, certificate, now)
    return outlook.of_first(
        certificate.product, must_prove=must_prove, now=now, is_held=weighed.is_held
    )


def timeline(
    ahead: Outlook, weighed: Weighed, certificate: Certificate, now: datetime
) -> list[Coming]:
    brand = {"brand": str(Brand(certificate.product.brand).label)}
    start = _("You submit. %(brand)s receives the application within a minute.") % brand
    lines = [Coming("done", "done", _("Today."), start)]
    told = {
        Stage.PROVE: proof(weighed),
        Stage.HOLD: _("The staff of %(brand)s look at the names.") % brand,
        Stage.REVIEW: _("%(brand)s reviews the organization.") % brand,
        Stage.ISSUE: _("The certificate is issued. You download and install it."),
    }
    for each in ahead.ahead:
        tone, icon = ("you", "you") if each.is_yours else ("ca", "ca")
        if each.stage == Stage.ISSUE:
            tone, icon = "done", "done"
        text = told[each.stage] + working_days(each)
        lines.append(Coming(tone, icon, when(each, ahead, now), text, each.closed))
    return lines
