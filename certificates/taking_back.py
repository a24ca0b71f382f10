"""What a customer changes about an application that is with the authority.

Take it back, or prove a name in another way. The verbs write down what is wanted and nothing else;
the application's due step tells the authority, and what the authority did first stands. Killed in
between, the step asks again and finds what the first try did.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Action, may
from accounts.actors import Actor, label
from accounts.models import User
from authorities.port import Answer, AuthorityError, CertificateAuthority, Stage
from certificates import automatic, emails, wishes
from certificates.applications import Application
from certificates.obstacles import Obstacle, Refused
from certificates.proving import challenges_of
from certificates.story import Certificate, authority, turning
from verification import contacts
from verification.challenges import Challenge, Method
from verification.challenges import Status as ChallengeStatus
from verification.methods import mail
from work.failpoints import reach
from work.nudge import wake
from work.steps import Step

if TYPE_CHECKING:
    from verification.network import Network

LEAST_CHANGES, AN_HOUR = 10, timedelta(hours=1)


class Told(TypedDict, total=False):
    """Why, as an Event tells it."""

    code: str
    reason: str


def withdraw_obstacles(certificate: Certificate, actor: Actor, now: datetime) -> list[Obstacle]:
    """All reasons why `actor` cannot take the application back at `now`; empty when none holds."""
    found = []
    if certificate.is_being_withdrawn():
        message = _("It is being withdrawn already; the authority decides within minutes.")
        found.append(Obstacle("withdraw.in_progress", message))
    elif certificate.is_approved():
        message = _("The authority has approved it and issues it now; it cannot be taken back.")
        found.append(Obstacle("withdraw.approved", message))
    elif not certificate.can_be_withdrawn():
        message = _("Its status is %(label)s; only what waits for a proof or a review goes back.")
        told = message % {"label": certificate.get_status_display()}
        found.append(Obstacle("withdraw.not_open", told))
    if not may(actor, Action.APPLY, certificate):
        message = _("Your role does not withdraw applications; ask an operator of the project.")
        found.append(Obstacle("withdraw.forbidden", message))
    return found


def withdraw(*, certificate: Certificate, actor: User, now: datetime) -> None:
    """Ask the authority for the application back. All that was given is kept."""
    _refuse(withdraw_obstacles(certificate, actor, now))
    with transaction.atomic():
        application = _locked(certificate)
        with turning(certificate.pk, "withdraw", actor=actor, now=now) as row:
            _refuse(withdraw_obstacles(row, actor, now))
            row.ask_to_withdraw()
        assert application is not None  # it waits for a proof or a review, so there is one
        application.withdrawal_asked_at, application.withdrawal_refused_at = now, None
        application.save(update_fields=["withdrawal_asked_at", "withdrawal_refused_at"])
        wake(Application, application.pk, now)


def method_obstacles(certificate: Certificate, actor: Actor, now: datetime) -> list[Obstacle]:
    """All reasons why `actor` cannot choose another way of proof at `now`."""
    found = []
    if not certificate.asks_for_proof() or not open_challenges(certificate):
        message = _("No domain of this certificate waits for its proof at the moment.")
        found.append(Obstacle("method.nothing_to_prove", message))
    if not may(actor, Action.APPLY, certificate):
        message = _("Your role does not change an application; ask an operator of the project.")
        found.append(Obstacle("method.forbidden", message))
    if (again_at := _chosen_too_often(certificate, now)) is not None:
        message = _(
            "Ways of proof were changed %(count)d times within an hour. Change them again from"
            " %(at)s UTC on; what was chosen last stands."
        )
        words = {"count": _most_changes(certificate), "at": f"{again_at:%H:%M:%S}"}
        found.append(Obstacle("method.too_often", message % words))
    return found


def _most_changes(certificate: Certificate) -> int:
    """Changes within an hour: each sends mail or asks the CAA records of a name."""
    return max(LEAST_CHANGES, 2 * len(open_challenges(certificate)))


def _chosen_too_often(certificate: Certificate, now: datetime) -> datetime | None:
    """When a way may be changed again; None for at once."""
    changes = certificate.events.filter(verb="choose_method", at__gt=now - AN_HOUR)
    times = list(changes.order_by("at").values_list("at", flat=True))
    most = _most_changes(certificate)
    return times[-most] + AN_HOUR if len(times) >= most else None


def open_challenges(certificate: Certificate) -> list[Challenge]:
    asked = challenges_of(certificate.open_application)
    return [each for each in asked if each.status == ChallengeStatus.OPEN]


def choose_method(
    *,
    certificate: Certificate,
    domain: str,
    method: str,
    mailbox: str = "",
    is_automatic: bool = False,
    actor: User,
    now: datetime,
    network: Network,
) -> None:
    """Prove one name in another way; the order, its other names and its place in line stay.

    The authority hands out a new value: the one of the earlier way counts no more from then on.
    """
    _refuse(method_obstacles(certificate, actor, now))
    beside = aliases_beside(certificate, domain) if method == Method.CNAME else []
    box = mailbox or mail.FIRST if method == Method.EMAIL else ""
    found = wishes.method_obstacles(method, box, certificate, [domain, *beside], now)
    if is_automatic:
        found += automatic.obstacles(certificate.project_id, [domain])
    waiting = next((each for each in open_challenges(certificate) if each.domain == domain), None)
    if waiting is None:
        message = _("%(name)s waits for no proof. Choose one of the names that do.")
        found.append(Obstacle("method.not_waiting", message % {"name": domain[:253]}, "domain"))
    elif not found and is_asked(certificate, waiting, method, mailbox, is_automatic=is_automatic):
        message = _("%(name)s is to be proved in this way already. Choose another one.") % {
            "name": domain
        }
        found.append(Obstacle("method.same", message, "method"))
    _refuse(found)
    _refuse(wishes.caa_obstacles([domain], certificate, method, network, now))
    assert waiting is not None
    with transaction.atomic():
        application = _locked(certificate)
        chosen = way(method, mailbox, domain, is_automatic=is_automatic)
        reason = f"{domain}: {_way_of(waiting)} → {chosen}"
        with turning(certificate.pk, "choose_method", actor=actor, now=now, reason=reason) as row:
            _refuse(method_obstacles(row, actor, now))
        assert application is not None
        wanted: dict[str, str | bool] = {"domain": domain, "method": method, "mailbox": mailbox}
        wanted |= {"is_automatic": is_automatic, "by": label(actor)}
        others = [each for each in application.method_changes if each["domain"] != domain]
        application.method_changes = [*others, wanted]
        application.save(update_fields=["method_changes"])
        wake(Application, application.pk, now)


def aliases_beside(certificate: Certificate, domain: str) -> list[str]:
    """The other names of the order that are to be proved by an alias."""
    asked = open_challenges(certificate)
    return [each.domain for each in asked if each.method == Method.CNAME and each.domain != domain]


def way(method: str, mailbox: str, domain: str, *, is_automatic: bool = False) -> str:
    """A way of proof in marks that are the same in every language.

    DNS, DNS (auto), CNAME, HTTP, admin@example.com.
    """
    if is_automatic:
        return f"{Method(method).value} (auto)"
    if method != Method.EMAIL:
        return "HTTP" if method == Method.FILE else str(Method(method).value)
    if contacts.is_id(mailbox):
        return f"{contacts.MARKS[contacts.source_of(mailbox)]} {mailbox.partition('-')[2]}"
    boxes = {box.partition("@")[0]: box for box in mail.mailboxes(domain)}
    return boxes[mailbox or mail.FIRST]


def is_asked(
    certificate: Certificate, waiting: Challenge, method: str, mailbox: str, *, is_automatic: bool
) -> bool:
    """Whether it is to be proved in this way already."""
    chosen = way(method, mailbox, waiting.domain, is_automatic=is_automatic)
    return chosen == _way_wanted(certificate, waiting)


def _way_wanted(certificate: Certificate, waiting: Challenge) -> str:
    """As it was chosen last, whether the authority knows it already or not."""
    application = certificate.open_application
    for change in application.method_changes if application is not None else []:
        if change["domain"] == waiting.domain:
            is_automatic = change.get("is_automatic", False)
            told = change["method"], change["mailbox"], waiting.domain
            return way(*told, is_automatic=is_automatic)
    return _way_of(waiting)


def _way_of(challenge: Challenge) -> str:
    box = challenge.contact or challenge.mailbox.partition("@")[0]
    return way(challenge.method, box, challenge.domain, is_automatic=challenge.is_automatic)


def _refuse(obstacles: list[Obstacle]) -> None:
    if obstacles:
        raise Refused(obstacles)


def _locked(certificate: Certificate) -> Application | None:
    """The open application, locked: its lock comes before the certificate's, here as everywhere."""
    opened = Application.objects.filter(certificate=certificate, ended_at__isnull=True)
    return opened.select_for_update().first()


# What the due step does with it.


def change_method(application: Application, counter: CertificateAuthority, now: datetime) -> Step:
    """Tell the authority the next change, and keep its answer. Raises AuthorityError."""
    wanted = application.method_changes[0]
    refused: Told = {}
    try:
        counter.change_method(
            application.ca_request_id,
            wanted["domain"],
            wanted["method"],
            wanted["mailbox"],
            now,
            is_automatic=wanted.get("is_automatic", False),
        )
    except AuthorityError as error:
        if error.retryable:
            raise
        refused = {"code": error.code, "reason": error.message}
    reach("portal.method_changed")
    with transaction.atomic():
        row = Application.objects.select_for_update().get(pk=application.pk)
        if row.is_open and wanted in row.method_changes:
            row.method_changes = [each for each in row.method_changes if each != wanted]
            row.save(update_fields=["method_changes"])
            _tell_method(row, wanted["domain"], refused, now)
    return Step(now, changed=True)


def _tell_method(application: Application, domain: str, refused: Told, now: datetime) -> None:
    actor = authority(application)
    if refused:
        with turning(application.certificate_id, "keep_method", actor=actor, now=now, **refused):
            return
    with turning(application.certificate_id, "change_method", actor=actor, now=now, reason=domain):
        pass


def taken_back(application: Application, now: datetime) -> None:
    """The authority gave the application back (inside the transaction that follows its answer)."""
    actor = authority(application)
    with turning(application.certificate_id, "withdrawn", actor=actor, now=now) as row:
        row.take_back()
        emails.withdrawn(application, row, now)


WHERE_IT_WAS: dict[Stage, Callable[[Certificate], None]] = {
    Stage.ISSUING: Certificate.wait_for_issue,
    Stage.REVIEWING: Certificate.wait_for_review,
    Stage.PROVING: Certificate.wait_for_proof,
}


def go_on(application: Application, answer: Answer, now: datetime) -> None:
    """The authority did not give it back: it goes on where it was, and is told once."""
    application.withdrawal_refused_at = now
    reached = {told.stage for told in answer.milestones}
    back = next(act for stage, act in WHERE_IT_WAS.items() if stage in reached)
    message = _("It was approved before the withdrawal arrived, and is issued.")
    with turning(
        application.certificate_id,
        "keep_application",
        actor=authority(application),
        now=now,
        code="withdraw.refused",
        reason=message,
    ) as row:
        back(row)
        emails.not_withdrawn(application, row, message, now)


def issued_first(application: Application) -> Told:
    """What the story says when a certificate is issued although it was to be withdrawn."""
    if not application.is_being_withdrawn:
        return {}
    message = _("It was issued before the withdrawal arrived, so it stays issued.")
    return {"code": "withdraw.issued_first", "reason": message}
