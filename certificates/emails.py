"""What we write to the contact of an application: one function a mail, posted with its milestone.

Each is called inside the transaction that follows the milestone, so that both are kept or neither,
and a repeat writes no second mail. No mail of ours holds a key or an answer link.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from authorities.brands import Brand
from authorities.calendar import Bulletin
from certificates.applications import Application, Kind
from certificates.caa_stands import caa_stand
from certificates.delays import Delay
from certificates.keys import Custody
from certificates.obstacles import window_closes_at
from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.versions import Version
from verification.causes import NOT_DELIVERED, Turn, whose_turn
from verification.challenges import Challenge, Status
from verification.mail import post
from verification.mail_text import sentence, typed
from verification.methods import file
from verification.published import published
from verification.publishing import publication_of
from verification.turns import Stand, is_nothing_yet, now_stands


def issued(
    application: Application, certificate: Certificate, version: Version, now: datetime
) -> None:
    """The new certificate is ready."""
    replaced = version.replaces
    _post(
        "issued",
        application,
        certificate,
        now,
        version=version,
        names=", ".join(version.names),
        is_replacing=replaced is not None and replaced.revoked_at is not None,
        is_key_stored=version.key_custody == Custody.STORED,
        is_late=application.is_being_withdrawn,
    )


def prove(application: Application, certificate: Certificate, now: datetime) -> None:
    """What is to be published before a reissue goes on.

    Who applies for the first time has it on the page that the application led to.
    """
    if application.kind != Kind.REISSUE:
        return
    challenges = challenges_of(application)
    if all(each.is_automatic for each in challenges):
        return  # nothing is to be done for it
    to_prove = [
        {
            "domain": each.domain,
            "record": published(each),
            "value": each.value,
            "url": file.file_url(each.domain),
            "mailbox": each.addressee,
            "stand": now_stands(each),
        }
        for each in challenges
    ]
    _post(
        "prove",
        application,
        certificate,
        now,
        method=challenges[0].method,
        to_prove=to_prove,
        **_named([each for each in challenges if not each.is_automatic]),
        until=min(each.expires_at for each in challenges),
        is_cancelled=application.cancelled_at is not None,
    )


def paused(
    application: Application,
    certificate: Certificate,
    names: Sequence[Challenge],
    now: datetime,
) -> None:
    """We stopped looking for the proof of these names; the button on the page goes on with it."""
    rows = _stands(names, certificate)
    _post("paused", application, certificate, now, rows=rows, **_named(names))


def unseen(
    application: Application,
    certificate: Certificate,
    names: Sequence[Challenge],
    now: datetime,
) -> None:
    """These names still wait for the customer's record, file or answer: what is wrong with each."""
    until = min(each.expires_at for each in names)
    rows = _stands(names, certificate)
    is_looked_for = any(each.is_looked_for for each in names)
    _post(
        "unseen",
        application,
        certificate,
        now,
        rows=rows,
        until=until,
        is_looked_for=is_looked_for,
        **_named(names),
    )


def taken(applications: Sequence[Application], name: str, at: datetime, now: datetime) -> None:
    """Somebody else proved at `at` a name that these applications of one contact rest on; who,
    nobody learns."""
    first, *others = applications
    certificate = first.certificate
    _post("taken", first, certificate, now, name=name, taken_at=at, others=len(others))


def _why(stand: Stand) -> dict[str, str]:
    """What the looks met; where nothing is to be seen at all, what is wrong with publishing it."""
    publication = publication_of(stand.challenge)
    is_nothing = is_nothing_yet(stand.code, stand.challenge.method, stand.sentence)
    if publication is not None and publication.problem_code and is_nothing:
        return {
            "sentence": sentence(publication.problem_message),
            "code": publication.problem_code,
        }
    return {"sentence": sentence(stand.sentence), "code": stand.code}


def _stands(names: Sequence[Challenge], certificate: Certificate) -> list[dict[str, Any]]:
    """Of each name that waits: the cause, whose turn it is, and the line to publish; then the same
    of each name that CAA keeps the authority from signing for once it is proved."""
    proofs = [
        {
            "domain": stand.challenge.domain,
            "turn": stand.turn.label,
            "fix": stand.fix,
            **_why(stand),
        }
        for stand in map(now_stands, names)
        if stand is not None
    ]
    caa = caa_stand(certificate)
    return proofs + [
        {
            "domain": each.look.name,
            "turn": each.turn,
            "sentence": sentence(each.look.message),
            "code": each.told.cause,
            "fix": each.told.fix,
        }
        for each in (caa.refusals if caa is not None else ())
        if each.told.turn == Turn.YOU
    ]


def question(application: Application, certificate: Certificate, text: str, now: datetime) -> None:
    """The authority asks something; each line that its people wrote stands for itself."""
    asked = [sentence(line) for line in text.splitlines() if line.strip()]
    _post("question", application, certificate, now, asked=asked)


def delayed(
    bulletin: Bulletin, delays: Sequence[Delay], recipient: str, now: datetime, asked_by: str
) -> None:
    """A suspension delays certificates of a project: which, and when they are expected now."""
    site = settings.PUBLIC_URL.rstrip("/")
    rows = [
        {
            "name": typed(delay.certificate.name) or delay.certificate.domain,
            "id": delay.certificate.pk,
            "until": delay.until,
        }
        for delay in delays
    ]
    post(
        "delayed",
        about=f"bulletin {bulletin.pk}",
        recipient=recipient,
        sender=f"Reseal <{settings.DEFAULT_FROM_EMAIL}>",
        now=now,
        context={
            "bulletin": bulletin,
            "title": sentence(bulletin.title),
            "lines": [sentence(line) for line in bulletin.text.splitlines() if line.strip()],
            "rows": rows,
            "count": len(rows),
            "page": site + reverse("bulletin", args=[bulletin.pk]),
        },
        asked_by=asked_by,
    )


def kept(
    application: Application, certificate: Certificate, code: str, message: str, now: datetime
) -> None:
    """The reissue was declined or nobody answered: the original was kept."""
    # Whose address refuses mail is not written to again: who asked is told.
    recipient = application.submitted_by.email if code in NOT_DELIVERED else ""
    _post("kept", application, certificate, now, recipient, reason=sentence(message), code=code)


def expired(application: Application, certificate: Certificate, now: datetime) -> None:
    """The certificate reached its end, and the reissue that was under way ended with it."""
    _post("expired", application, certificate, now)


def refused(
    application: Application, certificate: Certificate, code: str, message: str, now: datetime
) -> None:
    """The application ended without a certificate: why, and what to do."""
    _post(
        "refused",
        application,
        certificate,
        now,
        reason=sentence(message),
        code=code,
        is_reissue=application.kind == Kind.REISSUE,
        is_kept=certificate.is_issued(),
        is_cancelled=application.cancelled_at is not None,
        unproved=last_seen(application),
    )


def last_seen(application: Application) -> list[dict[str, str]]:
    """Of each name that was not proved: the last cause that a look found, and whose turn it was."""
    found = []
    for each in challenges_of(application):
        if each.status != Status.LAPSED:
            continue
        looks = each.history.exclude(code__in=["ok", each.problem_code])
        last = looks.order_by("-at", "-pk").first()
        if last is not None:
            turn = whose_turn(last.code)
            found.append(
                {
                    "domain": each.domain,
                    "turn": str(turn.label) if turn else "",
                    "sentence": sentence(last.message),
                    "code": last.code,
                }
            )
    return found


def withdrawn(application: Application, certificate: Certificate, now: datetime) -> None:
    """The application was taken back in time."""
    _post(
        "withdrawn",
        application,
        certificate,
        now,
        is_cancelled=application.cancelled_at is not None,
    )


def not_withdrawn(
    application: Application, certificate: Certificate, message: str, now: datetime
) -> None:
    """The authority did not give the application back: it goes on."""
    _post("not_withdrawn", application, certificate, now, reason=sentence(message))


def _named(names: Sequence[Challenge]) -> dict[str, Any]:
    """What the mail is about: the first of the names, which need not be the application's first,
    and how many more."""
    return {"name": names[0].domain, "more": len(names) - 1}


def _post(
    kind: str,
    application: Application,
    certificate: Certificate,
    now: datetime,
    recipient: str = "",
    **facts: Any,
) -> None:
    """Write to the contact, with what every mail says: which certificate, where to look."""
    current, closes = certificate.current, window_closes_at(certificate, now)
    page, name = reverse("certificate", args=[certificate.pk]), typed(certificate.name)
    post(
        kind,
        about=certificate.pk,
        recipient=recipient or application.contact_email,
        sender=f"Reseal <{settings.DEFAULT_FROM_EMAIL}>",
        now=now,
        context={
            "which": f"{name}, {certificate.pk}" if name else certificate.pk,
            "domain": certificate.domain or application.domain,
            "new_domain": application.domain,
            "brand": str(Brand(certificate.product.brand).label),
            "at": now,
            "ends_at": current.not_after if current else None,
            "asks_until": closes if closes and closes > now else None,
            "page": settings.PUBLIC_URL.rstrip("/") + page,
            **facts,
        },
        asked_by=application.submitted_by.email,
    )
