"""The tone of a badge says whose turn it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certificates.badges import badge, time_left_tone
from certificates.lifecycle import Status
from certificates.story import Certificate
from tests.cast import NOW, World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        (Status.PAID, "you"),
        (Status.CHECKING_DOMAIN, "you"),
        (Status.CHECKING_ORG, "ca"),
        (Status.ISSUING, "ca"),
        (Status.ISSUED, "done"),
        (Status.UNPASSED, "problem"),
        (Status.CANCELCHECKING, "ca"),
        (Status.REISSUING, "ca"),
        (Status.SUPPLEMENTCHECKING, "ca"),
        (Status.CANCELSUPPLEMENTING, "ca"),
        (Status.REVOKING, "ca"),
        (Status.REVOKED, "ended"),
        (Status.EXPIRED, "ended"),
        (Status.UPLOAD, "done"),
    ],
)
def test_each_status_has_its_tone(status: Status, tone: str) -> None:
    assert badge(Certificate(status=status), None).tone == tone


def test_a_reissue_is_your_turn_once_the_mail_has_left() -> None:
    world = World()
    certificate = world.issued()
    world.reissue(certificate)
    row = world.fresh(certificate)
    assert badge(row, row.open_application).tone == "ca"
    world.later(minutes=2, days=3)
    row = world.fresh(certificate)
    shown = badge(row, row.open_application)
    assert (shown.tone, shown.label, shown.progress) == ("you", "CA verifying (reissue)", 20)


def test_a_finished_way_draws_no_progress() -> None:
    assert badge(Certificate(status=Status.ISSUED), None).progress is None


@pytest.mark.parametrize(
    ("days", "tone"), [(31, "done"), (30, "you"), (8, "you"), (7, "problem"), (0, "ended")]
)
def test_the_end_of_a_version_changes_its_tone(days: int, tone: str) -> None:
    assert time_left_tone(NOW + timedelta(days=days), NOW) == tone
