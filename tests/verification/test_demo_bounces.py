"""The demo's inbox sends a mail back, as a mail server would."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.cast import World
from verification.challenges import Challenge
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World(now=datetime.now(UTC))


def test_the_demo_sends_a_mail_back(
    world: World, settings: Settings, tmp_path: Path, client: Client
) -> None:
    settings.ENVIRONMENT = "demo"
    settings.DATA_DIR = tmp_path
    settings.EMAIL_FILE_PATH = str(tmp_path / "inbox")
    settings.EMAIL_BACKEND = "verification.eml_backend.EmlBackend"
    world.submitted("shop.example.com", method="EMAIL")
    (file,) = (tmp_path / "inbox").iterdir()
    client.force_login(world.alice)
    assert client.post(f"/demo/inbox/{file.name}/return/").status_code == 302
    assert OutgoingMail.objects.get().problem == "5.1.1 550 5.1.1 No such user here"
    world.live(datetime.now(UTC))
    assert Challenge.objects.get().problem_code == "mail.bounced"
    stranger = EmailMessage()
    stranger["To"] = "alice@example.com"
    (tmp_path / "inbox" / "b.eml").write_bytes(stranger.as_bytes())
    answer = client.post("/demo/inbox/b.eml/return/", follow=True)
    assert "cannot be sent back" in answer.content.decode()
    assert client.get(f"/demo/inbox/{file.name}/return/").status_code == 405
