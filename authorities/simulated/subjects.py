"""From an order to the certificate that will be made of it."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from authorities.engine import LeafRequest
from authorities.port import Request
from authorities.simulated.judge import end_date
from pki.profiles import Subject


def leaf_request(request: Request, now: datetime) -> LeafRequest:
    """What is issued for an order: its names, the key of its CSR, the checked company's name.

    Nothing else of the CSR reaches the certificate. Times are whole seconds.
    """
    csr = x509.load_der_x509_csr(request.csr_der)
    start = now.replace(microsecond=0)
    return LeafRequest(
        brand=request.brand,
        level=request.level,
        names=request.names,
        spki_der=csr.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        subject=subject(request),
        not_before=start,
        not_after=end_date(request, start),
    )


def subject(request: Request) -> Subject | None:
    if request.level == "DV":
        return None
    company = request.organization
    is_ev = request.level == "EV"
    return Subject(
        country=company["country"],
        state=company.get("province", ""),
        locality=company.get("city", ""),
        organization=company["name"],
        business_category="Private Organization" if is_ev else "",
        jurisdiction_country=company["country"] if is_ev else "",
        serial_number=company.get("registration_number", "") if is_ev else "",
    )
