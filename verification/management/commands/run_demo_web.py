"""`manage.py run_demo_web`: play the customer's web server on loopback until it is ended."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from verification.embedded_web import HOST, EmbeddedWeb


class Command(BaseCommand):
    help = "Serves the files that prove the demo's hosts, on loopback."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.DEMO_WEB_PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT != "demo":
            raise CommandError("The demo web server runs only with ENVIRONMENT=demo.")
        try:
            server = EmbeddedWeb(options["port"])
        except OSError as error:
            raise CommandError(f"{HOST}:{options['port']}: {error.strerror}") from error
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        server.start()
        self.stderr.write(f"Web server of the demo on {HOST}:{server.port}")
        ended.wait()
        server.stop()
