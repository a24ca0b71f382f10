"""Downloads: the chain for everybody who sees the certificate, the key for who may take it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.sign_in import PasswordRefused, require_password
from certificates.downloads import key_archive, key_obstacles
from certificates.guard import SAFE, on_certificate, signed_in, tell_refusal, version_of
from certificates.obstacles import Refused
from certificates.story import Certificate
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
        return tell_refusal(request, certificate, refused)
    except PasswordRefused as refused:
        messages.error(request, str(refused))
        return redirect("certificate", certificate_id=certificate.pk)
    answer = HttpResponse(archive.content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{archive.name}"'
    answer["Cache-Control"] = "no-store, private"
    return answer
