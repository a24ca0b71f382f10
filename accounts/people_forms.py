"""Forms about people: they gather what was typed; the verbs judge it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.account.forms import PasswordField, SetPasswordField
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.invitations import Invitation
from accounts.models import Role, User
from accounts.projects import LONGEST_NAME
from accounts.refusals import Refused
from accounts.sign_in_forms import TypedTwice, in_our_words

# What each role may do, in words; the rules themselves stand in access.py.
MAY = {
    Role.ADMINISTRATOR: _("Administrator: also downloads private keys and decides about people"),
    Role.OPERATOR: _("Operator: applies, reissues, proves domains and keeps contacts"),
    Role.VIEWER: _("Viewer: looks, and changes nothing"),
}


class Told(forms.Form):
    """A form whose refusals come from a verb: each is shown at its field."""

    places: ClassVar[
        Mapping[str, str]
    ] = {}  # the field of each code; of others: the form as a whole

    def tell(self, refused: Refused) -> None:
        for each in refused.obstacles:
            self.add_error(
                self.places.get(each.code), ValidationError(each.message, code=each.code)
            )


class AddressField(forms.CharField):
    """A mail address, which the verb judges whole, a NUL in it too."""

    widget = forms.EmailInput(attrs={"autocomplete": "off"})

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.validators = []


class RoleForm(Told):
    places: ClassVar[Mapping[str, str]] = {"people.last_administrator": "role"}

    role = forms.ChoiceField(
        label=_("Role"),
        choices=list(MAY.items()),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a role."),
            "invalid_choice": _("Choose one of the three roles."),
        },
    )


class InviteForm(RoleForm):
    places: ClassVar[Mapping[str, str]] = {
        "invitation.email": "email",
        "invitation.email_control_character": "email",
        "invitation.email_several": "email",
        "invitation.email_too_long": "email",
        "invitation.member": "email",
        "invitation.open": "email",
        "invitation.role": "role",
    }

    email = AddressField(
        label=_("E-mail"),
        help_text=_("The invitation goes there. Only who reads it can join."),
        error_messages={"required": _("Write the person's e-mail address.")},
    )
    field_order = ("email", "role")


class ProjectForm(Told):
    places: ClassVar[Mapping[str, str]] = {"project.name": "name"}

    name = forms.CharField(
        label=_("Name"),
        help_text=_("By which its people know it, like a company, a team or an environment."),
        widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME, "autocomplete": "off"}),
        error_messages={"required": _("Give the project a name.")},
    )


class ContactForm(Told):
    places: ClassVar[Mapping[str, str]] = {
        "contact.name": "name",
        "contact.email": "email",
        "contact.email_control_character": "email",
        "contact.email_several": "email",
        "contact.email_too_long": "email",
        "contact.phone": "phone",
        "contact.twice": "email",
    }

    name = forms.CharField(
        label=_("Name"),
        widget=forms.TextInput(attrs={"maxlength": 100, "autocomplete": "off"}),
        error_messages={"required": _("Write the person's name.")},
    )
    email = AddressField(
        label=_("E-mail"),
        help_text=_("One that somebody reads every day: authorities' mails go there."),
        error_messages={"required": _("Write the person's e-mail address.")},
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        help_text=_("With the country, like +44 20 7946 0123. OV and EV reviews may call."),
        widget=forms.TextInput(attrs={"type": "tel", "maxlength": 40, "autocomplete": "off"}),
    )


class JoinForm(TypedTwice):
    """The password of a new account, for the address that the invitation proved."""

    password1 = SetPasswordField(label=_("Password"))
    password2 = PasswordField(label=_("Password, once more"), autocomplete="new-password")

    def __init__(self, *args: Any, invitation: Invitation, **more: Any) -> None:
        super().__init__(*args, **more)
        password = self.fields["password1"]
        assert isinstance(password, SetPasswordField)
        password.user = User(username=invitation.email, email=invitation.email)
        in_our_words(
            password,
            _("Password"),
            needed=_("Write a password."),
            help_text=_("12 characters or more; a few unrelated words are good and easy to type."),
        )
        in_our_words(
            self.fields["password2"],
            _("Password, once more"),
            needed=_("Type the password a second time."),
        )
