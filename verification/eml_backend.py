"""The demo's mail server: every message becomes one .eml file in the inbox directory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmlBackend(BaseEmailBackend):
    """Writes messages to `settings.EMAIL_FILE_PATH`, which is made when it is missing.

    A file is named after the time it was written and its Message-ID, so that a listing sorts by
    time, and appears complete or not at all.
    """

    def __init__(self, fail_silently: bool = False, **_options: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.inbox = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = 0
        for message in email_messages:
            if message.recipients():
                self._write(message)
                sent += 1
        return sent

    def _write(self, message: EmailMessage) -> None:
        self.inbox.mkdir(parents=True, exist_ok=True, mode=0o700)
        parsed = message.message()
        digest = hashlib.sha256(str(parsed["Message-ID"]).encode()).hexdigest()[:12]
        at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        target = self.inbox / f"{at}-{digest}.eml"
        draft = self.inbox / f".{target.name}.{os.getpid()}"
        draft.write_bytes(parsed.as_bytes())
        draft.rename(target)
