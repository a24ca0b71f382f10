"""The desk's decision about an organization."""

from argparse import ArgumentParser
from typing import Any

from authorities.simulated.desk import approve_organization, refuse_organization
from certificates.operator import OperatorCommand
from work.loop import clock


class Command(OperatorCommand):
    help = "Approve the organization of an OV or EV application, or refuse it with a sentence."

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_certificate(parser)
        self.add_actor(parser, required=True)
        parser.add_argument("--refuse", metavar="MESSAGE")

    def handle(self, *args: Any, **options: Any) -> None:
        certificate = self.certificate(options)
        order, staff = self.order(certificate), self.actor(options, certificate)
        if options["refuse"] is None:
            approve_organization(order.pk, actor=staff, now=clock())
            self.stdout.write("approved")
        else:
            refuse_organization(
                order.pk, message=options["refuse"][:1000], actor=staff, now=clock()
            )
            self.stdout.write("refused")
