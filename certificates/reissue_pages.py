"""The doors of the reissue wizard: who may enter, where it goes on, and leaving it."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Statement
from accounts.statements import CURRENT
from certificates.drafts import Draft
from certificates.guard import SAFE, on_certificate, signed_in
from certificates.key_form import KeyForm
from certificates.obstacles import Refused, reissue_obstacles
from certificates.reissue_wizard import CSR, ReissueWizard, already_sent, reissue_panel
from certificates.story import Certificate
from certificates.wishes import Wish
from work.loop import clock

wizard = ReissueWizard.as_view(url_name="reissue-step")


@on_certificate(*SAFE)
def reissue(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """Begin, or go on where the draft was left. What stands in the way is told, all of it."""
    refused = _refused(request, certificate)
    if refused is not None:
        return refused
    draft = Draft.objects.filter(certificate=certificate, person=signed_in(request)).first()
    step = draft.step if draft is not None and draft.step else CSR
    return redirect("reissue-step", certificate_id=certificate.pk, step=step)


@on_certificate("GET", "HEAD", "POST")
def reissue_step(request: HttpRequest, certificate: Certificate, step: str) -> HttpResponse:
    refused = _refused(request, certificate)
    return refused or wizard(request, certificate=certificate, step=step)


@on_certificate("POST")
def discard(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """Throw one's own draft away."""
    gone, _rows = Draft.objects.filter(certificate=certificate, person=signed_in(request)).delete()
    if gone:
        messages.info(request, _("The draft was discarded. Nothing was sent in."))
    return redirect("certificate", certificate_id=certificate.pk)


@on_certificate("POST")
def check_csr(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """What we read in a CSR that is being given: a part of the page, and nothing is kept."""
    refused = _refused(request, certificate)
    if refused is not None:
        return refused
    form = KeyForm(
        request.POST,
        request.FILES,
        prefix=CSR,
        certificate=certificate,
        so_far=Wish(),
        now=clock(),
    )
    form.is_valid()
    context = {"reading": form.reading, "form": form, "is_part": True, "certificate": certificate}
    return render(request, "certificates/reissue/reading.html", context)


def _refused(request: HttpRequest, certificate: Certificate) -> HttpResponse | None:
    """All reasons that hold, as a page; who sends something in is led to the certificate."""
    now = clock()
    obstacles = reissue_obstacles(certificate, signed_in(request), now)
    if not obstacles:
        return None
    if request.method not in SAFE:
        return already_sent(request, certificate)
    context = reissue_panel(certificate, now) | {"obstacles": Refused(obstacles).obstacles}
    return render(request, "certificates/reissue/refused.html", context)


@login_required
@require_safe
def statement(request: HttpRequest, slug: str) -> HttpResponse:
    """One of the three texts that an application accepts, in the version that holds."""
    if slug.upper() not in Statement.values:
        raise Http404
    which = Statement(slug.upper())
    version, text = CURRENT[which]
    context = {
        "title": which.label,
        "text": text,
        "since": date.fromisoformat(version),
        "here": "certificates",
    }
    return render(request, "certificates/statement.html", context)
