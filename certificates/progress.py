"""How the authority's answers, and time, move a certificate on.

The status comes from the authority's milestones and from nothing else, each followed once and in
order. An answer that is late, repeated or out of date finds its milestones already followed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import RESEAL
from authorities import port
from authorities.port import Answer, AuthorityError, Milestone, Stage
from authorities.requests import CaRequest
from certificates import conversation, emails
from certificates.applications import Application, Kind, Outcome
from certificates.issuing import AnswerRefused, add_version
from certificates.story import Certificate, authority, turning
from certificates.taking_back import change_method, go_on, issued_first, taken_back
from work.failpoints import reach
from work.nudge import wake
from work.steps import BACK_OFF, Step

STUCK = "application.stuck"


def poll(application: Application, now: datetime) -> Step:
    """Ask the authority once, outside any transaction, and follow what it says."""
    if not application.is_open:
        return Step(None, changed=False)
    request = application.ca_request
    counter = port.open_counter(request.adapter)
    try:
        if request.accepted_at is None:
            answer = counter.submit(request.pk, request.request(), now)
        elif application.is_being_withdrawn:
            answer = counter.withdraw(request.pk, now, even_approved=False)
        elif application.method_changes:
            return change_method(application, counter, now)
        else:
            conversation.pass_on(counter, application, now)
            answer = counter.fetch(request.pk, now)
    except AuthorityError as error:
        return _trouble(application, error, now)
    reach("portal.answered")
    is_withdrawal = request.accepted_at is not None and application.is_being_withdrawn
    changed = follow(application.pk, answer, now, is_withdrawal=is_withdrawal)
    application.refresh_from_db()
    if application.is_open:
        waits = application.is_being_withdrawn or application.method_changes
        pause = timedelta() if waits else poll_pause(now - application.submitted_at)
        return Step(now + pause, changed)
    if not answer.is_final:  # it ended here while we were asking: the authority may have heard late
        _withdraw(application, now)
    return Step(None, changed)


def poll_pause(age: timedelta) -> timedelta:
    """The wait between two polls, longer the longer it has lasted already.

    The authority's signal is what makes an answer prompt; polling is only the net below it.
    """
    return min(max(age / 2, timedelta(minutes=1)), timedelta(hours=6))


def _trouble(application: Application, error: AuthorityError, now: datetime) -> Step:
    if not error.retryable:
        _end_by_us(application, error.code, error.message, now)
        return Step(None, changed=True)
    wait = now + patience(request_age(application, now))
    moved = application.waiting_code != error.code
    Application.objects.filter(pk=application.pk).update(
        waiting_code=error.code, waiting_message=error.message, waiting_until=wait
    )
    return Step(wait, changed=moved)


def patience(since: timedelta) -> timedelta:
    """The wait after trouble that has lasted for this long: it grows with the trouble."""
    return min(max(since, BACK_OFF[0]), BACK_OFF[-1])


def request_age(application: Application, now: datetime) -> timedelta:
    """How long the authority has not answered."""
    request = application.ca_request
    return now - (request.answered_at or request.created_at)


def follow(
    application_id: int, answer: Answer, now: datetime, *, is_withdrawal: bool = False
) -> bool:
    """Follow every milestone that was not followed yet. True when anything moved.

    `is_withdrawal`: the answer is that to a withdrawal; if it goes on, the withdrawal was refused.
    """
    with transaction.atomic():
        application = (
            Application.objects.select_for_update()
            .select_related("ca_request")
            .get(pk=application_id)
        )
        if not application.is_open:
            return False
        # The certificate's lock comes after the application's, here and everywhere.
        moved = _remember(application, answer, now)
        for milestone in answer.milestones[application.milestones_seen :]:
            FOLLOW[milestone.stage](application, answer, milestone, now)
            application.milestones_seen += 1
            moved = True
        if is_withdrawal and application.is_open:
            go_on(application, answer, now)
            moved = True
        application.save()
    return moved


def _remember(application: Application, answer: Answer, now: datetime) -> bool:
    request = application.ca_request
    CaRequest.objects.filter(pk=request.pk).update(
        accepted_at=request.accepted_at or now, answered_at=now, reference=answer.reference
    )
    waiting = answer.waiting
    told = (waiting.code, waiting.message, waiting.until) if waiting else ("", "", None)
    moved = application.waiting_code != told[0]
    moved = conversation.remember(application, answer, now) or moved
    application.waiting_code, application.waiting_message, application.waiting_until = told
    return moved


def _received(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    with turning(application.certificate_id, "received", actor=authority(application), now=now):
        pass


def _held(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    """People of the authority look at the names before anything else happens."""
    actor, code, why = authority(application), told.code, told.message
    key = application.certificate_id
    with turning(key, "hold", actor=actor, now=now, code=code, reason=why):
        pass


def _asked(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    """The mail that asks to confirm the cancellation has left."""
    application.asked_at, application.confirm_until = told.at, answer.confirm_until
    with turning(application.certificate_id, "asked", actor=authority(application), now=now):
        pass


def _cancelled(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    """The authority revoked the original; it stays in the story with its date and reason."""
    application.cancelled_at = told.at
    actor = authority(application)
    with turning(application.certificate_id, "cancelled", actor=actor, now=now) as row:
        current = row.current
        assert current is not None
        current.revoked_at = told.at
        current.revocation_reason = answer.revocation_reason
        current.save(update_fields=["revoked_at", "revocation_reason"])
        row.due_at = None


def _proving(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    application.proof_id = answer.proof_id
    actor = authority(application)
    with turning(application.certificate_id, "prove", actor=actor, now=now) as row:
        if not row.is_being_withdrawn():  # its answer is to come, and says where it goes on
            row.wait_for_proof()
        emails.prove(application, row, now)


def _reviewing(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    actor = authority(application)
    with turning(application.certificate_id, "review", actor=actor, now=now) as row:
        if not row.is_being_withdrawn():
            row.wait_for_review()


def _issuing(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    """The message says why nobody looked at an organization that is known."""
    actor = authority(application)
    with turning(
        application.certificate_id,
        "prepare",
        actor=actor,
        now=now,
        code=told.code,
        reason=told.message,
    ) as row:
        if not row.is_being_withdrawn():
            row.wait_for_issue()


def _issued(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    """Check the certificate against what was asked for, keep it as the current version."""
    actor, late = authority(application), issued_first(application)
    try:
        with turning(application.certificate_id, "issue", actor=actor, now=now, **late) as row:
            version = add_version(row, application, answer, now)
            row.domain = application.domain
            row.due_at = version.ends_at
            row.issue()
            emails.issued(application, row, version, now)
    except AnswerRefused as error:
        _fail(application, "ca.wrong_answer", str(error), now)
        return
    _end(application, Outcome.ISSUED, now)


def _declined(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    _end(application, Outcome.DECLINED, now)
    row = _keep(application, "decline", told.code, told.message, now)
    emails.kept(application, row, told.code, told.message, now)


def _refused(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    _fail(application, told.code, told.message, now)


def _withdrawn(application: Application, answer: Answer, told: Milestone, now: datetime) -> None:
    """The customer took it back; or our own end of it did, which goes on to tell why."""
    if not application.is_being_withdrawn:
        _stop(application, Outcome.WITHDRAWN, told.code, told.message, now)
        return
    _end(application, Outcome.WITHDRAWN, now)
    taken_back(application, now)


FOLLOW: dict[Stage, Callable[[Application, Answer, Milestone, datetime], None]] = {
    Stage.RECEIVED: _received,
    Stage.HELD: _held,
    Stage.ASKED: _asked,
    Stage.CANCELLED: _cancelled,
    Stage.PROVING: _proving,
    Stage.REVIEWING: _reviewing,
    Stage.ISSUING: _issuing,
    Stage.ISSUED: _issued,
    Stage.DECLINED: _declined,
    Stage.REFUSED: _refused,
    Stage.WITHDRAWN: _withdrawn,
}


def _end(application: Application, outcome: Outcome, now: datetime) -> None:
    application.ended_at, application.outcome = now, outcome
    application.due_at = None
    application.waiting_code, application.waiting_message = "", ""
    application.waiting_until = None


def _keep(
    application: Application, verb: str, code: str, message: str, now: datetime
) -> Certificate:
    with turning(
        application.certificate_id,
        verb,
        actor=authority(application),
        now=now,
        code=code,
        reason=message,
    ) as row:
        row.keep_original(code, message)
    return row


def _fail(application: Application, code: str, message: str, now: datetime) -> None:
    """Refused: back to Issued while the original stands, else the application failed."""
    _stop(application, Outcome.REFUSED, code, message, now)


def _stop(
    application: Application, outcome: Outcome, code: str, message: str, now: datetime
) -> None:
    _end(application, outcome, now)
    if application.kind == Kind.REISSUE and application.cancelled_at is None:
        kept = _keep(application, "refuse", code, message, now)
        emails.refused(application, kept, code, message, now)
        return
    actor = authority(application)
    with turning(
        application.certificate_id, "refuse", actor=actor, now=now, code=code, reason=message
    ) as row:
        row.fail(code, message)
        emails.refused(application, row, code, message, now)


def _end_by_us(application: Application, code: str, message: str, now: datetime) -> None:
    with transaction.atomic():
        row = Application.objects.select_for_update().get(pk=application.pk)
        if row.is_open:
            _fail(row, code, message, now)
            row.save()


def record_stuck(application: Application, now: datetime) -> None:
    """An application whose step keeps failing. Its certificate's step ends it (see `settle`): the
    authority must be told first, or it would go on by itself and cancel the original.
    """
    message = _("Our own system could not carry this application on. Our support was told.")
    Application.objects.filter(pk=application.pk).update(
        waiting_code=STUCK, waiting_message=message, waiting_until=None
    )
    wake(Certificate, application.certificate_id, now)


def look_after(certificate: Certificate, now: datetime) -> Step:
    """What is due for a certificate: the end of a stuck application, the end of its version."""
    settled = False
    stuck = certificate.applications.filter(ended_at__isnull=True, set_aside_at__isnull=False)
    for application in stuck:
        try:
            settle(application, now)
        except AuthorityError as error:
            if not error.retryable:
                raise
            since = application.set_aside_at or now
            return Step(now + patience(now - since), changed=False)
        settled = True
        certificate.refresh_from_db()
    step = end_of_term(certificate, now)
    return Step(step.due_at, settled or step.changed)


def settle(application: Application, now: datetime) -> None:
    """End a stuck application: the authority stops first, and says whether it cancelled before."""
    answer = _withdraw(application, now)
    cancelled = [told for told in answer.milestones if told.stage == Stage.CANCELLED]
    with transaction.atomic():
        row = Application.objects.select_for_update().get(pk=application.pk)
        if not row.is_open or row.set_aside_at is None:
            return
        if cancelled and row.cancelled_at is None:
            _cancelled(row, answer, cancelled[0], now)
        _fail(row, STUCK, row.waiting_message, now)
        row.save()


def _withdraw(application: Application, now: datetime) -> Answer:
    """Take the request back. The authority may never have heard of it."""
    request = application.ca_request
    try:
        counter = port.open_counter(request.adapter)
        return counter.withdraw(request.pk, now, even_approved=True)
    except AuthorityError as error:
        if error.code != "ca.unknown_request":
            raise
        return Answer(reference="", milestones=())


def end_of_term(certificate: Certificate, now: datetime) -> Step:
    """The version in force reached its end date.

    The authority is told first: a kill in between repeats that, and it never goes on alone.
    """
    if not _is_over(certificate, now):
        return Step(_ends_at(certificate), changed=False)
    application = certificate.open_application
    if application is not None:
        answer = _withdraw(application, now)
        if any(told.stage == Stage.CANCELLED for told in answer.milestones):
            follow(application.pk, answer, now)
    with transaction.atomic():
        application = (
            Application.objects.select_for_update()
            .filter(certificate=certificate, ended_at__isnull=True)
            .first()
        )
        # Somebody may have renewed or ended it meanwhile.
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if not _is_over(row, now):
            return Step(_ends_at(row), changed=False)
        with turning(certificate.pk, "expire", actor=RESEAL, now=now) as row:
            row.due_at = None
            row.expire()
        if application is not None:
            _end(application, Outcome.EXPIRED, now)
            application.save()
            emails.expired(application, row, now)
    return Step(None, changed=True)


def _is_over(certificate: Certificate, now: datetime) -> bool:
    ends_at = _ends_at(certificate)
    return ends_at is not None and now >= ends_at


def _ends_at(certificate: Certificate) -> datetime | None:
    """When the version in force ends; None when none is."""
    current = certificate.current
    if current is None or not certificate.is_in_force() or current.revoked_at is not None:
        return None
    return current.ends_at
