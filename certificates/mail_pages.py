"""The pages behind the links in mails: GET shows, only a pressed button decides.

Whoever holds the link may answer, signed in or not: the mail went to the contact or to the
domain's own mailbox, and that is what it proves.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorities.brands import Brand
from authorities.hierarchy import IssuedCertificate
from authorities.simulated.orders import CaOrder, State
from certificates.applications import ReissueReason
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
    if order is None:
        raise Http404
    is_asked = order.state == State.ASKING
    if is_asked:
        _decide(request, answer, {"confirm": Decision.CONFIRM, "decline": Decision.DECLINE})
    asked = order.request()
    context = {
        "order": order,
        "asked": asked,
        "reason": ReissueReason(asked.reason).label,
        "brand": Brand(asked.brand).label,
        "original": IssuedCertificate.objects.get(serial=asked.replaces),
        "is_asked": is_asked,
    }
    return _page(request, "authorities/confirm.html", answer, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, token: str) -> HttpResponse:
    """Is a certificate for this domain wanted? The button proves it."""
    answer = _found(Purpose.PROVE, token)
    challenge = Challenge.objects.filter(answer=answer).first()
    if challenge is None:
        raise Http404
    is_asked = challenge.status == challenges.Status.OPEN
    if is_asked:
        _decide(request, answer, {"confirm": Decision.CONFIRM})
    context = {"challenge": challenge, "mail": answer.mails.first(), "is_asked": is_asked}
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
    page = render(request, template, context | {"answer": answer, "is_open": is_open})
    page["X-Robots-Tag"] = "noindex"
    return page
