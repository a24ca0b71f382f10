"""Where our rules enter the sign-in library: its two adapters.

Accounts come by invitation only; one who is switched off gets nothing; refusals carry our codes;
a mail server that is away never breaks a page; secrets of second factors are kept encrypted.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import language, limits, second_factor
from accounts.devices import device_of
from accounts.models import User
from accounts.notices import ERRORS, MAILED, MESSAGES
from accounts.sign_in import is_fresh
from work.loop import clock

log = logging.getLogger(__name__)
LIMITED = {"too_many_login_attempts", "rate_limited"}
AWAITED = {"account/email/password_reset_key", "account/email/unknown_account"}


def refusal(sentences: dict[str, Any], code: str) -> ValidationError:
    if code in LIMITED:
        return limits.too_often(None)
    return ValidationError(sentences[code], code=f"sign_in.{code}")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    error_messages = DefaultAccountAdapter.error_messages | ERRORS

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        return refusal(self.error_messages, code)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come by invitation, which proves the address."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            key = self._get_login_attempts_cache_key(request, **credentials)
            raise limits.too_often(limits.free_at(request, "login_failed", key)) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Who is switched off is told what a stranger is told."""
        user: User | None = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        messages.error(request, ERRORS["passkey"])
        return redirect("sign-in")

    def is_reauthentication_required(self, *, app: str, **_rest: Any) -> bool:
        """One rule everywhere: five minutes from when a person last proved who they are."""
        return not is_fresh(current.request, clock())

    def forget_failures(self, request: HttpRequest, user: User) -> None:
        limits.forget_failures(
            request, self._get_login_attempts_cache_key(request, email=user.email)
        )

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        said = message or MESSAGES.get(message_template or "")
        if said:
            messages.add_message(request, level, said, extra_tags=extra_tags)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Below our own address, whatever Host the request named."""
        path: str = reverse(
            "account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"}
        )
        return settings.PUBLIC_URL + path.replace("UID-KEY", key)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        facts = {
            "what": MAILED[template_prefix],
            "ip": self.get_client_ip(current.request),
            "device": device_of(self.get_http_user_agent(current.request)),
        }
        self.send_mail("account/email/notice", user.email, facts)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """What was done stays done when the mail server is away; who waits for it is told so."""
        now = clock()
        facts = {
            "now": now,
            "until": now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
            "portal": settings.PUBLIC_URL,
        }
        try:
            with language.to(email, otherwise=get_language() or ""):
                super().send_mail(template_prefix, email, facts | context)
        except (smtplib.SMTPException, OSError) as error:
            log.warning("A mail (%s) was not sent: %s", template_prefix, type(error).__name__)
            if template_prefix in AWAITED:
                messages.error(
                    current.request,
                    _("Our mail server took no mail just now. Ask again in ten minutes."),
                )


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    error_messages = DefaultMFAAdapter.error_messages | ERRORS

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        return refusal(self.error_messages, code)

    def encrypt(self, text: str) -> str:
        return second_factor.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factor.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return not second_factor.is_the_last_that_must_stay(authenticator)

    def generate_authenticator_name(self, *_person_and_type: Any) -> str:
        """What a new passkey is called until its person says better."""
        return device_of(current.request.META.get("HTTP_USER_AGENT", ""))

    def _get_site_name(self) -> str:
        """What a device calls this portal."""
        return "Reseal"
