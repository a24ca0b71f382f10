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
from verification.causes import whose_turn
from verification.challenges import Challenge, Status
from verification.diagnosis import fix
from verification.writing import Letter

pytestmark = pytest.mark.django_db
LETTER = Letter("desk@geotrust.example", "GeoTrust", "scs0000000000000", "alice@acme.example")
TESTED = {"mail.refused", "mail.unanswered", "mail.unsent"}


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


def asked(world: World, turn: str = "YOU") -> Challenge:
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
    assert whose_turn(challenge.problem_code) == turn
    assert challenge.status == Status.OPEN
    return challenge


def last_evidence(challenge: Challenge) -> dict[str, Any]:
    look = challenge.history.order_by("at", "pk").last()
    assert look is not None
    return dict(look.evidence)


def test_a_refused_mailbox_is_named_with_what_to_do(mailbox: Mailbox) -> None:
    mailbox.refuse_with = "550 5.1.1 no such user"
    challenge = asked(World())
    assert challenge.problem_code == "mail.refused"
    assert "hostmaster@shop.example.com" in challenge.problem_message
    assert "Choose another mailbox" in challenge.problem_message
    evidence = last_evidence(challenge)
    assert evidence["mailbox"] == "hostmaster@shop.example.com"
    assert evidence["said"] == "550 5.1.1 no such user"
    assert mailbox.messages == []


def test_a_mail_that_arrived_waits_for_its_answer(mailbox: Mailbox) -> None:
    challenge = asked(World())
    assert len(mailbox.to("hostmaster@shop.example.com")) == 1
    assert challenge.problem_code in ("", "mail.unanswered")


def test_a_server_that_puts_us_off_is_waited_for_and_refuses_in_the_end(mailbox: Mailbox) -> None:
    mailbox.refuse_with = "451 4.7.1 greylisted, try again later"
    world = World()
    challenge = asked(world, turn="US")
    assert challenge.problem_code == "mail.unsent"
    assert "puts our mail off (451 4.7.1 greylisted" in challenge.problem_message
    assert last_evidence(challenge)["said"].startswith("451 4.7.1")
    world.later(days=4)
    challenge.refresh_from_db()
    assert challenge.problem_code == "mail.refused"
    assert challenge.looks < 10, "our tries to send are no looks"


def test_our_own_server_that_is_away_is_ours_to_mend(mailbox: Mailbox, settings: Any) -> None:
    settings.EMAIL_PORT = free_port()
    world = World()
    challenge = asked(world, turn="US")
    assert challenge.problem_code == "mail.unsent"
    assert "our mail server does not take it" in challenge.problem_message
    assert "said" not in last_evidence(challenge), "our own machines are no news"
    world.later(days=4)
    challenge.refresh_from_db()
    assert challenge.problem_code == "mail.unsent"
    assert "for three days" in challenge.problem_message
