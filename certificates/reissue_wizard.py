"""The reissue wizard: key, name and proof, people, review. `done` calls one verb and nothing else.

A step opens when every step before it is finished and still holds. Looking writes nothing.
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
from certificates import preview, review, wishes
from certificates.contact_form import ContactForm
from certificates.csr_reading import Reading
from certificates.domain_form import DomainForm
from certificates.guard import signed_in
from certificates.key_form import KeyForm
from certificates.obstacles import Obstacle, Refused, reissue_obstacles, window_closes_at
from certificates.orders import request_reissue
from certificates.review_form import ReviewForm
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
    "domain": (DOMAIN, "domain"),
    "method": (DOMAIN, "method"),
    "mailbox": (DOMAIN, "mailbox"),
    "contact_email": (CONTACT, "who"),
    "authorizer_name": (CONTACT, "authorizer"),
    "authorizer_email": (CONTACT, "authorizer"),
    "organization": (CONTACT, "who"),
    "organization_country": (CONTACT, "who"),
}


class ReissueWizard(NamedUrlWizardView):  # type: ignore[misc]  # the library has no types
    storage_name = "certificates.draft_storage.DraftStorage"
    form_list: ClassVar[Any] = list(FORMS.items())
    url_name = "reissue-step"
    file_storage = None  # an uploaded CSR is read and becomes text; no file is kept

    def dispatch(self, request: HttpRequest, certificate: Certificate, step: str) -> HttpResponse:
        if step not in FORMS:
            raise Http404
        self.certificate, self.now = certificate, clock()
        answer: HttpResponse = super().dispatch(request, step=step)
        return answer

    def get(self, request: HttpRequest, *args: Any, step: str) -> HttpResponse:
        if self.storage.was_outdated:
            message = _("Your draft was for an earlier version, and was discarded. Begin anew.")
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
        form = self.get_form(data=request.POST, files=request.FILES)
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
        if reissue_obstacles(fresh, signed_in(self.request), self.now):
            return already_sent(self.request, fresh)
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
        return {"certificate": self.certificate, "so_far": so_far, "now": self.now}

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        return self.facts(self.opened[step or self.steps.current])

    def get_step_url(self, step: str) -> str:
        return reverse(self.url_name, args=[self.certificate.pk, step])

    def get_template_names(self) -> list[str]:
        return [f"certificates/reissue/{self.steps.current}.html"]

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
        self.storage.extra_data["looked"] = preview.look(
            weighed.names, weighed.wish.method, self.certificate, network(), self.now
        )

    def weighed(self, wish: Wish) -> wishes.Weighed:
        current = self.certificate.current
        last = current.application if current is not None else None
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
            application = request_reissue(
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
        message = _("The reissue was sent in. %(brand)s writes to %(contact)s next.")
        told = {"brand": brand, "contact": application.contact_email}
        messages.success(self.request, message % told)
        return redirect("certificate", certificate_id=self.certificate.pk)

    def sent_back(self, form: StepForm, refused: Refused) -> HttpResponse:
        """Nothing was sent in: the draft stays, and the first step in question opens."""
        fresh = Certificate.objects.get(pk=self.certificate.pk)
        if reissue_obstacles(fresh, signed_in(self.request), self.now):
            return already_sent(self.request, fresh)
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
        context |= reissue_panel(self.certificate, self.now) | {
            "steps": [
                {
                    "number": number + 1,
                    "label": LABELS[name],
                    "url": self.get_step_url(name) if number < at else "",
                    "is_now": name == step,
                }
                for number, name in enumerate(steps)
            ],
            "back": self.get_step_url(steps[at - 1]) if at else "",
            "has_draft": bool(self.storage.data["step_data"]),
            "refused": [
                (each, self.get_step_url(STEP_OF.get(each.about, (REVIEW,))[0]))
                for each in self.refused
            ],
        }
        if isinstance(form, KeyForm):
            context["reading"] = form.reading or stored_reading(form)
        if isinstance(form, ReviewForm):
            context |= self.review_context(form)
        return context

    def review_context(self, form: ReviewForm) -> dict[str, Any]:
        weighed, version = form.weighed, form.current
        reason = str(form["reason"].value() or weighed.reason)
        ahead = review.forecast(weighed, self.certificate, reason, self.now)
        looked = self.storage.extra_data.get("looked")
        fits = looked and looked["names"] == list(weighed.names)
        return {
            "changes": review.changes(weighed, version, self.now),
            "timeline": review.timeline(ahead, weighed, version, self.now),
            "gap": review.gap(ahead),
            "looked": looked if fits else None,
            "looked_at": datetime.fromisoformat(looked["at"]) if fits else None,
            "version": version,
            "next_number": version.number + 1,
            "edit": {step: self.get_step_url(step) for step in FORMS},
        }


def stored_reading(form: KeyForm) -> Reading | None:
    """What we read in the CSR of the draft: a form that was not sent in has not been read."""
    if form.is_bound and form.is_valid():
        return form.reading
    return None


def reissue_panel(certificate: Certificate, now: datetime) -> dict[str, Any]:
    """The panel "You are reissuing", and until when that is open."""
    return {
        "here": "certificates",
        "certificate": certificate,
        "version": certificate.current,
        "open_until": window_closes_at(certificate, now),
        "window_days": certificate.product.terms(now).reissue_window_days,
        "brand": Brand(certificate.product.brand).label,
        "now": now,
    }


def already_sent(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """The reissue cannot be sent in now; mostly because it was, a moment ago."""
    obstacles = reissue_obstacles(certificate, signed_in(request), clock())
    if any(each.code == "reissue.in_progress" for each in obstacles):
        message = _("This reissue is already sent in. Nothing was sent a second time.")
        messages.info(request, message)
    else:
        for each in obstacles:
            messages.error(request, each.message)
    return redirect("certificate", certificate_id=certificate.pk)
