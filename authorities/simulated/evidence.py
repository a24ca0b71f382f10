"""What stands behind a note of a review: the picture that was seen, the call that was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.refusals import Obstacle
from authorities.pictures import Picture
from authorities.simulated.orders import AppendOnly, ReviewNote

SUFFIXES = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True)
class Call:
    """A phone call as it is told by who made it; `answered_by` is empty when nobody answered."""

    number: str
    found_in: str  # where the number is listed: never what the customer wrote
    answered_by: str
    called_at: datetime
    outcome: str


class PhoneCall(AppendOnly):
    """The call behind a note."""

    note = models.OneToOneField(ReviewNote, on_delete=models.PROTECT, related_name="call")
    number = models.CharField(max_length=40)
    found_in = models.CharField(max_length=200)
    answered_by = models.CharField(max_length=100, blank=True, default="")
    called_at = models.DateTimeField()
    outcome = models.CharField(max_length=500)

    class Meta:
        verbose_name_plural = gettext_lazy("phone calls")

    def __str__(self) -> str:
        return f"{self.number} · {self.answered_by or _('nobody answered')}"


class EvidenceFile(AppendOnly):
    """The picture behind a note, as we encoded it."""

    note = models.OneToOneField(ReviewNote, on_delete=models.PROTECT, related_name="file")
    content_type = models.CharField(max_length=20)
    data = models.BinaryField()

    class Meta:
        verbose_name_plural = gettext_lazy("files of evidence")

    def __str__(self) -> str:
        return self.filename

    @property
    def filename(self) -> str:
        order, item = self.note.order.reference, self.note.item.lower()
        return f"{order}-{item}-{self.note_id}.{SUFFIXES[self.content_type]}"


def call_problem(call: Call | None, *, is_good: bool, now: datetime) -> Obstacle | None:
    """What is missing in the log of a call; a call that nobody answered proves nothing."""
    if call is None or not all(told.strip() for told in (call.number, call.found_in, call.outcome)):
        message = _("Write down the number, where it is listed, when you called and what was said.")
        return Obstacle("desk.call_log", message)
    if call.called_at > now:
        return Obstacle("desk.call_to_come", _("This call lies in the future. Correct its time."))
    if is_good and not call.answered_by.strip():
        message = _("Nobody answered, so the call found nothing good. Name who spoke to you.")
        return Obstacle("desk.call_unanswered", message)
    return None


def keep(note: ReviewNote, picture: Picture | None, call: Call | None) -> None:
    """Put them behind the note, in the transaction in which it was written."""
    if picture is not None:
        EvidenceFile.objects.create(note=note, content_type=picture.content_type, data=picture.data)
    if call is not None:
        PhoneCall.objects.create(
            note=note,
            number=call.number.strip(),
            found_in=call.found_in.strip(),
            answered_by=call.answered_by.strip(),
            called_at=call.called_at,
            outcome=call.outcome.strip(),
        )
