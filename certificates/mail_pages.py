"""The pages behind the links in mails: GET shows, only a pressed button decides.

Whoever holds the link may answer, signed in or not: the mail went to the contact or to the
domain's own mailbox, and that is what it proves.
"""

from __future__ import annotations

from typing import Any

from authorities.hierarchy import IssuedCertificate
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorities.brands import Brand
from authorities.simulated.orders import CaOrder
from verification import answers
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
    asked = order.request()
    wanted = {"confirm": Decision.CONFIRM, "decline": Decision.DECLINE}
    _decide(request, answer, wanted)
    context = {
        "order": order,
        "asked": asked,
        "brand": Brand(asked.brand).label,
        "original": IssuedCertificate.objects.get(serial=asked.replaces),
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
    _decide(request, answer, {"confirm": Decision.CONFIRM})
    return _page(request, "verification/prove.html", answer, {"challenge": challenge})


def _found(purpose: Purpose, token: str) -> MailAnswer:
    answer = answers.find(purpose, token)
    if answer is None:
        raise Http404
    return answer


def _decide(request: HttpRequest, answer: MailAnswer, wanted: dict[str, Decision]) -> None:
    decision = wanted.get(request.POST.get("decision", ""))
    if request.method == "POST" and decision is not None:
        answers.decide(answer.pk, decision, by=BY_LINK, now=clock())
        answer.refresh_from_db()


def _page(
    request: HttpRequest, template: str, answer: MailAnswer, context: dict[str, Any]
) -> HttpResponse:
    context |= {"answer": answer, "is_open": answer.is_open(clock())}
    page = render(request, template, context)
    page["X-Robots-Tag"] = "noindex"
    return page
