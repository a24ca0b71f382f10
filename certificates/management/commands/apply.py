"""Apply for a bought certificate, or again after a failure; wait for its end when told to."""

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from certificates.orders import submit
from certificates.sending_in import SendingCommand
from certificates.wishes import Wish


class Command(SendingCommand):
    help = (
        "Apply for a certificate that was bought, or again after it failed or was withdrawn; what"
        " is left out is then as it was. Exit 0: submitted (with --wait: issued), 2: refused, 3:"
        " the wait ran out, 4: failed."
    )
    verb = staticmethod(submit)

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--san",
            action="append",
            default=[],
            metavar="NAME",
            help="an additional domain of a product for several; may be given again",
        )

    def wish(self, options: dict[str, Any]) -> Wish:
        return replace(super().wish(options), more_domains=tuple(options["san"]))
