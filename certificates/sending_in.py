"""What the commands that send an application in have in common: their flags, and the wait."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from accounts.models import Statement
from certificates import automatic
from certificates.applications import Application, Outcome, RootHash
from certificates.facts import instant
from certificates.lifecycle import PROGRESS
from certificates.operator import OperatorCommand
from certificates.story import Event
from certificates.wishes import Wish
from pki.keys import KeyAlgorithm
from verification.challenges import Method
from work.loop import clock, run_until
from work.run import network

WAIT_RAN_OUT = 3
DECLINED_OR_FAILED = 4
LARGEST_CSR = 64 * 1024  # the judgement itself refuses over 16 KiB; this only bounds the reading
COMPANY = {
    "name": "company",
    "country": "country",
    "province": "province",
    "city": "city",
    "street": "street",
    "registration_number": "registration_number",
    "phone": "company_phone",
}


class SendingCommand(OperatorCommand):
    """`verb` sends in what the flags say. What is left out is taken from the application before."""

    verb: ClassVar[Callable[..., Application]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_certificate(parser)
        parser.add_argument("--csr", metavar="FILE|-", help="PEM; the domain is taken from it")
        parser.add_argument("--key-algorithm", choices=[each.value for each in KeyAlgorithm])
        parser.add_argument("--root-hash", choices=RootHash.values, default="")
        parser.add_argument("--domain", metavar="NAME", default="")
        parser.add_argument("--method", choices=[*Method.values, automatic.AUTOMATIC])
        parser.add_argument("--mailbox", default="", help="for EMAIL: admin, webmaster, …")
        parser.add_argument("--contact-name", metavar="X", default="")
        parser.add_argument("--contact-email", metavar="X", default="")
        for part, flag in COMPANY.items():
            dashed = flag.replace("_", "-")
            told = f"{part.replace('_', ' ')} of the organization, for OV and EV"
            parser.add_argument(f"--{dashed}", metavar="X", default="", help=told)
        parser.add_argument("--accept-statements", action="store_true")
        self.add_actor(parser)
        parser.add_argument("--wait", type=float, metavar="SECONDS")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        certificate = self.certificate(options)
        application = type(self).verb(
            certificate=certificate,
            wish=self.wish(options),
            actor=self.actor(options, certificate),
            now=clock(),
            network=network(),
        )
        told = self._tell(application, 0, options["json"])
        if options["wait"] is None:
            return

        def has_ended() -> bool:
            nonlocal told
            told = self._tell(application, told, options["json"])
            return Application.objects.filter(pk=application.pk, ended_at__isnull=False).exists()

        run_until(has_ended, network(), idle=options["wait"], limit=options["wait"])
        ended = has_ended()
        application.refresh_from_db()
        if not ended:
            raise SystemExit(WAIT_RAN_OUT)
        if application.outcome != Outcome.ISSUED:
            self.stderr.write(self._why(application))
            raise SystemExit(DECLINED_OR_FAILED)

    def wish(self, options: dict[str, Any]) -> Wish:
        method, is_automatic = automatic.chosen(options["method"] or "")
        organization = {part: options[flag] for part, flag in COMPANY.items() if options[flag]}
        if organization.get("country"):
            organization["country"] = organization["country"].upper()
        return Wish(
            csr=self._read(options["csr"]) if options["csr"] else None,
            key_algorithm=options["key_algorithm"] or "",
            root_hash=options["root_hash"],
            domain=options["domain"],
            method=method,
            is_automatic=is_automatic,
            mailbox=options["mailbox"],
            contact_name=options["contact_name"],
            contact_email=options["contact_email"],
            organization=organization,
            accepted=frozenset(Statement) if options["accept_statements"] else frozenset(),
        )

    def _read(self, name: str) -> bytes:
        try:
            with sys.stdin.buffer if name == "-" else Path(name).open("rb") as source:
                return source.read(LARGEST_CSR)
        except OSError as error:
            self.refuse_one("csr.unreadable", f"{name} cannot be read: {error.strerror}.")

    def _tell(self, application: Application, told: int, as_json: bool) -> int:
        """Print the statuses reached since the last look, once each; answers the newest Event."""
        events = Event.objects.filter(application=application, pk__gt=told).order_by("pk")
        for event in events:
            told = event.pk
            if event.before == event.after:
                continue
            row = _status(event)
            if as_json:
                self.answer(row)
            else:
                self.stdout.write(f"{row['at']}  {row['label']}")
        self.stdout.flush()  # whoever waits reads along
        return told

    def _why(self, application: Application) -> str:
        last = Event.objects.filter(application=application).order_by("pk").last()
        return f"{last.code}: {last.reason}" if last else "application.ended"


def _status(event: Event) -> dict[str, Any]:
    return {
        "at": instant(event.at),
        "status": event.after,
        "label": event.get_after_display(),
        "progress": PROGRESS.get(event.after),
    }
