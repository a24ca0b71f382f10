"""The second step: the name, and how it will be proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certificates import asked_names, automatic, mailbox_choices, wishes
from certificates.automatic import AUTOMATIC
from certificates.catalogue import DomainType
from certificates.obstacles import Obstacle
from certificates.rules_ahead import ends_soon
from certificates.step_form import JudgedField, Pick, StepForm
from certificates.wishes import Weighed, Wish
from verification.challenges import Method
from verification.contacts import Published
from verification.methods.mail import LOCAL_PARTS

HOW: dict[str, Promise] = {
    Method.DNS: gettext_lazy("You publish one TXT record at the DNS host of the domain."),
    Method.CNAME: gettext_lazy("You publish one CNAME record at the DNS host of the domain."),
    Method.FILE: gettext_lazy("You put one file on the web server of the domain."),
    Method.EMAIL: gettext_lazy("You press a button in a mail to a mailbox of the domain."),
}


class DomainForm(StepForm):
    ABOUT: ClassVar[Mapping[str, str]] = {
        "domain": "domain",
        "more_domains": "more",
        "method": "method",
        "mailbox": "mailbox",
    }

    NEEDED: ClassVar[frozenset[str]] = frozenset({"domain", "more"})

    domain = JudgedField(label=gettext_lazy("Domain"))
    more = JudgedField(
        label=gettext_lazy("Additional domains, one a line"),
        widget=forms.Textarea(attrs={"class": "mono", "spellcheck": "false"}),
        strip=False,
    )
    method = forms.CharField(widget=forms.RadioSelect, required=False)
    mailbox = forms.CharField(
        label=gettext_lazy("Mailbox"), widget=forms.Select, required=False, max_length=64
    )

    contacts_told = ""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        first = wishes.weigh(self.so_far, self.certificate, self.last, self.now)
        self.names_of_csr = first.names if self.so_far.csr else ()
        self.notes: tuple[Obstacle, ...] = ()
        self.fields["domain"].initial = self.last.domain if self.last else ""
        self.fields["domain"].help_text = self._kind_of_name()
        if self.certificate.product.domain_type == DomainType.MULTI_DOMAIN:
            self._more_names()
        else:
            del self.fields["more"]
        possible = [value for value in Method.values if not self._why_not(value, first.names)]
        used = self.last.method if self.last else Method.DNS
        self.fields["method"].initial = used if used in possible else next(iter(possible), "")
        if self.last and self.last.is_automatic and not self._why_not_automatic(first.names):
            self.fields["method"].initial = AUTOMATIC
        self.fields["mailbox"].initial = (self.last.mailbox if self.last else "") or LOCAL_PARTS[0]
        self.offer_mailboxes(None)

    def _kind_of_name(self) -> str:
        certificate = self.certificate
        if certificate.product.is_wildcard:
            return _("A wildcard, such as *.example.com: your product holds one.")
        if certificate.product.domain_type != DomainType.MULTI_DOMAIN:
            if certificate.product.terms(self.now).allows_addresses:
                return _(
                    "The name of one host, such as www.example.com, or one public IP address: your"
                    " product holds one."
                )
            return _("The name of one host, such as www.example.com: your product holds one.")
        if certificate.wildcard_count:
            return _("The main name, such as www.example.com; it may be a wildcard.")
        return _("The main name, such as www.example.com.")

    def _more_names(self) -> None:
        """Of the names of before, those that the CSR does not bring."""
        field, held = self.fields["more"], self.certificate.domain_count
        before = self.last.sans if self.last else []
        left = before if self.so_far.csr else before[1:]
        field.initial = "\n".join(name for name in left if name not in self.names_of_csr)
        field.widget.attrs["rows"] = min(max(held, 4), 12)
        told = _("Your product holds %(held)d names with the main one; at least two are needed.")
        wild = ngettext(
            "%(count)d of them may be a wildcard.",
            "%(count)d of them may be wildcards.",
            self.certificate.wildcard_count,
        ) % {"count": self.certificate.wildcard_count}
        none = _("None of them may be a wildcard.")
        may = wild if self.certificate.wildcard_count else none
        field.help_text = f"{told % {'held': held}} {may}"

    @property
    def can_look(self) -> bool:
        """With a CSR the name is known; one that is being typed is not."""
        return bool(self.names_of_csr)

    def offer_mailboxes(self, found: Published | None) -> None:
        """Whole addresses where the name is known, and what the first name publishes, if looked."""
        domain = self.names_of_csr[0] if self.names_of_csr else ""
        self.fields["mailbox"].widget.choices = mailbox_choices.choices(
            domain, found, str(self["mailbox"].value())
        )
        self.contacts_told = mailbox_choices.told(found)

    def _why_not(self, method: str, names: tuple[str, ...]) -> list[Obstacle]:
        return wishes.method_obstacles(method, "", self.certificate, names, self.now)

    @property
    def picks(self) -> list[Pick]:
        """Every method; what is not possible for this product and name says why."""
        # A name that is refused will be another one: it must not keep a method from being chosen.
        before = self.last.domain if self.last else ""
        typed = before if self["domain"].errors else str(self["domain"].value() or "")
        names = self.names_of_csr or ((typed,) if typed else ())
        found = [
            self.pick("method", value, str(label), self._how(value), *self._why_not(value, names))
            for value, label in Method.choices
        ]
        title, text = str(automatic.TITLE), str(automatic.HOW)
        why = self._why_not_automatic(names)
        return [*found, self.pick("method", AUTOMATIC, title, text, *why)]

    def _why_not_automatic(self, names: tuple[str, ...]) -> list[Obstacle]:
        project_id = self.certificate.project_id
        return [*self._why_not(Method.DNS, names), *automatic.obstacles(project_id, names)]

    def _how(self, method: str) -> str:
        return f"{HOW[method]} {ends_soon(method, self.now)}".strip()

    def given(self) -> Wish:
        method, is_automatic = automatic.chosen(self.said("method"))
        return replace(
            self.so_far,
            domain="" if self.so_far.csr else self.said("domain"),
            more_domains=self._lines(),
            method=method,
            is_automatic=is_automatic,
            mailbox=self.said("mailbox") if method == Method.EMAIL else "",
        )

    def _lines(self) -> tuple[str, ...]:
        """As they were typed, the empty ones too: what is wrong is told by its number."""
        typed = str(self.cleaned_data.get("more") or "").rstrip()
        return tuple(line.strip() for line in typed.splitlines())

    def judged(self, weighed: Weighed) -> None:
        self.notes = weighed.notes

    def clean(self) -> dict[str, Any]:
        self.need("method", _("Choose how the domain will be proved."), "method.missing")
        if not self.so_far.csr:
            missing = asked_names.missing()
            self.need("domain", missing.message, missing.code)
        return super().clean()
