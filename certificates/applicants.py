"""Who applies: the contact, the authorizer, the technical contact, and the organization."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import mail_addresses
from accounts.mail_addresses import Fault
from authorities.brands import Brand
from certificates.obstacles import Obstacle
from certificates.story import Certificate

LONGEST_NAME = 100  # bytes in UTF-8, of a person
LONGEST_FACT = 63  # characters, of the organization
COUNTRY = re.compile(r"[A-Z]{2}")
STATEMENTS_MISSING = {
    "apply": "apply.statements_missing",
    "reissue": "reissue.statements_missing",
}
# Every fact of an organization that is asked for, in the order of the form.
COMPANY: Mapping[str, Promise] = {
    "name": gettext_lazy("Legal name"),
    "registration_number": gettext_lazy("Registration number"),
    "country": gettext_lazy("Country, two letters"),
    "province": gettext_lazy("State or province"),
    "city": gettext_lazy("City"),
    "street": gettext_lazy("Street and number"),
    "phone": gettext_lazy("Phone of the organization"),
}


def people_obstacles(
    certificate: Certificate, contact: dict[str, str], *others: tuple[str, dict[str, str]]
) -> Iterator[Obstacle]:
    """What is wrong with the contact, and with each of `others` (which of them, the person)."""
    wrong = mail_addresses.fault(contact["email"])
    if wrong is not None and wrong.kind:
        yield _address("contact", wrong)
    elif wrong is not None:
        message = _("The contact needs an e-mail address; %(brand)s writes to it.")
        brand = Brand(certificate.product.brand).label
        yield Obstacle("contact.email", message % {"brand": brand}, "contact_email")
    if not contact["name"].strip():
        yield contact_missing(certificate)
    yield from _long_name(contact["name"], "contact_name")
    for about, person in others:
        yield from OTHERS[about](person)


def contact_missing(certificate: Certificate) -> Obstacle:
    message = _("Name the person to whom %(brand)s writes.")
    brand = Brand(certificate.product.brand).label
    return Obstacle("contact.name", message % {"brand": brand}, "contact_name")


def _long_name(name: str, about: str) -> Iterator[Obstacle]:
    if len(name.encode()) > LONGEST_NAME:
        message = _("This name is longer than 100 bytes. Shorten it.")
        yield Obstacle("contact.name_too_long", message, about)


def _address(who: str, wrong: Fault) -> Obstacle:
    return Obstacle(f"{who}.email{wrong.kind}", wrong.message, f"{who}_email")


def _authorizer(authorizer: dict[str, str]) -> Iterator[Obstacle]:
    """Nobody named is the contact; who is named needs a name and an address."""
    if authorizer and not authorizer.get("name", "").strip():
        message = _("Name the person who authorizes it, or let it be the contact.")
        yield Obstacle("authorizer.name", message, "authorizer_name")
    wrong = mail_addresses.fault(authorizer.get("email", "")) if authorizer else None
    if wrong is not None and wrong.kind:
        yield _address("authorizer", wrong)
    elif wrong is not None:
        message = _("The person who authorizes it needs an e-mail address.")
        yield Obstacle("authorizer.email", message, "authorizer_email")
    yield from _long_name(authorizer.get("name", ""), "authorizer_name")


def _technical(technical: dict[str, str]) -> Iterator[Obstacle]:
    """All of it may be left out; an address that is there must be one."""
    wrong = mail_addresses.fault(technical["email"]) if technical.get("email") else None
    if wrong is not None and wrong.kind:
        yield _address("technical", wrong)
    elif wrong is not None:
        message = _("The address of the technical contact is no e-mail address.")
        yield Obstacle("technical.email", message, "technical_email")
    if len(technical.get("name", "")) > LONGEST_FACT:
        message = _("The name of the technical contact has over 63 characters. Shorten it.")
        yield Obstacle("technical.name", message, "technical_name")


OTHERS = {"authorizer": _authorizer, "technical": _technical}


def required_company_data(certificate: Certificate) -> list[str]:
    """Which facts of the organization this product cannot do without; DV needs none."""
    if not certificate.product.needs_organization:
        return []
    is_extended = certificate.product.type.startswith("EV")
    return ["name", "country", "city", *(["registration_number"] if is_extended else [])]


def organization_obstacles(
    organization: dict[str, str], certificate: Certificate
) -> Iterator[Obstacle]:
    parts = required_company_data(certificate)
    absent = [part for part in parts if not organization.get(part, "").strip()]
    if absent:
        message = _("This product checks the organization; fill in %(missing)s.")
        told = message % {"missing": "; ".join(str(COMPANY[part]) for part in absent)}
        yield Obstacle("organization.missing", told, "organization")
    if parts and "country" not in absent and not COUNTRY.fullmatch(organization["country"]):
        message = _("Write the country as its two-letter code (ISO 3166), such as GB.")
        yield Obstacle("organization.country", message, "organization_country")
    for part in COMPANY if parts else ():
        if len(organization.get(part, "")) > LONGEST_FACT:
            message = _("An authority takes at most 63 characters here. Shorten it as registered.")
            yield Obstacle("organization.too_long", message, f"organization_{part}")


def consent_obstacles(accepted: Iterable[str], all_of: Iterable[str], verb: str) -> list[Obstacle]:
    if set(accepted) == set(all_of):
        return []
    message = _(
        "Accept the service statement, the privacy statement and the authorisation: all three."
    )
    return [Obstacle(STATEMENTS_MISSING[verb], message, "accepted")]
