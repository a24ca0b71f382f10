"""diagnose: why a name is not proved, before or beside any order."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from pki import addresses
from pki.findings import is_refused
from pki.names import INTERNAL, canonical, check_name
from verification import challenge_names
from verification.diagnosis import PROVED, Diagnosis, diagnose
from verification.methods import CHECKERS
from verification.outcome import Question
from verification.slots import BusyError
from work.loop import clock
from work.run import network
from work.steps import back_off

REFUSED = 2
NOT_PROVED = 3
BUSY = os.EX_TEMPFAIL


class Command(BaseCommand):
    help = "Look once for the proof of a name. Exit 0: proved, 3: not, 75: try again later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="domain name, wildcards included")
        parser.add_argument("--method", required=True, choices=sorted(CHECKERS), type=str.upper)
        parser.add_argument("--value", required=True, metavar="V", help="the value to be published")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        name = self.name(options["name"])
        method, value, now = options["method"], options["value"], clock()
        long = challenge_names.problem(name, method, value=value)
        if long is not None:
            self.stderr.write(f"{long.code}: {long.message}")
            raise SystemExit(REFUSED)
        try:
            outcome = CHECKERS[method](Question(name, value), network(), now)
        except BusyError:
            told = _("As many looks as may be are at the server of %(name)s now. Try again soon.")
            self.stderr.write(f"busy: {told % {'name': name}}")
            raise SystemExit(BUSY) from None
        # When an open challenge would be looked at after a first look like this one.
        again = None if outcome.proved else now + back_off(1)
        found = diagnose(name, method, value, outcome, again)
        if options["json"]:
            self.write_json(found)
        else:
            self.write_text(found)
        if not outcome.proved:
            raise SystemExit(NOT_PROVED)

    def name(self, given: str) -> str:
        """Canonical. A name that no certificate may carry is refused; an internal one may be of
        somebody's own network, where proofs are tried out."""
        address = addresses.parse(given)
        if address is not None:
            return str(address)
        _host, findings = check_name(given)
        for fault in findings:
            if is_refused([fault]) and fault.code != INTERNAL:
                self.stderr.write(f"{fault.code}: {_(fault.text) % fault.params}")
                raise SystemExit(REFUSED)
        return canonical(given)

    def write_json(self, found: Diagnosis) -> None:
        """Keys and their order are an interface."""
        answer = {
            "cause": found.cause,
            "turn": None if found.turn is None else found.turn.value,
            "sentence": found.sentence,
            "fix": found.fix,
            "evidence": list(found.evidence),
            "next_check_at": _instant(found.next_check_at),
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def write_text(self, found: Diagnosis) -> None:
        turn = "" if found.turn is None else f"  {found.turn.label}"
        self.stdout.write(f"{found.cause}{turn}")
        if found.cause != PROVED:
            self.stdout.write(found.sentence)
        if found.fix:
            self.stdout.write("  " + found.fix)
        for row in found.evidence:
            seen = ", ".join(f"“{one}”" for one in row["seen"])
            of = f" @ {row['of']}" if row["of"] else ""
            signed = f" · DNSSEC {row['dnssec']}" if "dnssec" in row else ""
            self.stdout.write(f"  {row['asked']}{of}: {row['status']}{signed} {seen}".rstrip())
        if found.next_check_at is not None:
            told = _("Next look: %(at)s") % {"at": _instant(found.next_check_at)}
            self.stdout.write("  " + told)


def _instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, whole seconds, with Z."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
