"""Make the products that are missing."""

from typing import Any

from django.core.management.base import BaseCommand

from certificates.catalogue import load_catalogue
from certificates.sensitive_words import load_words


class Command(BaseCommand):
    help = "Make every product that is missing, with its first terms. Run twice, it adds nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_catalogue()} products made, {load_words()} sensitive words added")
