"""The contacts of a project: added, changed and removed by who may apply.

Removing a card is always allowed: applications carry a copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit, mail_addresses
from accounts.access import Action, may
from accounts.models import Contact, Project, User
from accounts.projects import Room
from accounts.refusals import Obstacle, Refused

PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{3,38}")


@dataclass(frozen=True)
class Card:
    """What stands on a contact's card."""

    name: str
    email: str
    phone: str = ""

    def on_one_line(self) -> Card:
        name, phone = (" ".join(text.split()) for text in (self.name, self.phone))
        return Card(name, self.email.strip(), phone)


def add_contact(*, project_id: int, card: Card, actor: User, now: datetime) -> Contact:
    with _keeping(project_id, actor):
        card = _judged(card, project_id)
        contact = Contact.objects.create(
            project_id=project_id,
            name=card.name,
            email=card.email,
            phone=card.phone,
            created_at=now,
            changed_at=now,
        )
        _log(contact, "added", actor, now)
    return contact


def change_contact(*, contact: Contact, card: Card, actor: User, now: datetime) -> None:
    """Applications of before keep what the card said then."""
    with _keeping(contact.project_id, actor):
        card = _judged(card, contact.project_id, contact.pk)
        row = _still_there(contact)
        row.name, row.email, row.phone, row.changed_at = card.name, card.email, card.phone, now
        row.save(update_fields=["name", "email", "phone", "changed_at"])
        _log(row, "changed", actor, now)


def remove_contact(*, contact: Contact, actor: User, now: datetime) -> None:
    with _keeping(contact.project_id, actor):
        row = _still_there(contact)
        _log(row, "removed", actor, now)
        row.delete()


@contextmanager
def _keeping(project_id: int, actor: User) -> Iterator[None]:
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project_id)
        if not may(actor, Action.KEEP_CONTACTS, Room(project_id)):
            message = _("Your role only looks at contacts; ask an operator or an administrator.")
            raise Refused([Obstacle("contact.forbidden", message)])
        yield


def _judged(card: Card, project_id: int, own: int = 0) -> Card:
    """The card as it will be kept. Raises Refused with every reason."""
    card = card.on_one_line()
    obstacles = [*_obstacles(card)]
    twin = Contact.objects.filter(project_id=project_id, name=card.name, email__iexact=card.email)
    if not obstacles and twin.exclude(pk=own).exists():
        message = _("There is a card for %(name)s with this address already. Change that one.")
        obstacles.append(Obstacle("contact.twice", message % {"name": card.name}))
    if obstacles:
        raise Refused(obstacles)
    return card


def _obstacles(card: Card) -> Iterator[Obstacle]:
    if not card.name or len(card.name) > 100:
        yield Obstacle("contact.name", _("Write the person's name, in at most 100 characters."))
    wrong = mail_addresses.fault(card.email)
    if wrong is not None:
        yield Obstacle(f"contact.email{wrong.kind}", wrong.message)
    if card.phone and not PHONE.fullmatch(card.phone):
        message = _("Write the phone number in digits, with the country: +44 20 7946 0123.")
        yield Obstacle("contact.phone", message)


def _still_there(contact: Contact) -> Contact:
    row = Contact.objects.filter(pk=contact.pk).first()
    if row is None:
        raise Refused([Obstacle("contact.gone", _("This card was removed meanwhile."))])
    return row


def _log(contact: Contact, what: str, actor: User, now: datetime) -> None:
    audit.record(
        project_id=contact.project_id,
        actor=actor,
        action=f"contact.{what}",
        subject=contact.email[:100],
        now=now,
        detail={"name": contact.name},
    )
