"""The steps of an application: past ones as Events tell them, the one of now, those to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.dates import day
from authorities.brands import Brand
from certificates.applications import Application, Kind
from certificates.lifecycle import PROGRESS, Status
from certificates.outlook import Ahead, Outlook, Stage
from certificates.story import Certificate, Event
from certificates.telling import Turn
from verification.causes import whose_turn
from verification.challenges import Challenge, Method, values_count_until
from verification.turns import all_stand


@dataclass(frozen=True)
class Step:
    """`kind` is past, now or next; who has it and how far it is; when, or how long it takes."""

    kind: str
    number: int
    title: str
    at: datetime | None = None
    who: str = ""
    percent: int | None = None
    detail: str = ""
    day: datetime | None = None
    tone: str = ""


# What each verb finished, where it finished a step.
DONE: dict[str, Promise] = {
    "submit": gettext_lazy("Applied for"),
    "request_reissue": gettext_lazy("Reissue asked for"),
    "cancelled": gettext_lazy("Original cancelled"),
}
TITLES: dict[Stage, Promise] = {
    Stage.HOLD: gettext_lazy("Look at the names"),
    Stage.MAIL: gettext_lazy("Confirmation asked for"),
    Stage.CONFIRM: gettext_lazy("Confirm the cancellation"),
    Stage.PROVE: gettext_lazy("Prove the domain"),
    Stage.REVIEW: gettext_lazy("Organization review"),
    Stage.ISSUE: gettext_lazy("Issue"),
    Stage.WITHDRAW: gettext_lazy("Withdrawal decided"),
}
PERCENT: dict[Stage, int | None] = {
    Stage.HOLD: None,
    Stage.MAIL: PROGRESS[Status.REISSUING],
    Stage.CONFIRM: PROGRESS[Status.REISSUING],
    Stage.PROVE: PROGRESS[Status.CHECKING_DOMAIN],
    Stage.REVIEW: PROGRESS[Status.CHECKING_ORG],
    Stage.ISSUE: PROGRESS[Status.ISSUING],
    Stage.WITHDRAW: None,
}


def steps(
    certificate: Certificate,
    application: Application,
    events: Sequence[Event],
    outlook: Outlook,
    *,
    turn: Turn,
    number: int,
    asked: Sequence[Challenge],
) -> list[Step]:
    """`turn` says whose turn it is now; `number` is that of the version to come; `asked` is what
    is to be proved.
    """
    found = _past(certificate, application, events)
    now, *later = outlook.ahead
    brand = str(Brand(certificate.product.brand).label)
    is_unsure = turn.is_undated and not now.is_yours  # what is yours has an end, no forecast
    found.append(
        Step(
            "now",
            len(found) + 1,
            _title(now),
            who=_whose(turn.tone, application, asked, brand),
            percent=PERCENT[now.stage],
            detail="" if is_unsure else _now_detail(application, now, asked),
            day=None if is_unsure else _now_day(application, now, asked),
            tone=turn.tone,
        )
    )
    for ahead in later:
        found.append(
            Step(
                "next",
                len(found) + 1,
                _title(ahead),
                who=_("You") if ahead.is_yours else brand,
                percent=PERCENT[ahead.stage],
                detail=takes(ahead),
            )
        )
    if now.stage == Stage.WITHDRAW:
        return [*found, _taken_back(len(found) + 1)]
    return [*found, _last(len(found) + 1, number, outlook, turn)]


def _whose(tone: str, application: Application, asked: Sequence[Challenge], brand: str) -> str:
    if tone == "you":
        return _("Your turn")
    of_cause = whose_turn(application.waiting_code)
    if of_cause is not None:
        return str(of_cause.label)
    stand = all_stand(asked)
    return brand if stand is None else str(stand.turn.label)


def _title(ahead: Ahead) -> str:
    return str(TITLES[ahead.stage])


def takes(ahead: Ahead) -> str:
    """How long a step takes, in words."""
    if ahead.stage == Stage.ISSUE and ahead.closed:
        return _("suspended until %(day)s") % {"day": day(ahead.closed[-1].ends_at)}
    if ahead.stage == Stage.ISSUE:
        return _("about 10 minutes")
    if ahead.stage == Stage.WITHDRAW:
        return _("within minutes")
    least, most = ahead.days
    if most == 0:
        return _("goes on at once")
    if least == most:
        told = ngettext("%(most)d working day", "%(most)d working days", most)
    else:
        told = _("%(least)d–%(most)d working days")
    return told % {"least": least, "most": most}


def _taken_back(position: int) -> Step:
    detail = _("what you entered is kept")
    return Step("next", position, str(Status.PAID.label), who=_("expected"), detail=detail)


def _last(position: int, number: int, outlook: Outlook, turn: Turn) -> Step:
    title = _("Issued, version %(number)d") % {"number": number}
    if turn.is_undated:
        return Step("next", position, title, who=_("as soon as that is mended"))
    is_yours = turn.tone == "you" or any(ahead.is_yours for ahead in outlook.ahead[1:])
    return Step(
        "next",
        position,
        title,
        who=_("expected"),
        day=outlook.issued.latest,
        detail=_("if you act today") if is_yours else "",
    )


def _past(
    certificate: Certificate, application: Application, events: Sequence[Event]
) -> list[Step]:
    found: list[Step] = []
    proving = reviewing = False
    for event in events:
        if event.application_id != application.pk:
            continue
        title = DONE.get(event.verb)
        if title is None and proving and event.verb in ("review", "prepare"):
            title, proving = gettext_lazy("Domain proved"), False
        elif title is None and reviewing and event.verb == "prepare":
            title = gettext_lazy("Organization checked")
        proving = proving or event.verb == "prove"
        reviewing = reviewing or event.verb == "review"
        if title is not None:
            found.append(Step("past", len(found) + 1, str(title), at=event.at, who=event.actor))
    return found


def _now_detail(application: Application, ahead: Ahead, asked: Sequence[Challenge]) -> str:
    if ahead.stage == Stage.CONFIRM and application.confirm_until is not None:
        return _("answer by")
    if ahead.stage == Stage.MAIL:
        return _("mail leaves by")
    if ahead.stage == Stage.REVIEW and application.question_at is not None:
        return _("waits for your answer")
    if ahead.stage in (Stage.REVIEW, Stage.HOLD):
        return _("expected by")
    if ahead.stage == Stage.PROVE and values_count_until(asked) is not None:
        is_mailed = all(each.method == Method.EMAIL for each in asked)
        return _("answer by") if is_mailed else _("the value counts until")
    return takes(ahead) if ahead.stage in (Stage.ISSUE, Stage.WITHDRAW) else ""


def _now_day(application: Application, ahead: Ahead, asked: Sequence[Challenge]) -> datetime | None:
    if ahead.stage == Stage.CONFIRM:
        return application.confirm_until
    if ahead.stage == Stage.PROVE:
        return values_count_until(asked)
    if application.question_at is not None:
        return None
    return ahead.latest if ahead.stage in (Stage.MAIL, Stage.REVIEW, Stage.HOLD) else None


def heading(application: Application, number: int) -> str:
    if application.kind == Kind.REISSUE:
        return _("Reissue of version %(number)d") % {"number": number - 1}
    if application.number > 1:
        return _("Application %(number)d") % {"number": application.number}
    return _("First issue")
