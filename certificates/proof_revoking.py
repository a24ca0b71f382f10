"""Support staff revoke a proof that should not be relied on (BR 4.9.1.1): never used again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import Action
from accounts.actors import RESEAL, Actor, label
from accounts.models import Project
from accounts.staff import StaffRefused, demand
from certificates.rested_on import resting_on
from certificates.story import Certificate, turning
from verification.challenges import Challenge, Void
from verification.giving_up import make_void, standing

LONGEST_REASON = 500


def revoke_proof(
    proof: Challenge, *, reason: str, actor: Actor, now: datetime
) -> list[Certificate]:
    """No name rests on `proof` from now on; answers the certificates that did.

    What is being applied for is judged again when it is issued. What is issued stays valid: to
    revoke it is a decision of its own. Each certificate tells it in its story, and the security
    log who did it and why.
    """
    demand(actor, Action.REVOKE_PROOF)
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise StaffRefused("revoking.no_reason", _("Say why this proof counts no more."))
    project = proof.proof.project_id
    with transaction.atomic():
        # Its lock comes first, as where a name is given up; the security log takes it too.
        Project.objects.select_for_update().get(pk=project)
        row = standing(project).select_for_update().filter(pk=proof.pk).first()
        if row is None:
            message = _("This proof does not count at the moment: there is nothing to revoke.")
            raise StaffRefused("revoking.nothing", message)
        make_void([row], Void.REVOKED, now, by=label(actor), reason=reason)
        audit.record(
            project_id=project,
            actor=actor,
            action="proof.revoke",
            subject=row.domain[:100],
            now=now,
            detail={"kind": row.method, "reason": reason},
        )
        touched = list(resting_on([row]))
        for certificate in touched:
            with turning(
                certificate.pk,
                "revoke_proof",
                actor=RESEAL,
                now=now,
                code="proof.revoked",
                reason=f"{row.domain}: {reason}",
            ):
                pass
    return touched
