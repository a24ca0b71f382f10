"""What a customer asks for, and the judgement of it before anything is put at risk.

The same judgement is made again at the moment of issue, by the authority.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.models import Statement
from authorities import accounts, papers
from authorities.key_policy import check_csr
from authorities.requests import is_blocked
from authorities.simulated.judge import PRODUCTS
from certificates import applicants, asked_names, automatic
from certificates.applications import Application, ReissueReason, RootHash
from certificates.obstacles import Obstacle, Refused
from certificates.story import Certificate
from certificates.versions import Version
from pki import addresses, csr, keys
from pki.csr import CheckedCsr
from pki.held_names import HOLDING
from verification import precheck, ways
from verification.caa_records import Applicant
from verification.challenges import Challenge, Method
from verification.methods import mail
from verification.places import in_its_place

if TYPE_CHECKING:
    from verification.network import Network


DEFAULT_ALGORITHM = "RSA_2048"


@dataclass(frozen=True)
class Wish:
    """One submission as the customer gave it; what is left out is taken from an earlier one.

    Who names the contact tells all about the people: an empty phone is none then, and an empty
    authorizer is the contact. Who names the domain or gives a CSR tells all the names.
    """

    csr: bytes | None = None  # a PEM text; None: we make the key, for the customer
    key_algorithm: str = ""
    root_hash: str = ""
    domain: str = ""
    more_domains: tuple[str, ...] = ()  # one a line as written; empty lines keep the numbers right
    method: str = ""
    mailbox: str = ""
    is_automatic: bool = False  # with a method: we publish its records in a zone of the project
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    authorizer: dict[str, str] = field(default_factory=dict)
    technical: dict[str, str] = field(default_factory=dict)
    organization: dict[str, str] = field(default_factory=dict)
    papers: dict[str, int] | None = None  # by kind; None: those of the earlier one
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
    notes: tuple[Obstacle, ...] = ()  # worth knowing; they refuse nothing

    @property
    def is_held(self) -> bool:
        """Whether people of the authority look at the names before anything else happens."""
        return any(each.code in HOLDING for each in self.notes)


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
        return replace(
            wish,
            method=wish.method or Method.DNS,
            root_hash=wish.root_hash or RootHash.DEFAULT,
            papers=wish.papers or {},
        )
    return replace(
        wish,
        domain=wish.domain or ("" if wish.csr else last.domain),
        more_domains=wish.more_domains or (() if wish.csr or wish.domain else tuple(last.sans[1:])),
        key_algorithm=wish.key_algorithm or _algorithm_like(last),
        root_hash=wish.root_hash or last.root_hash,
        method=wish.method or last.method,
        mailbox=wish.mailbox or last.mailbox,
        is_automatic=wish.is_automatic if wish.method else last.is_automatic,
        contact_name=wish.contact_name or last.contact_name,
        contact_email=wish.contact_email or last.contact_email,
        contact_phone=wish.contact_phone if wish.contact_name else last.contact_phone,
        authorizer=wish.authorizer if wish.contact_name else last.authorizer,
        technical=wish.technical if wish.contact_name else last.technical,
        organization=wish.organization or last.organization,
        papers=last.papers if wish.papers is None else wish.papers,
    )


def _algorithm_like(last: Application) -> str:
    """That of the earlier key where we can make such a key; a CSR may have brought any other."""
    made = {each.value for each in keys.KeyAlgorithm}
    return last.key_algorithm if last.key_algorithm in made else DEFAULT_ALGORITHM


def weigh(wish: Wish, certificate: Certificate, last: Application | None, now: datetime) -> Weighed:
    """Everything about a wish that needs no network: what it comes to, and all that refuses it."""
    if not wish.root_hash and not certificate.product.terms(now).hash_choice:
        wish = replace(wish, root_hash=RootHash.DEFAULT)  # what was chosen once is not offered now
    wish = filled(wish, last)
    current = certificate.current
    issued = current.application if current is not None else None
    found: list[Obstacle] = []
    checked = _check_csr(wish, certificate, now, found)
    asked = asked_names.ask(
        wish.domain,
        wish.more_domains,
        certificate,
        checked,
        allows_addresses=certificate.product.terms(now).allows_addresses,
    )
    domains = asked.names
    found += asked.obstacles
    found += method_obstacles(wish.method, _mailbox(wish), certificate, domains, now)
    if wish.is_automatic:
        found += automatic.obstacles(certificate.project_id, domains)
    found += root_hash_obstacles(wish.root_hash, certificate, now)
    found += _applicant_obstacles(wish, certificate)
    reason = wish.reason or _default_reason(domains, issued)
    if checked is not None and reason == ReissueReason.KEY_COMPROMISE and current is not None:
        found += _same_key_obstacles(checked, current)
    changed = _is_changed(wish, domains, issued)
    return Weighed(wish, domains, checked, changed, reason, tuple(found), asked.notes)


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
    checked = check_csr(
        wish.csr,
        PRODUCTS[certificate.product.domain_type],
        allows_addresses=certificate.product.terms(now).allows_addresses,
    )
    found += asked_names.refusals(checked.findings, "csr")
    if checked.ok:
        found += account_findings(checked, certificate.project_id)
    return checked


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


def _mailbox(wish: Wish) -> str:
    """Where a mail would go: to the first of the five where nobody picked one."""
    return wish.mailbox or mail.FIRST if wish.method == Method.EMAIL else wish.mailbox


def method_obstacles(
    method: str, mailbox: str, certificate: Certificate, domains: Sequence[str], now: datetime
) -> list[Obstacle]:
    """Why `domains` cannot be proved by `method` (and for e-mail, `mailbox`)."""
    offered = certificate.product.terms(now).methods
    found = [
        Obstacle(
            each.code, each.message, "mailbox" if each.code.startswith("mailbox.") else "method"
        )
        for each in ways.problems(domains, method, mailbox, now)
        if each.code != "method.unknown"  # which nobody offers
    ]
    is_ruled_out = any(map(addresses.is_address, domains)) or any(
        each.code == "file.wildcard" for each in found
    )
    if method not in offered and not is_ruled_out:
        message = _("This product offers the verification methods %(offered)s.")
        told = message % {"offered": ", ".join(offered)}
        found.insert(0, Obstacle("method.not_offered", told, "method"))
    return found


def root_hash_obstacles(root_hash: str, certificate: Certificate, now: datetime) -> list[Obstacle]:
    """The choice of the root's hash, where the product has it."""
    terms = certificate.product.terms(now)
    if root_hash == RootHash.DEFAULT or (terms.hash_choice and root_hash in RootHash):
        return []
    message = _("This product offers no such choice of the root certificate. Leave it out.")
    return [Obstacle("root_hash.not_offered", message, "root_hash")]


def _applicant_obstacles(wish: Wish, certificate: Certificate) -> Iterator[Obstacle]:
    contact = {"name": wish.contact_name, "email": wish.contact_email}
    others = ("authorizer", wish.authorizer), ("technical", wish.technical)
    yield from applicants.people_obstacles(certificate, contact, *others)
    yield from applicants.organization_obstacles(wish.organization, certificate)
    customer, kept = certificate.project_id, wish.papers or {}
    if len(papers.of_customer(kept, customer)) != len(kept):
        yield paper_gone()


def paper_gone() -> Obstacle:
    message = _("A paper that was handed in is not there any more. Hand it in again.")
    return Obstacle("paper.gone", message, "papers")


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
    domains: Sequence[str],
    certificate: Certificate,
    method: str,
    network: Network,
    now: datetime,
    held: Mapping[str, Challenge] = MappingProxyType({}),
) -> list[Obstacle]:
    """The names that CAA keeps from this brand, this account or this method (RFC 8659, RFC 8657).

    `held` are the earlier proofs that are to be used again; a way of theirs that CAA does not
    permit stands in nobody's way where the name may be proved anew by `method`.

    What cannot be read, or not in the time that a page has, or where as much is asked already as
    may be, does not refuse here: the authority asks for every name again, with back-off, before the
    original is at risk.
    """
    about = {"caa.method": "method"}
    askers = caa_applicants(domains, certificate, method, now, held)
    asked = {
        name: partial(
            in_its_place, name, network, partial(accounts.may_issue, name, asker, network)
        )
        for name, asker in askers.items()
    }
    verdicts = precheck.in_time(asked)
    problems = [
        verdicts[name].problem
        for name in asked
        if name in verdicts and not verdicts[name].retryable
    ]
    return [
        Obstacle(each.code, each.message, about.get(each.code, "domain"), each.fix)
        for each in problems
        if each is not None
    ]


def caa_applicants(
    domains: Sequence[str],
    certificate: Certificate,
    method: str,
    now: datetime,
    held: Mapping[str, Challenge],
) -> dict[str, Applicant]:
    """As whom the CAA records of each name are asked for this certificate."""
    product = certificate.product
    return accounts.applicants(
        domains,
        identities=product.terms(now).caa_identities,
        brand=product.brand,
        customer=certificate.project_id,
        method=method,
        held=held,
    )
