"""End every certificate whose time is over."""

from argparse import ArgumentParser
from typing import Any

from certificates.operator import OperatorCommand
from certificates.story import Certificate
from work.loop import clock, run_due
from work.run import network


class Command(OperatorCommand):
    help = "Note the end of every certificate whose time is over, with what belongs to it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = run_due(clock(), network(), kinds=[Certificate])
        while more := run_due(clock(), network(), kinds=[Certificate]):
            counts.update(more)
        told = {"looked_at": counts["run"], "changed": counts["changed"]}
        if options["json"]:
            self.answer(told | {"failed": counts["failed"]})
        else:
            self.stdout.write(f"{told['changed']} ended, {told['looked_at']} looked at")
        if counts["failed"]:
            raise SystemExit(1)
