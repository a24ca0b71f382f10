"""The timeline of a certificate: what is to come above Now, what happened below it.

What happened is told by Events, and by the looks that somebody asked for; never by the status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.first_sentence import first_sentence
from accounts.kept_sentences import as_read
from accounts.models import Consent
from authorities.calendar import Bulletin
from certificates.outlook import Ahead, Outlook, Stage
from certificates.steps import takes
from certificates.story import Event
from verification.challenges import Attempt
from verification.turns import NOTHING_YET

SHOWN = 8  # entries below Now; the rest is folded


@dataclass(frozen=True)
class ToCome:
    """One thing to come: a day where one is forecast, else the words of what it waits for."""

    what: str
    who: str
    after: str
    day: datetime | None = None
    takes: str = ""
    closed: tuple[Bulletin, ...] = ()


@dataclass(frozen=True)
class Happened:
    icon: str
    tone: str
    what: str
    at: datetime
    who: str
    reason: str = ""
    code: str = ""
    consents: int = 0


# Icon, tone and words of each verb; who did it and when stands below them.
LINES: dict[str, tuple[str, str, Promise]] = {
    "buy": ("tag", "done", gettext_lazy("Certificate bought")),
    "open_next": ("calendar", "done", gettext_lazy("Opened as the next of its term")),
    "unsubscribe": ("ended", "ended", gettext_lazy("Given back for its price")),
    "submit": ("doc", "done", gettext_lazy("Applied for")),
    "request_reissue": ("refresh", "done", gettext_lazy("Reissue asked for")),
    "received": ("inbox", "done", gettext_lazy("Application received")),
    "hold": ("search", "ca", gettext_lazy("Names held for review")),
    "asked": ("mail", "done", gettext_lazy("Contact asked to confirm the cancellation")),
    "cancelled": ("check", "done", gettext_lazy("Original cancelled, in CRL and OCSP")),
    "reuse_proof": ("check", "done", gettext_lazy("Proved before, used again")),
    "revoke_proof": ("problem", "problem", gettext_lazy("Proof of the domain revoked")),
    "lose_proof": (
        "problem",
        "problem",
        gettext_lazy("Somebody else has proved the name, so that this proof counts no more"),
    ),
    "give_up_name": ("x", "ended", gettext_lazy("Name given up, its proof with it")),
    "prove": ("globe", "you", gettext_lazy("Proof of the domain asked for")),
    "review": ("search", "ca", gettext_lazy("Check of the organization begun")),
    "question": ("inbox", "you", gettext_lazy("Question from the authority")),
    "reply": ("inbox", "done", gettext_lazy("Question answered")),
    "prepare": ("check", "done", gettext_lazy("Everything there, certificate in preparation")),
    "issue": ("done", "done", gettext_lazy("Certificate issued")),
    "decline": ("x", "ended", gettext_lazy("Reissue declined, original kept")),
    "refuse": ("problem", "problem", gettext_lazy("Application refused")),
    "withdraw": ("x", "ca", gettext_lazy("Application asked back")),
    "withdrawn": ("x", "ended", gettext_lazy("Application withdrawn, what was given is kept")),
    "keep_application": ("problem", "problem", gettext_lazy("Not withdrawn, it goes on")),
    "resume_looking": ("refresh", "done", gettext_lazy("Looking for the proof resumed")),
    "choose_method": ("globe", "done", gettext_lazy("Another way of proof chosen")),
    "change_method": ("globe", "you", gettext_lazy("Proof asked for in the other way")),
    "keep_method": ("problem", "ended", gettext_lazy("The way of proof stays")),
    "expire": ("ended", "ended", gettext_lazy("Validity over")),
}
TAKEN = (Stage.HOLD, Stage.MAIL, Stage.REVIEW)  # what people do takes working days
COMING: dict[Stage, Promise] = {
    Stage.MAIL: gettext_lazy("mail to the contact"),
    Stage.CONFIRM: gettext_lazy("the original is cancelled"),
    Stage.PROVE: gettext_lazy("the domain is proved"),
    Stage.HOLD: gettext_lazy("Look at the names"),
    Stage.REVIEW: gettext_lazy("organization review"),
    Stage.ISSUE: gettext_lazy("version %(number)d is issued"),
    Stage.WITHDRAW: gettext_lazy("the authority decides about the withdrawal"),
}

AFTER: dict[Stage, Promise] = {
    Stage.MAIL: gettext_lazy("After the mail"),
    Stage.CONFIRM: gettext_lazy("As soon as confirmed"),
    Stage.PROVE: gettext_lazy("As soon as proved"),
    Stage.HOLD: gettext_lazy("When the names are released"),
    Stage.REVIEW: gettext_lazy("After the review"),
}


def to_come(outlook: Outlook, brand: str, number: int, *, is_dated: bool = True) -> list[ToCome]:
    """The furthest first, as on a line of time that grows upwards.

    What the reader has to do now is no forecast: the turn says it. Without `is_dated` nobody can
    say when anything comes, because something is to be mended first.
    """
    found: list[ToCome] = []
    closed: list[Bulletin] = []
    before: Ahead | None = None
    for ahead in outlook.ahead:
        closed += [each for each in ahead.closed if each not in closed]
        if before is not None or not ahead.is_yours:
            found.append(_one_to_come(ahead, before, brand, number, tuple(closed)))
        before = ahead
    if not is_dated:
        found = [
            replace(each, day=None, after=each.after or _("Once that is mended")) for each in found
        ]
    return found[::-1]


def _one_to_come(
    ahead: Ahead, before: Ahead | None, brand: str, number: int, closed: tuple[Bulletin, ...]
) -> ToCome:
    is_dated = before is None or ahead.stage == Stage.ISSUE
    return ToCome(
        what=str(COMING[ahead.stage]) % {"number": number},
        who=_("You") if ahead.is_yours else brand,
        after="" if before is None else str(AFTER[before.stage]),
        day=ahead.latest if is_dated else None,
        takes=takes(ahead) if ahead.stage in TAKEN else "",
        closed=closed if ahead.stage == Stage.ISSUE else ahead.closed,
    )


def happened(events: Iterable[Event], attempts: Iterable[Attempt]) -> list[Happened]:
    """The newest first."""
    rows = list(events)
    consents = consents_given(rows)
    entries = [(event.at, event.pk, _of_event(event, consents)) for event in rows]
    entries += [(first.at, 0, _of_look(first)) for first in _looks_that_tell(attempts)]
    entries.sort(key=lambda each: each[:2], reverse=True)
    return [entry for _at, _pk, entry in entries]


def consents_given(events: Sequence[Event]) -> dict[str, int]:
    """How many texts were accepted with each application: one query."""
    numbers = {str(each.application_id) for each in events if each.verb in SENT_IN}
    found: dict[str, int] = {}
    for number in Consent.objects.filter(application__in=numbers).values_list(
        "application", flat=True
    ):
        found[number] = found.get(number, 0) + 1
    return found


SENT_IN = ("submit", "request_reissue")


def _of_event(event: Event, consents: Mapping[str, int]) -> Happened:
    icon, tone, words = LINES[event.verb]
    given = consents.get(str(event.application_id), 0) if event.verb in SENT_IN else 0
    reason = as_read(event.reason)
    return Happened(
        icon, tone, str(words), event.at, event.actor, reason, event.code, consents=given
    )


def _looks_that_tell(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Looks that somebody asked for and that failed; of equal ones in a row the last."""
    found: list[Attempt] = []
    for each in sorted(attempts, key=lambda one: (one.challenge_id, one.at, one.pk)):
        if not each.asked_by or each.proved:
            continue
        if found and (found[-1].challenge_id, found[-1].code) == (each.challenge_id, each.code):
            found.pop()
        found.append(each)
    return found


def _of_look(attempt: Attempt) -> Happened:
    what = first_sentence(as_read(attempt.message))[0].removesuffix(".")
    tone = "you" if attempt.code in NOTHING_YET else "problem"
    return Happened("pulse", tone, what, attempt.at, attempt.asked_by, code=attempt.code)
