"""What a row of the list shows: whose turn it is, how long it is valid, what can be done now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.dates import day
from authorities.calendar import Calendar
from certificates.applications import Application
from certificates.badges import Badge, badge, time_left_tone
from certificates.catalogue import DomainType, Product
from certificates.lifecycle import TONES, Status
from certificates.obstacles import (
    Obstacle,
    reasons_against_reissue,
    reasons_against_submit,
    window_closes_at,
)
from certificates.story import Certificate
from certificates.turn_lines import TurnLine, turn_line
from certificates.versions import Version
from verification.challenges import Challenge


@dataclass(frozen=True)
class Validity:
    """How long the version in force is still valid; or why there is none, in words."""

    tone: str = ""
    ends_at: datetime | None = None
    lasts_days: int = 0
    left_days: int = 0
    words: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Row:
    certificate: Certificate
    domain: str
    more_names: str  # what stands below the domain
    brand_and_type: str
    domain_type: str
    badge: Badge
    line: TurnLine
    validity: Validity
    action: str  # the words of its one main action
    address: str  # where that leads
    apply_obstacles: list[Obstacle]
    reissue_obstacles: list[Obstacle]
    reissue_until: datetime | None


def with_all_that_rows_show(rows: QuerySet[Certificate]) -> QuerySet[Certificate]:
    """A constant number of queries. Only open applications come along: `last_application` means
    nothing on these rows.
    """
    opened = Application.objects.filter(ended_at__isnull=True).defer("csr")
    opened = opened.select_related("ca_request", "proof")
    asked = Challenge.objects.select_related("publication__zone")
    versions = Version.objects.defer("leaf", "chain", "root")
    return rows.select_related("product", "project").prefetch_related(
        "product__all_terms",
        Prefetch("versions", versions),
        Prefetch("applications", opened.prefetch_related(Prefetch("proof__challenges", asked))),
    )


def rows_of(
    certificates: Iterable[Certificate],
    *,
    reissuable_in: set[int],
    applicable_in: set[int],
    now: datetime,
    calendar: Calendar,
) -> list[Row]:
    """`reissuable_in` are the projects in which the reader's role reissues, and so on."""
    return [
        _row(
            each,
            reasons_against_submit(each, now, is_allowed=each.project_id in applicable_in),
            each.project_id in reissuable_in,
            now,
            calendar,
        )
        for each in certificates
    ]


def _row(
    certificate: Certificate,
    apply_obstacles: list[Obstacle],
    may_reissue: bool,
    now: datetime,
    calendar: Calendar,
) -> Row:
    product, names = certificate.product, _names(certificate)
    action, address = _main_action(certificate, may_apply=not apply_obstacles)
    return Row(
        certificate=certificate,
        domain=names[0] if names else "",
        more_names=_more_names(names[1:]),
        brand_and_type=product.brand_and_type(now),
        domain_type=_domain_type(product, certificate, len(names)),
        badge=badge(certificate, certificate.open_application),
        line=turn_line(certificate, now, calendar),
        validity=validity(certificate, now),
        action=action,
        address=address,
        apply_obstacles=apply_obstacles,
        reissue_obstacles=reasons_against_reissue(certificate, now, is_allowed=may_reissue),
        reissue_until=window_closes_at(certificate, now),
    )


def _names(certificate: Certificate) -> list[str]:
    """All its names, the domain first; those asked for while none is issued."""
    current, application = certificate.current, certificate.open_application
    names = current.names if current else application.sans if application else []
    rest = [name for name in names if name != certificate.domain]
    return [certificate.domain, *rest] if certificate.domain else rest


def _more_names(others: list[str]) -> str:
    if len(others) == 1:
        return _("and %(name)s") % {"name": others[0]}
    return _("and %(count)d more names") % {"count": len(others)} if others else ""


def _domain_type(product: Product, certificate: Certificate, held: int) -> str:
    told = str(DomainType(product.domain_type).label)
    if product.domain_type == DomainType.MULTI_DOMAIN:
        return f"{told}, {held}\u00a0/\u00a0{certificate.domain_count}"
    return _("%(domain_type)s, free test") % {"domain_type": told} if product.is_free else told


def validity(certificate: Certificate, now: datetime) -> Validity:
    current = certificate.current
    if current is None:
        failed = certificate.status == Status.UNPASSED
        return Validity(words=_("Not issued") if failed else _("Counts from issue"))
    if current.revoked_at is not None:
        told = {"day": day(current.revoked_at)}
        if TONES.get(certificate.status) == "ended":
            return Validity(tone="ended", words=_("Ended %(day)s") % told)
        detail = _("Cancelled %(day)s") % told
        return Validity(tone="problem", words=_("No valid version"), detail=detail)
    lasts = (current.ends_at - current.not_before).days
    return Validity(
        tone=time_left_tone(current.ends_at, now),
        ends_at=current.not_after,
        lasts_days=lasts,
        left_days=min(max((current.ends_at - now).days, 0), lasts),
    )


def _main_action(certificate: Certificate, *, may_apply: bool) -> tuple[str, str]:
    """The one thing to do next. What has no page of its own is done on the certificate's."""
    page, current = reverse("certificate", args=[certificate.pk]), certificate.current
    application = certificate.open_application
    if application is None and current is not None and certificate.is_in_force():
        return _("Download"), reverse("chain", args=[certificate.pk, current.number])
    if certificate.status == Status.REISSUING and application and application.asked_at:
        return _("Answer"), page
    if certificate.status == Status.PAID and may_apply:
        return _("Apply…"), reverse("apply", args=[certificate.pk])
    if application is not None and application.question_at is not None:
        return _("Answer"), f"{page}#conversation"
    words = {
        Status.CHECKING_DOMAIN: _("Prove domain"),
        Status.UNPASSED: _("See why"),
    }
    if badge(certificate, application).tone == "ca":  # others look, or are to act
        words.pop(Status.CHECKING_DOMAIN)
    default = _("Follow") if application is not None else pgettext("what a button does", "Open")
    return words.get(Status(certificate.status), default), page
