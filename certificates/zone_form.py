"""The form of a DNS zone: it gathers what was typed; the verbs judge it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.people_forms import Told
from verification.zone_book import Connection
from verification.zones import Algorithm, Zone


class ZoneForm(Told):
    """`zone` is the one that is changed: its name stays. The secret is never shown again."""

    places: ClassVar[Mapping[str, str]] = {
        "zone.name": "name",
        "zone.twice": "name",
        "zone.too_long": "name",
        "zone.server": "server",
        "zone.address_refused": "server",
        "zone.port": "port",
        "zone.key_name": "key_name",
        "zone.algorithm": "algorithm",
        "zone.secret": "secret",
    }

    name = forms.CharField(
        label=_("Zone"),
        help_text=_(
            "As it begins, such as example.com. One of its own for _dnsauth.example.com is safer."
        ),
        max_length=253,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Name the zone.")},
    )
    server = forms.CharField(
        label=_("Primary name server"),
        help_text=_("Its name or address. It must be public and take updates over TCP."),
        max_length=253,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Name the server that takes the updates.")},
    )
    port = forms.IntegerField(
        label=_("Port"), initial=53, min_value=1, max_value=65535, help_text=_("Mostly 53.")
    )
    key_name = forms.CharField(
        label=_("Name of the TSIG key"),
        help_text=_("As the server knows it, such as reseal-key."),
        max_length=253,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Name the key.")},
    )
    algorithm = forms.ChoiceField(
        label=_("Algorithm"), choices=Algorithm.choices, initial=Algorithm.SHA256
    )
    secret = forms.CharField(
        label=_("Secret"),
        help_text=_(
            "In base64, as tsig-keygen prints it. It is stored encrypted and never shown again."
        ),
        max_length=300,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the secret of the key.")},
    )

    def __init__(self, *args: Any, zone: Zone | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.zone = zone
        if zone is not None:
            del self.fields["name"]
            kept = {"server": zone.server, "port": zone.port, "key_name": zone.key_name}
            self.initial = {**kept, "algorithm": zone.algorithm}

    def add_error(self, field: str | None, error: Any) -> None:
        """Whatever is wrong: a secret is not sent back, so that its field comes back empty."""
        super().add_error(field, error)
        self["secret"].help_text = _("Enter it again: what was typed here is not sent back.")

    def given(self) -> Connection:
        """What was typed. Call it on a valid form."""
        name = self.zone.name if self.zone is not None else str(self.cleaned_data["name"])
        return Connection(name=name, **{k: v for k, v in self.cleaned_data.items() if k != "name"})
