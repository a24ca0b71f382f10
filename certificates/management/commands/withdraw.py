"""Take an application back, and wait for the authority's decision when told to."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from certificates.applications import Application, Outcome
from certificates.facts import instant
from certificates.operator import OperatorCommand
from certificates.story import Event
from certificates.taking_back import withdraw
from work.loop import clock, run_until
from work.run import network

WAIT_RAN_OUT = 3
NOT_WITHDRAWN = 4


class Command(OperatorCommand):
    help = (
        "Ask the authority for an application back; all that was given is kept. Exit 0: asked"
        " (with --wait: withdrawn), 2: refused, 3: the wait ran out, 4: it was not given back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_certificate(parser)
        self.add_actor(parser)
        parser.add_argument("--wait", type=float, metavar="SECONDS")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        certificate = self.certificate(options)
        withdraw(certificate=certificate, actor=self.actor(options, certificate), now=clock())
        application = certificate.last_application
        assert application is not None

        def is_decided() -> bool:
            application.refresh_from_db()
            return not application.is_open or not application.is_being_withdrawn

        if options["wait"] is not None:
            run_until(is_decided, network(), idle=options["wait"], limit=options["wait"])
        self._tell(application, options["json"])
        if options["wait"] is None:
            return
        if not is_decided():
            raise SystemExit(WAIT_RAN_OUT)
        if application.outcome != Outcome.WITHDRAWN:
            raise SystemExit(NOT_WITHDRAWN)

    def _tell(self, application: Application, as_json: bool) -> None:
        event = Event.objects.filter(application=application).order_by("pk").last()
        assert event is not None
        if as_json:
            self.answer(
                {
                    "at": instant(event.at),
                    "status": event.after,
                    "label": event.get_after_display(),
                    "code": event.code,
                    "reason": event.reason,
                }
            )
        else:
            self.stdout.write(f"{instant(event.at)}  {event.get_after_display()}")
