"""Why can't I? Every reason that holds, each with a stable code and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.access import Action, may
from accounts.actors import Actor
from accounts.dates import day
from accounts.refusals import Obstacle, Refused
from authorities.brands import Brand
from certificates.applications import Kind
from certificates.catalogue import DomainType
from certificates.story import Certificate

__all__ = ["Obstacle", "Refused", "reissue_obstacles", "submit_obstacles", "window_closes_at"]


def window_closes_at(certificate: Certificate, now: datetime) -> datetime | None:
    """When reissuing ends: the brand's window, counted from the issue of the current version."""
    version = certificate.current
    if version is None:
        return None
    terms = certificate.product.terms(now)
    return version.issued_at + timedelta(days=terms.reissue_window_days)


def _not_issued(certificate: Certificate, now: datetime) -> str | None:
    if certificate.is_issued():
        return None
    return _("Its status is %(label)s; only an issued certificate can be reissued.") % {
        "label": certificate.get_status_display()
    }


def _free(certificate: Certificate, now: datetime) -> str | None:
    if not certificate.product.is_free:
        return None
    return _("A free test certificate cannot be reissued; apply for a new one.")


def _multi_domain(certificate: Certificate, now: datetime) -> str | None:
    if certificate.product.domain_type != DomainType.MULTI_DOMAIN:
        return None
    return _("A certificate for multiple domains cannot be reissued; only single and wildcard can.")


def _revoked(certificate: Certificate, now: datetime) -> str | None:
    if not certificate.is_revoked():
        return None
    return _("This certificate was revoked; apply for it again instead.")


def _hosted(certificate: Certificate, now: datetime) -> str | None:
    if not certificate.is_hosted():
        return None
    return _("This certificate was issued elsewhere and only hosted here; reissue it there.")


def _window_closed(certificate: Certificate, now: datetime) -> str | None:
    closes = window_closes_at(certificate, now)
    if closes is None or now < closes:
        return None
    return _("%(brand)s's %(days)d-day window closed on %(day)s.") % {
        "brand": Brand(certificate.product.brand).label,
        "days": certificate.product.terms(now).reissue_window_days,
        "day": day(closes),
    }


def _in_progress(certificate: Certificate, now: datetime) -> str | None:
    application = certificate.open_application
    if application is None or application.kind != Kind.REISSUE:
        return None
    return _("A reissue was submitted on %(day)s and is still in progress.") % {
        "day": day(application.submitted_at)
    }


def _unsubscribed(certificate: Certificate, now: datetime) -> str | None:
    if certificate.unsubscribed_at is None:
        return None
    return _("This certificate was given back on %(day)s; order a new one instead.") % {
        "day": day(certificate.unsubscribed_at)
    }


# In the order in which they are told.
REISSUE: dict[str, Callable[[Certificate, datetime], str | None]] = {
    "certificate.unsubscribed": _unsubscribed,
    "reissue.not_issued": _not_issued,
    "reissue.free": _free,
    "reissue.multi_domain": _multi_domain,
    "reissue.revoked": _revoked,
    "reissue.hosted": _hosted,
    "reissue.window_closed": _window_closed,
    "reissue.in_progress": _in_progress,
}


def reissue_obstacles(certificate: Certificate, actor: Actor, now: datetime) -> list[Obstacle]:
    """All reasons why `actor` cannot reissue this certificate at `now`; empty when none holds."""
    is_allowed = may(actor, Action.REISSUE, certificate)
    return reasons_against_reissue(certificate, now, is_allowed=is_allowed)


def reasons_against_reissue(
    certificate: Certificate, now: datetime, *, is_allowed: bool
) -> list[Obstacle]:
    """The same for a page of many certificates, which learns in one query what a role allows."""
    found = [
        Obstacle(code, sentence)
        for code, reason in REISSUE.items()
        if (sentence := reason(certificate, now)) is not None
    ]
    if not is_allowed:
        found.append(
            Obstacle(
                "reissue.forbidden",
                _("Your role does not reissue certificates; ask an administrator of the project."),
            )
        )
    return found


def submit_obstacles(certificate: Certificate, actor: Actor, now: datetime) -> list[Obstacle]:
    """All reasons why `actor` cannot apply for this certificate at `now`."""
    is_allowed = may(actor, Action.APPLY, certificate)
    return reasons_against_submit(certificate, now, is_allowed=is_allowed)


def reasons_against_submit(
    certificate: Certificate, now: datetime, *, is_allowed: bool
) -> list[Obstacle]:
    """The same for a page of many certificates."""
    found = []
    if (given_back := _unsubscribed(certificate, now)) is not None:
        found.append(Obstacle("certificate.unsubscribed", given_back))
    if not certificate.waits_for_application():
        message = _("Its status is %(label)s; only a pending or failed application can be sent in.")
        found.append(
            Obstacle("apply.not_pending", message % {"label": certificate.get_status_display()})
        )
    if not is_allowed:
        message = _("Your role does not apply for certificates; ask an administrator.")
        found.append(Obstacle("apply.forbidden", message))
    return found
