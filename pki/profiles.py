"""What may stand in a leaf certificate, level by level, as the Baseline Requirements have it.

The linters (`pki.lint`) judge the finished bytes. Here stand the rules that they let pass: public
suffixes, doubled names, wildcards under EV, a key that the names of curves and sizes allow but that
is known to be weak, a leaf that outlives its issuer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from pki import addresses, keys, names, schedule
from pki.addresses import IpNetwork
from pki.findings import REFUSED, Finding, gettext_noop, refused
from pki.weak_keys import WeakKeys


class Level(StrEnum):
    DV = "DV"
    OV = "OV"
    EV = "EV"


# BR 7.1.6.1: exactly one reserved policy says at which level a subscriber was checked.
POLICIES = {
    Level.DV: ObjectIdentifier("2.23.140.1.2.1"),
    Level.OV: ObjectIdentifier("2.23.140.1.2.2"),
    Level.EV: ObjectIdentifier("2.23.140.1.1"),
}

_COUNTRY = re.compile("[A-Z]{2}")
EV_CATEGORIES = (
    "Private Organization",
    "Government Entity",
    "Business Entity",
    "Non-Commercial Entity",
)


@dataclass(frozen=True)
class Subject:
    """The organization in an OV or EV certificate (BR 7.1.2.7.4, EV Guidelines 7.1.4.2).

    `country` and `jurisdiction_country` are two-letter codes; a DV certificate has no subject.
    """

    organization: str
    country: str
    state: str = ""
    locality: str = ""
    business_category: str = ""
    jurisdiction_country: str = ""
    serial_number: str = ""

    def name(self, level: Level) -> x509.Name:
        """The distinguished name, in the order of BR 7.1.4.2. Raises ValueError on bad lengths."""
        named = [
            (NameOID.BUSINESS_CATEGORY, self.business_category),
            (NameOID.JURISDICTION_COUNTRY_NAME, self.jurisdiction_country),
            (NameOID.SERIAL_NUMBER, self.serial_number),
        ]
        named = named if level is Level.EV else []
        named += [
            (NameOID.COUNTRY_NAME, self.country),
            (NameOID.STATE_OR_PROVINCE_NAME, self.state),
            (NameOID.LOCALITY_NAME, self.locality),
            (NameOID.ORGANIZATION_NAME, self.organization),
        ]
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in named if text])


NOBODY = x509.Name([])


@dataclass(frozen=True)
class Leaf:
    """One certificate to be made: all that comes from outside, nothing of the issuer.

    `names` are canonical DNS names in the order in which they will stand. `not_before` and
    `not_after` are aware times in whole seconds, both inclusive.
    """

    level: Level
    names: tuple[str, ...]
    spki_der: bytes
    subject: Subject | None
    not_before: datetime
    not_after: datetime

    def subject_name(self) -> x509.Name:
        return self.subject.name(self.level) if self.subject else NOBODY


def check_names(leaf: Leaf, public: Sequence[IpNetwork] = ()) -> list[Finding]:
    """The names as they would stand in the certificate, judged again and all of them; `public` are
    networks that count as public beside those that are."""
    findings = []
    if not leaf.names:
        findings.append(
            refused(
                "leaf.no_names",
                gettext_noop("The certificate has no names. Give at least one domain name."),
            )
        )
    for name, times in Counter(leaf.names).items():
        wildcard_allowed = leaf.level is not Level.EV  # EV Guidelines 3.2.2.4: no wildcards
        if addresses.is_address(name):
            canonical, problems = addresses.check(name, public)
        else:
            canonical, problems = names.check_name(name, wildcard_allowed=wildcard_allowed)
        findings += [problem for problem in problems if problem.severity == REFUSED]
        if canonical is not None and canonical != name:
            findings.append(
                refused(
                    "leaf.name_not_canonical",
                    gettext_noop("The name %(name)s must be written %(canonical)s."),
                    name=name,
                    canonical=canonical,
                )
            )
        if times > 1:
            findings.append(
                refused(
                    "leaf.name_twice",
                    gettext_noop("The name %(name)s stands in the request twice. Give it once."),
                    name=name,
                )
            )
    return findings


def check_subject(leaf: Leaf) -> list[Finding]:
    """The subject has what its level needs (BR 7.1.2.7.2 to 7.1.2.7.5)."""
    if leaf.level is Level.DV:
        if leaf.subject is None:
            return []
        text = gettext_noop("A DV certificate names no organization. Leave the subject empty.")
        return [refused("leaf.subject_not_allowed", text)]
    subject = leaf.subject or Subject(organization="", country="")
    missing = [
        field for field in ("organization", "country") if not getattr(subject, field).strip()
    ]
    if not subject.state.strip() and not subject.locality.strip():
        missing.append("locality")
    if leaf.level is Level.EV:
        fields = ("jurisdiction_country", "serial_number")
        missing += [field for field in fields if not getattr(subject, field).strip()]
        if subject.business_category not in EV_CATEGORIES:
            missing.append("business_category")
    text = gettext_noop("%(level)s needs %(field)s of the organization. Fill it in.")
    findings = [
        refused(f"leaf.subject_{field}", text, level=leaf.level.value, field=field)
        for field in missing
    ]
    return findings + _check_countries(subject)


def _check_countries(subject: Subject) -> list[Finding]:
    """Country codes have the two capital letters of ISO 3166-1; which exist, the linter knows."""
    text = gettext_noop("The country %(country)s is not a code of two capital letters, such as DE.")
    return [
        refused("leaf.subject_country_code", text, country=country)
        for country in (subject.country, subject.jurisdiction_country)
        if country and not _COUNTRY.fullmatch(country)
    ]


def check_validity(leaf: Leaf, issuer: x509.Certificate) -> list[Finding]:
    """BR 6.3.2 by the dated schedule, a day being 86,400 s inclusive; and inside the issuer's."""
    findings = []
    longest = timedelta(days=schedule.validity_days(leaf.not_before))
    if leaf.not_after - leaf.not_before > longest - timedelta(seconds=1):
        findings.append(
            refused(
                "leaf.too_long",
                gettext_noop("The certificate would be valid for more than %(days)s days."),
                days=longest.days,
            )
        )
    if leaf.not_after <= leaf.not_before:
        findings.append(
            refused("leaf.ends_early", gettext_noop("The certificate would end before it starts."))
        )
    if leaf.not_before < issuer.not_valid_before_utc or leaf.not_after > issuer.not_valid_after_utc:
        text = gettext_noop("The issuing certificate is valid from %(start)s to %(end)s only.")
        start, end = issuer.not_valid_before_utc, issuer.not_valid_after_utc
        findings.append(refused("leaf.outlives_issuer", text, start=start, end=end))
    return findings


def check(
    leaf: Leaf,
    issuer: x509.Certificate,
    weak: WeakKeys,
    public: Sequence[IpNetwork] = (),
) -> list[Finding]:
    """Everything that the linters let pass. Empty: the bytes may be built and linted.

    P-521 is allowed here, as in the Baseline Requirements: whether a product takes it was decided
    where its CSR was judged.
    """
    return [
        *check_names(leaf, public),
        *keys.check_spki(leaf.spki_der, weak, p521_allowed=True),
        *check_subject(leaf),
        *check_validity(leaf, issuer),
    ]
