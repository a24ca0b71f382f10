"""How a private key leaves: for which server, and under which passphrase."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certificates.downloads import Wrapping
from pki.bundles import PKCS12_FILES, Server

ALL = "all"
SHORTEST, LONGEST = 8, 128
SERVERS = (
    (Server.NGINX.value, _("Nginx: server.crt and server.key")),
    (Server.APACHE.value, _("Apache: server.crt, ca.crt and server.key")),
    (Server.IIS.value, _("IIS: server.pfx (PKCS #12)")),
    (Server.TOMCAT.value, _("Tomcat: server.p12 (PKCS #12)")),
    (Server.PEM.value, _("Plain PEM: certificate, chain and key")),
    (ALL, _("All of these; IIS and Tomcat only under a passphrase")),
)


class JudgedLater(forms.CharField):
    """Needed, but whether it is missing is not for the field alone to say."""

    def validate(self, value: Any) -> None:
        pass


class KeyForm(forms.Form):
    """The password itself is judged by `require_password`, which counts the wrong ones."""

    use_required_attribute = False

    server = forms.ChoiceField(
        label=_("For which server"), choices=SERVERS, initial=Server.NGINX.value
    )
    passphrase = JudgedLater(
        label=_("Passphrase for the key"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "8 to 128 letters, digits and signs. We do not keep it: without it the key file cannot"
            " be opened."
        ),
    )
    without_passphrase = forms.BooleanField(
        label=_("Without a passphrase: whoever gets the file has the key"), required=False
    )
    is_legacy = forms.BooleanField(
        label=_("3DES in the PKCS #12 file, for Windows before 2019 and Java before 8u301"),
        required=False,
    )
    password = JudgedLater(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("It was last given over five minutes ago."),
    )

    def __init__(self, *args: Any, asks_password: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if not asks_password:
            del self.fields["password"]

    def clean_passphrase(self) -> str:
        given = str(self.cleaned_data["passphrase"])
        if given and not SHORTEST <= len(given) <= LONGEST:
            raise ValidationError(
                _("A passphrase has 8 to 128 characters; this one has %(count)d."),
                code="key.passphrase_length",
                params={"count": len(given)},
            )
        if not (given.isascii() and given.isprintable()):
            # Programs differ in how they spell other letters in PKCS #12.
            raise ValidationError(
                _(
                    "Use letters without accents, digits and signs: others open in some"
                    " programs only."
                ),
                code="key.passphrase_characters",
            )
        return given

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "passphrase" in self.errors:
            return cleaned
        given, without = cleaned.get("passphrase"), cleaned.get("without_passphrase")
        if given and without:
            message = _("You gave a passphrase and ticked that there is none. Do one of the two.")
            self.add_error("without_passphrase", ValidationError(message, "key.passphrase_both"))
        elif not given and not without:
            message = _("Choose a passphrase, or tick that the key leaves without one.")
            self.add_error("passphrase", ValidationError(message, "key.passphrase_missing"))
        elif without and cleaned.get("server") in PKCS12_FILES:
            message = _("A PKCS #12 file needs a passphrase: its readers ask for one.")
            self.add_error("passphrase", ValidationError(message, "key.passphrase_needed"))
        return cleaned

    def wrapping(self) -> Wrapping:
        chosen = self.cleaned_data["server"]
        return Wrapping(
            servers=tuple(Server) if chosen == ALL else (Server(chosen),),
            passphrase=self.cleaned_data["passphrase"],
            is_legacy=self.cleaned_data["is_legacy"],
        )
