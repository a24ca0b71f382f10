"""The customer's pages: list, certificate, check, downloads. Strangers get 404 on all of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Action, may, visible
from accounts.sign_in import is_fresh, remember_password
from certificates.downloads import key_archive
from certificates.facts import challenge_facts
from certificates.obstacles import Refused, reissue_obstacles
from certificates.proving import check_now, check_obstacles
from certificates.story import Certificate
from certificates.versions import Version
from work.loop import clock
from work.run import network

ROWS = 50


def found(request: HttpRequest, certificate_id: str, action: Action = Action.VIEW) -> Certificate:
    """The certificate, if this person may do `action` on it; a stranger learns nothing."""
    rows = Certificate.objects.select_related("product", "project", "bought_by")
    rows = rows.prefetch_related("versions", "applications__proof", "product__all_terms")
    return get_object_or_404(visible(rows, request.user, action), pk=certificate_id)


@login_required
@require_GET
def certificate_list(request: HttpRequest) -> HttpResponse:
    rows = visible(Certificate.objects.select_related("product"), request.user)
    rows = rows.prefetch_related("versions", "product__all_terms")
    after = request.GET.get("after", "")
    start = rows.filter(pk=after).first() if after else None
    if start is not None:
        earlier = rows.filter(created_at=start.created_at, pk__lt=start.pk)
        rows = rows.filter(created_at__lt=start.created_at) | earlier
    page = list(rows[: ROWS + 1])
    context = {"certificates": page[:ROWS], "more": page[ROWS - 1] if len(page) > ROWS else None}
    return render(request, "certificates/list.html", context)


@login_required
@require_GET
def certificate_page(request: HttpRequest, certificate_id: str) -> HttpResponse:
    certificate = found(request, certificate_id)
    now = clock()
    context: dict[str, Any] = {
        "certificate": certificate,
        "application": certificate.open_application,
        "versions": list(certificate.versions.order_by("-number")),
        "events": list(certificate.events.order_by("-pk")),
        "challenges": challenge_facts(certificate),
        "reissue_obstacles": reissue_obstacles(certificate, request.user, now),  # type: ignore[arg-type]
        "may_check": not check_obstacles(certificate, request.user),  # type: ignore[arg-type]
        "may_take_key": may(request.user, Action.DOWNLOAD_KEY, certificate),
        "password_is_fresh": is_fresh(request, now),
    }
    return render(request, "certificates/certificate.html", context)


@login_required
@require_POST
def check(request: HttpRequest, certificate_id: str) -> HttpResponse:
    certificate = found(request, certificate_id)
    try:
        looked = check_now(
            certificate=certificate,
            actor=request.user,  # type: ignore[arg-type]  # signed in
            now=clock(),
            network=network(),
        )
    except Refused as refused:
        for each in refused.obstacles:
            messages.error(request, each.message)
    else:
        for challenge in looked:
            if challenge.problem_message:
                messages.warning(request, challenge.problem_message)
            else:
                messages.success(request, _("%(domain)s is proved.") % {"domain": challenge.domain})
    return redirect("certificate", certificate_id=certificate.pk)


@login_required
@require_GET
def chain(request: HttpRequest, certificate_id: str, number: int) -> HttpResponse:
    version = _version(found(request, certificate_id), number)
    answer = HttpResponse(version.chain, content_type="application/x-pem-file")
    answer["Content-Disposition"] = f'attachment; filename="{certificate_id}-{number}.pem"'
    return answer


@login_required
@require_POST
def key(request: HttpRequest, certificate_id: str, number: int) -> HttpResponse:
    """The archive with the private key: password within five minutes, log first, never cached."""
    now = clock()
    version = _version(found(request, certificate_id, Action.DOWNLOAD_KEY), number)
    password = request.POST.get("password", "")
    if not is_fresh(request, now):
        if not password or not request.user.check_password(password):
            messages.error(
                request,
                _("Give your password to take the key; the last time was over five minutes ago."),
            )
            return redirect("certificate", certificate_id=certificate_id)
        remember_password(request, now)
    archive = key_archive(version, actor=request.user, now=now)  # type: ignore[arg-type]
    answer = HttpResponse(archive.content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{archive.name}"'
    answer["Cache-Control"] = "no-store, private"
    return answer


def _version(certificate: Certificate, number: int) -> Version:
    version = next((each for each in certificate.versions.all() if each.number == number), None)
    if version is None:
        raise Http404
    return version
