"""remove_second_factor: let somebody in again who lost phone, keys and recovery codes."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.sign_in import log_for
from work.loop import clock


class Command(BaseCommand):
    help = (
        "Remove a person's second factors, passkeys and recovery codes, and end their sessions."
        " First make sure who is asking; it is written to the security log. Prints how many."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError(_("There is no account with the address %s.") % email)
        with transaction.atomic():
            found = list(Authenticator.objects.filter(user=user))
            for each in found:
                each.delete()
            for session in UserSession.objects.filter(user=user):
                session.end()
            log_for(user, "second_factor.taken_off", clock())
        self.stdout.write(str(len(found)))
