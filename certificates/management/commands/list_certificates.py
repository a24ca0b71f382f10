"""List certificates: all of them, those in one status, or those that one person sees."""

from argparse import ArgumentParser
from typing import Any

from accounts.access import visible
from certificates.facts import row_facts
from certificates.lifecycle import Status
from certificates.operator import OperatorCommand
from certificates.story import Certificate


class Command(OperatorCommand):
    help = "List certificates, newest first. With --as: those that this person sees."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--status", choices=Status.values)
        self.add_actor(parser)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Certificate.objects.select_related("product", "project")
        rows = rows.prefetch_related("versions")
        if options["status"]:
            rows = rows.filter(status=options["status"])
        if options["actor"]:
            rows = visible(rows, self.person(options["actor"]))
        told = [row_facts(each) for each in rows]
        if options["json"]:
            self.answer(told)
            return
        for each in told:
            ends = each["not_after"] or "–"
            domain = each["domain"] or "–"
            self.stdout.write(f"{each['id']}  {each['status']:<16}  {domain}  {ends}")
