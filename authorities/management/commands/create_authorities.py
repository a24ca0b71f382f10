"""create_authorities: found every authority that is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from authorities.engine import create_authorities
from work.loop import clock

# The demo's leaves are made in the past; their authorities are older (see seed_demo).
DEMO_AGE = timedelta(days=730)
BACKDATED = timedelta(hours=1)  # for clients whose clock is behind


class Command(BaseCommand):
    help = "Found a root and issuing authorities for every brand; prints how many were missing."

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock()
        age = DEMO_AGE if settings.ENVIRONMENT == "demo" else BACKDATED
        self.stdout.write(str(create_authorities(now, now - age)))
