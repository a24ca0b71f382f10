"""What the names of a certificate rest on: each the proof of its own order, or an earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.dates import day
from authorities.port import Answer, Milestone
from authorities.simulated.judge import REVIEW_DAY
from certificates import automatic
from certificates.applications import Application
from certificates.lifecycle import IN_FORCE, UNDER_REVIEW
from certificates.story import Certificate, authority, turning
from certificates.wishes import Weighed
from verification.challenges import Challenge, Void
from verification.reuse import held_proofs


def used_again(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    """Names that were proved before are used again; the message says which, and until when."""
    application.proof_id = answer.proof_id
    with turning(
        application.certificate_id,
        "reuse_proof",
        actor=authority(application),
        now=now,
        code=told.code,
        reason=told.message,
    ):
        pass


@dataclass(frozen=True)
class Rested:
    """One name that was not asked for anew, and the earlier proof it rests on, in words."""

    name: str
    proof: Challenge
    words: str

    @property
    def is_void(self) -> bool:
        return self.proof.voided_at is not None


def rested_on(application: Application | None) -> list[Rested]:
    """The names of an application that rest on earlier proofs."""
    if application is None or application.proof is None:
        return []
    rows = application.proof.reused.select_related("challenge")
    return [Rested(each.name, each.challenge, in_words(each.challenge)) for each in rows]


def in_words(proof: Challenge) -> str:
    """When, how and where a name was proved; until when that may be used, or why it may not."""
    assert proof.proved_at is not None
    told = _("Proved on %(day)s by %(how)s for %(name)s") % {
        "day": day(proof.proved_at),
        "how": proof.get_method_display(),
        "name": proof.proved_at_name,
    }
    return f"{told}; {how_long(proof)}."


def how_long(proof: Challenge) -> str:
    if proof.voided_at is not None:
        words = {"day": day(proof.voided_at), "why": Void(proof.void_code).label}
        return _("void since %(day)s: %(why)s") % words
    until = proof.counts_until
    return _("may be used until %(day)s") % {"day": day(until)} if until else ""


def held(
    certificate: Certificate, names: Sequence[str], now: datetime, *, is_changed: bool
) -> dict[str, Challenge]:
    """The earlier proof of each name that would not be asked for anew if it were sent in now.

    The authority decides it again by the same rule (authorities/simulated/judge.py).
    """
    product = certificate.product
    if demands_anew(certificate, now, is_changed=is_changed):
        return {}
    lasting = timedelta()
    if product.needs_organization:
        lasting = REVIEW_DAY * product.terms(now).review_days_most
    return held_proofs(certificate.project_id, names, now, lasting)


def demands_anew(certificate: Certificate, now: datetime, *, is_changed: bool) -> str:
    """Why every name is to be proved anew, whatever was proved before; "" when nothing asks it."""
    if certificate.product.terms(now).proves_anew:
        return _("This product asks for a fresh proof each time.")
    if certificate.is_issued() and is_changed:
        return _("The names or the people change, so that every name is proved anew.")
    return ""


def proof_lines(weighed: Weighed, certificate: Certificate, now: datetime) -> tuple[str, ...]:
    """How each name of a wish is proved: by an earlier proof, or how it is still to be."""
    known = held(certificate, weighed.names, now, is_changed=weighed.is_changed)
    to_prove = _("To be proved: %(how)s") % {
        "how": automatic.label(weighed.wish.method, is_automatic=weighed.wish.is_automatic)
    }
    if not known:
        why = demands_anew(certificate, now, is_changed=weighed.is_changed)
        had = why and held_proofs(certificate.project_id, weighed.names, now)
        return (to_prove, why) if had else (to_prove,)
    told = [(name, in_words(known[name]) if name in known else to_prove) for name in weighed.names]
    if len(told) == 1:
        return (told[0][1],)
    return tuple(f"{name}: {words}" for name, words in told)


def to_prove(weighed: Weighed, certificate: Certificate, now: datetime) -> tuple[str, ...]:
    """The names of a wish that no earlier proof stands for."""
    known = held(certificate, weighed.names, now, is_changed=weighed.is_changed)
    return tuple(name for name in weighed.names if name not in known)


def resting_on(proofs: Iterable[Challenge]) -> QuerySet[Certificate]:
    """The certificates that are open or in force and have a name that rests on one of these."""
    keys = [each.pk for each in proofs]
    applied = Application.objects.filter(
        Q(proof__challenges__in=keys) | Q(proof__reused__challenge__in=keys)
    )
    touched = Certificate.objects.filter(applications__in=applied)
    return touched.filter(status__in={*IN_FORCE, *UNDER_REVIEW}).distinct().order_by("pk")
