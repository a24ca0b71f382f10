"""Asking a customer to prove names: a proof and its challenges, or a name in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pki import addresses, schedule
from verification import ways
from verification.answers import Decision, MailAnswer
from verification.answers import close as close_answer
from verification.challenges import (
    BY_MAIL,
    RULE_FOR_ADDRESSES,
    RULES,
    VALUE_LIVES,
    Challenge,
    Method,
    Proof,
    Status,
    new_value,
)
from verification.methods import mail
from verification.outcome import Problem
from verification.publishing import FIRST_LOOK, let_go, want
from verification.reuse import Reused
from verification.writing import Letter, write_to_the_domain
from work.nudge import wake

PUBLISHED_BY_US = frozenset({Method.DNS, Method.CNAME})  # where the customer wants that


def demand(
    *,
    project_id: int,
    domains: Sequence[str],
    method: str,
    mailbox: str,
    letter: Letter,
    now: datetime,
    held: Mapping[str, Challenge] | None = None,
    is_automatic: bool = False,
) -> Proof:
    """Ask for proof of every name. Call it inside the transaction of the order that needs it.

    `held` are its other names, each with the earlier proof that is used again for it: with no
    `domains` beside them, all is proved. When mail proves nothing any more, a DNS record does.
    `is_automatic`: the records are published for the customer, in a zone that they gave access to.
    """
    if method in BY_MAIL and not schedule.mail_method_allowed(now):
        method, mailbox = Method.DNS, ""
    proof = Proof.objects.create(
        project_id=project_id,
        method=method,
        created_at=now,
        proved_at=None if domains else now,
    )
    Reused.objects.bulk_create(
        Reused(proof=proof, challenge=earlier, name=name, at=now)
        for name, earlier in (held or {}).items()
    )
    for domain in domains:
        _challenge(proof, domain, method, mailbox, letter, now, is_automatic=is_automatic)
    return proof


def _challenge(
    proof: Proof,
    domain: str,
    method: str,
    mailbox: str,
    letter: Letter,
    now: datetime,
    *,
    is_automatic: bool,
) -> None:
    challenge = Challenge(
        proof=proof,
        domain=domain,
        method=method,
        value=new_value(now),
        created_at=now,
        looking_since=now,
        expires_at=now + VALUE_LIVES,
        rule=RULE_FOR_ADDRESSES if addresses.is_address(domain) else RULES[Method(method)],
        is_automatic=is_automatic and method in PUBLISHED_BY_US,
    )
    if method == Method.EMAIL:
        write_to_the_domain(challenge, mailbox, letter, now)
    challenge.save()
    if challenge.is_automatic:
        want(challenge, now)
        wake(Challenge, challenge.pk, now + FIRST_LOOK)
    else:
        wake(Challenge, challenge.pk, now)


def change_method(
    proof_id: int | None,  # None: nothing is asked for yet
    domain: str,
    *,
    method: str,
    mailbox: str,
    letter: Letter,
    now: datetime,
    is_automatic: bool = False,
) -> Problem | None:
    """Ask for the proof of one name in another way, with a value of its own.

    Nothing is changed, and the problem answered, when the name waits for no proof any more or
    cannot be proved in that way. A repeat that finds it asked for in that way changes nothing.
    """
    is_automatic = is_automatic and method in PUBLISHED_BY_US
    if proof_id is None:
        return _too_late(domain)
    with transaction.atomic():
        waiting = Challenge.objects.filter(proof_id=proof_id, domain=domain, status=Status.OPEN)
        mailed = waiting.values_list("answer_id", flat=True).first()
        if mailed is not None:  # its lock comes first, as when it is answered
            answer = MailAnswer.objects.select_for_update().get(pk=mailed)
            if answer.decision == Decision.CONFIRM:
                return _too_late(domain)
        challenge = waiting.select_for_update().first()
        if challenge is None:
            return _too_late(domain)
        if _is_asked(challenge, method, mailbox, is_automatic=is_automatic):
            return None
        if wrong := ways.problems([domain, *_beside(challenge, method)], method, mailbox, now):
            return wrong[0]
        if challenge.answer_id is not None:  # the link of the earlier mail proves nothing any more
            close_answer(challenge.answer_id, now)
        challenge.status, challenge.due_at = Status.REPLACED, None
        challenge.save(update_fields=["status", "due_at"])
        let_go(Challenge.objects.filter(pk=challenge.pk), now)
        proof = challenge.proof
        _challenge(proof, domain, method, mailbox, letter, now, is_automatic=is_automatic)
    return None


def _too_late(domain: str) -> Problem:
    message = _("%(name)s waits for no proof any more, so its method stays.")
    return Problem("method.too_late", message % {"name": domain})


def _beside(challenge: Challenge, method: str) -> list[str]:
    """The other names that wait for an alias, where this one shall have one too."""
    if method != Method.CNAME:
        return []
    others = Challenge.objects.filter(
        proof_id=challenge.proof_id, status=Status.OPEN, method=Method.CNAME
    )
    return list(others.exclude(pk=challenge.pk).values_list("domain", flat=True))


def _is_asked(challenge: Challenge, method: str, mailbox: str, *, is_automatic: bool) -> bool:
    if challenge.method != method or challenge.is_automatic != is_automatic:
        return False
    box = challenge.contact or challenge.mailbox.partition("@")[0]
    return method != Method.EMAIL or box == (mailbox or mail.FIRST)


def close(proof_id: int, now: datetime) -> None:
    """Stop looking: the order that asked for this proof ended. Call it in that transaction."""
    asked = Challenge.objects.filter(proof_id=proof_id)
    asked.filter(status=Status.OPEN).update(status=Status.CLOSED, due_at=None)
    let_go(asked, now)
