"""The pages before one is signed in, and those where one proves again who one is.

What they do is the sign-in library's; what is here is where they lead and what else they show.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import User


class SignInPage(account.LoginView):  # type: ignore[misc]  # the library has no types
    """The one door for customers and staff."""

    template_name = "accounts/sign_in.html"


class ForgottenPage(account.PasswordResetView):  # type: ignore[misc]
    """Answers every address alike."""


class NewPasswordPage(account.PasswordResetFromKeyView):  # type: ignore[misc]
    """Behind the link of a mail; from here to sign-in with the new password."""

    success_url = settings.LOGIN_URL


class PasswordPage(account.PasswordChangeView):  # type: ignore[misc]
    def dispatch(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponseBase:
        if isinstance(request.user, User) and not request.user.has_usable_password():
            messages.info(
                request, _("You have no password yet. Ask for a link by mail to set the first one.")
            )
            return redirect("account_reset_password")
        answer: HttpResponseBase = super().dispatch(request, *args, **more)
        return answer
