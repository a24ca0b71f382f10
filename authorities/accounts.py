"""The account of a customer at a brand, as the CAA records of its domains may name it (RFC 8657).

The URI is a name and no page: it is made of the brand and the customer's project, stays the same
for ever, and is no secret.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation

from authorities.brands import Brand
from pki.addresses import is_address
from verification import caa
from verification.caa_records import METHOD_LABELS, Applicant
from verification.challenges import Challenge
from verification.slots import BusyError

if TYPE_CHECKING:
    from verification.network import Network

AT_ONCE = 4  # names that are asked for


def account_uri(brand: str, customer: int) -> str:
    """Such as https://pki.example.com/digicert/account/7."""
    return f"https://{settings.PKI_HOST}/{Brand(brand).slug}/account/{customer}"


def applicants(
    names: Sequence[str],
    *,
    identities: Sequence[str],
    brand: str,
    customer: int,
    method: str,
    held: Mapping[str, Challenge],
) -> dict[str, Applicant]:
    """Who asks for each name, by the way that it is proved: an earlier proof's where one of `held`
    is to be used again, and else by `method`."""
    account = account_uri(brand, customer)
    found = {}
    for name in names:
        way = held[name].method if name in held else method
        otherwise = method if method != way else ""
        found[name] = Applicant(identities, account, way, otherwise)
    return found


def may_issue(name: str, asker: Applicant, network: Network) -> caa.CaaVerdict:
    """CAA speaks of host names only (RFC 8659 1): of an address nobody is asked."""
    if is_address(name):
        return caa.CaaVerdict(True, None, False, {"domain": name, "asked": []})
    verdict = _judged(name, asker, asker.method, network)
    if verdict.problem is None or verdict.problem.code != "caa.method" or not asker.otherwise:
        return verdict
    # The earlier proof is not permitted; the name may still be proved anew (RFC 8657 4).
    return _judged(name, asker, asker.otherwise, network)


def is_permitted(way: str, verdict_evidence: Mapping[str, object]) -> bool:
    """Whether a verdict that permits was given for this way of proof; of an address any is."""
    return verdict_evidence.get("method", METHOD_LABELS[way]) == METHOD_LABELS[way]


def _judged(name: str, asker: Applicant, way: str, network: Network) -> caa.CaaVerdict:
    return caa.judge(
        name,
        asker.identities,
        network,
        account=asker.account,
        method=way,
        is_any=asker.is_any,
    )


def may_issue_each(
    askers: Mapping[str, Applicant],
    network: Network,
    *,
    seconds: float,
    hold: Callable[[str], AbstractContextManager[None]],
) -> Iterator[tuple[str, caa.CaaVerdict]]:
    """The verdict on each name as it comes, in any order.

    After `seconds`, or one that does not permit, no further name is begun; those that were are
    waited for, each no longer than a climb takes. A name is asked for within its `hold`; one whose
    places are taken is left out.
    """
    language, until, is_over = translation.get_language(), time.monotonic() + seconds, False

    def judged(name: str) -> caa.CaaVerdict | None:
        nonlocal is_over
        if is_over or time.monotonic() >= until:
            return None
        try:
            with translation.override(language), hold(name):
                verdict = may_issue(name, askers[name], network)
        except BusyError:
            return None
        is_over = is_over or not verdict.allowed
        return verdict

    with ThreadPoolExecutor(AT_ONCE, "caa") as pool:
        begun = {pool.submit(judged, name): name for name in askers}
        try:
            for done in as_completed(begun):
                if (verdict := done.result()) is not None:
                    yield begun[done], verdict
        finally:
            is_over = True
