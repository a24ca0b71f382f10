"""Show one certificate: as text, as JSON, as PEM, or what is to be proved for it."""

from argparse import ArgumentParser
from typing import Any

from certificates.facts import certificate_facts, challenge_facts
from certificates.operator import OperatorCommand
from certificates.story import Certificate
from work.loop import clock

PEM = {"pem": "leaf", "chain": "chain", "root": "root"}


class Command(OperatorCommand):
    help = "Show a certificate. --chain: leaf first, without the root."

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_certificate(parser)
        what = parser.add_mutually_exclusive_group()
        for name in ("json", *PEM, "challenges"):
            what.add_argument(f"--{name}", action="store_true")
        self.add_actor(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        certificate = self.certificate(options)
        if options["challenges"]:
            self.answer(challenge_facts(certificate))
            return
        for name, column in PEM.items():
            if options[name]:
                self._print_pem(certificate, column)
                return
        facts = certificate_facts(certificate, self.actor(options, certificate), clock())
        if options["json"]:
            self.answer(facts)
        else:
            self._print_text(facts)

    def _print_pem(self, certificate: Certificate, column: str) -> None:
        current = certificate.current
        if current is None:
            self.refuse_one("version.none", f"Nothing was issued for {certificate.pk} yet.")
        self.stdout.write(getattr(current, column), ending="")

    def _print_text(self, facts: dict[str, Any]) -> None:
        progress = "" if facts["progress"] is None else f" ({facts['progress']} %)"
        self.stdout.write(f"{facts['id']}  {facts['domain']}  {facts['label']}{progress}")
        if facts["waiting"]:
            until = facts["waiting"]["until"]
            self.stdout.write(facts["waiting"]["message"] + (f" Until {until}." if until else ""))
        for version in facts["versions"]:
            end = f"revoked {version['revoked_at']} ({version['revocation_reason']})"
            state = end if version["revoked_at"] else ("current" if version["current"] else "")
            self.stdout.write(
                f"  {version['number']}  {version['serial']}  {version['not_before']} to"
                f" {version['not_after']}  {state}"
            )
        for obstacle in facts["obstacles"]["reissue"]:
            self.stdout.write(f"  reissue: {obstacle['code']}: {obstacle['message']}")
