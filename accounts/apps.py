from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def make_teams(**_rest: Any) -> None:
    """The groups of support staff exist wherever the tables do."""
    from django.contrib.auth.models import Group

    from accounts.access import Team

    for team in Team:
        Group.objects.get_or_create(name=team.value)


def make_table_of_tries(using: str, **_rest: Any) -> None:
    """The counts of sign-in tries live in the cache's table, which no migration makes."""
    call_command("createcachetable", database=using, verbosity=0)


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import security_events, sign_in  # noqa: F401  # connect their receivers

        post_migrate.connect(make_teams, sender=self)
        post_migrate.connect(make_table_of_tries, sender=self)
