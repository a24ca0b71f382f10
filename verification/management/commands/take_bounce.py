"""`manage.py take_bounce`: what a mail server pipes in when a mail could not be delivered."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError

from verification.bounces import LONGEST, Taken, take
from work.loop import clock


class Command(BaseCommand):
    help = (
        "Read one delivery status notification (RFC 3464) from standard input and mark the mail"
        " that it is about. Exit 0 when it was judged, 75 when it should be handed over again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        data = sys.stdin.buffer.read(LONGEST)
        while sys.stdin.buffer.read(LONGEST):
            pass  # a server whose pipe closes early would take that for a failure
        try:
            taken = take(data, clock())
        except (OperationalError, InterfaceError) as error:
            self.stderr.write(f"The database is away: {type(error).__name__}.")
            raise SystemExit(os.EX_TEMPFAIL) from None
        self.stdout.write(taken.value)
        if taken == Taken.NOT_SENT_YET:
            raise SystemExit(os.EX_TEMPFAIL)
