"""What the world fetches under /pki/: certificates, revocation lists, OCSP answers.

Everything here is signed and the same for everyone: no session, no cookie, no CSRF token.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from authorities import crls, responder
from authorities.hierarchy import Authority

CERTIFICATE_AGE = 86_400  # seconds; an authority's certificate never changes
# Seconds for which caches keep a list or an answer: a revocation is seen soon everywhere.
STATUS_AGE = 300
OCSP_RESPONSE = "application/ocsp-response"


@csrf_exempt
@require_safe
def certificate(request: HttpRequest, slug: str) -> HttpResponse:
    """The authority's certificate as DER (RFC 5280 4.2.2.1)."""
    authority = get_object_or_404(Authority, slug=slug)
    response = HttpResponse(bytes(authority.certificate), content_type="application/pkix-cert")
    response["Cache-Control"] = f"public, max-age={CERTIFICATE_AGE}"
    return response


@csrf_exempt
@require_safe
def revocation_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The current CRL as DER (RFC 5280 4.2.1.13)."""
    authority = get_object_or_404(Authority, slug=slug)
    latest = crls.current(authority)
    if latest is None:
        raise Http404(_("This authority has not published a list yet. Ask again in a minute."))
    response = HttpResponse(bytes(latest.der), content_type="application/pkix-crl")
    response["Cache-Control"] = f"public, max-age={STATUS_AGE}"
    response["Last-Modified"] = http_date(latest.this_update.timestamp())
    return response


@csrf_exempt
@require_http_methods(["GET", "POST"])
def ocsp(request: HttpRequest, slug: str, asked: str = "") -> HttpResponse:
    """An OCSP answer. GET carries the request in the path, POST in the body (RFC 6960 A.1)."""
    authority = get_object_or_404(Authority, slug=slug)
    question = responder.decode_path(asked) if request.method == "GET" else request.body
    answer = responder.respond(authority, question, timezone.now())
    response = HttpResponse(answer.der, content_type=OCSP_RESPONSE)
    if answer.made_at is None or answer.fresh_until is None:
        response["Cache-Control"] = "no-store"
        return response
    left = int((answer.fresh_until - answer.made_at).total_seconds())
    response["Cache-Control"] = (
        f"max-age={min(STATUS_AGE, left)}, public, no-transform, must-revalidate"
    )
    response["Last-Modified"] = http_date(answer.made_at.timestamp())
    response["Expires"] = http_date(answer.fresh_until.timestamp())
    return response
