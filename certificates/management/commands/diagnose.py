"""diagnose: why a name is not proved or not signed for, before or beside any order."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser, DjangoHelpFormatter
from django.utils.translation import gettext as _

from accounts.kept_sentences import as_read
from authorities import accounts
from authorities.brands import Brand
from certificates.askers import Said, asker, kept_look
from certificates.facts import diagnosis_facts, instant, told_facts
from certificates.operator import OperatorCommand
from pki import addresses
from pki.findings import is_refused
from pki.names import INTERNAL, canonical, check_name
from verification import challenge_names, kept_questions, pace, ways
from verification.causes import UNREAD
from verification.challenges import Challenge, Method
from verification.diagnosis import PROVED, Diagnosis, Told, beside, caa_rows, diagnose, tell
from verification.earlier_values import MOST, asked_before, earlier_values
from verification.methods import CHECKERS
from verification.outcome import Problem, Question
from verification.slots import BusyError
from work.loop import clock
from work.run import network

NOT_PROVED = 3
BUSY = os.EX_TEMPFAIL
METHODS = (*sorted(CHECKERS), Method.EMAIL.value)
HELP = """\
Look once for the proof of a name, and at CAA: may the authority sign for it?

Tells the cause, whose turn it is, the line to paste, and every question that was
asked. What keeps the proof from being seen comes first; what else stands in the
way (CAA, a paused or expired value) is told beside it, or in its place.

A value that this installation asked for says by itself who asks: authority,
account and earlier values are those of its order. Any other value is judged for
every authority that is sold here; --brand, --identity, --account and --project say
more. With --method EMAIL nothing is asked: what is kept of the newest mail to that
mailbox, and of CAA, is told.

Exit 0: proved, and nothing else in the way; 3: something is; 2: refused, such as
a name that is none; 75: the server is busy, try again."""


class _Help(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Lines of the description as they stand, and what is everybody's option last."""


class Command(OperatorCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs["formatter_class"] = _Help
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        told = "domain name, wildcards included, or IP address"
        parser.add_argument("name", metavar="NAME", help=told)
        parser.add_argument("--method", required=True, choices=METHODS, type=str.upper)
        parser.add_argument(
            "--value", required=True, metavar="V", help="to be published; of EMAIL the mailbox"
        )
        parser.add_argument(
            "--earlier", action="append", default=[], metavar="V",
            help="a value of an earlier application, told when it is still there; repeatable",
        )  # fmt: skip
        parser.add_argument("--project", metavar="ID|NAME", help="the customer who asks")
        parser.add_argument("--brand", type=_brand, help="the authority, as DigiCert")
        parser.add_argument(
            "--identity", action="append", default=[], type=str.lower, metavar="DOMAIN",
            help="by which CAA names the authority, as digicert.com; repeatable",
        )  # fmt: skip
        parser.add_argument(
            "--account", default="", metavar="URI", help="the accounturi that CAA may name"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        name, now = self.name(options["name"]), clock()
        if not options["value"].strip():
            told = _("--value is empty. Give what was to be published, or of EMAIL the mailbox.")
            self.refuse_one("value.missing", told)
        if addresses.is_address(name):
            unfit = ways.problems([name], options["method"], "", now)
            if unfit:
                self.refuse(unfit)
        if options["method"] == Method.EMAIL:
            found = self.of_mail(name, options["value"], now)
        else:
            try:
                found = self.look(name, options, now)
            except BusyError:
                told = _(
                    "As many looks as may be are at the server of %(name)s now. Try again soon."
                )
                self.stderr.write(f"busy: {told % {'name': name}}")
                raise SystemExit(BUSY) from None
        if options["json"]:
            self.answer(_as_json(found))
        else:
            self.write_text(found)
        if found.cause != PROVED:
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
                self.refuse_one(fault.code, _(fault.text) % fault.params)
        return canonical(given)

    def look(self, name: str, options: dict[str, Any], now: datetime) -> Diagnosis:
        """The proof, CAA, and what is kept of the value; raises BusyError."""
        method, value = options["method"], options["value"]
        long = challenge_names.problem(name, method, value=value)
        if long is not None:
            self.refuse_one(long.code, long.message)
        project = self.project(options["project"]).pk if options["project"] else None
        asked = kept_questions.asked_for(name, method, value)
        said = Said(options["identity"], options["brand"] or "", options["account"], project)
        earlier = _earlier(name, value, options["earlier"], project, asked)
        who, door = asker(name, method, said, asked, now), network()
        outcome = CHECKERS[method](Question(name, value, earlier), door, now)
        verdict = accounts.may_issue(name, who, door)
        kept = kept_questions.counts_no_more(asked, now) if asked is not None else None
        found = diagnose(name, method, value, outcome, now)
        problems = [each for each in (verdict.problem, kept) if each is not None]
        if found.cause == "file.wildcard":  # no CAA record lets a file prove it either
            problems = [each for each in problems if each.code != "caa.method"]
        found = beside(
            found,
            [tell(each, name, method, value) for each in problems],
            caa_rows(name, _code(verdict.problem), verdict.evidence),
        )
        if kept is not None:  # nobody looks for it any more, whatever CAA says
            return replace(found, next_check_at=None)
        return replace(found, next_check_at=_next(found, asked, now))

    def of_mail(self, name: str, mailbox: str, now: datetime) -> Diagnosis:
        """The newest question for the name at that mailbox, from what is kept."""
        about = {"name": name, "mailbox": mailbox[:254]}
        asked = kept_questions.mailed(name, mailbox)
        if asked is None:
            told = _("Nobody was ever asked at %(mailbox)s to prove %(name)s.")
            self.refuse_one("mail.not_asked", told % about)
        outcome = kept_questions.mail_outcome(asked, now)
        if outcome is None:
            told = _(
                "The question to %(mailbox)s for %(name)s waits for no answer any more: %(status)s."
            )
            self.refuse_one(
                "mail.not_asked", told % {**about, "status": asked.get_status_display()}
            )
        found = diagnose(name, Method.EMAIL, mailbox, outcome, now)
        due = asked.due_at if asked.is_looked_at else None
        evidence = (*found.evidence, *kept_questions.mail_rows(asked))
        found = replace(found, evidence=evidence, next_check_at=due)
        look = kept_look(asked)
        if look is None:
            return found
        others: list[Told] = []
        if look.code != PROVED:
            line = str(look.evidence.get("fix", ""))
            others.append(
                tell(Problem(look.code, as_read(look.message), line), name, Method.EMAIL, mailbox)
            )
        rows = caa_rows(look.name, look.code, look.evidence)
        return beside(found, others, [row | {"at": instant(look.at)} for row in rows])

    def write_text(self, found: Diagnosis) -> None:
        pasted = set()
        for lead, told in (("", found), *((_("Also: "), each) for each in found.also)):
            turn = "" if told.turn is None else f"  {told.turn.label}"
            self.stdout.write(f"{lead}{told.cause}{turn}")
            if told.sentence:
                self.stdout.write(told.sentence)
            if told.fix and told.fix not in pasted:
                self.stdout.write("  " + told.fix)
                pasted.add(told.fix)
        if found.evidence:
            self.stdout.write(_("What was asked and answered:"))
        for row in found.evidence:
            self.stdout.write("  " + _row(row))
        if found.next_check_at is not None:
            is_mailed = any(row["asked"] == kept_questions.ANSWER for row in found.evidence)
            words = _("An answer is taken until %(at)s") if is_mailed else _("Next look: %(at)s")
            self.stdout.write(words % {"at": instant(found.next_check_at)})


def _brand(given: str) -> Brand:
    """By its value or by the name that people read."""
    for each in Brand:
        if given.casefold() in (each.value.casefold(), str(each.label).casefold()):
            return each
    raise ArgumentTypeError(f"{given!r} is none of {', '.join(str(each.label) for each in Brand)}")


def _earlier(
    name: str, value: str, given: Sequence[str], project: int | None, asked: Challenge | None
) -> tuple[str, ...]:
    """The values that were asked for before: as told, then those of the customer, of no other."""
    kept: tuple[str, ...] = ()
    if project is not None:
        kept = asked_before(project, name)
    elif asked is not None:
        kept = earlier_values([asked])[asked.pk]
    return tuple(each for each in dict.fromkeys([*given[:MOST], *kept]) if each != value)


def _code(problem: Problem | None) -> str:
    return PROVED if problem is None else problem.code


def _next(found: Diagnosis, asked: Challenge | None, now: datetime) -> datetime | None:
    """When it is looked at again: at the time that is kept with the question, if it is known."""
    if found.cause == "file.wildcard":  # no look changes it
        return None
    if found.cause in UNREAD:  # the proof is seen, and CAA is read again by itself
        return pace.first_look_again(now)
    if found.next_check_at is None or asked is None:
        return found.next_check_at
    return max(asked.due_at or now, now) if asked.is_looked_at else None


def _as_json(found: Diagnosis) -> dict[str, Any]:
    return diagnosis_facts(found) | {"also": [told_facts(each) for each in found.also]}


def _row(row: Any) -> str:
    """One question on a line: what was asked, of whom, what came back."""
    led = (f"→ {name}" for name in row.get("chain") or [])
    seen = ", ".join([*led, *(f"“{one}”" for one in row["seen"])])
    of = f" @ {row['of']}" if row["of"] else ""
    signed = f" · DNSSEC {row['dnssec']}" if "dnssec" in row else ""
    told = f"{row['asked']}{of}: {row['status']}{signed} {seen}".rstrip()
    at = f" · {row['at']}" if "at" in row else ""
    return told + (_who_may(row) if "for" in row else "") + at


def _who_may(row: Any) -> str:
    """Of those for whom CAA was judged, who may sign; nothing where it could not be read."""
    if row["status"] in UNREAD:
        return ""
    may = row.get("permits", row["for"]) if row["status"] == PROVED else []
    kept_out = [each for each in row["for"] if each not in may]
    told = [(_("may sign: %(who)s"), may), (_("may not: %(who)s"), kept_out)]
    return "".join(" · " + words % {"who": ", ".join(who)} for words, who in told if who)
