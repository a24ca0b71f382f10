"""The pages of what a customer changes about an open application: withdraw it, prove otherwise."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorities.brands import Brand
from certificates import automatic, mailbox_choices, wishes
from certificates.automatic import AUTOMATIC
from certificates.domain_form import HOW
from certificates.guard import SAFE, on_certificate, signed_in, tell_refusal
from certificates.obstacles import Obstacle, Refused
from certificates.rules_ahead import ends_soon
from certificates.step_form import Pick
from certificates.story import Certificate
from certificates.taking_back import (
    aliases_beside,
    choose_method,
    method_obstacles,
    open_challenges,
    withdraw,
    withdraw_obstacles,
)
from verification.challenges import Challenge, Method
from verification.contacts import Published
from verification.methods.mail import FIRST
from work.loop import clock
from work.run import network


@on_certificate(*SAFE, "POST")
def withdraw_page(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """What a withdrawal does, and the button that asks for it."""
    now, actor = clock(), signed_in(request)
    if request.method == "POST":
        try:
            withdraw(certificate=certificate, actor=actor, now=now)
        except Refused as refused:
            return tell_refusal(request, certificate, refused)
        message = _("%(brand)s was asked to give the application back. It decides within minutes.")
        messages.success(request, message % {"brand": Brand(certificate.product.brand).label})
        return redirect("certificate", certificate_id=certificate.pk)
    context = _page(certificate) | {
        "obstacles": withdraw_obstacles(certificate, actor, now),
        "application": certificate.open_application,
    }
    return render(request, "certificates/withdraw.html", context)


class MethodForm(forms.Form):
    """Another way to prove one name. Which ones its product offers is judged by the verb."""

    method = forms.CharField(widget=forms.RadioSelect, required=False)
    mailbox = forms.CharField(
        label=gettext_lazy("Mailbox"), widget=forms.Select, required=False, max_length=64
    )
    use_required_attribute = False

    can_look = True

    def __init__(
        self,
        *args: Any,
        certificate: Certificate,
        asked: Challenge,
        found: Published | None = None,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.certificate, self.asked = certificate, asked
        first = found.contacts[0].id if found and found.contacts else ""
        self.fields["method"].initial = Method.EMAIL if first else self.present
        box = asked.contact or asked.mailbox.partition("@")[0] or FIRST
        self.fields["mailbox"].initial = first or box
        self.fields["mailbox"].widget.choices = mailbox_choices.choices(
            asked.domain, found, str(self["mailbox"].value())
        )
        self.contacts_told = mailbox_choices.told(found)

    @property
    def present(self) -> str:
        """The way that is asked for now."""
        return AUTOMATIC if self.asked.is_automatic else self.asked.method

    @property
    def picks(self) -> list[Pick]:
        """Every way; what is not possible says why."""
        project_id, domain = self.certificate.project_id, self.asked.domain
        why_not = [*self._why_not(Method.DNS), *automatic.obstacles(project_id, [domain])]
        return [
            *(
                self._pick(value, str(label), _how(value), self._why_not(value))
                for value, label in Method.choices
            ),
            self._pick(AUTOMATIC, str(automatic.TITLE), str(automatic.HOW), why_not),
        ]

    def _pick(self, value: str, title: str, text: str, why_not: list[Obstacle]) -> Pick:
        is_chosen = value == str(self["method"].value() or "")
        number = f"{self['method'].auto_id}_{value}"
        return Pick(value, number, title, text, is_chosen, tuple(why_not))

    def _why_not(self, method: str) -> list[Obstacle]:
        domain = self.asked.domain
        others = aliases_beside(self.certificate, domain) if method == Method.CNAME else []
        return wishes.method_obstacles(method, "", self.certificate, [domain, *others], clock())

    def tell(self, obstacles: tuple[Obstacle, ...]) -> None:
        for each in obstacles:
            field = each.about if each.about in self.fields else "method"
            self.add_error(field, ValidationError(each.message, each.code))


def _how(method: str) -> str:
    return f"{HOW[method]} {ends_soon(method, clock())}".strip()


@on_certificate(*SAFE, "POST")
def method_page(request: HttpRequest, certificate: Certificate, challenge: int) -> HttpResponse:
    """Choose another way of proof for one name that waits for it."""
    now, actor = clock(), signed_in(request)
    refused = method_obstacles(certificate, actor, now)
    if refused:
        if request.method not in SAFE:
            return tell_refusal(request, certificate, Refused(refused))
        return render(
            request, "certificates/method.html", _page(certificate) | {"obstacles": refused}
        )
    waiting = next((each for each in open_challenges(certificate) if each.pk == challenge), None)
    if waiting is None:
        raise Http404
    found, sent = None, request.POST or None
    if mailbox_choices.is_asked_to_look(request):
        project, sent = certificate.project_id, None
        found = mailbox_choices.found_for(request, project, waiting.domain, network())
    form = MethodForm(sent, certificate=certificate, asked=waiting, found=found)
    if sent is not None and form.is_valid():
        method, is_automatic = automatic.chosen(str(form.cleaned_data["method"]))
        try:
            choose_method(
                certificate=certificate,
                domain=waiting.domain,
                method=method,
                mailbox=str(form.cleaned_data["mailbox"]) if method == Method.EMAIL else "",
                is_automatic=is_automatic,
                actor=actor,
                now=now,
                network=network(),
            )
        except Refused as error:
            form.tell(error.obstacles)
        else:
            message = _("%(domain)s: the other way of proof is shown here within seconds.")
            messages.success(request, message % {"domain": waiting.domain})
            return redirect("certificate", certificate_id=certificate.pk)
    return render(
        request, "certificates/method.html", _page(certificate) | {"form": form, "asked": waiting}
    )


def _page(certificate: Certificate) -> dict[str, Any]:
    return {
        "here": "certificates",
        "certificate": certificate,
        "name": certificate.name or certificate.domain or certificate.pk,
        "brand": Brand(certificate.product.brand).label,
    }
