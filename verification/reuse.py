"""What was proved before and may be used again (BR 4.2.1)."""

from __future__ import annotations

from datetime import datetime

from pki import names, schedule
from verification.challenges import Challenge, Status
from verification.methods import dns


def newest_proof(project_id: int, name: str, now: datetime) -> Challenge | None:
    """The newest proof by this customer that may still be used for `name`, None when too old."""
    proved = Challenge.objects.filter(
        proof__project_id=project_id,
        status=Status.PROVED,
        proved_at__gt=now - schedule.domain_reuse(now),
        domain__in={name, names.strip_wildcard(name), "*." + names.strip_wildcard(name)}
        | {dns.record_name(name).removeprefix("_dnsauth.")},
    ).order_by("-proved_at")
    return next((challenge for challenge in proved if challenge.proves(name, now)), None)
