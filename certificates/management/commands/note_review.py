"""What the desk found out about one point of an organization review."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from authorities.simulated.desk import note_review
from authorities.simulated.evidence import Call
from authorities.simulated.orders import ReviewItem
from certificates.operator import OperatorCommand
from work.loop import clock


class Command(OperatorCommand):
    help = "Note one point of the review of an OV or EV application as found good, or as wanting."

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_certificate(parser)
        self.add_actor(parser, required=True)
        parser.add_argument("item", choices=[item.value for item in ReviewItem])
        parser.add_argument("text", help="what you looked at and found")
        parser.add_argument("--wanting", action="store_true", help="it was not found good")
        call = parser.add_argument_group("the call, where the point is PHONE")
        call.add_argument("--number", default="", help="the number that you called")
        call.add_argument("--found-in", default="", help="where that number is listed")
        call.add_argument("--answered-by", default="", help="who answered, if anybody did")

    def handle(self, *args: Any, **options: Any) -> None:
        certificate, now = self.certificate(options), clock()
        order, staff = self.order(certificate), self.actor(options, certificate)
        note_review(
            order.pk,
            ReviewItem(options["item"]),
            is_good=not options["wanting"],
            text=options["text"][:2000],
            actor=staff,
            now=now,
            call=_call(options, now),
        )
        self.stdout.write("noted")


def _call(options: dict[str, Any], now: datetime) -> Call:
    """The call that was made just now; its outcome is what the note says."""
    return Call(
        options["number"][:40],
        options["found_in"][:200],
        options["answered_by"][:100],
        now,
        options["text"][:500],
    )
