"""Look at all open challenges of a certificate at once."""

from argparse import ArgumentParser
from typing import Any

from certificates.operator import OperatorCommand
from certificates.proving import check_now
from work.loop import clock
from work.run import network

NOT_YET = 3


class Command(OperatorCommand):
    help = "Look at every open challenge now. Exit 0 when all are proved, 3 otherwise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_certificate(parser)
        self.add_actor(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        certificate = self.certificate(options)
        challenges = check_now(
            certificate=certificate,
            actor=self.actor(options, certificate),
            now=clock(),
            network=network(),
            is_limited=False,
        )
        for challenge in challenges:
            problem = f"  {challenge.problem_code}: {challenge.problem_message}"
            self.stdout.write(
                f"{challenge.domain}  {challenge.status}"
                + (problem if challenge.problem_code else "")
            )
        if any(challenge.status != "PROVED" for challenge in challenges):
            raise SystemExit(NOT_YET)
