"""Telling whom a suspension delays: one mail a bulletin and project, whatever is repeated.

Staff announce in their own request; the letters are written by due work.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Project, Role
from authorities.calendar import Bulletin, calendar_from
from certificates import emails
from certificates.applications import Application
from certificates.delays import LOOKS_BACK, Delay, with_delays
from certificates.story import Certificate
from work.models import DueRow
from work.nudge import wake
from work.steps import Step


class BulletinNews(DueRow):
    """The due work of one bulletin: made when it is announced, woken when it changes."""

    bulletin = models.OneToOneField(Bulletin, on_delete=models.PROTECT, related_name="news")

    class Meta:
        verbose_name_plural = gettext_lazy("news of bulletins")

    def __str__(self) -> str:
        return str(self.bulletin)

    def step(self, now: datetime, network: Any) -> Step:
        return Step(None, tell(self.bulletin, now) > 0)


class DelayTold(models.Model):
    """A project was written to about a bulletin."""

    bulletin = models.ForeignKey(Bulletin, on_delete=models.PROTECT, related_name="told")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["bulletin", "project"], name="a_delay_is_told_once_a_project"
            ),
        )

    def __str__(self) -> str:
        return f"{self.bulletin} → {self.project}"


def announced(bulletin_id: int, now: datetime) -> None:
    """Something about the bulletin changed: look whom it delays, after this transaction."""
    news, _is_new = BulletinNews.objects.get_or_create(bulletin_id=bulletin_id)
    wake(BulletinNews, news.pk, now)


def tell(bulletin: Bulletin, now: datetime) -> int:
    """Write to every project whose cases the bulletin delays and that was not told; how many."""
    if not bulletin.suspends or bulletin.ends_at <= now:
        return 0
    calendar = calendar_from(now - LOOKS_BACK)
    (notice,) = with_delays([bulletin], Certificate.objects.all(), now, calendar)
    delayed: dict[int, list[Delay]] = {}
    for delay in notice.delays:
        delayed.setdefault(delay.certificate.project_id, []).append(delay)
    return sum(
        _tell_project(bulletin, project_id, delays, now) for project_id, delays in delayed.items()
    )


def _tell_project(bulletin: Bulletin, project_id: int, delays: list[Delay], now: datetime) -> bool:
    with transaction.atomic():
        _row, is_new = DelayTold.objects.get_or_create(
            bulletin=bulletin, project_id=project_id, defaults={"at": now}
        )
        if is_new:
            recipient, asked_by = _reader(project_id, delays)
            emails.delayed(bulletin, delays, recipient, now, asked_by)
    return is_new


def _reader(project_id: int, delays: list[Delay]) -> tuple[str, str]:
    """The project's administrator of the longest standing; without one the contact of a case.

    And who applied, whose language a contact without an account is written to in.
    """
    people = Membership.objects.filter(
        project=project_id, role=Role.ADMINISTRATOR, user__is_active=True
    )
    first = people.order_by("pk").values_list("user__email", flat=True).first()
    if first is not None:
        return first, first
    opened = Application.objects.filter(certificate=delays[0].certificate.pk, ended_at__isnull=True)
    return opened.values_list("contact_email", "submitted_by__email").get()
