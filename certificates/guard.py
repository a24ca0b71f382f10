"""What every page of one certificate shares: who may see it, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import visible
from accounts.doors import not_allowed
from accounts.models import User
from certificates.obstacles import Refused
from certificates.story import Certificate
from certificates.versions import Version

SAFE = ("GET", "HEAD")
P = ParamSpec("P")
View = Callable[..., HttpResponse]
OnCertificate = Callable[Concatenate[HttpRequest, Certificate, P], HttpResponse]


def on_certificate(*methods: str) -> Callable[[OnCertificate[P]], View]:
    """Hand the view its certificate. A stranger learns nothing: 404 whatever the method was.

    Who is not signed in is brought back to the certificate's page afterwards, never to an address
    that only a form may call.
    """

    def guarded(view: OnCertificate[P]) -> View:
        @wraps(view)
        def answer(
            request: HttpRequest, certificate_id: str, *args: P.args, **more: P.kwargs
        ) -> HttpResponse:
            if not request.user.is_authenticated:
                page = reverse("certificate", args=[certificate_id])
                if request.headers.get("HX-Request"):  # a part of a page never becomes sign-in
                    return HttpResponseClientRedirect(redirect_to_login(page).url)
                return redirect_to_login(request.get_full_path() if methods == SAFE else page)
            rows = Certificate.objects.select_related(
                "product", "project", "bought_by", "purchase", "subscription__purchase"
            )
            rows = rows.prefetch_related("versions", "applications__proof", "product__all_terms")
            certificate = get_object_or_404(visible(rows, request.user), pk=certificate_id)
            if request.method not in methods:
                page = reverse("certificate", args=[certificate_id])
                return not_allowed(request, methods, page)
            return view(request, certificate, *args, **more)

        return answer

    return guarded


def signed_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def tell_refusal(request: HttpRequest, certificate: Certificate, refused: Refused) -> HttpResponse:
    """Every reason as a message, on the certificate's own page."""
    for each in refused.obstacles:
        messages.error(request, each.message)
    return redirect("certificate", certificate_id=certificate.pk)


def version_of(certificate: Certificate, number: int) -> Version:
    version = next((each for each in certificate.versions.all() if each.number == number), None)
    if version is None:
        raise Http404
    return version
