"""The papers of an organization: for the people of their project, and for support staff."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from authorities.papers import Paper, as_attachment
from certificates.guard import SAFE, on_certificate
from certificates.story import Certificate


@on_certificate(*SAFE)
def paper(request: HttpRequest, certificate: Certificate, number: int) -> HttpResponse:
    """One paper of the project, as a file to save."""
    found = Paper.objects.filter(pk=number, customer=certificate.project_id).first()
    if found is None:
        raise Http404
    return as_attachment(found)
