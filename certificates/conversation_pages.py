"""The customer's answer to a question of the authority's people."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from certificates.certificate_page import page_of
from certificates.conversation import reply, reply_obstacles
from certificates.guard import on_certificate, signed_in, tell_refusal
from certificates.obstacles import Refused
from certificates.reply_form import ReplyForm
from certificates.story import Certificate
from work.loop import clock


@on_certificate("POST")
def reply_page(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    now, person, form = clock(), signed_in(request), ReplyForm(request.POST)
    obstacles = reply_obstacles(certificate, person, now)
    if obstacles:
        return tell_refusal(request, certificate, Refused(obstacles))
    if not form.is_valid():
        context = page_of(request, certificate, reply_form=form)
        return render(request, "certificates/certificate.html", context)
    try:
        reply(certificate=certificate, actor=person, now=now, **form.cleaned_data)
    except Refused as refused:
        return tell_refusal(request, certificate, refused)
    messages.success(request, _("Your answer is on its way to the authority."))
    return redirect("certificate", certificate_id=certificate.pk)
