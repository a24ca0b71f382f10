"""The customer's pages: list, certificate, check, downloads. Strangers get 404 on all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import visible
from accounts.models import User
from accounts.sign_in import PasswordRefused, SignInForm, is_fresh, require_password
from certificates.demo import people
from certificates.downloads import key_archive, key_obstacles
from certificates.facts import challenge_facts
from certificates.obstacles import Refused, reissue_obstacles
from certificates.proving import challenges_of, check_now, check_obstacles
from certificates.story import Certificate
from certificates.telling import revoked_why, told, turn
from certificates.versions import Version
from verification.challenges import Status
from work.loop import clock
from work.run import network

ROWS = 50
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
                return redirect_to_login(request.get_full_path() if methods == SAFE else page)
            rows = Certificate.objects.select_related("product", "project", "bought_by")
            rows = rows.prefetch_related("versions", "applications__proof", "product__all_terms")
            certificate = get_object_or_404(visible(rows, request.user), pk=certificate_id)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, certificate, *args, **more)

        return answer

    return guarded


def signed_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


class SignIn(LoginView):
    """The one door for customers and staff. The demo's names its own people."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context = super().get_context_data(**more)
        if settings.ENVIRONMENT == "demo":
            context |= {"demo_people": people.CAST, "demo_password": people.PASSWORD}
        return context


@login_required
@require_safe
def certificate_list(request: HttpRequest) -> HttpResponse:
    rows = visible(Certificate.objects.select_related("product"), request.user)
    rows = rows.prefetch_related("versions", "product__all_terms")
    after = request.GET.get("after", "")
    start = rows.filter(pk=after).first() if after.isalnum() else None
    if start is not None:
        earlier = rows.filter(created_at=start.created_at, pk__lt=start.pk)
        rows = rows.filter(created_at__lt=start.created_at) | earlier
    page = list(rows[: ROWS + 1])
    context = {
        "certificates": page[:ROWS],
        "more": page[ROWS - 1] if len(page) > ROWS else None,
        "is_first": start is None,
    }
    return render(request, "certificates/list.html", context)


@on_certificate(*SAFE)
def certificate_page(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    now, person = clock(), signed_in(request)
    asked = challenges_of(certificate.last_application)
    versions = sorted(certificate.versions.all(), key=lambda each: -each.number)
    context: dict[str, Any] = {
        "certificate": certificate,
        "turn": turn(certificate, asked),
        "versions": [
            {
                "row": version,
                "revoked_why": revoked_why(version.revocation_reason),
                "algorithm": version.key_algorithm.replace("_", " "),
                "may_take_key": not key_obstacles(version, person),
            }
            for version in versions
        ],
        "story": [(event, told(event)) for event in certificate.events.order_by("-pk")],
        "challenges": list(zip(asked, challenge_facts(certificate), strict=True)),
        "reissue_obstacles": reissue_obstacles(certificate, person, now),
        "may_check": not check_obstacles(certificate, person),
        "password_is_fresh": is_fresh(request, now),
    }
    return render(request, "certificates/certificate.html", context)


@on_certificate("POST")
def check(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    try:
        looked = check_now(
            certificate=certificate, actor=signed_in(request), now=clock(), network=network()
        )
    except Refused as refused:
        return _refused(request, certificate, refused)
    for challenge in looked:
        if challenge.status == Status.PROVED:
            messages.success(request, _("%(domain)s is proved.") % {"domain": challenge.domain})
        elif challenge.problem_message:
            messages.warning(request, challenge.problem_message)
    return redirect("certificate", certificate_id=certificate.pk)


@on_certificate(*SAFE)
def chain(request: HttpRequest, certificate: Certificate, number: int) -> HttpResponse:
    version = _version(certificate, number)
    answer = HttpResponse(version.chain, content_type="application/x-pem-file")
    answer["Content-Disposition"] = f'attachment; filename="{certificate.pk}-{number}.pem"'
    return answer


@on_certificate("POST")
def key(request: HttpRequest, certificate: Certificate, number: int) -> HttpResponse:
    """The archive with the private key: password within five minutes, log first, never cached."""
    now, person = clock(), signed_in(request)
    version = _version(certificate, number)
    try:
        if obstacles := key_obstacles(version, person):
            raise Refused(obstacles)
        require_password(
            request,
            person,
            project_id=certificate.project_id,
            subject=f"key of {certificate.pk} version {number}",
            now=now,
        )
        archive = key_archive(version, actor=person, now=now)
    except Refused as refused:
        return _refused(request, certificate, refused)
    except PasswordRefused as refused:
        messages.error(request, str(refused))
        return redirect("certificate", certificate_id=certificate.pk)
    answer = HttpResponse(archive.content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{archive.name}"'
    answer["Cache-Control"] = "no-store, private"
    return answer


def _refused(request: HttpRequest, certificate: Certificate, refused: Refused) -> HttpResponse:
    for each in refused.obstacles:
        messages.error(request, each.message)
    return redirect("certificate", certificate_id=certificate.pk)


def _version(certificate: Certificate, number: int) -> Version:
    version = next((each for each in certificate.versions.all() if each.number == number), None)
    if version is None:
        raise Http404
    return version
