"""The inbox of the demo: every mail that was sent, whoever it is for, as it lies in its folder."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

MAIL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,200}\.eml")
LINK = re.compile(r"https?://[^\s<>\"']+")
LONGEST_MAIL = 256 * 1024
MOST_MAILS = 200


@dataclass(frozen=True)
class Piece:
    """A stretch of a mail's text; `link` is set when it is an address of our own site."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Mail:
    """One mail as the inbox shows it. `html` is empty when the mail has none."""

    file: str
    subject: str
    sender: str
    to: str
    sent_at: datetime
    text: str
    html: str


def newest_mails() -> list[Mail]:
    """The mails that arrived last, in the order of their own dates, the newest first."""
    arrived = sorted(_mails(), key=lambda path: path.stat().st_mtime, reverse=True)[:MOST_MAILS]
    return sorted(map(_read, arrived), key=lambda mail: (mail.sent_at, mail.file), reverse=True)


def find_mail(name: str) -> Mail | None:
    return next((_read(path) for path in _mails() if path.name == name), None)


def find_raw(name: str) -> bytes | None:
    """The bytes of a mail, as far as it is read at all."""
    return next((_bytes(path) for path in _mails() if path.name == name), None)


def pieces(text: str, public_url: str) -> list[Piece]:
    """Cut `text` so that addresses below `public_url` can be links, and no others."""
    base = public_url.rstrip("/")
    cut: list[Piece] = []
    at = 0
    for found in LINK.finditer(text):
        address = found.group().rstrip(".,;:!?)")
        if address != base and not address.startswith(base + "/"):
            continue
        cut += [Piece(text[at : found.start()]), Piece(address, address)]
        at = found.start() + len(address)
    return [piece for piece in (*cut, Piece(text[at:])) if piece.text]


def _mails() -> list[Path]:
    """The files that are mails. Names come from this listing only, never from a request's path."""
    folder = Path(settings.DATA_DIR) / "inbox"
    if not folder.is_dir():
        return []
    return [
        path
        for path in folder.iterdir()
        if MAIL_NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    ]


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LONGEST_MAIL)


def _read(path: Path) -> Mail:
    message = email.message_from_bytes(_bytes(path), policy=email.policy.default)
    return Mail(
        file=path.name,
        subject=str(message.get("Subject", "")) or path.name,
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        sent_at=_date(message, path),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _date(message: EmailMessage, path: Path) -> datetime:
    """The mail's own date, or when its file was written."""
    try:
        at = parsedate_to_datetime(str(message.get("Date", "")))
    except (ValueError, TypeError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:  # a charset that Python does not know
        return bytes(part.get_payload(decode=True)).decode("ascii", "replace")
