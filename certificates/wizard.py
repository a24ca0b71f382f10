"""The wizard: key, names and proof, people, review. `done` calls one verb and nothing else.

It is the same for a first issue and a reissue; what differs stands in `purposes.py`. A step
opens when every step before it is finished and still holds. Looking writes nothing.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from formtools.wizard.views import NamedUrlWizardView

from authorities.brands import Brand
from certificates import looks_outside, preview, review, review_first, wishes
from certificates.applicants import COMPANY
from certificates.contact_form import ContactForm
from certificates.csr_reading import Reading
from certificates.domain_form import DomainForm
from certificates.guard import signed_in
from certificates.key_form import KeyForm
from certificates.mailbox_choices import found_for, is_asked_to_look
from certificates.obstacles import Obstacle, Refused, window_closes_at
from certificates.purposes import Purpose
from certificates.review_form import ReviewForm
from certificates.rules_ahead import rules_ahead
from certificates.step_form import StepForm
from certificates.story import Certificate
from certificates.wishes import Wish
from work.loop import clock
from work.run import network

CSR, DOMAIN, CONTACT, REVIEW = "csr", "domain", "contact", "review"
LABELS: dict[str, Promise] = {
    CSR: gettext_lazy("CSR"),
    DOMAIN: gettext_lazy("Domain and verification"),
    CONTACT: gettext_lazy("Contact and authorizer"),
    REVIEW: gettext_lazy("Review and consent"),
}
WITH_COMPANY = gettext_lazy("Organization and contact")  # of that step, where one is asked for
FORMS: dict[str, type[StepForm]] = {
    CSR: KeyForm,
    DOMAIN: DomainForm,
    CONTACT: ContactForm,
    REVIEW: ReviewForm,
}
# Where a refusal of the verb is shown: the step, and the field there.
STEP_OF = {
    "csr": (CSR, "pem"),
    "key_algorithm": (CSR, "algorithm"),
    "root_hash": (CSR, "root_hash"),
    "domain": (DOMAIN, "domain"),
    "more_domains": (DOMAIN, "more"),
    "method": (DOMAIN, "method"),
    "mailbox": (DOMAIN, "mailbox"),
    "contact_name": (CONTACT, "who"),
    "contact_email": (CONTACT, "who"),
    "authorizer_name": (CONTACT, "authorizer"),
    "authorizer_email": (CONTACT, "authorizer"),
    "technical_name": (CONTACT, "technical_name"),
    "technical_email": (CONTACT, "technical_email"),
    "organization": (CONTACT, "who"),
    "papers": (CONTACT, "who"),
    **{f"organization_{part}": (CONTACT, f"organization_{part}") for part in COMPANY},
}


class Wizard(NamedUrlWizardView):  # type: ignore[misc]  # the library has no types
    storage_name = "certificates.draft_storage.DraftStorage"
    form_list: ClassVar[Any] = list(FORMS.items())
    purpose: Purpose  # set for each door by as_view
    file_storage = None  # an uploaded CSR is read and becomes text; no file is kept

    def dispatch(
        self, request: HttpRequest, certificate: Certificate, purpose: Purpose, step: str
    ) -> HttpResponse:
        if step not in FORMS:
            raise Http404
        self.certificate, self.purpose, self.now = certificate, purpose, clock()
        answer: HttpResponse = super().dispatch(request, step=step)
        return answer

    def get(self, request: HttpRequest, *args: Any, step: str) -> HttpResponse:
        if self.storage.was_outdated:
            message = _("Your draft was for an earlier version, and was discarded. Begin anew.")
            if not self.purpose.replaces:
                message = _("Your draft was for what is over now, and was discarded. Begin anew.")
            messages.info(request, message)
        if step not in self.opened:
            return redirect(self.get_step_url(self.last_opened))
        self.storage.current_step = step
        data = self.storage.get_step_data(step)
        form = self.get_form(data=None if step == REVIEW and not self.refused else data)
        self.tell_refused(form)
        answer: HttpResponse = self.render(form)
        return answer

    def post(self, request: HttpRequest, *args: Any, step: str) -> HttpResponse:
        if step not in self.opened:
            return self.not_opened()
        self.storage.current_step = step
        if step == REVIEW and "look" in request.POST:
            return self.look_again()
        if step == DOMAIN and is_asked_to_look(request):
            return self.look_for_contacts()
        form = self.get_form(data=request.POST, files=request.FILES)
        form.is_valid()
        if isinstance(form, ContactForm):
            form.hand_in_papers(signed_in(request), self.now)
        if not form.is_valid() or "check" in request.POST:
            answer: HttpResponse = self.render(form)
            return answer
        if step == REVIEW:
            return self.done([form])
        self.keep(form, step)
        return redirect(self.get_step_url(self.storage.current_step))

    def not_opened(self) -> HttpResponse:
        """A step was sent in before its time, or a second time: then it may be all done."""
        fresh = Certificate.objects.get(pk=self.certificate.pk)
        if self.purpose.obstacles(fresh, signed_in(self.request), self.now):
            return already_sent(self.request, fresh, self.purpose)
        return redirect(self.get_step_url(self.last_opened))

    @cached_property
    def opened(self) -> dict[str, Wish]:
        """The steps that may be opened, each with the wish of the steps before it."""
        wish, opened = Wish(), {}
        for step, form_class in FORMS.items():
            opened[step] = wish
            data = self.storage.get_step_data(step)
            if step == REVIEW or data is None:
                break
            form = form_class(data, prefix=step, **self.facts(wish))
            if not form.is_valid():
                break
            wish = form.wish
        return opened

    @property
    def last_opened(self) -> str:
        return list(self.opened)[-1]

    @property
    def refused(self) -> list[Obstacle]:
        """What the verb said when it refused, until the step in question is sent in again."""
        return [Obstacle(**each) for each in self.storage.extra_data.get("refused", [])]

    def facts(self, so_far: Wish) -> dict[str, Any]:
        return {
            "certificate": self.certificate,
            "purpose": self.purpose,
            "so_far": so_far,
            "now": self.now,
        }

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        return self.facts(self.opened[step or self.steps.current])

    def get_step_url(self, step: str) -> str:
        return reverse(f"{self.purpose.url}-step", args=[self.certificate.pk, step])

    def get_template_names(self) -> list[str]:
        return [f"certificates/wizard/{self.steps.current}.html"]

    def keep(self, form: StepForm, step: str) -> None:
        """Write the step into the draft, and look outside when it settles the names."""
        self.storage.set_step_data(step, form.kept())
        left = [each for each in self.refused if STEP_OF.get(each.about, (REVIEW,))[0] != step]
        self.storage.extra_data["refused"] = [vars(each) for each in left]
        del self.opened
        if step in (CSR, DOMAIN):
            self.look()
        following = self.get_next_step(step)
        self.storage.current_step = following if following in self.opened else self.last_opened
        self.storage.keep(self.now)

    def look(self) -> None:
        """What the outside says about the names, once they and their proof are settled."""
        wish = self.opened.get(CONTACT)
        self.storage.extra_data.pop("looked", None)
        if wish is None:
            return
        weighed = self.weighed(wish)
        may_look = looks_outside.may_look(self.certificate.project_id)
        self.storage.extra_data["looked"] = preview.look(
            weighed.names,
            weighed.wish.method,
            self.certificate,
            network() if may_look else None,
            self.now,
            is_changed=weighed.is_changed,
        )

    def look_again(self) -> HttpResponse:
        """The button of the review: nothing is sent in, and nothing refused."""
        presses = preview.presses_that_count(self.storage.extra_data, self.now)
        if preview.free_at(presses) is None:
            self.look()
            self.storage.extra_data["presses"] = [*presses, self.now.isoformat()]
            self.storage.keep(self.now)
        return redirect(self.get_step_url(REVIEW))

    def look_for_contacts(self) -> HttpResponse:
        """The mailboxes that the domain of the CSR publishes, to choose from; nothing is kept."""
        form = self.get_form(data=self.storage.get_step_data(DOMAIN))
        if isinstance(form, DomainForm) and form.can_look:
            project, name = self.certificate.project_id, form.names_of_csr[0]
            form.offer_mailboxes(found_for(self.request, project, name, network()))
        answer: HttpResponse = self.render(form)
        return answer

    def weighed(self, wish: Wish) -> wishes.Weighed:
        last = self.purpose.earlier(self.certificate)
        return wishes.weigh(wish, self.certificate, last, self.now)

    def tell_refused(self, form: StepForm) -> None:
        if not form.is_bound or not form.is_valid():
            return
        for each in self.refused:
            step, field = STEP_OF.get(each.about, (REVIEW, "reason"))
            if step == self.steps.current:
                form.add_error(field, ValidationError(each.message, each.code))

    def done(self, form_list: list[StepForm], **more: Any) -> HttpResponse:
        form = form_list[0]
        try:
            application = self.purpose.verb(
                certificate=self.certificate,
                wish=form.wish,
                actor=signed_in(self.request),
                now=self.now,
                network=network(),
            )
        except Refused as refused:
            return self.sent_back(form, refused)
        self.storage.reset()
        brand = Brand(self.certificate.product.brand).label
        told = {"brand": brand, "contact": application.contact_email}
        messages.success(self.request, str(self.purpose.words.sent) % told)
        return redirect("certificate", certificate_id=self.certificate.pk)

    def sent_back(self, form: StepForm, refused: Refused) -> HttpResponse:
        """Nothing was sent in: the draft stays, and the first step in question opens."""
        fresh = Certificate.objects.get(pk=self.certificate.pk)
        if self.purpose.obstacles(fresh, signed_in(self.request), self.now):
            return already_sent(self.request, fresh, self.purpose)
        self.storage.set_step_data(REVIEW, form.kept())
        self.storage.extra_data["refused"] = [vars(each) for each in refused.obstacles]
        steps = {STEP_OF.get(each.about, (REVIEW,))[0] for each in refused.obstacles}
        self.storage.current_step = next(step for step in FORMS if step in steps)
        self.storage.keep(self.now)
        return redirect(self.get_step_url(self.storage.current_step))

    def get_context_data(self, form: StepForm, **more: Any) -> dict[str, Any]:
        form.mark_needed()
        context: dict[str, Any] = super().get_context_data(form=form, **more)
        step, steps = self.steps.current, list(FORMS)
        at = steps.index(step)
        context |= panel(self.certificate, self.purpose, self.now) | {
            "steps": [
                {
                    "number": number + 1,
                    "label": self.label(name),
                    "url": self.get_step_url(name) if number < at else "",
                    "is_now": name == step,
                }
                for number, name in enumerate(steps)
            ],
            "back": self.get_step_url(steps[at - 1]) if at else "",
            "has_draft": bool(self.storage.data["step_data"]),
            "refused": [
                (each, self.get_step_url(named) if named != step else "")
                for each in self.refused
                for named in [STEP_OF.get(each.about, (REVIEW,))[0]]
            ],
        }
        if isinstance(form, KeyForm):
            context["reading"] = form.reading or stored_reading(form)
        if isinstance(form, ReviewForm):
            context |= self.review_context(form)
        return context

    def label(self, step: str) -> Promise:
        asks_company = step == CONTACT and self.certificate.product.needs_organization
        return WITH_COMPANY if asks_company else LABELS[step]

    def review_context(self, form: ReviewForm) -> dict[str, Any]:
        weighed = form.weighed
        looked = self.storage.extra_data.get("looked")
        fits = looked and looked["names"] == list(weighed.names)
        presses = preview.presses_that_count(self.storage.extra_data, self.now)
        context = {
            "look_free_at": preview.free_at(presses),
            "looked": looked if fits else None,
            "is_forbidden": bool(fits) and preview.forbids(looked["seen"]),
            "looked_at": datetime.fromisoformat(looked["at"]) if fits else None,
            "edit": {step: self.get_step_url(step) for step in FORMS},
            "notes": weighed.notes,
            "rules_ahead": rules_ahead(self.now),
        }
        version = self.certificate.current
        if not self.purpose.replaces or version is None:
            ahead = review_first.forecast(weighed, self.certificate, self.now)
            return context | {
                "changes": review_first.summary(weighed, self.certificate, form.last, self.now),
                "timeline": review_first.timeline(ahead, weighed, self.certificate, self.now),
            }
        reason = str(form["reason"].value() or weighed.reason)
        ahead = review.forecast(weighed, self.certificate, reason, self.now)
        return context | {
            "changes": review.changes(weighed, version, self.now),
            "timeline": review.timeline(ahead, weighed, version, self.now),
            "gap": review.gap(ahead),
            "next_number": version.number + 1,
        }


def stored_reading(form: KeyForm) -> Reading | None:
    """What we read in the CSR of the draft: a form that was not sent in has not been read."""
    if form.is_bound and form.is_valid():
        return form.reading
    return None


def panel(certificate: Certificate, purpose: Purpose, now: datetime) -> dict[str, Any]:
    """What the wizard is gone through for, in words; a reissue: until when that is open."""
    name = certificate.name or certificate.domain or certificate.pk
    return {
        "here": "certificates",
        "certificate": certificate,
        "purpose": purpose,
        "title": str(purpose.words.title) % {"name": name},
        "name": name,
        "version": certificate.current if purpose.replaces else None,
        "open_until": window_closes_at(certificate, now) if purpose.replaces else None,
        "window_days": certificate.product.terms(now).reissue_window_days,
        "brand": Brand(certificate.product.brand).label,
        "check_address": check_address(certificate, purpose),
        "discard_address": reverse(f"{purpose.url}-discard", args=[certificate.pk]),
        "now": now,
    }


def check_address(certificate: Certificate, purpose: Purpose) -> str:
    """Where a CSR is read that is being given."""
    return reverse(f"{purpose.url}-check-csr", args=[certificate.pk])


def already_sent(request: HttpRequest, certificate: Certificate, purpose: Purpose) -> HttpResponse:
    """It cannot be sent in now; mostly because it was, a moment ago."""
    opened = certificate.open_application
    if opened is not None and opened.kind == purpose.kind:
        messages.info(request, str(purpose.words.already_sent))
    else:
        for each in purpose.obstacles(certificate, signed_in(request), clock()):
            messages.error(request, each.message)
    return redirect("certificate", certificate_id=certificate.pk)
