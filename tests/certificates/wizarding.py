"""Walking through the wizard as a browser does, for a reissue or a first issue."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from certificates.applications import Application
from certificates.catalogue import Product
from certificates.drafts import Draft
from certificates.story import Certificate
from tests.cast import COMPANY, World

SYSTEM = {"source": "system", "algorithm": "EC_P256"}
DNS = {"domain": "www.newname.org", "method": "DNS"}
AS_BEFORE = {"who": "keep", "authorizer": "same"}
CONSENT = {
    "reason": "DOMAIN_CHANGE",
    "service": "on",
    "privacy": "on",
    "authorisation": "on",
}
TYPED = {"who": "typed", "name": "Alice", "email": "alice@acme.example", "authorizer": "same"}
FACTS = {f"organization_{part}": fact for part, fact in COMPANY.items()}
ACCEPTED = {"service": "on", "privacy": "on", "authorisation": "on"}
# What a first issue gives in place of a reissue.
FIRST: dict[str, dict[str, str]] = {"contact": TYPED, "review": ACCEPTED}
WAY: dict[str, dict[str, str]] = {
    "csr": SYSTEM,
    "domain": DNS,
    "contact": AS_BEFORE,
    "review": CONSENT,
}


@dataclass
class Walk:
    """One browser in the wizard of one certificate."""

    client: Client
    certificate: Certificate
    door: str = "reissue"

    @property
    def way(self) -> dict[str, dict[str, str]]:
        return WAY if self.door == "reissue" else WAY | FIRST

    def at(self, step: str = "") -> str:
        return f"/certificates/{self.certificate.pk}/{self.door}/" + (f"{step}/" if step else "")

    def post(self, step: str, **given: Any) -> HttpResponse:
        fields = {f"{step}-{name}": value for name, value in given.items()}
        return self.client.post(self.at(step), fields)  # type: ignore[return-value]

    def take(self, step: str, **given: Any) -> str:
        """Send a step in, which must be taken; answers the step that is next."""
        answer = self.post(
            step, **{**self.way[step], **given} if given.get("source") != "own" else given
        )
        assert answer.status_code == 302, errors(answer)
        return answer.headers["Location"].removeprefix(self.at()).rstrip("/")

    def to(self, last: str, **given: dict[str, Any]) -> Walk:
        """All steps before `last`."""
        for step in WAY:
            if step == last:
                break
            self.take(step, **given.get(step, {}))
        return self

    def get(self, step: str = "") -> HttpResponse:
        return self.client.get(self.at(step))  # type: ignore[return-value]

    def page(self, step: str) -> str:
        answer = self.get(step)
        assert answer.status_code == 200, answer.headers
        return words(answer.content.decode())

    def leads_to(self, step: str = "") -> str:
        answer = self.get(step)
        assert answer.status_code == 302
        return answer.headers["Location"].removeprefix(self.at()).rstrip("/")


def errors(answer: HttpResponse) -> dict[str, list[str]]:
    """The codes at each field of a step that was not taken."""
    assert answer.status_code == 200, answer.headers
    form = answer.context["form"]  # type: ignore[attr-defined]
    return {name: [error.code for error in found.as_data()] for name, found in form.errors.items()}


def words(page: str) -> str:
    """The page without its tags, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def drafts() -> list[tuple[str, str]]:
    return list(Draft.objects.order_by("pk").values_list("certificate_id", "step"))


def reissues() -> int:
    return Application.objects.filter(kind="REISSUE").count()


def applying_for(client: Client, world: World, product: Product, **held: int) -> Walk:
    """In the wizard of a product that was bought just now; `held`: how many names."""
    bought = world.bought(product)
    Certificate.objects.filter(pk=bought.pk).update(**held)
    return Walk(client, world.fresh(bought), "apply")


def sent_in(walk: Walk) -> Application:
    """The application that is open for the certificate of this walk."""
    found = Certificate.objects.get(pk=walk.certificate.pk).open_application
    assert found is not None
    return found


def picture(kind: str = "PNG", name: str = "scan.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "white").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue())
