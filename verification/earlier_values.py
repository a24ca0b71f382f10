"""What a customer was asked to publish before: left in the DNS, it looks like a proof."""

from __future__ import annotations

from pki.names import strip_wildcard
from verification.challenges import Challenge

MOST = 20


def earlier_values(challenge: Challenge) -> tuple[str, ...]:
    """The values of this project's earlier challenges of the name, the newest first."""
    base = strip_wildcard(challenge.domain).removeprefix("www.")
    earlier = Challenge.objects.filter(
        domain__in=[base, f"*.{base}", f"www.{base}"],
        proof__project__proofs=challenge.proof_id,
        pk__lt=challenge.pk,
    )
    return tuple(earlier.order_by("-pk").values_list("value", flat=True)[:MOST])
