"""What is known of a value that a customer was asked to publish, or of a mail to a mailbox.

Told from what is kept, by this installation's operators: nothing here asks anybody or sends a mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.kept_sentences import as_read
from pki.names import strip_wildcard
from verification import contacts
from verification.causes import NOT_DELIVERED
from verification.challenges import Challenge, Method, Status
from verification.looking import lapsed, prepare
from verification.mail import OutgoingMail
from verification.outcome import Outcome, Problem

ANSWER = "answer"


def asked_for(name: str, method: str, value: str) -> Challenge | None:
    """The question for `name` that this very value answers, whoever it was asked of."""
    return (
        Challenge.objects.filter(domain=name, method=method, value=value)
        .select_related("proof")
        .first()
    )


def mailed(name: str, mailbox: str) -> Challenge | None:
    """The newest question for `name` that went to `mailbox`, or was to go to it."""
    base = strip_wildcard(name)
    published = [
        contacts.Contact(source, mailbox, base).id for source in (contacts.CAA, contacts.TXT)
    ]
    asked = Challenge.objects.filter(
        Q(mailbox__iexact=mailbox) | Q(mailbox="", contact__in=[*published, mailbox]),
        domain__in=[base, f"*.{base}"],
        method=Method.EMAIL,
    )
    return asked.select_related("proof", "answer").order_by("-pk").first()


def counts_no_more(challenge: Challenge, now: datetime) -> Problem | None:
    """Why a value proves nothing though it may be seen: paused, too old, no longer asked for."""
    if challenge.status == Status.PROVED:
        return _proof_is_over(challenge, now)
    if challenge.status in (Status.CLOSED, Status.REPLACED):
        text = _(
            "The value for %(domain)s is not asked for any more (%(status)s), so that it proves "
            "nothing. Take the value that the certificate’s page shows now."
        )
        told = {"domain": challenge.domain, "status": challenge.get_status_display()}
        return Problem("proof.lapsed", text % told)
    kept = challenge.problem_code
    if challenge.status == Status.LAPSED or now >= challenge.expires_at:
        return _kept(challenge) if kept == "proof.stuck" else lapsed(challenge)
    return _kept(challenge) if kept == "name.paused" else None


def _proof_is_over(challenge: Challenge, now: datetime) -> Problem | None:
    """What was proved once may be void, or too old to be used for another certificate."""
    until = challenge.counts_until
    if until is not None and now < until:
        return None
    text = _(
        "%(domain)s was proved by this value, and that counts no more (%(reason)s). The next "
        "application asks for a new proof."
    )
    reason = challenge.get_void_code_display() or _("the time for using it again is over")
    return Problem("proof.lapsed", text % {"domain": challenge.domain, "reason": reason})


def mail_outcome(challenge: Challenge, now: datetime) -> Outcome | None:
    """What became of the question; None when nobody waits for an answer to it any more."""
    if challenge.status == Status.PROVED:
        over = _proof_is_over(challenge, now)
        return Outcome(over is None, over, _last_seen(challenge))
    if challenge.status != Status.OPEN:
        is_over = challenge.status != Status.LAPSED and challenge.problem_code not in NOT_DELIVERED
        return None if is_over else Outcome(False, _kept(challenge), _last_seen(challenge))
    prepared = prepare(challenge, now)
    if isinstance(prepared, Outcome):
        return prepared
    if challenge.problem_code:
        return Outcome(False, _kept(challenge), _last_seen(challenge))
    text = _(
        "The mail to %(mailbox)s has not left yet: the contact that the domain publishes is looked "
        "up first. Look again in a minute."
    )
    problem = Problem("mail.unsent", text % {"mailbox": challenge.addressee})
    return Outcome(False, problem, {})


def mail_rows(challenge: Challenge) -> Iterator[dict[str, Any]]:
    """Each mail of the question and what became of it, then its answer."""
    answer = challenge.answer
    if answer is None:
        return
    for mail in answer.mails.order_by("pk"):
        status, at = _state(mail)
        seen = [mail.problem] if mail.problem else []
        yield {
            "asked": f"mail {mail.pk}",
            "of": mail.recipient,
            "status": status,
            "seen": seen,
        } | at
    yield {
        "asked": ANSWER,
        "of": challenge.mailbox,
        "status": answer.decision or "NONE",
        "seen": [],
    } | _at(answer.decided_at)


def _state(mail: OutgoingMail) -> tuple[str, dict[str, str]]:
    if mail.bounced_at is not None:
        return "BOUNCED", _at(mail.bounced_at)
    if mail.failed_at is not None:
        return ("REFUSED" if mail.is_refused() else "NOT_SENT"), _at(mail.failed_at)
    return ("SENT" if mail.sent_at is not None else "WAITING"), _at(mail.sent_at)


def _at(time: datetime | None) -> dict[str, str]:
    return {} if time is None else {"at": f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}


def _kept(challenge: Challenge) -> Problem:
    return Problem(challenge.problem_code, as_read(challenge.problem_message))


def _last_seen(challenge: Challenge) -> dict[str, Any]:
    last = challenge.history.order_by("-at", "-pk").values_list("evidence", flat=True).first()
    return last or {}
