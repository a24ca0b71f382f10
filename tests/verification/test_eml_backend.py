"""The demo's inbox: one complete file a message, in the order in which they were sent."""

import email
import email.policy
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMultiAlternatives

from verification.eml_backend import EmlBackend


@pytest.fixture
def inbox(tmp_path: Path, settings: LazySettings) -> Path:
    settings.EMAIL_FILE_PATH = str(tmp_path / "inbox")
    return tmp_path / "inbox"


def message(subject: str, number: int = 1) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject,
        "Grüße\n" + "x" * 1200,
        "ca@example.com",
        ["alice@example.org"],
        headers={"Message-ID": f"<mail-{number}@example.com>"},
    )
    mail.attach_alternative("<p>Grüße</p>", "text/html")
    return mail


def test_a_message_becomes_one_file_that_a_mail_program_reads(inbox: Path) -> None:
    assert EmlBackend().send_messages([message("Bestätigung")]) == 1
    (file,) = inbox.iterdir()
    parsed = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert parsed["Subject"] == "Bestätigung"
    assert parsed["To"] == "alice@example.org"
    body = parsed.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("Grüße")


def test_files_sort_by_the_time_of_sending(inbox: Path) -> None:
    for number in (3, 1, 2):
        EmlBackend().send_messages([message(str(number), number)])
    sent = [email.message_from_bytes(file.read_bytes()) for file in sorted(inbox.iterdir())]
    assert [mail["Subject"] for mail in sent] == ["3", "1", "2"]


def test_the_same_message_sent_twice_is_two_files(inbox: Path) -> None:
    EmlBackend().send_messages([message("a"), message("a")])
    names = [file.name for file in inbox.iterdir()]
    assert len(names) == 2
    assert len({name.rpartition("-")[2] for name in names}) == 1


def test_a_message_to_nobody_is_not_written(inbox: Path) -> None:
    mail = message("a")
    mail.to = []
    assert EmlBackend().send_messages([mail]) == 0
    assert not inbox.exists()
