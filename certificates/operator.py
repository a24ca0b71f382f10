"""What the operators' commands have in common: who acts, on what, and how a refusal is told."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from accounts.models import Project, User
from authorities.simulated.orders import CaOrder
from certificates.applications import Application
from certificates.obstacles import Obstacle, Refused
from certificates.story import Certificate

REFUSED = 2


class OperatorCommand(BaseCommand):
    """A thin command over the verbs. Standard output carries only the answer.

    A refusal is one `code: sentence` a line on standard error, and exit 2.
    """

    def add_certificate(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help="certificate id, such as scs1794276091185")

    def add_actor(self, parser: ArgumentParser, *, required: bool = False) -> None:
        parser.add_argument("--as", dest="actor", metavar="EMAIL", required=required)

    def refuse(self, obstacles: Any) -> NoReturn:
        for each in obstacles:
            self.stderr.write(f"{each.code}: {each.message}")
        raise SystemExit(REFUSED)

    def refuse_one(self, code: str, message: str) -> NoReturn:
        self.refuse([Obstacle(code, message)])

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Refused as refused:
            self.refuse(refused.obstacles)

    def certificate(self, options: dict[str, Any]) -> Certificate:
        found = Certificate.objects.filter(pk=options["id"]).first()
        if found is None:
            self.refuse_one(
                "certificate.not_found", f"There is no certificate {options['id'][:40]!r}."
            )
        return found

    def actor(self, options: dict[str, Any], certificate: Certificate) -> User:
        """The person named by --as, else the one who bought the certificate."""
        email = options.get("actor")
        return self.person(email) if email else certificate.bought_by

    def person(self, email: str) -> User:
        found = User.objects.filter(email=email.lower()).first()
        if found is None:
            self.refuse_one("actor.not_found", f"Nobody signs in as {email[:100]!r}.")
        return found

    def project(self, wanted: str) -> Project:
        """By its number or its name."""
        by = {"pk": int(wanted)} if wanted.isascii() and wanted.isdigit() else {"name": wanted}
        found = Project.objects.filter(**by).first()
        if found is None:
            self.refuse_one("project.not_found", f"There is no project {wanted[:80]!r}.")
        return found

    def application(self, certificate: Certificate) -> Application:
        found = certificate.open_application
        if found is None:
            self.refuse_one(
                "application.none",
                f"Certificate {certificate.pk} has no application in progress.",
            )
        return found

    def order(self, certificate: Certificate) -> CaOrder:
        """The authority's order behind the application in progress."""
        application = self.application(certificate)
        found = CaOrder.objects.filter(request_id=application.ca_request_id).first()
        if found is None:
            self.refuse_one(
                "confirmation.not_sent",
                "The authority has not received this application yet; run the due work first.",
            )
        return found

    def answer(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False))
