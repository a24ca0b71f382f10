"""The mail that asks a domain's mailbox: to one of the five, or to a contact that it publishes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy

from pki import schedule
from verification import contacts
from verification.answers import Purpose, ask
from verification.challenges import Challenge, Status
from verification.mail import post
from verification.mail_text import typed
from verification.methods import mail


@dataclass(frozen=True)
class Letter:
    """Who writes to a domain's mailbox, about which certificate, and who asked for that."""

    sender: str
    brand: str
    about: str
    asked_by: str


def write_to_the_domain(challenge: Challenge, mailbox: str, letter: Letter, now: datetime) -> None:
    """Mail the mailbox that was picked; a published contact is mailed when it was looked up.

    `mailbox` is one of the five or the id of a contact: the list is ours, never the client's.
    """
    if contacts.is_id(mailbox):
        challenge.contact, challenge.letter = mailbox, asdict(letter)
        return
    choices = {box.partition("@")[0]: box for box in mail.mailboxes(challenge.domain)}
    _write(challenge, choices[mailbox or mail.FIRST], letter, now)


def write_to_the_contact(challenge: Challenge, contact: contacts.Contact, now: datetime) -> None:
    """Mail the picked contact, as it was just found published; once, however often it is called."""
    with transaction.atomic():
        row = Challenge.objects.select_for_update().get(pk=challenge.pk)
        if row.status == Status.OPEN and row.answer_id is None:
            row.rule = contacts.RULES[contact.source]
            _write(row, contact.address, Letter(**row.letter), now)
            row.save(update_fields=["mailbox", "answer", "rule"])
    challenge.refresh_from_db()


def _write(challenge: Challenge, address: str, letter: Letter, now: datetime) -> None:
    challenge.mailbox = address
    challenge.answer = ask(
        Purpose.PROVE, now, min(challenge.expires_at, schedule.MAIL_METHOD_ENDS) - now
    )
    post(
        "prove_domain",
        about=letter.about,
        recipient=challenge.mailbox,
        sender=letter.sender,
        now=now,
        context={"domain": challenge.domain, "mailbox": challenge.mailbox, "letter": letter}
        | {"who": typed(letter.asked_by) or gettext_lazy("Somebody")},
        answer=challenge.answer,
        asked_by=letter.asked_by,
    )
