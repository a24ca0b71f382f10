"""The conversation with the authority's people, as the customer has it.

An application keeps a copy as it was told last. What the customer says is written down there
first; the application's due step passes it on, under an id that the form made: however often
either is repeated, it stands once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Action, may
from accounts.actors import Machine, label
from accounts.models import User
from authorities.brands import Brand
from authorities.port import LONGEST_MESSAGE, Answer, AuthorityError, CertificateAuthority
from certificates import emails
from certificates.applications import Application
from certificates.obstacles import Obstacle, Refused
from certificates.story import Certificate, tell
from work.failpoints import reach
from work.nudge import wake


@dataclass(frozen=True)
class Said:
    """One message of the thread as its reader meets it."""

    is_question: bool
    author: str
    text: str
    at: datetime
    is_told: bool  # the authority has it


def thread(application: Application | None) -> list[Said]:
    """The oldest first."""
    return [
        Said(
            told["is_question"],
            told["author"],
            told["text"],
            datetime.fromisoformat(told["at"]),
            told["is_told"],
        )
        for told in (application.messages if application is not None else [])
    ]


def reply_obstacles(certificate: Certificate, actor: User, now: datetime) -> list[Obstacle]:
    """All reasons why `actor` cannot say something to the authority at `now`."""
    found = []
    if not may(actor, Action.ANSWER, certificate):
        message = _("Your role does not answer the authority; ask an operator of the project.")
        found.append(Obstacle("reply.forbidden", message))
    application = certificate.open_application
    if application is None or not application.messages:
        message = _("The authority has asked nothing about this certificate.")
        found.append(Obstacle("reply.nothing_asked", message))
    return found


def reply(
    *, certificate: Certificate, text: str, message_id: str, actor: User, now: datetime
) -> None:
    """Answer the authority's question, or add to an answer; a repeat with the same id is none."""
    obstacles = reply_obstacles(certificate, actor, now)
    if not text.strip():
        message = _("Write an answer before you send it.")
        obstacles.append(Obstacle("reply.empty", message, "text"))
    if len(text.strip()) > LONGEST_MESSAGE:
        message = _("An answer has at most %(most)d letters. Write it shorter.")
        told = message % {"most": LONGEST_MESSAGE}
        obstacles.append(Obstacle("reply.too_long", told, "text"))
    if obstacles:
        raise Refused(obstacles)
    with transaction.atomic():
        opened = Application.objects.filter(certificate=certificate, ended_at__isnull=True)
        application = opened.select_for_update().first()
        if application is None:
            message = _("The authority decided meanwhile and takes no more answers.")
            raise Refused([Obstacle("reply.over", message)])
        if any(told["id"] == message_id for told in application.messages):
            return
        said = {
            "id": message_id,
            "is_question": False,
            "author": label(actor),
            "text": text.strip(),
            "at": now.isoformat(),
        }
        application.messages = [*application.messages, said | {"is_told": False}]
        application.question_at = None
        application.save(update_fields=["messages", "question_at"])
        tell(
            certificate,
            "reply",
            certificate.status,
            actor=actor,
            now=now,
            application=application,
        )
        wake(Application, application.pk, now)
    reach("portal.replied")


def pass_on(counter: CertificateAuthority, application: Application, now: datetime) -> None:
    """Tell the authority what was said and is not told yet (outside any transaction).

    A request that is over takes no more: its last answer, fetched next, says how it ended.
    """
    for said in application.messages:
        if said["is_question"] or said["is_told"]:
            continue
        try:
            counter.say(application.ca_request_id, said["id"], said["text"], said["author"], now)
        except AuthorityError as error:
            if error.retryable:
                raise
            if error.code == "ca.request_over":
                return
            continue  # this one is refused for good; what was said after it is told all the same
        reach("portal.said")


def remember(application: Application, answer: Answer, now: datetime) -> bool:
    """Keep the thread as it is told now; write to the contact what is asked anew.

    Inside the transaction that follows an answer. What was said meanwhile and is not told stays.
    True when something was added.
    """
    before = {told["id"]: told for told in application.messages}
    told: list[dict[str, Any]] = [
        asdict(each) | {"at": each.at.isoformat(), "is_told": True} for each in answer.messages
    ]
    known = {each["id"] for each in told}
    kept = [each for key, each in before.items() if key not in known]
    new = [each for each in told if each["is_question"] and each["id"] not in before]
    if not told or (not new and len(told) + len(kept) == len(before) and _agree(before, told)):
        return False
    application.messages = told + kept
    last = application.messages[-1]
    waits = last["is_question"]
    application.question_at = datetime.fromisoformat(last["at"]) if waits else None
    for each in new:
        _tell_question(application, str(each["text"]), now)
    return True


def _agree(before: dict[str, dict[str, Any]], told: list[dict[str, Any]]) -> bool:
    return all(before[each["id"]]["is_told"] for each in told)


def _tell_question(application: Application, text: str, now: datetime) -> None:
    certificate = Certificate.objects.select_for_update().get(pk=application.certificate_id)
    brand = Machine(str(Brand(certificate.product.brand).label))
    tell(
        certificate,
        "question",
        certificate.status,
        actor=brand,
        now=now,
        application=application,
    )
    emails.question(application, certificate, text, now)
