"""The addresses of a person's own account and of the people of a project.

Of the sign-in library's pages only these exist: no sign-up, no change of the address. Their names
are the library's, because it leads from one to the other by them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.urls import path, re_path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import account_pages, sign_in_pages

View = Callable[..., HttpResponseBase]


def page(view: View) -> View:
    """A page with a form, which no cache keeps. The library counts all but GET as a try."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **more: Any) -> HttpResponseBase:
        if request.method == "HEAD":
            request.method = "GET"
        return view(request, *args, **more)

    return answer


def own(view: View) -> View:
    """A page about oneself."""
    return page(login_required(view))


urlpatterns = [
    path("password/", own(sign_in_pages.PasswordPage.as_view()), name="account_change_password"),
    path(
        "password/forgotten/",
        page(sign_in_pages.ForgottenPage.as_view()),
        name="account_reset_password",
    ),
    path(
        "password/forgotten/sent/",
        page(account.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[-0-9A-Za-z]{1,100})/$",
        page(sign_in_pages.NewPasswordPage.as_view()),
        name="account_reset_password_from_key",
    ),
    path("confirm/", own(account.reauthenticate), name="account_reauthenticate"),
    path("second-factor/", own(account_pages.SecondFactorPage.as_view()), name="mfa_index"),
    path("second-factor/sign-in/", page(factor.authenticate), name="mfa_authenticate"),
    path("second-factor/confirm/", own(factor.reauthenticate), name="mfa_reauthenticate"),
    path("second-factor/app/", own(app.activate_totp), name="mfa_activate_totp"),
    path("second-factor/app/remove/", own(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("second-factor/codes/", own(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "second-factor/codes/new/",
        own(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "second-factor/codes/recovery-codes.txt",
        own(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("passkeys/", own(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("passkeys/add/", own(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("passkeys/sign-in/", page(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path(
        "passkeys/confirm/",
        own(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("passkeys/<int:pk>/name/", own(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", own(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
    path("sessions/", account_pages.session_list, name="usersessions_list"),
    path("sessions/<int:pk>/end/", account_pages.end_session, name="session-end"),
    path("sessions/end-others/", account_pages.end_other_sessions, name="sessions-end-others"),
    path("preferences/", account_pages.preferences, name="preferences"),
]
