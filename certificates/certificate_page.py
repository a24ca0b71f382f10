"""The page of one certificate."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import Action, may
from accounts.dates import second
from accounts.sign_in import is_fresh
from certificates.downloads import key_obstacles, version_to_download
from certificates.guard import SAFE, on_certificate, signed_in, tell_refusal
from certificates.obstacles import Refused
from certificates.overview import overview
from certificates.pausing import resume_looking
from certificates.proving import check_now
from certificates.reply_form import ReplyForm
from certificates.story import Certificate
from certificates.take_key_form import KeyForm
from certificates.watching import WAITS, digest, next_wait
from verification.challenges import Challenge, Status
from verification.publishing import is_to_come
from work.loop import clock
from work.run import network


@on_certificate(*SAFE)
def certificate_page(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    return render(request, "certificates/certificate.html", page_of(request, certificate))


def page_of(
    request: HttpRequest,
    certificate: Certificate,
    *,
    number: int | None = None,
    key_form: KeyForm | None = None,
    reply_form: ReplyForm | None = None,
) -> dict[str, Any]:
    """The context of the page, also where its form for the key of a version is shown again."""
    now, person = clock(), signed_in(request)
    version = version_to_download(certificate, number, request.GET.get("version", ""))
    context = overview(certificate, person, now)
    announcement = f"{context['badge'].label}. {context['panel'].heading}"
    if context["panel"].looking:  # without the number, which changes with every look
        announcement += ". " + _("We are looking at the names now.")
    return context | {
        "wait": WAITS[0],
        "announcement": announcement,
        "said": digest(announcement),
        "download": version,
        "key_obstacles": key_obstacles(version, person) if version is not None else [],
        "reply_form": reply_form or ReplyForm(),
        "may_reply": may(person, Action.ANSWER, certificate),
        "key_form": key_form or KeyForm(asks_password=not is_fresh(request, now)),
    }


@on_certificate(*SAFE)
def watch(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """What moved since the page saw `seen`; nothing of the page is replaced when nothing did."""
    if not request.headers.get("HX-Request"):
        return redirect("certificate", certificate_id=certificate.pk)
    context = page_of(request, certificate)
    if context["token"] == request.GET.get("seen"):
        context["wait"] = next_wait(request.GET.get("wait", ""))
        return render(request, "certificates/certificate/watch.html", context)
    # Who listens is told what changed, and not the same sentence with every look.
    context["is_news"] = context["said"] != request.GET.get("said")
    return render(request, "certificates/certificate/moved.html", context)


@on_certificate("POST")
def check(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    try:
        looked = check_now(
            certificate=certificate, actor=signed_in(request), now=clock(), network=network()
        )
    except Refused as refused:
        return tell_refusal(request, certificate, refused)
    unseen: list[Challenge] = []
    for challenge in looked:
        if challenge.status == Status.PROVED:
            messages.success(request, _("%(domain)s is proved.") % {"domain": challenge.domain})
        elif is_to_come(challenge):
            told = _("We publish the record for %(domain)s first; there is nothing to do.")
            messages.info(request, told % {"domain": challenge.domain})
        elif challenge.asked_at is None and challenge.problem_message:
            unseen.append(challenge)
    if unseen:
        messages.info(request, _not_seen(unseen))
    return redirect("certificate", certificate_id=certificate.pk)


def _not_seen(looked: list[Challenge]) -> str:
    """That the look is news; what it saw and what to do stands in the page, once."""
    at = max((each.last_checked_at for each in looked if each.last_checked_at), default=clock())
    words = {"domain": looked[0].domain, "count": len(looked), "at": second(at)}
    if len(looked) == 1:
        told = _("We looked for the proof of %(domain)s at %(at)s UTC and did not see it yet.")
    else:
        told = _("We looked for the proofs of %(count)d names at %(at)s UTC, without seeing them.")
    return told % words


@on_certificate("POST")
def resume(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    try:
        resume_looking(certificate=certificate, actor=signed_in(request), now=clock())
    except Refused as refused:
        return tell_refusal(request, certificate, refused)
    messages.success(request, _("We look again by ourselves, at once and then less and less."))
    return redirect("certificate", certificate_id=certificate.pk)
