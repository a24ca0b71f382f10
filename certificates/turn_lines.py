"""The one line under a certificate's state in the list: who, what, by when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.actors import RESEAL
from accounts.dates import day
from accounts.first_sentence import first_sentence
from accounts.kept_sentences import as_read
from authorities.brands import Brand
from authorities.calendar import Bulletin, Calendar
from certificates.applications import Application
from certificates.lifecycle import Status
from certificates.outlook import ISSUE_TAKES, of_application
from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.telling import revoked_why
from verification.causes import NOT_DELIVERED, Turn, is_unregistered, whose_turn
from verification.challenges import Challenge, Method
from verification.turns import Stand, all_stand, now_stands

LONGEST_QUESTION = 30  # beside whose turn it is and who asks
LONGEST = 64  # a row has two lines; the page of the certificate tells the rest


@dataclass(frozen=True)
class TurnLine:
    what: str
    who: str = ""
    code: str = ""
    bulletin: Bulletin | None = None


# Where no application is open.
STILL: dict[str, Promise] = {
    Status.UPLOAD: gettext_lazy("Issued elsewhere, kept here"),
    Status.EXPIRED: gettext_lazy("Its time is over; buy a new one if you need it"),
}
# Something was published, but not as it is asked for.
PUBLISHED_WRONGLY = frozenset(
    {
        "dns.wrong_value",
        "dns.stale_value",
        "dns.quoted_value",
        "dns.doubled_suffix",
        "dns.underscore_lost",
        "dns.wrong_level",
        "dns.cname_conflict",
    }
)

# Where no mail can be answered: what to do instead.
ANOTHER_WAY: dict[str, Promise] = {
    "method.ended": gettext_lazy("choose another way to prove %(domain)s"),
    **dict.fromkeys(sorted(NOT_DELIVERED), gettext_lazy("choose another mailbox for %(domain)s")),
}
# The name of a web server leads to no address, so that no file can be asked for.
NO_ADDRESS = frozenset({"dns.absent", "dns.nxdomain"})


def turn_line(certificate: Certificate, now: datetime, calendar: Calendar) -> TurnLine:
    application = certificate.open_application
    if application is not None and application.is_held:
        return _looking(certificate, application)
    if application is not None and _is_of_a_cause(certificate, application):
        return _goes_on(certificate, application, now, calendar)
    if application is not None:
        return TO_DO.get(certificate.status, _goes_on)(certificate, application, now, calendar)
    current = certificate.current
    if certificate.status == Status.PAID:
        return TurnLine(_("apply for it"), who=_("Your turn"))
    if certificate.status == Status.UNPASSED:
        return TurnLine(_short(as_read(certificate.failure_message)), code=certificate.failure_code)
    if certificate.status == Status.REVOKED and current is not None and current.revoked_at:
        why = revoked_why(current.revocation_reason)
        told = _("%(day)s, %(why)s") if why else "%(day)s"
        return TurnLine(told % {"day": day(current.revoked_at), "why": why})
    if certificate.is_issued() and current is not None:
        told = _("%(day)s, version %(number)d")
        return TurnLine(told % {"day": day(current.issued_at), "number": current.number})
    return TurnLine(str(STILL.get(certificate.status, "")))


def _looking(certificate: Certificate, application: Application) -> TurnLine:
    """People of the authority look at the names; the page of the certificate says why."""
    until = application.waiting_until or application.submitted_at
    what = _("looks at the names by %(day)s") % {"day": day(until)}
    return TurnLine(what, who=_brand(certificate), code=application.waiting_code)


def _is_of_a_cause(certificate: Certificate, application: Application) -> bool:
    """It waits for what the catalogue knows, such as CAA, and for nothing that comes before it."""
    is_known = whose_turn(application.waiting_code) is not None
    return is_known and not certificate.is_being_withdrawn()


def _reissuing(
    certificate: Certificate, application: Application, now: datetime, calendar: Calendar
) -> TurnLine:
    words = {"brand": _brand(certificate)}
    if application.asked_at is not None:
        if application.confirm_until is None:
            return TurnLine(_("answer %(brand)s's e-mail") % words, who=_("Your turn"))
        words["day"] = day(application.confirm_until)
        return TurnLine(_("answer %(brand)s's e-mail by %(day)s") % words, who=_("Your turn"))
    if held := _held(certificate, now, calendar):
        return held
    outlook = of_application(application, certificate.product, now, calendar)
    mailed = application.waiting_until or outlook.ahead[0].latest
    what = _("mails the contact by %(day)s") % {"day": day(mailed)}
    return TurnLine(what, who=words["brand"])


def _proving(
    certificate: Certificate, application: Application, now: datetime, calendar: Calendar
) -> TurnLine:
    asked = challenges_of(application)
    stand = all_stand(asked)
    if stand is None or application.waiting_code:
        return _goes_on(certificate, application, now, calendar)
    if stand.is_by_itself:
        return TurnLine(_publishing(stand.count), who=RESEAL.name)
    if stand.turn != Turn.YOU:
        return TurnLine(_waits(stand), who=str(stand.turn.label), code=stand.code)
    yours = [each for each in asked if (own := now_stands(each)) and own.turn == Turn.YOU]
    return TurnLine(_to_prove(yours), who=_("Your turn"))


def _waits(stand: Stand) -> str:
    """What keeps a proof from being seen, though the customer did their part."""
    what = as_read(stand.sentence)
    if stand.count > 1:
        words = {"count": stand.count, "total": stand.total, "what": what}
        return _short(_("%(count)d of %(total)d names: %(what)s") % words)
    return _short(what)


def _publishing(count: int) -> str:
    told = ngettext("publishes %(count)d DNS record", "publishes %(count)d DNS records", count)
    return told % {"count": count}


def _to_prove(waiting: list[Challenge]) -> str:
    count, ways = len(waiting), {each.method for each in waiting}
    if len(ways) > 1:
        return ngettext("prove %(count)d domain", "prove %(count)d domains", count) % {
            "count": count
        }
    if all(each.paused_at is not None for each in waiting):
        return ngettext(
            "mend %(count)d proof, then press Resume",
            "mend %(count)d proofs, then press Resume",
            count,
        ) % {"count": count}
    if Method.EMAIL in ways:
        return _to_answer(waiting)
    unknown = [each for each in waiting if is_unregistered(each.problem_code, each.problem_message)]
    if unknown:
        return _("check the spelling of %(domain)s, or register it") % {"domain": unknown[0].domain}
    nowhere = [each for each in waiting if each.problem_code in NO_ADDRESS]
    if Method.FILE in ways and nowhere:
        return _("publish an address for %(domain)s") % {"domain": nowhere[0].domain}
    if Method.FILE in ways:
        told = ngettext("put %(count)d file on your server", "put %(count)d files there", count)
    elif all(each.problem_code in PUBLISHED_WRONGLY for each in waiting):
        told = ngettext("correct %(count)d DNS record", "correct %(count)d DNS records", count)
    elif any(each.problem_code in PUBLISHED_WRONGLY for each in waiting):
        told = _("publish or correct %(count)d DNS records")
    else:
        told = ngettext("publish %(count)d DNS record", "publish %(count)d DNS records", count)
    return told % {"count": count}


def _to_answer(waiting: list[Challenge]) -> str:
    """Of proofs by mail alone."""
    for code, told in ANOTHER_WAY.items():
        if names := [each.domain for each in waiting if each.problem_code == code]:
            return str(told) % {"domain": names[0]}
    until = day(min(each.expires_at for each in waiting))
    if len(waiting) > 1:
        return _("answer %(count)d e-mails by %(day)s") % {"count": len(waiting), "day": until}
    words = {"mailbox": waiting[0].addressee, "day": until}
    return _("answer the e-mail to %(mailbox)s by %(day)s") % words


def _reviewing(
    certificate: Certificate, application: Application, now: datetime, calendar: Calendar
) -> TurnLine:
    if application.question_at is not None:
        question = Truncator(" ".join(application.question.split())).chars(LONGEST_QUESTION)
        told = {"brand": _brand(certificate), "question": question}
        return TurnLine(_("%(brand)s asks: %(question)s") % told, who=_("Your turn"))
    if held := _held(certificate, now, calendar):
        return held
    issued = of_application(application, certificate.product, now, calendar).issued
    if issued.latest <= now + ISSUE_TAKES:  # the forecast is over and the desk is still at it
        return TurnLine(_("looks at the organization"), who=_brand(certificate))
    what = _("expected %(day)s") % {"day": day(issued.latest)}
    return TurnLine(what, who=_brand(certificate))


def _issuing(
    certificate: Certificate, application: Application, now: datetime, calendar: Calendar
) -> TurnLine:
    if held := _held(certificate, now, calendar):
        return held
    if application.waiting_code:
        return _goes_on(certificate, application, now, calendar)
    return TurnLine(_("usually within 10 minutes"), who=_brand(certificate))


def _withdrawing(
    certificate: Certificate, application: Application, now: datetime, calendar: Calendar
) -> TurnLine:
    return TurnLine(_("decides about the withdrawal within minutes"), who=_brand(certificate))


def _goes_on(
    certificate: Certificate, application: Application, now: datetime, calendar: Calendar
) -> TurnLine:
    """What the authority itself says about its wait, such as a CAA record that nobody answers."""
    if not application.waiting_code:
        return TurnLine(_("goes on by itself"), who=_brand(certificate))
    message, code = as_read(application.waiting_message), application.waiting_code
    turn = whose_turn(code)
    if turn is None:
        return TurnLine(_short(message), who=_brand(certificate), code=code)
    return TurnLine(_short(message), who=str(turn.label), code=code)


TO_DO: dict[str, Callable[[Certificate, Application, datetime, Calendar], TurnLine]] = {
    Status.REISSUING: _reissuing,
    Status.CHECKING_DOMAIN: _proving,
    Status.CHECKING_ORG: _reviewing,
    Status.ISSUING: _issuing,
    Status.CANCELCHECKING: _withdrawing,
}


def _held(certificate: Certificate, now: datetime, calendar: Calendar) -> TurnLine | None:
    product = certificate.product
    bulletin = calendar.suspension(product.brand, now, product.type)
    if bulletin is None:
        return None
    what = _("suspended until %(day)s") % {"day": day(bulletin.ends_at)}
    return TurnLine(what, who=_brand(certificate), bulletin=bulletin)


def _brand(certificate: Certificate) -> str:
    return str(Brand(certificate.product.brand).label)


def _short(message: str) -> str:
    """The first sentence, cut where a row ends."""
    return Truncator(first_sentence(message)[0].removesuffix(".")).chars(LONGEST)
