"""Do all due work of every kind in this process, without Celery, or tell what nobody does."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from work.claims import resume, set_aside_count
from work.late import late
from work.loop import clock, run_due, run_until
from work.run import network


class Command(BaseCommand):
    help = (
        "Do all due work of every kind, mail included. With --until-idle N it goes on until no"
        " row falls due within N seconds of the last change. Exit 1 when a row was set aside."
        " With --late it does nothing: it tells what was due for ten minutes and no worker has"
        " begun, and exits with 1 when there is any."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until-idle", type=float, metavar="N", help="seconds")
        parser.add_argument("--late", action="store_true", help="only tell what nobody takes")
        parser.add_argument(
            "--resume", action="store_true", help="first take up again what was set aside"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["late"]:
            self._tell_late()
            return
        if options["resume"]:
            resume(clock())
        before = set_aside_count()
        idle = options["until_idle"]
        if idle is None:
            counts = run_due(clock(), network())
            while (again := run_due(clock(), network()))["run"]:
                counts.update(again)
        else:
            counts = run_until(lambda: False, network(), idle=idle)
        aside = set_aside_count() - before
        self.stdout.write(
            f"{counts['run']} steps, {counts['changed']} changes, {counts['failed']} failed,"
            f" {aside} set aside"
        )
        if aside > 0:
            raise SystemExit(1)

    def _tell_late(self) -> None:
        found = late(clock())
        for each in found:
            self.stdout.write(
                f"{each.kind._meta.label}: {each.count} due for ten minutes or longer, the first"
                f" since {each.since:%Y-%m-%d %H:%M:%S} UTC. Does a worker fetch the queue"
                f" {each.queue}?"
            )
        if found:
            raise SystemExit(1)
        self.stdout.write("Nothing waits for a worker.")
