"""A new version from the authority's answer, after it was checked against what we asked for.

An authority's answer is hostile input: it is bounded, parsed and compared before it is kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from django.utils.translation import gettext as _

from authorities.port import Answer
from certificates.applications import Application
from certificates.keys import Custody
from certificates.story import Certificate
from certificates.subscriptions import Subscription, begin
from certificates.versions import Version
from pki import addresses, bundles, keys, schedule
from work.nudge import wake

LARGEST = 16 * 1024
LONGEST_CHAIN = 6


class AnswerRefused(Exception):
    """What the authority sent is not what was asked for."""


def add_version(
    certificate: Certificate, application: Application, answer: Answer, now: datetime
) -> Version:
    """Make the issued certificate the current version, inside the certificate's transaction."""
    chain = _chain(answer)
    leaf = chain[0]
    try:
        _compare(leaf, application, now)
    except (ValueError, x509.ExtensionNotFound, UnsupportedAlgorithm) as error:
        raise AnswerRefused(_("The authority sent a certificate that cannot be read.")) from error
    fingerprint = leaf.fingerprint(hashes.SHA256()).hex()
    if certificate.versions.filter(fingerprint=fingerprint).exists():
        raise AnswerRefused(_("The authority sent an earlier certificate again."))
    previous = certificate.current
    if previous is not None:
        previous.is_current = False
        previous.save(update_fields=["is_current"])
    last = certificate.versions.order_by("number").last()
    _follow_term(certificate, now)
    return Version.objects.create(
        certificate=certificate,
        application=application,
        number=last.number + 1 if last else 1,
        is_current=True,
        serial=f"{leaf.serial_number:x}",
        fingerprint=fingerprint,
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        issued_at=now,
        names=list(application.sans),
        leaf=bundles.pem(answer.chain[:1]),
        chain=bundles.pem(answer.chain[:-1]),
        root=bundles.pem(answer.chain[-1:]),
        replaces=previous,
        key=application.key,
        key_custody=Custody.STORED if application.key_id else Custody.NOT_HELD,
        spki_sha256=application.spki_sha256,
        key_algorithm=application.key_algorithm,
    )


def _follow_term(certificate: Certificate, now: datetime) -> None:
    """A term of several certificates runs from its first version on, and looks for its next."""
    subscription = certificate.subscription
    if subscription is None:
        return
    if subscription.starts_at is None:
        begin(subscription, now)
    wake(Subscription, subscription.pk, now)


def _chain(answer: Answer) -> list[x509.Certificate]:
    if not 2 <= len(answer.chain) <= LONGEST_CHAIN:
        raise AnswerRefused(_("The authority sent a chain of an unlikely length."))
    if any(len(der) > LARGEST for der in answer.chain):
        raise AnswerRefused(_("The authority sent a certificate of an unlikely size."))
    try:
        chain = [x509.load_der_x509_certificate(der) for der in answer.chain]
        for issued, issuer in zip(chain, [*chain[1:], chain[-1]], strict=True):
            issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise AnswerRefused(_("The authority sent a chain that does not hold together.")) from error
    return chain


def _compare(leaf: x509.Certificate, application: Application, now: datetime) -> None:
    public_key = leaf.public_key()
    if keys.spki_sha256(public_key) != application.spki_sha256:
        raise AnswerRefused(_("The authority's certificate is for another key."))
    sans = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        names = addresses.names_in(sans)
    except ValueError:
        names = []
    if sorted(names) != sorted(application.sans):
        raise AnswerRefused(_("The authority's certificate is for other names."))
    lasts = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    if lasts > timedelta(days=schedule.validity_days(leaf.not_valid_before_utc) + 1):
        raise AnswerRefused(_("The authority's certificate is valid for longer than allowed."))
