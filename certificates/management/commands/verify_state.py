"""Check the invariants of the whole database."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from certificates.invariants import broken_invariants
from certificates.operator import OperatorCommand


class Command(OperatorCommand):
    help = "Check that every row has what it needs. Exit 1 with the findings when not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = broken_invariants()
        if options["json"]:
            self.answer({"ok": not found, "findings": [asdict(each) for each in found]})
        else:
            for each in found:
                self.stdout.write(f"{each.code}  {each.subject}: {each.message}")
            self.stdout.write(f"{len(found)} findings")
        if found:
            raise SystemExit(1)
