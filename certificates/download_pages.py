"""Downloads: the chain for everybody who sees the certificate, the key for who may take it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.sign_in import PasswordRefused, is_fresh, require_password
from certificates.certificate_page import page_of
from certificates.downloads import Archive, key_archive, key_obstacles
from certificates.guard import SAFE, on_certificate, signed_in, tell_refusal, version_of
from certificates.obstacles import Refused
from certificates.story import Certificate
from certificates.take_key_form import KeyForm
from work.loop import clock


@on_certificate(*SAFE)
def chain(request: HttpRequest, certificate: Certificate, number: int) -> HttpResponse:
    version = version_of(certificate, number)
    answer = HttpResponse(version.chain, content_type="application/x-pem-file")
    answer["Content-Disposition"] = f'attachment; filename="{certificate.pk}-{number}.pem"'
    return answer


@on_certificate("POST")
def key(request: HttpRequest, certificate: Certificate, number: int) -> HttpResponse:
    """The archive with the private key: password within five minutes, log first, never cached."""
    now, person = clock(), signed_in(request)
    version = version_of(certificate, number)
    if obstacles := key_obstacles(version, person):
        return tell_refusal(request, certificate, Refused(obstacles))
    form = KeyForm(request.POST, asks_password=not is_fresh(request, now))
    if not form.is_valid():
        return _asked_again(request, certificate, number, form)
    try:
        subject = f"key of {certificate.pk} version {number}"
        room = certificate.project_id
        require_password(request, person, project_id=room, subject=subject, now=now)
    except PasswordRefused as refused:
        form.add_error("password", ValidationError(str(refused), "password.refused"))
        return _asked_again(request, certificate, number, form)
    return _handed_out(key_archive(version, form.wrapping(), actor=person, now=now))


def _asked_again(
    request: HttpRequest, certificate: Certificate, number: int, form: KeyForm
) -> HttpResponse:
    context = page_of(request, certificate, number=number, key_form=form)
    return render(request, "certificates/certificate.html", context)


def _handed_out(archive: Archive) -> HttpResponse:
    answer = HttpResponse(archive.content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{archive.name}"'
    answer["Cache-Control"] = "no-store, private"
    return answer
