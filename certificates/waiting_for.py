"""For whom the proofs of an open application wait, as a condition of a query on certificates.

The same as verification/turns.py says of the rows: the customer first, when any name is theirs.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from certificates.applications import Application
from certificates.lifecycle import Status
from verification.challenges import Challenge
from verification.challenges import Status as ChallengeStatus
from verification.publishing import IN_OUR_HANDS
from verification.turns import OF_DNS_HOST, OF_OTHERS

WAITING = Challenge.objects.filter(proof=OuterRef("proof"), status=ChallengeStatus.OPEN)
# Somebody else's by the doctor, or a record that we publish without trouble.
OURS = Q(problem_code__in=OF_OTHERS) | IN_OUR_HANDS
OPEN = Application.objects.filter(certificate=OuterRef("pk"), ended_at__isnull=True)


def others() -> Q:
    """Every name that is not proved waits for somebody else than the customer."""
    asked = OPEN.filter(Exists(WAITING), ~Exists(WAITING.exclude(OURS)))
    return Q(status=Status.CHECKING_DOMAIN) & Q(Exists(asked))


def dns_host() -> Q:
    """Of these, those of which a name waits for the host of its DNS; and those that the authority
    holds because nobody could read CAA there."""
    of_host = WAITING.filter(problem_code__in=OF_DNS_HOST).exclude(IN_OUR_HANDS)
    asked = OPEN.filter(Exists(of_host))
    held = OPEN.filter(waiting_code__in=OF_DNS_HOST)
    return others() & Q(Exists(asked)) | Q(Exists(held))
