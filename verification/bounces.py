"""Mail that comes back: a server took it, and another one answers later that it did not arrive.

Such a delivery status notification (RFC 3464) is written by a stranger's machine and may be
anything: it is read in bounded pieces, by Python's own parser, and believed only where it carries
the token of one mail of ours. Nobody guesses that token; who got the mail may send it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from django.db import models

from verification.mail import TOKEN_FIELD, find_by_token, record_bounce

LONGEST = 128 * 1024  # bytes of a notification that are read at all; our mails are short
# How often a type is named that holds parts. The parser's work grows with the depth of parts within
# parts, which cannot exceed this; an honest notification names three, and what came back a few.
MOST_NESTED = 20
HOLDS_PARTS = re.compile(rb"(?:multipart|message)/", re.IGNORECASE)
MOST_RECIPIENTS = 50
MOST_PARTS = 20
TOKEN = re.compile(r"(?<![0-9a-f-])[1-9][0-9]{0,17}-[0-9a-f]{32}(?![0-9a-f])")
STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
# Where the token stands in the notification's own head: the envelope's sender that it came back to.
ADDRESSED = ("To", "Delivered-To", "X-Original-To")


class Taken(models.TextChoices):
    """What became of a notification. The names are an interface of `take_bounce`."""

    BOUNCED = "bounced"
    AGAIN = "bounced-before"
    NOT_FINAL = "not-final"
    NOT_OURS = "not-ours"
    NOT_SENT_YET = "not-sent-yet"


@dataclass(frozen=True)
class Notification:
    """What one notification says: for which tokens, whether delivery failed for good, and why."""

    tokens: tuple[str, ...]
    is_final: bool
    said: str


def read(data: bytes) -> Notification | None:
    """None when it is no delivery status notification, or too twisted to be read."""
    data = data[:LONGEST]
    if sum(1 for _found in HOLDS_PARTS.finditer(data)) > MOST_NESTED:
        return None
    try:
        message = BytesParser(policy=compat32).parsebytes(data)
        if message.get_content_type() != "multipart/report" or not message.is_multipart():
            return None
        parts = [part for part in message.get_payload() if isinstance(part, Message)][:MOST_PARTS]
        recipients = [each for part in parts for each in _recipients(part)][:MOST_RECIPIENTS]
        heads = [message, *(head for part in parts for head in _returned(part))]
        tokens = tuple(dict.fromkeys(token for head in heads for token in _tokens(head)))
    except (RecursionError, LookupError, ValueError, TypeError):  # only what a parser stumbles over
        return None
    failed = [each for each in recipients if _failed(each)]
    if not recipients:
        return None
    return Notification(tokens, bool(failed), _said(failed[0]) if failed else "")


def take(data: bytes, now: datetime) -> Taken:
    """Mark the mail that a notification is about as returned, once; whoever waits is woken.

    A delay is not final: its sender goes on trying. What failed is (RFC 3464 2.3.3), whatever the
    class of its status: the server gave up.
    """
    told = read(data)
    mail = next(filter(None, map(find_by_token, told.tokens[:MOST_PARTS])), None) if told else None
    if told is None or mail is None:
        return Taken.NOT_OURS
    if not told.is_final:
        return Taken.NOT_FINAL
    if mail.sent_at is None and mail.failed_at is None:
        return Taken.NOT_SENT_YET  # our own record of its leaving is still on its way
    return Taken.BOUNCED if record_bounce(mail.pk, told.said, now) else Taken.AGAIN


def _recipients(part: Message) -> Iterator[Message]:
    """The blocks of a machine-readable part that stand for recipients (RFC 3464 2.1)."""
    if part.get_content_type() == "message/delivery-status" and part.is_multipart():
        for block in part.get_payload():
            if isinstance(block, Message) and block.get("Action"):
                yield block


def _returned(part: Message) -> Iterator[Message]:
    """The head of the mail that came back, with its text or without (RFC 6522 3)."""
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        first = part.get_payload(0)
        if isinstance(first, Message):
            yield first
    elif part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
        body = part.get_payload(decode=True)
        if isinstance(body, bytes):
            yield BytesParser(policy=compat32).parsebytes(body, headersonly=True)


def _tokens(head: Message) -> Iterator[str]:
    for field in (TOKEN_FIELD, *ADDRESSED):
        for value in head.get_all(field, [])[:MOST_PARTS]:
            yield from TOKEN.findall(str(value)[:1000])


def _failed(recipient: Message) -> bool:
    return str(recipient.get("Action", "")).strip().lower() == "failed"


def _said(recipient: Message) -> str:
    """The status and what the other server said, on one line; still a stranger's text."""
    status = STATUS.search(str(recipient.get("Status", "")))
    words = str(recipient.get("Diagnostic-Code", "")).partition(";")[2]
    return " ".join([status.group() if status else "", *words.split()]).strip()
