"""The versions of a certificate: which is current, which comes next, who replaced whom and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import day
from certificates.applications import Application, Kind, ReissueReason
from certificates.badges import Badge, time_left_tone
from certificates.downloads import is_held
from certificates.keys import Custody
from certificates.story import Certificate
from certificates.versions import Version

# Why a version was replaced, short enough for a row.
WHY: dict[str, Promise] = {
    ReissueReason.KEY_COMPROMISE: gettext_lazy("key leaked or lost"),
    ReissueReason.DOMAIN_CHANGE: gettext_lazy("domain changed"),
    ReissueReason.WRONG_INFORMATION: gettext_lazy("wrong data"),
}
CUSTODY_ICONS: dict[str, str] = {
    Custody.NOT_HELD: "eyeoff",
    Custody.STORED: "lock",
    Custody.DELETED: "trash",
}


@dataclass(frozen=True)
class Key:
    icon: str
    label: str
    detail: str
    algorithm: str


@dataclass(frozen=True)
class TimeLeft:
    tone: str
    ends_at: datetime
    lasts_days: int
    left_days: int


@dataclass(frozen=True)
class VersionRow:
    """`version` is None for the one to come."""

    number: int
    badge: Badge
    names: list[str]
    key: Key
    version: Version | None = None
    tag: str = ""
    is_original: bool = False
    why: str = ""
    asked_by: str = ""
    ends_at: datetime | None = None
    left: TimeLeft | None = None
    may_take_key: bool = False


def next_number(certificate: Certificate) -> int:
    return max((each.number for each in certificate.versions.all()), default=0) + 1


def why(application: Application) -> str:
    return str(WHY.get(application.reason, ""))


def version_rows(
    certificate: Certificate, now: datetime, *, turn: Badge, may_take_keys: bool
) -> list[VersionRow]:
    """The newest first; above it the one to come. `turn` is the badge of that one."""
    versions = sorted(certificate.versions.all(), key=lambda each: -each.number)
    applications = {each.pk: each for each in certificate.applications.all()}
    followed = {each.replaces_id: each for each in versions if each.replaces_id}
    opened = certificate.open_application
    rows = [_to_come(certificate, opened, turn)] if opened is not None else []
    for version in versions:
        successor = followed.get(version.pk)
        after = applications[successor.application_id] if successor is not None else None
        is_left = version.is_current and opened is not None and opened.kind == Kind.REISSUE
        rows.append(
            VersionRow(
                number=version.number,
                badge=_badge(version, now),
                names=list(version.names),
                key=_key_of(version),
                version=version,
                tag=_("current") if version.is_current and version.revoked_at is None else "",
                is_original=is_left and version.revoked_at is not None,
                why=_left_for(opened) if is_left else _replaced_by(successor, after),
                asked_by=str(after.submitted_by) if after is not None else "",
                left=_left(version, now),
                may_take_key=may_take_keys and is_held(version),
            )
        )
    return rows


def _to_come(certificate: Certificate, application: Application, turn: Badge) -> VersionRow:
    current = certificate.current
    number = next_number(certificate)
    told = ""
    if application.kind == Kind.REISSUE:
        words = {"number": number - 1, "why": why(application)}
        told = _("Replaces %(number)d: %(why)s") % words
    key = application.key
    custody = Custody.NOT_HELD if key is None else Custody.STORED
    return VersionRow(
        number=number,
        badge=turn,
        names=list(application.sans),
        key=_key(custody, application.key_algorithm, key.created_at if key else None),
        tag=_("next"),
        why=told,
        asked_by=str(application.submitted_by),
        ends_at=current.not_after if current is not None else None,
    )


def _left_for(application: Application | None) -> str:
    """What the original says while the version to come is on its way."""
    told = why(application) if application is not None else ""
    return _("To be replaced: %(why)s") % {"why": told} if told else _("To be replaced")


def _replaced_by(successor: Version | None, after: Application | None) -> str:
    if successor is None or after is None:
        return ""
    words = {"number": successor.number, "why": why(after)}
    if not words["why"]:
        return _("Replaced by %(number)d") % words
    return _("Replaced by %(number)d: %(why)s") % words


def _badge(version: Version, now: datetime) -> Badge:
    if version.revoked_at is not None:
        return Badge("ended", _("Cancelled %(day)s") % {"day": day(version.revoked_at)})
    if version.ends_at <= now:
        return Badge("ended", _("Expired %(day)s") % {"day": day(version.not_after)})
    if not version.is_current:
        return Badge("ended", _("Replaced"))
    return Badge("done", _("Issued %(day)s") % {"day": day(version.issued_at)})


def _left(version: Version, now: datetime) -> TimeLeft | None:
    """How long the version in force is still valid."""
    if not version.is_current or version.revoked_at is not None or version.ends_at <= now:
        return None
    lasts = (version.ends_at - version.not_before).days
    left = min(max((version.ends_at - now).days, 0), lasts)
    return TimeLeft(time_left_tone(version.ends_at, now), version.not_after, lasts, left)


def _key_of(version: Version) -> Key:
    made = version.key.created_at if version.key is not None else None
    return _key(Custody(version.key_custody), version.key_algorithm, made)


def _key(custody: Custody, algorithm: str, made: datetime | None) -> Key:
    detail = ""
    if custody == Custody.NOT_HELD:
        detail = _("your own CSR")
    elif made is not None:
        detail = _("made %(day)s") % {"day": day(made)}
    return Key(CUSTODY_ICONS[custody], str(custody.label), detail, algorithm)


def custody_rows(rows: Sequence[VersionRow]) -> list[VersionRow]:
    """Who holds the keys that still matter: of the one to come and of the latest version."""
    return [row for row in rows if row.version is None] + [
        row for row in rows if row.version is not None
    ][:1]
