"""Nothing starts with a wrong environment: web and workers ask for the checks themselves."""

import django
from django.core import checks
from django.core.management.base import SystemCheckError


def refuse_to_start_wrong() -> None:
    """Run every check and raise SystemCheckError when one fails: for wsgi and celery.

    Commands need no call: Django checks before each of them.
    """
    django.setup()
    found = [message for message in checks.run_checks() if message.is_serious()]
    serious = [message for message in found if not message.is_silenced()]
    if serious:
        raise SystemCheckError("\n".join(str(message) for message in serious))
