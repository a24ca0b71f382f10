"""What a brand judges itself, before anything is at risk and again at the moment of issue.

The customer's side judged the same; its word is not taken for it (trust.md decision 10).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from django.utils.translation import gettext as _

from accounts.dates import day
from accounts.kept_sentences import found_in_words
from authorities.key_policy import check_csr, played_networks
from authorities.port import Kind, Request
from authorities.requests import is_blocked
from authorities.simulated import organizations
from pki import addresses, csr, names, schedule
from verification.challenges import Challenge
from verification.outcome import Problem
from verification.reuse import held_proofs

REVIEW_DAY = timedelta(days=2)  # a working day of a review, with what may lie between two of them

PRODUCTS: dict[str, Literal["single", "wildcard", "multi"]] = {
    "SINGLE_DOMAIN": "single",
    "WILDCARD": "wildcard",
    "MULTI_DOMAIN": "multi",
}


def data_problem(request: Request, now: datetime) -> Problem | None:
    """What is wrong with names, key, CSR bytes or dates; None when all may be issued."""
    checked = check_csr(csr.pem(request.csr_der).encode(), allows_addresses=True)
    refused = [finding for finding in checked.findings if finding.severity == "refused"]
    # A CSR made for a wildcard or several names carries any of them; the order's names count.
    if refused or checked.spki_sha256 is None:
        first = refused[0]
        return Problem(first.code, found_in_words(first))
    if is_blocked(checked.spki_sha256):
        return Problem(
            "csr.key_compromised",
            _("The key of this CSR was reported as compromised. Make a new key and a new CSR."),
        )
    for name in request.names:
        is_address = addresses.is_address(name)
        if is_address and request.method != "FILE":
            message = _("The address %(name)s can be proved by a file only.") % {"name": name}
            return Problem("order.address_method", message)
        canonical, _findings = (
            addresses.check(name, played_networks()) if is_address else names.check_name(name)
        )
        if canonical != name:
            return Problem(
                "order.name", _("%(name)s cannot stand in a certificate.") % {"name": name}
            )
        if request.level == "EV" and names.is_wildcard(name):
            return Problem(
                "order.ev_wildcard",
                _("An EV certificate cannot hold the wildcard %(name)s.") % {"name": name},
            )
    if len(set(request.names)) != len(request.names):
        return Problem("order.name_twice", _("The order names a domain twice."))
    return _term_problem(request, now)


def _term_problem(request: Request, now: datetime) -> Problem | None:
    if request.keeps_until is None or end_date(request, now) > now + timedelta(hours=1):
        return None
    message = _("The certificate to be replaced ended on %(day)s: no time is left to issue one.")
    return Problem("order.term_over", message % {"day": day(request.keeps_until)})


def end_date(request: Request, now: datetime) -> datetime:
    """The end that was asked for, where that is not longer than the rules of `now` allow."""
    asked = [longest_end(now), request.keeps_until or longest_end(now)]
    if request.months:
        asked.append(schedule.months_later(now, request.months))
    return min(asked)


def longest_end(now: datetime) -> datetime:
    """Until when a certificate that is issued at `now` may run."""
    return now + timedelta(days=schedule.validity_days(now)) - timedelta(seconds=1)


def demands_anew(request: Request) -> bool:
    """Whether nothing that was proved before may stand for a name of this order."""
    return request.proves_anew or (request.kind == Kind.REISSUE and request.is_changed)


def proofs_held(request: Request, now: datetime) -> dict[str, Challenge]:
    """The earlier proof of each name that need not be proved anew.

    None where proof is demanded anew: for a product that asks each time, and for a reissue that
    changes names or people. A proof must also outlast a review of the organization, or the
    certificate would be refused after it.
    """
    if demands_anew(request):
        return {}
    lasting = REVIEW_DAY * request.review_days if needs_review(request, now) else timedelta()
    return held_proofs(request.customer, request.names, now, lasting)


def needs_review(request: Request, now: datetime) -> bool:
    """OV and EV, unless our people know this very organization well enough.

    A reissue that changes names or people is looked at anew, whoever is known.
    """
    if request.level == "DV":
        return False
    if request.kind == Kind.REISSUE and request.is_changed:
        return True
    return organizations.known(request, now) is None
