"""The verbs of applying. Each is called the same way by console, admin, API and command.

Permission and every other obstacle are judged inside. A refusal raises `Refused` with all reasons
that hold, and nothing has changed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts import kept_sentences
from accounts.actors import label
from accounts.models import Consent, Statement, User
from accounts.statements import CURRENT
from authorities import papers, requests
from authorities.papers import PaperKind
from authorities.port import Request
from certificates import applicants, wishes
from certificates.applications import Application, Kind, ReissueReason
from certificates.applied_names import write_names
from certificates.keys import store
from certificates.obstacles import Obstacle, Refused, reissue_obstacles, submit_obstacles
from certificates.rested_on import held
from certificates.story import Certificate, turning
from certificates.wishes import Judged, Wish
from work.nudge import wake

if TYPE_CHECKING:
    from verification.network import Network


def submit(
    *, certificate: Certificate, wish: Wish, actor: User, now: datetime, network: Network
) -> Application:
    """Apply for a bought certificate, or again after a failure: the authority is asked for it."""
    _refuse(submit_obstacles(certificate, actor, now))
    judged = _judged(certificate, wish, certificate.last_application, "apply", now, network)
    with (
        _one_application("apply.not_pending"),
        turning(certificate.pk, "submit", actor=actor, now=now) as row,
    ):
        _refuse(submit_obstacles(row, actor, now))
        application = _apply(row, judged, Kind.FIRST, actor, now)
        row.domain = judged.domain
        row.submit()
    return application


def request_reissue(
    *, certificate: Certificate, wish: Wish, actor: User, now: datetime, network: Network
) -> Application:
    """Ask for a new certificate in place of the issued one.

    Nothing happens to the issued one until the contact confirms the authority's mail. A key that
    is reported as compromised is blocked for everybody at once.
    """
    _refuse(reissue_obstacles(certificate, actor, now))
    version = certificate.current
    assert version is not None
    judged = _judged(certificate, wish, version.application, "reissue", now, network)
    reason = ReissueReason(judged.reason)
    with kept_sentences.in_the_portals_language():
        why = str(reason.label)
    with (
        _one_application("reissue.in_progress"),
        turning(certificate.pk, "request_reissue", actor=actor, now=now, reason=why) as row,
    ):
        _refuse(reissue_obstacles(row, actor, now))
        current = row.current
        assert current is not None
        if reason == ReissueReason.KEY_COMPROMISE:
            requests.block_key(current.spki_sha256, source=f"{row.pk} {label(actor)}", now=now)
        application = _apply(row, judged, Kind.REISSUE, actor, now)
        row.ask_for_reissue()
    return application


def _refuse(obstacles: list[Obstacle]) -> None:
    if obstacles:
        raise Refused(obstacles)


@contextmanager
def _one_application(code: str) -> Iterator[None]:
    """Of two submits at the same time one finds the other's row: told as any other refusal."""
    try:
        yield
    except IntegrityError as error:
        message = _("Another application for this certificate was sent in just now.")
        raise Refused([Obstacle(code, message)]) from error


def _judged(
    certificate: Certificate,
    wish: Wish,
    earlier: Application | None,
    verb: str,
    now: datetime,
    network: Network,
) -> Judged:
    """Consents, data, then CAA: all that must hold before the original is at risk.

    `earlier` is the application whose data stand where the wish says nothing.
    """
    _refuse(applicants.consent_obstacles(wish.accepted, Statement, verb))
    judged = wishes.judge(wish, certificate, earlier, now)
    known = held(certificate, judged.names, now, is_changed=judged.is_changed)
    way = judged.wish.method
    _refuse(wishes.caa_obstacles(judged.names, certificate, way, network, now, known))
    return judged


def _apply(
    certificate: Certificate, judged: Judged, kind: Kind, actor: User, now: datetime
) -> Application:
    """Write the application with its key, its consents and the request to the authority."""
    wish, key = judged.wish, None
    held = wish.papers or {}
    if papers.keep(held, certificate.project_id) != len(held):
        raise Refused([wishes.paper_gone()])
    if judged.pkcs8 is not None:
        key = store(certificate.project_id, judged.pkcs8, judged.spki_sha256, now)
    application = Application.objects.create(
        certificate=certificate,
        project_id=certificate.project_id,
        number=certificate.applications.count() + 1,
        kind=kind,
        reason=judged.reason if kind == Kind.REISSUE else "",
        submitted_at=now,
        submitted_by=actor,
        csr=judged.csr,
        spki_sha256=judged.spki_sha256,
        key_algorithm=judged.key_algorithm,
        root_hash=wish.root_hash,
        key=key,
        domain=judged.domain,
        sans=list(judged.names),
        method=wish.method,
        mailbox=wish.mailbox,
        is_automatic=wish.is_automatic,
        contact_name=wish.contact_name,
        contact_email=wish.contact_email,
        contact_phone=wish.contact_phone,
        authorizer=wish.authorizer,
        technical=wish.technical,
        organization=wish.organization,
        bank_permit_id=held.get(PaperKind.BANK_PERMIT),
        business_licence_id=held.get(PaperKind.BUSINESS_LICENCE),
        ca_request=requests.record(
            certificate.product.terms(now).adapter,
            _request(certificate, judged, kind, actor, now),
            now,
        ),
    )
    write_names(application)
    for statement in Statement:
        Consent.objects.create(
            statement=statement,
            text_version=CURRENT[statement][0],
            user=actor,
            project_id=certificate.project_id,
            application=str(application.pk),
            given_at=now,
        )
    wake(Application, application.pk, now)
    return application


def _request(
    certificate: Certificate, judged: Judged, kind: Kind, actor: User, now: datetime
) -> Request:
    """What the authority is asked for, frozen. A term that has begun keeps its end date."""
    product, wish, current = certificate.product, judged.wish, certificate.current
    request = Request(
        kind="ISSUE",
        brand=product.brand,
        type=product.type,
        domain_type=product.domain_type,
        names=judged.names,
        csr=base64.b64encode(judged.csr).decode(),
        method=wish.method,
        mailbox=wish.mailbox,
        is_automatic=wish.is_automatic,
        customer=certificate.project_id,
        certificate=certificate.pk,
        requested_by=label(actor),
        contact_name=wish.contact_name,
        contact_email=wish.contact_email,
        organization=wish.organization,
        caa_identities=tuple(product.terms(now).caa_identities),
        authorizer=wish.authorizer,
        review_days=product.terms(now).review_days_most,
        technical=wish.technical,
        contact_phone=wish.contact_phone,
        root_hash=wish.root_hash,
        papers=tuple((wish.papers or {}).values()),
        keep_until=_ends_by(certificate),
        months=product.terms(now).validity_months,
        is_changed=judged.is_changed,
        proves_anew=product.terms(now).proves_anew,
    )
    if kind == Kind.REISSUE:
        assert current is not None
        return replace(request, kind="REISSUE", replaces=current.serial, reason=judged.reason)
    return request


def _ends_by(certificate: Certificate) -> str:
    """The end that a new certificate keeps: of the one in force, else of the term it belongs to."""
    current, term = certificate.current, certificate.subscription
    end = current.not_after if current else term.ends_at if term else None
    return end.isoformat() if end else ""
