"""Ask for a reissue, and wait for its end when told to."""

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from certificates.applications import ReissueReason
from certificates.orders import request_reissue
from certificates.sending_in import SendingCommand
from certificates.wishes import Wish


class Command(SendingCommand):
    help = (
        "Ask for a new certificate in place of an issued one. Exit 0: submitted (with --wait:"
        " issued), 2: refused, 3: the wait ran out, 4: declined or failed."
    )
    verb = staticmethod(request_reissue)

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", choices=ReissueReason.values)

    def wish(self, options: dict[str, Any]) -> Wish:
        return replace(super().wish(options), reason=options["reason"] or "")
