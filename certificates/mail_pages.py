"""The pages behind the links in mails: GET shows, only a pressed button decides.

Whoever holds the link may answer, signed in or not: the mail went to the contact or to the
domain's own mailbox, and that is what it proves.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorities.brands import Brand
from authorities.hierarchy import IssuedCertificate
from authorities.simulated.orders import CaOrder, State
from authorities.simulated.originals import original_of
from authorities.simulated.question import Question
from certificates.badges import Badge
from certificates.obstacles import window_closes_at
from certificates.story import Certificate
from verification import answers, challenges
from verification.answers import Decision, MailAnswer, Purpose
from verification.challenges import Challenge
from work.loop import clock

BY_LINK = "the link in the mail"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Shall the original be cancelled? Confirm or Decline, once, for 30 days."""
    answer = _found(Purpose.CONFIRM, token)
    order = CaOrder.objects.filter(answer=answer).first()
    original = original_of(order.request()) if order else None
    if order is None or original is None:
        raise Http404
    is_asked = order.state == State.ASKING
    if is_asked:
        _decide(request, answer, {"confirm": Decision.CONFIRM, "decline": Decision.DECLINE})
    now = clock()
    context = {
        "order": order,
        "question": Question.about(order, original, now),
        "standing": _standing(original, order, answer, now),
        "is_asked": is_asked,
        **_console_facts(order.request().certificate, now),
    }
    return _page(request, "authorities/confirm.html", answer, context)


def _standing(
    original: IssuedCertificate, order: CaOrder, answer: MailAnswer, now: datetime
) -> Badge:
    """How the certificate in question stands at this moment."""
    if original.revoked_at is not None:
        return Badge("ended", _("Cancelled"))
    if answer.decision == Decision.CONFIRM or order.is_cancelled_by_desk:
        return Badge("ca", _("Being cancelled"))
    if now > original.not_after:
        return Badge("ended", _("Expired"))
    return Badge("done", _("Valid today"))


def _console_facts(certificate_id: str, now: datetime) -> dict[str, Any]:
    """What the customer calls the certificate, and until when they may ask again."""
    certificate = Certificate.objects.select_related("product").filter(pk=certificate_id).first()
    if certificate is None:
        return {"called": certificate_id, "asks_until": None}
    closes = window_closes_at(certificate, now)
    return {
        "called": certificate.name or certificate.pk,
        "asks_until": closes if closes and closes > now else None,
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, token: str) -> HttpResponse:
    """Is a certificate for this domain wanted? The button proves it."""
    answer = _found(Purpose.PROVE, token)
    challenge = Challenge.objects.filter(answer=answer).first()
    order = CaOrder.objects.filter(proof=challenge.proof_id).first() if challenge else None
    if challenge is None or order is None:
        raise Http404
    is_asked = challenge.status == challenges.Status.OPEN
    if is_asked:
        _decide(request, answer, {"confirm": Decision.CONFIRM})
    asked = order.request()
    context = {
        "challenge": challenge,
        "order": order,
        "asked": asked,
        "brand": Brand(asked.brand).label,
        "is_asked": is_asked,
    }
    return _page(request, "verification/prove.html", answer, context)


def _found(purpose: Purpose, token: str) -> MailAnswer:
    answer = answers.find(purpose, token)
    if answer is None:
        raise Http404
    return answer


def _decide(request: HttpRequest, answer: MailAnswer, wanted: dict[str, Decision]) -> None:
    """Decide what was pressed; of two presses the first counts, and the page says which it was."""
    decision = wanted.get(request.POST.get("decision", ""))
    if request.method == "POST" and decision is not None:
        answers.decide(answer.pk, decision, by=BY_LINK, now=clock())
        answer.refresh_from_db()


def _page(
    request: HttpRequest, template: str, answer: MailAnswer, context: dict[str, Any]
) -> HttpResponse:
    """`is_open`: it can still be answered. `is_asked`: the request still waits for the answer."""
    is_open = context["is_asked"] and answer.is_open(clock())
    is_demo = settings.ENVIRONMENT == "demo"
    shown = context | {"answer": answer, "is_open": is_open, "is_demo": is_demo}
    page = render(request, template, shown)
    page["X-Robots-Tag"] = "noindex"
    return page
