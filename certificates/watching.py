"""A page that moves by itself: what it has seen and said, and how long until it asks again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from certificates.caa_stands import caa_seen_at
from certificates.story import Certificate, Event
from verification.challenges import Attempt, Challenge
from verification.publishing import publication_of

# Seconds between two questions: the longer nothing moved, the rarer.
WAITS = (2, 3, 4, 6, 9, 13, 20, 30)


def next_wait(given: str) -> int:
    """The wait after `given`, which a browser sent and may be anything."""
    waited = int(given) if given.isascii() and given.isdigit() and len(given) < 4 else 0
    return next((wait for wait in WAITS if wait > waited), WAITS[-1])


def token(
    certificate: Certificate,
    asked: Sequence[Challenge],
    attempts: Sequence[Attempt],
    events: Sequence[Event],
) -> str:
    """A word that changes whenever the page would show something else."""
    application = certificate.last_application
    seen = [
        certificate.changed_at,
        max((event.pk for event in events), default=0),
        max((attempt.pk for attempt in attempts), default=0),
        [(each.pk, each.status, each.due_at, each.asked_at) for each in asked],
        [each and (each.state, each.problem_code) for each in map(publication_of, asked)],
        caa_seen_at(certificate),
        application and (application.waiting_code, application.waiting_until),
    ]
    return digest(repr(seen))


def digest(text: str) -> str:
    """A short word for a text, to tell whether a page has it already."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
