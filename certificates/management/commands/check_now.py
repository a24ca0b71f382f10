"""Look at all open challenges of a certificate at once."""

from argparse import ArgumentParser
from typing import Any

from certificates.operator import OperatorCommand
from certificates.pausing import paused_challenges, resume_looking
from certificates.proving import check_all_now
from work.loop import clock
from work.run import network

NOT_YET = 3


class Command(OperatorCommand):
    help = (
        "Look at every open challenge now, many at once and without a limit, until each was looked"
        " at. Exit 0 when all are proved, 3 otherwise. With --resume names that were paused are"
        " looked at by themselves again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_certificate(parser)
        self.add_actor(parser)
        parser.add_argument("--resume", action="store_true", help="go on with what was paused")

    def handle(self, *args: Any, **options: Any) -> None:
        certificate = self.certificate(options)
        actor = self.actor(options, certificate)
        if options["resume"] and paused_challenges(certificate.open_application):
            resume_looking(certificate=certificate, actor=actor, now=clock())
        challenges = check_all_now(
            certificate=certificate, actor=actor, now=clock(), network=network()
        )
        for challenge in challenges:
            problem = f"  {challenge.problem_code}: {challenge.problem_message}"
            self.stdout.write(
                f"{challenge.domain}  {challenge.status}"
                + (problem if challenge.problem_code else "")
            )
        if any(challenge.status != "PROVED" for challenge in challenges):
            raise SystemExit(NOT_YET)
