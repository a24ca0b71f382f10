"""What a customer was asked to publish before: left in the DNS, it looks like a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pki.names import strip_wildcard

if TYPE_CHECKING:
    from verification.challenges import Challenge

MOST = 20


def earlier_values(challenge: Challenge) -> tuple[str, ...]:
    """The values of this project's earlier challenges of the name, the newest first."""
    base = strip_wildcard(challenge.domain).removeprefix("www.")
    proofs = challenge.proof.project.proofs.filter(
        challenges__domain__in=[base, f"*.{base}", f"www.{base}"],
        challenges__pk__lt=challenge.pk,
    )
    newest = proofs.order_by("-challenges__pk")
    return tuple(newest.values_list("challenges__value", flat=True)[:MOST])
