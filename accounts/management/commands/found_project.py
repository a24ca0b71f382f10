"""found_project: a project with its first administrator, who invites the others."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import mail_addresses
from accounts.models import User
from accounts.projects import found
from accounts.refusals import Refused
from work.loop import clock


class Command(BaseCommand):
    help = (
        "Found a project for a customer. Whoever has no account yet gets one without a password"
        " and sets it by mail at the printed address."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the project's name")
        parser.add_argument("email", help="of its first administrator")

    def handle(self, *args: Any, name: str, email: str, **options: Any) -> None:
        wrong = mail_addresses.fault(email)
        if wrong is not None and wrong.kind:
            raise CommandError(wrong.message)
        if wrong is not None:
            message = _("%(email)s is not an e-mail address; write it like name@company.example.")
            raise CommandError(message % {"email": email[:100]})
        try:
            with transaction.atomic():
                person = User.objects.filter(email=email.lower()).first()
                person = person or User.objects.create_user(email)
                project = found(name=name, actor=person, now=clock())
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(str(project.pk))
        if not person.has_usable_password():
            address = settings.PUBLIC_URL + reverse("account_reset_password")
            told = _("%(email)s sets a password at %(address)s")
            self.stderr.write(told % {"email": person.email, "address": address})
