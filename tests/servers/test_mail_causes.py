"""A mailbox that its mail server refuses, by a real SMTP exchange."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.cast import World
from tests.flows.portal import Mailbox
from tests.ports import free_port
from verification import asking
from verification.asking import Letter
from verification.causes import whose_turn
from verification.challenges import Challenge, Status
from verification.diagnosis import fix

pytestmark = pytest.mark.django_db
LETTER = Letter("desk@geotrust.example", "GeoTrust", "scs0000000000000", "alice@acme.example")
TESTED = {"mail.refused", "mail.unanswered"}


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield box
    server.stop()


def asked(world: World) -> Challenge:
    """A challenge by mail, looked at after its mail was handed over."""
    proof = asking.demand(
        project_id=world.acme.pk,
        domains=["shop.example.com"],
        method="EMAIL",
        mailbox="hostmaster",
        letter=LETTER,
        now=world.now,
    )
    world.work()
    challenge = proof.challenges.get()
    assert fix(challenge.problem_code, challenge.domain, challenge.method, challenge.value) == ""
    assert whose_turn(challenge.problem_code) == "YOU"
    assert challenge.status == Status.OPEN
    return challenge


def test_a_refused_mailbox_is_named_with_what_to_do(mailbox: Mailbox) -> None:
    mailbox.refuse_with = "550 5.1.1 no such user"
    challenge = asked(World())
    assert challenge.problem_code == "mail.refused"
    assert "hostmaster@shop.example.com" in challenge.problem_message
    assert "Choose another mailbox" in challenge.problem_message
    evidence = challenge.history.latest("at").evidence
    assert evidence["mailbox"] == "hostmaster@shop.example.com"
    assert mailbox.messages == []


def test_a_mail_that_arrived_waits_for_its_answer(mailbox: Mailbox) -> None:
    challenge = asked(World())
    assert len(mailbox.to("hostmaster@shop.example.com")) == 1
    assert challenge.problem_code in ("", "mail.unanswered")
