"""What a customer asks for, and the judgement of it before anything is put at risk.

The same judgement is made again at the moment of issue, by the authority.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.models import Statement
from authorities.brands import Brand
from authorities.key_policy import check_csr
from authorities.requests import is_blocked
from authorities.simulated.judge import PRODUCTS
from certificates.applications import Application, ReissueReason
from certificates.catalogue import DomainType
from certificates.obstacles import Obstacle, Refused
from certificates.story import Certificate
from certificates.versions import Version
from pki import csr, keys, names, schedule
from pki.csr import CheckedCsr
from pki.findings import Finding, is_refused
from verification import caa
from verification.challenges import Method
from verification.methods.mail import LOCAL_PARTS

if TYPE_CHECKING:
    from verification.network import Network


DEFAULT_ALGORITHM = "RSA_2048"
LONGEST_EMAIL = 254  # RFC 5321 4.5.3.1.3
COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class Wish:
    """One submission as the customer gave it; what is left out is taken from an earlier one.

    Who names the contact tells all about the people: an empty phone is none then, and an empty
    authorizer is the contact.
    """

    csr: bytes | None = None  # a PEM text; None: we make the key, for the customer
    key_algorithm: str = ""
    domain: str = ""
    more_domains: tuple[str, ...] = ()
    method: str = ""
    mailbox: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    authorizer: dict[str, str] = field(default_factory=dict)
    organization: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    accepted: frozenset[Statement] = frozenset()


@dataclass(frozen=True)
class Weighed:
    """A wish with every value filled in, and all that is wrong with it. No key is made for it."""

    wish: Wish
    names: tuple[str, ...]
    checked: CheckedCsr | None
    is_changed: bool
    reason: str
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True)
class Judged:
    """A wish that may be submitted: every value filled in, canonical, and with its key."""

    wish: Wish
    names: tuple[str, ...]
    csr: bytes  # DER
    spki_sha256: str
    key_algorithm: str
    pkcs8: bytes | None  # the key that we made, in memory only until it is sealed
    is_changed: bool
    reason: str

    @property
    def domain(self) -> str:
        return self.names[0]


def filled(wish: Wish, last: Application | None) -> Wish:
    """The wish with what the earlier application said where it says nothing itself."""
    if last is None:
        return replace(wish, method=wish.method or Method.DNS)
    return replace(
        wish,
        domain=wish.domain or ("" if wish.csr else last.domain),
        more_domains=wish.more_domains or (() if wish.csr else tuple(last.sans[1:])),
        key_algorithm=wish.key_algorithm or _algorithm_like(last),
        method=wish.method or last.method,
        mailbox=wish.mailbox or last.mailbox,
        contact_name=wish.contact_name or last.contact_name,
        contact_email=wish.contact_email or last.contact_email,
        contact_phone=wish.contact_phone if wish.contact_name else last.contact_phone,
        authorizer=wish.authorizer if wish.contact_name else last.authorizer,
        organization=wish.organization or last.organization,
    )


def _algorithm_like(last: Application) -> str:
    """That of the earlier key where we can make such a key; a CSR may have brought any other."""
    made = {each.value for each in keys.KeyAlgorithm}
    return last.key_algorithm if last.key_algorithm in made else DEFAULT_ALGORITHM


def weigh(wish: Wish, certificate: Certificate, last: Application | None, now: datetime) -> Weighed:
    """Everything about a wish that needs no network: what it comes to, and all that refuses it."""
    wish = filled(wish, last)
    current = certificate.current
    issued = current.application if current is not None else None
    found: list[Obstacle] = []
    checked = _check_csr(wish, certificate, now, found)
    domains = _domains(wish, certificate, checked, found)
    found += method_obstacles(wish.method, wish.mailbox, certificate, domains, now)
    found += _people_obstacles(wish, certificate)
    reason = wish.reason or _default_reason(domains, issued)
    if checked is not None and reason == ReissueReason.KEY_COMPROMISE and current is not None:
        found += _same_key_obstacles(checked, current)
    changed = _is_changed(wish, domains, issued)
    return Weighed(wish, domains, checked, changed, reason, tuple(found))


def judge(wish: Wish, certificate: Certificate, last: Application | None, now: datetime) -> Judged:
    """A wish that holds, with its key. Raises Refused with all reasons that do not let it."""
    weighed = weigh(wish, certificate, last, now)
    if weighed.obstacles:
        raise Refused(weighed.obstacles)
    return _with_key(weighed)


def _check_csr(
    wish: Wish, certificate: Certificate, now: datetime, found: list[Obstacle]
) -> CheckedCsr | None:
    if wish.csr is None:
        allowed = certificate.product.terms(now).key_algorithms
        if (wish.key_algorithm or DEFAULT_ALGORITHM) not in allowed:
            message = _("This product offers the key algorithms %(allowed)s.")
            told = message % {"allowed": ", ".join(allowed)}
            found.append(Obstacle("key.not_offered", told, "key_algorithm"))
        return None
    checked = check_csr(wish.csr, PRODUCTS[certificate.product.domain_type])
    found += _refusals(checked.findings, "csr")
    if checked.ok:
        found += account_findings(checked, certificate.project_id)
    return checked


def _refusals(findings: Iterable[Finding], about: str) -> list[Obstacle]:
    """What of the findings refuses; a note, such as "written in lower case", does not."""
    refusals = [each for each in findings if is_refused([each])]
    return [Obstacle(each.code, _(each.text) % each.params, about) for each in refusals]


def account_findings(checked: CheckedCsr, project_id: int) -> list[Obstacle]:
    """What about a CSR depends on who brings it: another customer's key, a compromised key."""
    if checked.spki_sha256 is None:
        return []
    found = []
    if is_blocked(checked.spki_sha256):
        message = _("The key of this CSR was reported as compromised. Make a new key and CSR.")
        found.append(Obstacle("csr.key_compromised", message, "csr"))
    others = Application.objects.filter(spki_sha256=checked.spki_sha256).exclude(
        project_id=project_id
    )
    if others.exists():
        message = _("The key of this CSR is in use by another customer. Make a key of your own.")
        found.append(Obstacle("csr.key_of_another", message, "csr"))
    return found


def _same_key_obstacles(checked: CheckedCsr, current: Version) -> list[Obstacle]:
    if checked.spki_sha256 != current.spki_sha256:
        return []
    message = _("This CSR carries the key that you report as leaked. Make a new key and CSR.")
    return [Obstacle("csr.key_not_changed", message, "csr")]


def _domains(
    wish: Wish, certificate: Certificate, checked: CheckedCsr | None, found: list[Obstacle]
) -> tuple[str, ...]:
    """The names of the certificate, the main one first; what is wrong with them goes to `found`."""
    asked = [name for name in (wish.domain, *wish.more_domains) if name]
    canonical = []
    for name in asked:
        good, findings = names.check_name(name)
        found += _refusals(findings, "domain")
        if good is not None:
            canonical.append(good)
    in_csr = checked.names if checked is not None else ()
    named = canonical[:1] if checked is not None and checked.ok and wish.domain else []
    if named and named[0] not in in_csr:
        message = _("The CSR is for %(csr)s, not for %(domain)s. Leave the domain out or match.")
        told = message % {"csr": ", ".join(in_csr), "domain": named[0]}
        found.append(Obstacle("csr.domain_mismatch", told, "domain"))
        return in_csr
    chosen = tuple(dict.fromkeys([*canonical, *in_csr]))
    if not chosen and not found:
        found.append(domain_missing())
    found += _count_obstacles(certificate, chosen, "domain" if canonical else "csr")
    return chosen


def domain_missing() -> Obstacle:
    return Obstacle("domain.missing", _("Name the domain that it is for."), "domain")


def _count_obstacles(certificate: Certificate, chosen: Sequence[str], about: str) -> list[Obstacle]:
    kind = certificate.product.domain_type
    found = []
    if len(chosen) > certificate.domain_count:
        message = _("It asks for %(asked)d names; your product holds %(held)d.")
        told = message % {"asked": len(chosen), "held": certificate.domain_count}
        found.append(Obstacle("domain.too_many", told, about))
    wild = [name for name in chosen if names.is_wildcard(name)]
    if kind == DomainType.SINGLE_DOMAIN and wild:
        message = _("%(name)s is a wildcard; your product holds a single domain.")
        found.append(Obstacle("domain.type", message % {"name": wild[0]}, about))
    if kind == DomainType.WILDCARD and chosen and not wild:
        message = _("%(name)s is no wildcard; your product holds one, such as *.%(name)s.")
        found.append(Obstacle("domain.type", message % {"name": chosen[0]}, about))
    return found


def method_obstacles(
    method: str, mailbox: str, certificate: Certificate, domains: Sequence[str], now: datetime
) -> list[Obstacle]:
    """Why `domains` cannot be proved by `method` (and for e-mail, `mailbox`)."""
    offered = certificate.product.terms(now).methods
    found = []
    if any(names.is_wildcard(name) for name in domains) and method == Method.FILE:
        message = _("A file never proves a wildcard. Choose DNS or e-mail.")
        found.append(Obstacle("file.wildcard", message, "method"))
    elif method not in offered:
        message = _("This product offers the verification methods %(offered)s.")
        told = message % {"offered": ", ".join(offered)}
        found.append(Obstacle("method.not_offered", told, "method"))
    if method == Method.EMAIL and not schedule.mail_method_allowed(now):
        message = _("Proof by e-mail ended for all authorities. Choose DNS.")
        found.append(Obstacle("method.ended", message, "method"))
    if mailbox and mailbox not in LOCAL_PARTS:
        message = _("The mail can go to these mailboxes: %(boxes)s.")
        told = message % {"boxes": ", ".join(LOCAL_PARTS)}
        found.append(Obstacle("mailbox.unknown", told, "mailbox"))
    return found


def _people_obstacles(wish: Wish, certificate: Certificate) -> list[Obstacle]:
    found = []
    if not _is_email(wish.contact_email):
        message = _("The contact needs an e-mail address; %(brand)s writes to it.")
        brand = Brand(certificate.product.brand).label
        found.append(Obstacle("contact.email", message % {"brand": brand}, "contact_email"))
    found += _authorizer_obstacles(wish.authorizer)
    parts = required_company_data(certificate)
    missing = [part for part in parts if not wish.organization.get(part, "").strip()]
    if missing:
        message = _("This product checks the organization; fill in %(missing)s.")
        told = message % {"missing": ", ".join(missing)}
        found.append(Obstacle("organization.missing", told, "organization"))
    if parts and "country" not in missing and not COUNTRY.fullmatch(wish.organization["country"]):
        message = _("Write the country as its two-letter code (ISO 3166), such as GB.")
        found.append(Obstacle("organization.country", message, "organization_country"))
    return found


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST_EMAIL


def _authorizer_obstacles(authorizer: dict[str, str]) -> list[Obstacle]:
    """Nobody named is the contact; who is named needs a name and an address."""
    found = []
    if authorizer and not authorizer.get("name", "").strip():
        message = _("Name the person who authorizes it, or let it be the contact.")
        found.append(Obstacle("authorizer.name", message, "authorizer_name"))
    if authorizer and not _is_email(authorizer.get("email", "")):
        message = _("The person who authorizes it needs an e-mail address.")
        found.append(Obstacle("authorizer.email", message, "authorizer_email"))
    return found


def required_company_data(certificate: Certificate) -> list[str]:
    """Which facts of the organization this product cannot do without; DV needs none."""
    if not certificate.product.needs_organization:
        return []
    is_extended = certificate.product.type.startswith("EV")
    return ["name", "country", "city", *(["registration_number"] if is_extended else [])]


def consent_obstacles(accepted: Iterable[str]) -> list[Obstacle]:
    if set(accepted) == set(Statement):
        return []
    message = _(
        "Accept the service statement, the privacy statement and the authorisation: all three."
    )
    return [Obstacle("reissue.statements_missing", message, "accepted")]


def _default_reason(domains: Sequence[str], issued: Application | None) -> str:
    if issued is not None and tuple(domains) != tuple(issued.sans):
        return ReissueReason.DOMAIN_CHANGE
    return ReissueReason.WRONG_INFORMATION


def _is_changed(wish: Wish, domains: Sequence[str], issued: Application | None) -> bool:
    """Domain, contact or authorizer differ from what the current version was issued for.

    What was only applied for counts for nothing: nobody has checked it, or somebody refused it.
    """
    return issued is None or (
        tuple(domains),
        wish.contact_name,
        wish.contact_email,
        wish.contact_phone,
        wish.authorizer,
        wish.organization,
    ) != (
        tuple(issued.sans),
        issued.contact_name,
        issued.contact_email,
        issued.contact_phone,
        issued.authorizer,
        issued.organization,
    )


def _with_key(weighed: Weighed) -> Judged:
    wish, domains, checked = weighed.wish, weighed.names, weighed.checked
    if checked is not None:
        assert checked.der is not None
        assert checked.spki_sha256 is not None
        assert checked.key is not None
        der, spki, algorithm, pkcs8 = checked.der, checked.spki_sha256, checked.key, None
    else:
        algorithm = wish.key_algorithm or DEFAULT_ALGORITHM
        key = keys.generate(keys.KeyAlgorithm(algorithm))
        der, spki = csr.build(key, domains), keys.spki_sha256(key.public_key())
        pkcs8 = keys.to_pkcs8(key)
    return Judged(wish, domains, der, spki, algorithm, pkcs8, weighed.is_changed, weighed.reason)


def caa_obstacles(
    domains: Sequence[str], certificate: Certificate, network: Network, now: datetime
) -> list[Obstacle]:
    """The names that CAA keeps from this brand (RFC 8659).

    What cannot be read does not refuse here: the authority reads it again, with back-off, before
    the original is at risk.
    """
    identities = certificate.product.terms(now).caa_identities
    verdicts = [caa.judge(name, identities, network) for name in domains]
    return [
        Obstacle(verdict.problem.code, verdict.problem.message, "domain")
        for verdict in verdicts
        if verdict.problem is not None and not verdict.retryable
    ]
