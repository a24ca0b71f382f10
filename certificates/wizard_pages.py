"""The doors of the wizard: who may enter, where it goes on, and leaving it."""

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
from certificates.purposes import Purpose
from certificates.story import Certificate
from certificates.wishes import Wish
from certificates.wizard import CSR, Wizard, already_sent, check_address, panel
from work.loop import clock

wizard = Wizard.as_view(url_name="")  # the library insists on one; ours follow the purpose


@on_certificate(*SAFE)
def begin(request: HttpRequest, certificate: Certificate, purpose: Purpose) -> HttpResponse:
    """Begin, or go on where the draft was left. What stands in the way is told, all of it."""
    refused = _refused(request, certificate, purpose)
    if refused is not None:
        return refused
    mine = Draft.objects.filter(certificate=certificate, person=signed_in(request))
    draft = mine.filter(kind=purpose.kind).first()
    step = draft.step if draft is not None and draft.step else CSR
    return redirect(f"{purpose.url}-step", certificate_id=certificate.pk, step=step)


@on_certificate("GET", "HEAD", "POST")
def at_step(
    request: HttpRequest, certificate: Certificate, purpose: Purpose, step: str
) -> HttpResponse:
    refused = _refused(request, certificate, purpose)
    return refused or wizard(request, certificate=certificate, purpose=purpose, step=step)


@on_certificate("POST")
def discard(request: HttpRequest, certificate: Certificate, purpose: Purpose) -> HttpResponse:
    """Throw one's own draft away."""
    mine = Draft.objects.filter(certificate=certificate, person=signed_in(request))
    if mine.filter(kind=purpose.kind).delete()[0]:
        messages.info(request, _("The draft was discarded. Nothing was sent in."))
    return redirect("certificate", certificate_id=certificate.pk)


@on_certificate("POST")
def check_csr(request: HttpRequest, certificate: Certificate, purpose: Purpose) -> HttpResponse:
    """What we read in a CSR that is being given: a part of the page, and nothing is kept."""
    refused = _refused(request, certificate, purpose)
    if refused is not None:
        return refused
    form = KeyForm(
        request.POST,
        request.FILES,
        prefix=CSR,
        certificate=certificate,
        purpose=purpose,
        so_far=Wish(),
        now=clock(),
    )
    form.is_valid()
    context = {
        "reading": form.reading,
        "form": form,
        "is_part": True,
        "check_address": check_address(certificate, purpose),
    }
    return render(request, "certificates/wizard/reading.html", context)


def _refused(
    request: HttpRequest, certificate: Certificate, purpose: Purpose
) -> HttpResponse | None:
    """All reasons that hold, as a page; who sends something in is led to the certificate."""
    now = clock()
    obstacles = purpose.obstacles(certificate, signed_in(request), now)
    if not obstacles:
        return None
    if request.method not in SAFE:
        return already_sent(request, certificate, purpose)
    context = panel(certificate, purpose, now) | {"obstacles": obstacles}
    return render(request, "certificates/wizard/refused.html", context)


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
