"""What the page of one order at the desk shows: the request as frozen, and how it went since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from authorities.brands import Brand
from authorities.key_policy import check_csr
from authorities.papers import Paper
from authorities.port import Request, Stage
from authorities.simulated import held_names, worklist
from authorities.simulated.evidence import EvidenceFile
from authorities.simulated.orders import CaOrder
from authorities.simulated.review import review_of
from pki import csr
from verification.challenges import Challenge


@dataclass(frozen=True)
class Milestone:
    stage: str
    at: datetime
    code: str
    message: str


def csr_in_short(request: Request) -> tuple[str, str]:
    """Key algorithm and SHA-256 of the public key; never more of the CSR than that."""
    checked = check_csr(csr.pem(request.csr_der).encode(), allows_addresses=True)
    return checked.key or "", checked.spki_sha256 or ""


def milestones(order: CaOrder) -> list[Milestone]:
    return [
        Milestone(
            Stage(told["stage"]).value.capitalize(),
            datetime.fromisoformat(told["at"]),
            told["code"],
            told["message"],
        )
        for told in order.history
    ]


def challenges(order: CaOrder) -> list[tuple[Challenge, list[Any]]]:
    """Each challenge of the order's proof with its last looks, newest first."""
    if order.proof is None:
        return []
    return [
        (challenge, list(challenge.history.order_by("-at", "-pk")[:5]))
        for challenge in order.proof.challenges.order_by("domain")
    ]


def facts(order: CaOrder, now: datetime) -> dict[str, Any]:
    looks = list(order.caa_looks.all())
    looked = {look.name for look in looks}
    return {
        "line": worklist.read([order], now)[order.pk],
        "order": order,
        "papers": Paper.objects.filter(pk__in=order.request().papers).defer("data"),
        "milestones": milestones(order),
        "held": why_held(order) if order.reached(Stage.HELD) else [],
        "review": review_of(order) if has_review(order) else None,
        "notes": order.review_notes.select_related("call").prefetch_related(files()),
        "challenges": challenges(order),
        "caa_looks": looks,
        "caa_left": [name for name in order.request().names if name not in looked] if looks else [],
        "messages_told": order.messages.all(),
        "mail": order.mail,
    }


def files() -> Prefetch[str]:
    """The pictures behind notes, without their bytes."""
    return Prefetch("file", EvidenceFile.objects.defer("data"))


def why_held(order: CaOrder) -> list[tuple[str, str]]:
    """Code and sentence of each reason for which the names were held."""
    return [(found.code, _(found.text) % found.params) for found in held_names.reasons(order)]


def has_review(order: CaOrder) -> bool:
    return order.reached(Stage.REVIEWING)


def brand_and_level(request: Request) -> str:
    """GeoTrust OV"""
    return f"{Brand(request.brand).label} {request.level}"


def first_name(request: Request) -> str:
    """The first name of the certificate, and how many more."""
    first, more = request.names[0], len(request.names) - 1
    return f"{first} +{more}" if more else first
