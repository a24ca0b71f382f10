"""publish_crls: publish every revocation list that is due; write the current ones to files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from authorities import crls
from authorities.hierarchy import Authority, Crl
from work.loop import clock


class Command(BaseCommand):
    help = (
        "Publish the revocation lists that are due and print how many were. With --output, write"
        " every current list as DER to DIR/<authority>.crl."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, metavar="DIR", help="directory for the files")

    def handle(self, *args: Any, output: Path | None = None, **options: Any) -> None:
        now = clock()
        published = 0
        for authority in Authority.objects.order_by("slug"):
            if crls.is_due(authority, now):
                crls.publish(authority.pk, now)
                published += 1
        if output is not None:
            self._write(output)
        self.stdout.write(str(published))

    def _write(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for authority in Authority.objects.order_by("slug"):
                latest = crls.current(authority)
                if latest is not None:
                    _replace(folder / f"{authority.slug}.crl", latest)
        except OSError as error:
            raise CommandError(
                _("Nothing can be written to %(folder)s (%(error)s). Name another directory.")
                % {"folder": folder, "error": error.strerror}
            ) from error


def _replace(path: Path, latest: Crl) -> None:
    """At once: a web server that serves the folder never sees half a list."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(bytes(latest.der))
    written = Path(file.name)
    written.chmod(0o644)
    written.replace(path)
