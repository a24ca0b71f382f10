"""Outgoing mail and proofs in the administration: what left, what failed, what was seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.access import Team
from tests.cast import World
from tests.certificates.browsing import shown
from verification.challenges import Challenge
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db

MAILS = "/admin/verification/outgoingmail/"


@pytest.fixture
def world() -> World:
    return World(now=datetime.now(UTC))


@pytest.fixture
def sue(world: World) -> Client:
    client = Client()
    client.force_login(world.staff("sue", Team.SUPPORT))
    return client


@pytest.fixture
def written(world: World) -> OutgoingMail:
    world.submitted("mail.example.com", method="EMAIL")
    return OutgoingMail.objects.get()


def test_the_list_shows_what_failed_or_waits_unless_asked(
    sue: Client, written: OutgoingMail
) -> None:
    assert written.recipient not in shown(sue, MAILS)
    assert written.recipient in shown(sue, MAILS + "?state=sent")
    assert written.recipient in shown(sue, MAILS + "?state=all")
    OutgoingMail.objects.update(
        sent_at=None, failed_at=written.created_at, problem="550 no such user"
    )
    for query in ("", "?state=failed"):
        text = shown(sue, MAILS + query)
        assert written.recipient in text
        assert "550 no such user" in text
    assert written.recipient not in shown(sue, MAILS + "?state=sent")


def test_the_page_holds_the_text_and_no_link(sue: Client, written: OutgoingMail) -> None:
    text = shown(sue, f"{MAILS}{written.pk}/change/")
    assert "[[answer-link]]" in text
    assert written.answer is not None
    assert written.answer.token() not in text
    assert written.answer.nonce not in text


def test_a_mail_is_sent_again_by_its_button(
    world: World, sue: Client, written: OutgoingMail
) -> None:
    address = f"{MAILS}{written.pk}/send-again/"
    assert f'href="{address}"' in shown(sue, f"{MAILS}{written.pk}/change/")
    before = OutgoingMail.objects.values().get()
    shown(sue, address)
    assert OutgoingMail.objects.values().get() == before
    sue.post(address)
    world.now = datetime.now(UTC)
    world.work()
    assert len(mail.outbox) == 2


def test_who_may_not_sends_nothing(world: World, written: OutgoingMail) -> None:
    address = f"{MAILS}{written.pk}/send-again/"
    before = OutgoingMail.objects.values().get()
    ada = Client()
    ada.force_login(world.staff("ada", Team.AUDITOR))
    assert [ada.get(address).status_code, ada.post(address).status_code] == [403, 403]
    assert f'href="{address}"' not in shown(ada, f"{MAILS}{written.pk}/change/")
    assert OutgoingMail.objects.values().get() == before


@pytest.mark.parametrize("which", ["challenge", "attempt"])
def test_what_a_look_saw_is_readable(world: World, sue: Client, which: str) -> None:
    world.submitted("dns.example.com")
    challenge = Challenge.objects.get()
    look = challenge.history.latest("pk")
    assert look.evidence
    pk = challenge.pk if which == "challenge" else look.pk
    text = shown(sue, f"/admin/verification/{which}/{pk}/change/")
    for name in look.evidence:
        assert f"<dt>{name}</dt>" in text
    posted: Any = sue.post(f"/admin/verification/{which}/{pk}/change/", {"status": "PROVED"})
    assert posted.status_code == 403
