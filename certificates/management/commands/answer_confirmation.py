"""Answer the authority's question whether the original may be cancelled."""

from argparse import ArgumentParser
from typing import Any

from authorities.simulated.desk import answer_question
from certificates.operator import OperatorCommand
from verification.answers import Decision
from work.loop import clock


class Command(OperatorCommand):
    help = "Confirm or decline the cancellation of the original, in the name of a signed-in person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_certificate(parser)
        choice = parser.add_mutually_exclusive_group(required=True)
        choice.add_argument("--confirm", action="store_true")
        choice.add_argument("--decline", action="store_true")
        self.add_actor(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        certificate = self.certificate(options)
        answer_question(
            self.order(certificate).pk,
            Decision.CONFIRM if options["confirm"] else Decision.DECLINE,
            actor=self.actor(options, certificate),
            now=clock(),
        )
        self.stdout.write("confirmed" if options["confirm"] else "declined")
