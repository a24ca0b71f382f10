"""Keys kept encrypted, and the rotation of the keys that encrypt them."""

from __future__ import annotations

import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.custody import SealedKey, sealed_models
from authorities.brands import Brand
from authorities.hierarchy import Authority, SigningKey
from pki.sealed import SealBroken
from tests.authorities.conftest import NOW

pytestmark = pytest.mark.django_db
OLD, NEW = {"old": os.urandom(32)}, {"new": os.urandom(32)}


@pytest.fixture
def keys(settings: Settings) -> list[SigningKey]:
    """Some keys, sealed under the old key-encryption key."""
    settings.KEY_ENCRYPTION_KEYS = OLD
    made = []
    for number, (brand, level) in enumerate((b, lv) for b in Brand for lv in ("DV", "OV")):
        authority = Authority.objects.create(
            slug=f"a-{number}",
            brand=brand,
            level=level,
            certificate=b"",
            not_before=NOW,
            not_after=NOW,
            created_at=NOW,
        )
        key = SigningKey(authority=authority)
        key.seal_plaintext(plain(number))
        key.save(force_insert=True)
        made.append(key)
    return made


def plain(number: int) -> bytes:
    return f"secret {number}".encode()


def stored() -> list[bytes]:
    return [key.open_plaintext() for key in SigningKey.objects.order_by("pk")]


def rotate() -> str:
    out = StringIO()
    call_command("rotate_encryption_keys", stdout=out, stderr=StringIO())
    return out.getvalue()


def test_nothing_is_stored_in_the_clear(keys: list[SigningKey]) -> None:
    assert stored() == [plain(number) for number in range(len(keys))]
    row = SigningKey.objects.order_by("pk").values().first()
    assert row is not None
    assert not any(isinstance(value, bytes) and b"secret" in value for value in row.values())


def test_every_key_is_wrapped_anew_and_readable_all_the_time(
    keys: list[SigningKey], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = stored()
    settings.KEY_ENCRYPTION_KEYS = NEW | OLD
    assert stored() == expected
    looks = 0
    rewrap = SealedKey.rewrap

    def look_and_rewrap(key: SealedKey) -> bool:
        nonlocal looks
        looks += 1
        assert stored() == expected
        return rewrap(key)

    monkeypatch.setattr(SealedKey, "rewrap", look_and_rewrap)
    assert rotate() == f"{len(keys)}\n"
    assert looks == len(keys)
    assert rotate() == "0\n"
    settings.KEY_ENCRYPTION_KEYS = NEW
    assert stored() == expected


def test_a_rotation_that_was_stopped_is_finished_by_the_next(
    keys: list[SigningKey], settings: Settings
) -> None:
    expected = stored()
    settings.KEY_ENCRYPTION_KEYS = NEW | OLD
    assert SigningKey.objects.get(pk=keys[3].pk).rewrap()
    assert rotate() == f"{len(keys) - 1}\n"
    settings.KEY_ENCRYPTION_KEYS = NEW
    assert stored() == expected


def test_many_keys_are_rotated_in_batches(
    keys: list[SigningKey], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.management.commands.rotate_encryption_keys.BATCH", 5)
    settings.KEY_ENCRYPTION_KEYS = NEW | OLD
    assert rotate() == f"{len(keys)}\n"


def test_a_key_that_was_replaced_meanwhile_is_not_lost(
    keys: list[SigningKey], settings: Settings
) -> None:
    settings.KEY_ENCRYPTION_KEYS = NEW | OLD
    seen = SigningKey.objects.get(pk=keys[0].pk)
    replaced = SigningKey.objects.get(pk=keys[0].pk)
    replaced.seal_plaintext(b"replaced")
    replaced.save()
    assert not seen.rewrap()
    assert SigningKey.objects.get(pk=keys[0].pk).open_plaintext() == b"replaced"


def test_one_unreadable_key_does_not_stop_the_others(
    keys: list[SigningKey], settings: Settings
) -> None:
    SigningKey.objects.filter(pk=keys[0].pk).update(kek_id="lost")
    settings.KEY_ENCRYPTION_KEYS = NEW | OLD
    out = StringIO()
    with pytest.raises(CommandError, match="1 keys could not be read"):
        call_command("rotate_encryption_keys", stdout=out, stderr=StringIO())
    assert out.getvalue() == f"{len(keys) - 1}\n"
    assert SigningKey.objects.get(pk=keys[0].pk).kek_id == "lost"


def test_rows_cannot_be_exchanged(keys: list[SigningKey]) -> None:
    columns = ("ciphertext", "nonce", "wrapped_key", "wrap_nonce", "kek_id", "key_version")
    row = SigningKey.objects.filter(pk=keys[0].pk).values(*columns).get()
    SigningKey.objects.filter(pk=keys[1].pk).update(**row)
    with pytest.raises(SealBroken):
        SigningKey.objects.get(pk=keys[1].pk).open_plaintext()


def test_an_older_version_cannot_be_put_back(keys: list[SigningKey]) -> None:
    columns = ("ciphertext", "nonce", "wrapped_key", "wrap_nonce", "kek_id")
    row = SigningKey.objects.filter(pk=keys[0].pk).values(*columns).get()
    keys[0].seal_plaintext(b"newer")
    keys[0].save()
    SigningKey.objects.filter(pk=keys[0].pk).update(**row)
    with pytest.raises(SealBroken):
        SigningKey.objects.get(pk=keys[0].pk).open_plaintext()


def test_every_table_with_keys_is_rotated() -> None:
    labels = {model._meta.label for model in sealed_models()}
    assert {"authorities.SigningKey", "authorities.OcspSigner"} <= labels
