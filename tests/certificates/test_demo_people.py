"""The people of the demo beyond its cast: made by the verbs, and once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core import mail

from accounts.audit import broken_links
from accounts.invitations import Invitation
from accounts.models import AuditEntry, Contact
from certificates.demo.people import (
    CONTACTS,
    INVITED,
    invite_somebody,
    make_contacts,
    make_people,
)
from verification.dictionary import DictionaryNetwork
from work.loop import run_due

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_contacts_and_an_open_invitation_are_made_once() -> None:
    for _time in range(2):
        make_people(NOW)
        make_contacts(NOW)
        invite_somebody(NOW)
    run_due(NOW, DictionaryNetwork(), [Invitation])
    assert Contact.objects.count() == len(CONTACTS)
    assert Invitation.objects.get().email == INVITED
    assert [message.to for message in mail.outbox] == [[INVITED]]
    assert AuditEntry.objects.count() == len(CONTACTS) + 1
    assert broken_links() == []
