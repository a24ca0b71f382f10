"""What a reissue would change against today's version, and what would follow, with dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.dates import day, day_of_year
from authorities.brands import Brand
from authorities.calendar import REAL_DAY, Bulletin
from authorities.papers import PaperKind
from authorities.simulated.judge import longest_end
from certificates import outlook
from certificates.applications import Application, ReissueReason
from certificates.outlook import Ahead, Outlook, Stage
from certificates.rested_on import proof_lines, to_prove
from certificates.story import Certificate
from certificates.versions import Version
from certificates.wishes import Weighed
from verification.challenges import Method

MINUTES, HOURS = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """One row of the comparison; `new` is empty when nothing changes."""

    subject: str
    old: str
    new: str = ""
    more: str = ""
    step: str = ""  # where it is edited
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coming:
    """One line of what happens next."""

    tone: str
    icon: str
    when: str
    text: str
    closed: tuple[Bulletin, ...] = ()


def algorithm(name: str) -> str:
    return name.replace("EC_P", "EC P-").replace("_", " ")


def changes(weighed: Weighed, version: Version, now: datetime) -> list[Change]:
    last, certificate = version.application, version.certificate
    rows = [_domain(weighed, last, certificate, now), _key(weighed, version)]
    rows.append(_people(weighed, last))
    if certificate.product.needs_organization:
        rows.append(_company(weighed, last))
    ends = min(version.not_after, longest_end(now))
    new = "" if ends == version.not_after else day(ends)
    more = _("The rules of today allow no longer one.") if new else ""
    return [*rows, Change(_("Ends"), day(version.not_after), new, more)]


def _domain(weighed: Weighed, last: Application, certificate: Certificate, now: datetime) -> Change:
    old, new = ", ".join(last.sans), ", ".join(weighed.names)
    lines = proof_lines(weighed, certificate, now)
    return Change(_("Domain"), old, new if new != old else "", step="domain", lines=lines)


def _key(weighed: Weighed, version: Version) -> Change:
    held = _("your own CSR") if version.application.key_id is None else _("system generated")
    old = f"{algorithm(version.key_algorithm)}, {held}"
    checked = weighed.checked
    same = checked is not None and checked.spki_sha256 == version.spki_sha256
    more = _("The key of today’s version") if same else where_the_key_is(weighed)
    return Change(_("Key"), old, key_wished(weighed), more, "csr")


def key_wished(weighed: Weighed) -> str:
    if weighed.checked is not None:
        return f"{algorithm(weighed.checked.key or '')}, {_('your own CSR')}"
    return f"{algorithm(weighed.wish.key_algorithm)}, {_('system generated')}"


def where_the_key_is(weighed: Weighed) -> str:
    if weighed.checked is not None:
        return _("The key stays with you")
    return _("A new one, stored encrypted")


def _people(weighed: Weighed, last: Application) -> Change:
    wish = weighed.wish
    old = [last.contact_name, last.contact_email, last.contact_phone]
    new = [wish.contact_name, wish.contact_email, wish.contact_phone]
    others = [wish.authorizer, wish.technical] != [last.authorizer, last.technical]
    told = named(wish.contact_email, wish.authorizer, wish.technical)
    told = told if new != old or others else ""
    more = ", ".join(filter(None, [wish.contact_name, wish.contact_phone])) if told else ""
    before = named(last.contact_email, last.authorizer, last.technical)
    return Change(_("Contact, authorizer"), before, told, more, "contact")


def named(contact: str, *others: dict[str, str]) -> str:
    return ", ".join(filter(None, [contact, *(other.get("email", "") for other in others)]))


def _company(weighed: Weighed, last: Application) -> Change:
    changed = weighed.wish.organization != last.organization
    new = company(weighed.wish.organization) if changed else ""
    more = papers_wished(weighed) if weighed.wish.papers != last.papers else ""
    return Change(_("Organization"), company(last.organization), new, more, "contact")


def company(facts: dict[str, str]) -> str:
    parts = ("name", "registration_number", "street", "city", "province", "country", "phone")
    return ", ".join(facts[part] for part in parts if facts.get(part))


def papers_wished(weighed: Weighed) -> str:
    papers = weighed.wish.papers or {}
    handed = [str(kind.label) for kind in PaperKind if kind in papers]
    return _("Handed in: %(papers)s") % {"papers": ", ".join(handed)} if handed else ""


def forecast(weighed: Weighed, certificate: Certificate, reason: str, now: datetime) -> Outlook:
    return outlook.of_reissue(
        certificate.product,
        is_changed=weighed.is_changed,
        must_prove=bool(to_prove(weighed, certificate, now)),
        is_compromise=reason == ReissueReason.KEY_COMPROMISE,
        now=now,
        is_held=weighed.is_held,
    )


def timeline(ahead: Outlook, weighed: Weighed, version: Version, now: datetime) -> list[Coming]:
    number = {"number": version.number, "next": version.number + 1}
    start = _("You submit. Version %(number)d stays valid.") % number
    lines = [Coming("done", "done", _("Today."), start)]
    brand = str(Brand(version.certificate.product.brand).label)
    told = {
        Stage.MAIL: _("%(brand)s writes to %(contact)s.")
        % {"brand": brand, "contact": weighed.wish.contact_email},
        Stage.CONFIRM: _(
            "You confirm, and version %(number)d is cancelled at once. Decline, and everything"
            " stays as it is."
        )
        % number,
        Stage.PROVE: proof(weighed, to_prove(weighed, version.certificate, now)),
        Stage.HOLD: _("The staff of %(brand)s look at the names.") % {"brand": brand},
        Stage.REVIEW: _("%(brand)s reviews the organization.") % {"brand": brand},
        Stage.ISSUE: _("Version %(next)d is issued. You download and install it.") % number,
    }
    for each in ahead.ahead:
        tone, icon = ("you", "you") if each.is_yours else ("ca", "ca")
        if each.stage == Stage.ISSUE:
            tone, icon = "done", "done"
        text = told[each.stage] + working_days(each)
        lines.append(Coming(tone, icon, when(each, ahead, now), text, each.closed))
    return lines


def proof(weighed: Weighed, to_prove: Sequence[str]) -> str:
    names = {"names": ", ".join(to_prove)}
    told = {
        Method.DNS: _("You publish one DNS record for each of %(names)s. We look within minutes.")
        if len(to_prove) > 1
        else _("You publish one DNS record for %(names)s. We look within minutes."),
        Method.CNAME: _(
            "You publish one CNAME record for each of %(names)s. We look within minutes."
        )
        if len(to_prove) > 1
        else _("You publish one CNAME record for %(names)s. We look within minutes."),
        Method.FILE: _("You put one file on the web server of %(names)s. We look within minutes."),
        Method.EMAIL: _("You press the button in the mail to a mailbox of %(names)s."),
    }
    if weighed.wish.is_automatic:
        return _("We publish the DNS records of %(names)s, and remove them again.") % names
    return told[Method(weighed.wish.method)] % names


def working_days(each: Ahead) -> str:
    least, most = each.days
    if not most:
        return ""
    if settings.CA_WORKING_DAY == REAL_DAY:
        return " " + _("%(least)d to %(most)d working days.") % {"least": least, "most": most}
    told = _("%(least)d to %(most)d working days; here a working day lasts %(seconds)d seconds.")
    return " " + told % {"least": least, "most": most, "seconds": settings.CA_WORKING_DAY}


def when(each: Ahead, ahead: Outlook, now: datetime) -> str:
    if each.stage == Stage.CONFIRM:
        mail = next(one for one in ahead.ahead if one.stage == Stage.MAIL)
        by = {"day": day(outlook.confirm_by(mail))}
        return _("When it suits you, by %(day)s.") % by
    if each.stage == Stage.PROVE:
        return _("The same day.")
    return span(each.earliest, each.latest, now)


def span(earliest: datetime, latest: datetime, now: datetime) -> str:
    """24–25 Nov, as people write it; what is near is told by how near it is."""
    if latest - now <= MINUTES:
        return _("Within a few minutes.")
    first, last = earliest.astimezone(UTC), latest.astimezone(UTC)
    if first.date() == now.astimezone(UTC).date() == last.date():
        return _("Today.")
    told = day_of_year(last)
    if first.date() != last.date():
        days = {"first": day_of_year(first), "day": first.day, "last": told}
        is_one_month = (first.year, first.month) == (last.year, last.month)
        told = (_("%(day)d–%(last)s") if is_one_month else _("%(first)s – %(last)s")) % days
    return told.removesuffix(".") + "."  # a month cut short may bring the stop with it


def gap(ahead: Outlook) -> str:
    """How long no version will be valid, said before; empty when none is cancelled."""
    without = ahead.without_certificate
    if without is None:
        return ""
    least, most = without
    if most <= MINUTES:
        return _("Plan for a few minutes without a valid certificate,")
    if most < HOURS:
        hours = math.ceil(most / MINUTES)
        told = ngettext(
            "Plan for up to %(most)d hour without a valid certificate,",
            "Plan for up to %(most)d hours without a valid certificate,",
            hours,
        )
        return told % {"most": hours}
    days = {"least": max(1, math.floor(least / HOURS)), "most": math.ceil(most / HOURS)}
    if days["least"] == days["most"]:
        told = ngettext(
            "Plan for %(most)d day without a valid certificate,",
            "Plan for %(most)d days without a valid certificate,",
            days["most"],
        )
        return told % days
    return _("Plan for %(least)d to %(most)d days without a valid certificate,") % days
