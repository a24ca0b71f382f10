"""The certificate that a reissue replaces."""

from __future__ import annotations

from django.utils.translation import gettext as _

from authorities.hierarchy import IssuedCertificate
from authorities.port import Kind, Request
from authorities.simulated.orders import CaOrder
from verification.outcome import Problem


def original_of(request: Request) -> IssuedCertificate | None:
    """The certificate that a reissue replaces: ours, and issued to this very customer."""
    found = IssuedCertificate.objects.filter(
        serial=request.replaces, authority__brand=request.brand
    ).first()
    if found is None:
        return None
    order = CaOrder.objects.filter(request_id=found.order).first()
    is_theirs = order is not None and order.request().customer == request.customer
    return found if is_theirs else None


def original_problem(request: Request) -> Problem | None:
    if request.kind != Kind.REISSUE or original_of(request) is not None:
        return None
    message = _("The certificate to be replaced was not issued to this customer.")
    return Problem("order.original", message)
