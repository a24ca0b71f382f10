"""Second factors: who must have one, and how their secrets are kept.

A secret is sealed like a stored key (pki.sealed). The library hands over the secret alone, so that
it is bound to being a second factor's, not to its row.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from pki import sealed

ASSOCIATED = b"second factor"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Where a secret stands in the data of each type.
SECRETS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
# What one may open on the way to the first second factor.
SETUP_PAGES = {
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "account_reauthenticate",
    "sign-in",
    "sign-out",
}
OPEN_TO_ALL = "/pki/"  # the same for everyone: no cookie is read there


def factors_of(user: User) -> Any:
    """The second factors of a person; recovery codes only stand in for one."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS)


def must_have_one(user: User) -> bool:
    return bool(settings.IS_PRODUCTION and user.is_staff)


def is_the_last_that_must_stay(authenticator: Authenticator) -> bool:
    user = authenticator.user
    return (
        must_have_one(user)
        and authenticator.type in FACTORS
        and not factors_of(user).exclude(pk=authenticator.pk).exists()
    )


class SecondFactorMiddleware:
    """In production, staff without a second factor see nothing but the way to one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if not settings.IS_PRODUCTION or request.path_info.startswith(OPEN_TO_ALL):
            return None
        page = request.resolver_match.url_name if request.resolver_match else None
        user = request.user
        if page in SETUP_PAGES or not isinstance(user, User) or not must_have_one(user):
            return None
        return None if factors_of(user).exists() else redirect("mfa_index")


def with_secrets() -> Any:
    """Every row that holds a secret."""
    return Authenticator.objects.filter(type__in=SECRETS).order_by("pk")


def seal(text: str) -> str:
    return _written(sealed.seal(text.encode(), ASSOCIATED, settings.KEY_ENCRYPTION_KEYS))


def unseal(written: str) -> str:
    """The secret. Raises pki.sealed.SealBroken."""
    return sealed.unseal(_read(written), ASSOCIATED, settings.KEY_ENCRYPTION_KEYS).decode()


def rewrap(authenticator: Authenticator) -> bool:
    """Put the secret under the first key-encryption key. False: it is there already.

    The row is changed only while it still holds what was read. Raises pki.sealed.SealBroken.
    """
    place = SECRETS[authenticator.type]
    before = dict(authenticator.data)
    read = _read(before[place])
    made = sealed.rewrap(read, ASSOCIATED, settings.KEY_ENCRYPTION_KEYS)
    if made == read:
        return False
    rows = Authenticator.objects.filter(pk=authenticator.pk, data=before)
    return bool(rows.update(data=before | {place: _written(made)}))


def _written(made: sealed.Sealed) -> str:
    parts = (made.ciphertext, made.nonce, made.wrapped_key, made.wrap_nonce)
    return json.dumps([made.kek_id, *(base64.b64encode(part).decode() for part in parts)])


def _read(written: str) -> sealed.Sealed:
    kek_id, *parts = json.loads(written)
    ciphertext, nonce, wrapped_key, wrap_nonce = (base64.b64decode(part) for part in parts)
    return sealed.Sealed(ciphertext, nonce, wrapped_key, wrap_nonce, kek_id)
