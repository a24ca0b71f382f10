"""The desk's decision about a leaked key whose owner declined or stayed silent."""

from argparse import ArgumentParser
from typing import Any

from authorities.simulated.desk import decide_compromise
from certificates.operator import OperatorCommand
from work.loop import clock


class Command(OperatorCommand):
    help = "Cancel the original of an alarmed KEY_COMPROMISE reissue, or leave it valid."

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_certificate(parser)
        choice = parser.add_mutually_exclusive_group(required=True)
        choice.add_argument("--cancel", action="store_true", help="revoke it as keyCompromise")
        choice.add_argument("--keep", action="store_true", help="the reissue ends")
        self.add_actor(parser, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        certificate = self.certificate(options)
        decide_compromise(
            self.order(certificate).pk,
            cancel=options["cancel"],
            actor=self.actor(options, certificate),
            now=clock(),
        )
        self.stdout.write("cancelled" if options["cancel"] else "kept")
