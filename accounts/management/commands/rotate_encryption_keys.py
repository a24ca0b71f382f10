"""rotate_encryption_keys: put every stored key under the first key of KEY_ENCRYPTION_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts import second_factor
from accounts.custody import SealedKey, first_key_id, sealed_models
from pki.sealed import SealBroken

BATCH = 100


class Command(BaseCommand):
    help = (
        "Wrap every stored key under the first key of KEY_ENCRYPTION_KEYS. Runs beside a working"
        " portal, may be stopped and run again at any time, and prints how many keys it wrapped."
        " Leave the old keys in the environment until it prints 0."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        failed: list[str] = []
        for model in sealed_models():
            count += self._rotate(model, failed)
        count += self._rotate_second_factors(failed)
        self.stdout.write(str(count))
        if failed:
            raise CommandError(
                _(
                    "%(count)s keys could not be read and stay as they are; look whether"
                    " KEY_ENCRYPTION_KEYS still names the key that wrapped them: %(rows)s"
                )
                % {"count": len(failed), "rows": ", ".join(failed[:10])}
            )

    def _rotate(self, model: type[SealedKey], failed: list[str]) -> int:
        """Row by row in batches, each committed on its own; readers never wait."""
        count, last = 0, None
        while True:
            rows = model._default_manager.exclude(kek_id=first_key_id()).order_by("pk")
            if last is not None:
                rows = rows.filter(pk__gt=last)
            batch = list(rows[:BATCH])
            if not batch:
                return count
            for row in batch:
                last = row.pk
                count += self._rewrap(row, failed)

    def _rotate_second_factors(self, failed: list[str]) -> int:
        count = 0
        for row in second_factor.with_secrets().iterator(BATCH):
            try:
                count += second_factor.rewrap(row)
            except SealBroken as error:
                failed.append(f"second factor {row.pk}")
                self.stderr.write(f"second factor {row.pk}: {error}")
        return count

    def _rewrap(self, row: SealedKey, failed: list[str]) -> bool:
        name = f"{row._meta.label} {row.pk} ({row.kek_id})"
        try:
            if row.rewrap():
                return True
        except SealBroken as error:  # one unreadable key must not keep the others from rotating
            failed.append(name)
            self.stderr.write(f"{name}: {error}")
            return False
        # Somebody changed the row meanwhile; whatever they wrote is under the first key or is
        # found by the next run.
        self.stderr.write(f"{name}: changed meanwhile")
        return False
