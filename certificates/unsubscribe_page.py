"""The page that asks before a certificate is given back for its price."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from certificates.guard import SAFE, on_certificate, signed_in, tell_refusal
from certificates.obstacles import Refused
from certificates.story import Certificate
from certificates.unsubscribing import refundable_until, unsubscribe, unsubscribe_obstacles
from work.loop import clock


@on_certificate(*SAFE, "POST")
def unsubscribe_page(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    now, person = clock(), signed_in(request)
    if request.method == "POST":
        try:
            unsubscribe(certificate=certificate, actor=person, now=now)
        except Refused as refused:
            return tell_refusal(request, certificate, refused)
        messages.success(request, _("Given back. What was paid for it is refunded."))
        return redirect("order", number=certificate.purchase_id)
    context = {
        "here": "certificates",
        "certificate": certificate,
        "name": certificate.name or certificate.domain or certificate.pk,
        "purchase": certificate.purchase,
        "until": refundable_until(certificate),
        "obstacles": unsubscribe_obstacles(certificate, person, now),
    }
    return render(request, "certificates/buying/unsubscribe.html", context)
