"""Keys that are kept encrypted: the columns, and the only two ways in and out.

Each row has a data key of its own, wrapped by a key-encryption key of the settings. The associated
data names whose key it is and its version, so that rows cannot be exchanged for one another.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from pki import sealed


class SealedKey(models.Model):
    """Base of every table that holds secret keys. Nothing is stored until the caller saves."""

    ciphertext = models.BinaryField()
    nonce = models.BinaryField()
    wrapped_key = models.BinaryField()
    wrap_nonce = models.BinaryField()
    kek_id = models.CharField(max_length=64, db_index=True)
    key_version = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def associated_data(self) -> bytes:
        """What this key is bound to: id, owner, `key_version`; never the same for two rows."""
        raise NotImplementedError

    def seal_plaintext(self, plaintext: bytes) -> None:
        """Encrypt, as the next version: what was stored before cannot be put back in its place."""
        self.key_version += 1
        self._keep(sealed.seal(plaintext, self.associated_data(), settings.KEY_ENCRYPTION_KEYS))

    def open_plaintext(self) -> bytes:
        """Decrypt. Raises pki.sealed.SealBroken when the key is not here or the row was changed."""
        return sealed.unseal(self._sealed(), self.associated_data(), settings.KEY_ENCRYPTION_KEYS)

    def rewrap(self) -> bool:
        """Wrap the data key under the first key-encryption key, in the database, at once.

        The row is changed only while it still holds what was read, so that a key that somebody
        replaced meanwhile is not lost. False: it was changed or is gone; look at it again.
        """
        found = {"pk": self.pk, "kek_id": self.kek_id, "wrapped_key": self.wrapped_key}
        self._keep(
            sealed.rewrap(self._sealed(), self.associated_data(), settings.KEY_ENCRYPTION_KEYS)
        )
        changes: dict[str, Any] = {
            name: getattr(self, name) for name in ("wrapped_key", "wrap_nonce", "kek_id")
        }
        return bool(type(self)._default_manager.filter(**found).update(**changes))

    def _sealed(self) -> sealed.Sealed:
        return sealed.Sealed(
            ciphertext=bytes(self.ciphertext),
            nonce=bytes(self.nonce),
            wrapped_key=bytes(self.wrapped_key),
            wrap_nonce=bytes(self.wrap_nonce),
            kek_id=self.kek_id,
        )

    def _keep(self, made: sealed.Sealed) -> None:
        self.ciphertext = made.ciphertext
        self.nonce = made.nonce
        self.wrapped_key = made.wrapped_key
        self.wrap_nonce = made.wrap_nonce
        self.kek_id = made.kek_id


def sealed_models() -> list[type[SealedKey]]:
    """Every table that holds secret keys."""
    return [model for model in apps.get_models() if issubclass(model, SealedKey)]


def first_key_id() -> str:
    """The id of the key-encryption key that encrypts; the others only decrypt."""
    return sealed.first(settings.KEY_ENCRYPTION_KEYS)
