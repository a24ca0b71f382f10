"""The account of a customer at a brand, as the CAA records of its domains may name it (RFC 8657).

The URI is a name and no page: it is made of the brand and the customer's project, stays the same
for ever, and is no secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from authorities.brands import Brand
from pki.addresses import is_address
from verification import caa
from verification.reuse import newest_proof

if TYPE_CHECKING:
    from verification.network import Network


def account_uri(brand: str, customer: int) -> str:
    """Such as https://pki.example.com/digicert/account/7."""
    return f"https://{settings.PKI_HOST}/{Brand(brand).slug}/account/{customer}"


def applicant(
    name: str,
    *,
    identities: Sequence[str],
    brand: str,
    customer: int,
    method: str,
    now: datetime,
) -> caa.Applicant:
    """Who asks for `name`, by the way that it is proved: an earlier proof's where one counts."""
    proof = newest_proof(customer, name, now)
    way = proof.method if proof is not None else method
    return caa.Applicant(identities, account_uri(brand, customer), way)


def may_issue(name: str, asker: caa.Applicant, network: Network) -> caa.CaaVerdict:
    """CAA speaks of host names only (RFC 8659 1): of an address nobody is asked."""
    if is_address(name):
        return caa.CaaVerdict(True, None, False, {"domain": name, "asked": []})
    return caa.judge(
        name,
        asker.identities,
        network,
        account=asker.account,
        method=asker.method,
        is_any=asker.is_any,
    )
