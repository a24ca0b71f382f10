"""The forms of sign-in in our words: labels without placeholders, and a code on each refusal."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.mfa.base import forms as code_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import mail_addresses
from accounts.models import User
from accounts.notices import ERRORS

LONGEST_NAME = 60


def in_our_words(
    field: forms.Field,
    label: str | Promise,
    *,
    needed: str | Promise,
    help_text: str | Promise = "",
    **attrs: str,
) -> None:
    """`needed` is said when the field was left empty."""
    field.label, field.help_text = str(label), str(help_text)
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= attrs
    field.error_messages["required"] = str(needed)


def address(field: forms.Field) -> None:
    in_our_words(
        field, _("E-mail"), needed=_("Write your e-mail address."), autocomplete="username"
    )
    field.validators = [_is_address]


def _is_address(text: str) -> None:
    """Raises ValidationError, with what is wrong."""
    wrong = mail_addresses.fault(text)
    if wrong is not None:
        raise ValidationError(wrong.message, code=f"sign_in.no_address{wrong.kind}")


def code(field: forms.Field, help_text: str | Promise) -> None:
    in_our_words(
        field,
        _("Code"),
        needed=_("Type the code."),
        help_text=help_text,
        autocomplete="one-time-code",
        autocapitalize="off",
        spellcheck="false",
    )


def new_password(form: forms.Form) -> None:
    in_our_words(
        form.fields["password1"],
        _("New password"),
        needed=_("Write a new password."),
        help_text=_("12 characters or more; a few unrelated words are good and easy to type."),
    )
    in_our_words(
        form.fields["password2"],
        _("New password, once more"),
        needed=_("Type the new password a second time."),
    )


class TypedTwice(forms.Form):
    """The same password in both fields, or a refusal at the second."""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = forms.Form.clean(self) or {}
        first, second = given.get("password1"), given.get("password2")
        if first and second and first != second:
            self.add_error(
                "password2",
                ValidationError(
                    _("The two passwords differ. Type the second like the first."),
                    code="sign_in.passwords_differ",
                ),
            )
        return given


class SignInForm(account_forms.LoginForm):  # type: ignore[misc]  # the library has no types
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        address(self.fields["login"])
        in_our_words(self.fields["password"], _("Password"), needed=_("Write your password."))


class ConfirmForm(account_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        in_our_words(self.fields["password"], _("Password"), needed=_("Write your password."))


class ChangePasswordForm(TypedTwice, account_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        in_our_words(
            self.fields["oldpassword"],
            _("Password of today"),
            needed=_("Write the password that you have now."),
        )
        new_password(self)


class NewPasswordForm(TypedTwice, account_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        new_password(self)


class ForgottenForm(account_forms.ResetPasswordForm):  # type: ignore[misc]
    """A mail goes to the address in every case, so that neither answer nor time tells who is
    known here."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        address(self.fields["email"])

    def save(self, request: HttpRequest, **more: Any) -> str:
        email: str = self.cleaned_data["email"]
        if self.users:
            super().save(request, **more)
        else:
            get_adapter().send_mail("account/email/unknown_account", email, {})
        return email


class LinkForm(account_forms.UserTokenForm):  # type: ignore[misc]
    """The link of a mail: worth nothing once its person is switched off."""

    def _get_user(self, uidb36: str) -> User | None:
        user: User | None = super()._get_user(uidb36)
        return user if user is not None and user.is_active else None


class SecondFactorForm(code_forms.AuthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        code(self.fields["code"], _("Of your authenticator app, or one of your recovery codes."))


class ConfirmByCodeForm(code_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        code(self.fields["code"], _("Of your authenticator app, or one of your recovery codes."))


class SetUpAppForm(totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        code(self.fields["code"], _("The six digits that the app shows now."))


class PasskeyRefused:
    """Whatever was wrong with what a browser sent, the person reads one sentence."""

    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]  # of the form mixed in
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValidationError(ERRORS["passkey"], code="sign_in.passkey") from error
        except ValidationError as error:
            if error.code != "sign_in.incorrect_code":
                raise
            raise ValidationError(ERRORS["passkey"], code="sign_in.passkey") from error


class PasskeySignInForm(PasskeyRefused, passkey_forms.LoginWebAuthnForm):  # type: ignore[misc]
    pass


class PasskeyFactorForm(PasskeyRefused, passkey_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ConfirmByPasskeyForm(PasskeyRefused, passkey_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


def name_of_passkey(field: forms.Field) -> None:
    in_our_words(
        field,
        _("Name"),
        needed=_("Give the passkey a name."),
        help_text=_("By which you know it again, like “work laptop”."),
        maxlength=str(LONGEST_NAME),
    )


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(required=False, max_length=LONGEST_NAME)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        name_of_passkey(self.fields["name"])
        self.fields["passwordless"].initial = True
        in_our_words(
            self.fields["passwordless"],
            _("Sign in with it alone, without the password"),
            needed="",
            help_text=_(
                "The device then asks for your finger, face or PIN. Without this it is a second"
                " factor after the password."
            ),
        )

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()  # type: ignore[no-any-return]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValidationError(ERRORS["passkey"], code="sign_in.passkey") from error
        except ValidationError as error:
            raise ValidationError(ERRORS["passkey"], code="sign_in.passkey") from error


class NamePasskeyForm(passkey_forms.EditWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(max_length=LONGEST_NAME)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        name_of_passkey(self.fields["name"])
