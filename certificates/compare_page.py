"""Two versions of a certificate side by side."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from certificates.comparison import compare
from certificates.guard import SAFE, on_certificate, version_of
from certificates.story import Certificate
from certificates.versions import Version

LONGEST = 6  # digits of a number that a version may have


@on_certificate(*SAFE)
def compare_page(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """Without numbers the latest version beside the one before it."""
    numbers = sorted(each.number for each in certificate.versions.all())
    before = _chosen(request, certificate, "from", numbers[-2:-1] or numbers)
    after = _chosen(request, certificate, "to", numbers[-1:])
    context = {
        "here": "certificates",
        "certificate": certificate,
        "name": certificate.name or certificate.domain or certificate.pk,
        "numbers": numbers,
        "comparison": compare(before, after) if before and after else None,
    }
    return render(request, "certificates/compare.html", context)


def _chosen(
    request: HttpRequest, certificate: Certificate, field: str, default: list[int]
) -> Version | None:
    """The version that the address names. 404 for a number that no version has."""
    given = request.GET.get(field, str(default[0]) if default else "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= LONGEST):
        raise Http404
    return version_of(certificate, int(given))
