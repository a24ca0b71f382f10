"""As whom the CAA records of a name are asked when no certificate stands behind the question.

Whoever asks may say who it is. What they leave out is taken from the order that asked for the
proof, and else it is any of the authorities under whose names we sell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from authorities import accounts
from authorities.models import CaaLook
from authorities.simulated.orders import CaOrder
from authorities.simulated.proofs import relied_on
from certificates.catalogue import caa_identities
from verification.caa_records import Applicant
from verification.challenges import Challenge
from verification.reuse import held_proofs


@dataclass(frozen=True)
class Said:
    """What was said of who asks; empty for what was not."""

    identities: Sequence[str] = ()
    brand: str = ""
    account: str = ""
    project_id: int | None = None


def asker(
    name: str, method: str, said: Said, challenge: Challenge | None, now: datetime
) -> Applicant:
    """Who asks for `name`; `challenge` is the question that its value answers, if there is one."""
    order = order_of(challenge)
    request = order.request() if order is not None else None
    customer = said.project_id or (challenge.proof.project_id if challenge is not None else None)
    brand = said.brand or (request.brand if request is not None else "")
    identities = tuple(said.identities)
    if not identities and request is not None and not said.brand:
        identities = request.caa_identities
    if not identities:
        identities = caa_identities(now, said.brand)
    if customer is None or not brand:
        is_any = not said.identities and not brand
        return Applicant(identities, said.account, method, is_any=is_any)
    held = held_proofs(customer, [name], now) if order is None else relied_on(order, now)
    found = accounts.applicants(
        [name], identities=identities, brand=brand, customer=customer, method=method, held=held
    )[name]
    return replace(found, account=said.account or found.account)


def order_of(challenge: Challenge | None) -> CaOrder | None:
    """The authority's order that asked for this proof."""
    if challenge is None:
        return None
    return CaOrder.objects.filter(proof_id=challenge.proof_id).order_by("-pk").first()


def kept_look(challenge: Challenge) -> CaaLook | None:
    """What CAA said of the challenge's name when its order was judged last."""
    looks = CaaLook.objects.filter(order__proof_id=challenge.proof_id, name=challenge.domain)
    return looks.order_by("-at", "-pk").first()
