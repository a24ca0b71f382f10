"""The mail that asks a domain's mailbox: to one of the five, or to a contact that it publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy

from pki import schedule
from verification import contacts
from verification.answers import Purpose, ask
from verification.challenges import Challenge, Status
from verification.mail import OutgoingMail, post
from verification.mail_text import typed
from verification.methods import mail

# Mails that ask for a proof, to one address within a day: whoever applies names domains that may be
# anybody's, and a contact is whatever the domain says.
MOST_TO_A_MAILBOX, MOST_TO_A_CONTACT = 10, 50
A_DAY = timedelta(days=1)


def free_at(addresses: Sequence[str], now: datetime, most: int) -> datetime | None:
    """When the first of these that were written to too often may be written to again."""
    written = OutgoingMail.objects.filter(
        kind="prove_domain", recipient__in=addresses, created_at__gt=now - A_DAY
    )
    times: dict[str, list[datetime]] = {}
    for address, at in written.order_by("created_at").values_list("recipient", "created_at"):
        times.setdefault(address, []).append(at)
    full = [each[-most] + A_DAY for each in times.values() if len(each) >= most]
    return min(full, default=None)


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
    """Mail the picked contact, as it was just found published; once, however often it is called.

    One that was written to too often today is written to at a later look.
    """
    if free_at([contact.address], now, MOST_TO_A_CONTACT) is not None:
        return
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
