"""check_csr: what is wrong with certificate requests, before anybody orders with them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from authorities import key_policy
from pki import csr
from pki.csr import CheckedCsr
from pki.findings import Finding, gettext_noop, printable, refused

# Far above what a CSR may have: enough to see a private key that stands behind other text.
READ_AT_MOST = 1024 * 1024


class Command(BaseCommand):
    help = "Check certificate requests: one answer a file, exit 1 when any is refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", metavar="FILE", nargs="+", help="PEM file, or - for stdin")
        parser.add_argument("--json", action="store_true", help="one JSON object a line and file")
        parser.add_argument(
            "--product",
            choices=["single", "wildcard", "multi"],
            help="the kind of product: how many names, and whether wildcards may stand",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.demand_weak_keys()
        write = self.write_json if options["json"] else self.write_text
        count = 0
        for file in options["files"]:
            checked = check_file(file, options["product"])
            write(file, checked)
            count += not checked.ok
        if count:
            total = len(options["files"])
            message = _("%(count)d of %(total)d certificate requests are refused.")
            raise CommandError(message % {"count": count, "total": total})

    def demand_weak_keys(self) -> None:
        """A list that was named and cannot be read is told before anything is called good."""
        try:
            key_policy.weak_keys()
        except (OSError, ValueError) as error:
            raise CommandError(
                _("The list of weak keys cannot be read: %(error)s") % {"error": error}
            ) from error

    def write_json(self, file: str, checked: CheckedCsr) -> None:
        """Keys and their order are an interface."""
        findings = [
            {"code": each.code, "severity": each.severity, "message": sentence(each)}
            for each in checked.findings
        ]
        answer = {
            "file": file,
            "ok": checked.ok,
            "names": checked.names,
            "key": checked.key,
            "findings": findings,
        }
        self.stdout.write(json.dumps(answer))

    def write_text(self, file: str, checked: CheckedCsr) -> None:
        verdict = _("good") if checked.ok else _("refused")
        self.stdout.write(f"{printable(file, 500)}: {verdict}")
        if checked.names:
            self.stdout.write("  " + _("names: %(names)s") % {"names": ", ".join(checked.names)})
        if checked.key:
            self.stdout.write("  " + _("key: %(key)s") % {"key": checked.key})
        for each in checked.findings:
            self.stdout.write(f"  {each.severity} {each.code}: {sentence(each)}")


def check_file(file: str, product: csr.Product | None) -> CheckedCsr:
    try:
        data = read(file)
    except OSError as error:
        return CheckedCsr(ok=False, findings=(unreadable(error),))
    return key_policy.check_csr(data, product)


def read(file: str) -> bytes:
    """Raises OSError."""
    if file == "-":
        return sys.stdin.buffer.read(READ_AT_MOST)
    with Path(file).open("rb") as stream:
        return stream.read(READ_AT_MOST)


def unreadable(error: OSError) -> Finding:
    return refused(
        "csr.unreadable",
        gettext_noop("The file cannot be read: %(reason)s. Check its name and its permissions."),
        reason=error.strerror or type(error).__name__,
    )


def sentence(finding: Finding) -> str:
    return _(finding.text) % finding.params
