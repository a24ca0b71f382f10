"""`manage.py run_demo_dns`: serve the demo zone on loopback until it is ended."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from verification.embedded_dns import HOST, EmbeddedDns
from verification.policy import system_resolvers


class Command(BaseCommand):
    help = "Serves the demo's DNS zone on loopback and forwards every other name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.DEMO_DNS_PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT != "demo":
            raise CommandError("The demo DNS runs only with ENVIRONMENT=demo.")
        try:
            server = EmbeddedDns(options["port"], upstream(options["port"]))
        except OSError as error:
            raise CommandError(f"{HOST}:{options['port']}: {error.strerror}") from error
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        server.start()
        self.stderr.write(f"DNS of the demo on {HOST}:{server.port}")
        ended.wait()
        server.stop()


def upstream(port: int) -> list[tuple[str, int]]:
    """The system's resolvers but for ourselves: a forwarder that asks itself never ends."""
    return [one for one in system_resolvers() if one != (HOST, port)]
