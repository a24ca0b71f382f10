"""An organization review: what its checklist wants, what was found, who may still approve it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from authorities.simulated.checklists import Known, checklist_of
from authorities.simulated.orders import CaOrder, ReviewItem, ReviewNote

SHORT: dict[ReviewItem, Promise] = {
    ReviewItem.REGISTRY: gettext_lazy("Registry"),
    ReviewItem.PHONE: gettext_lazy("Phone"),
    ReviewItem.MAILBOX: gettext_lazy("Mailbox"),
    ReviewItem.LETTER: gettext_lazy("Letter"),
    ReviewItem.FORM: gettext_lazy("Form"),
    ReviewItem.LICENCE: gettext_lazy("Licence"),
    ReviewItem.HANDLER_ID: gettext_lazy("ID copy"),
    ReviewItem.SEALED_LETTER: gettext_lazy("Sealed letter"),
}


@dataclass(frozen=True)
class Point:
    """One point of the review and the latest note about it, if anybody looked.

    `is_required`: this very point. Otherwise it is one of several ways, of which one is enough.
    """

    item: ReviewItem
    note: ReviewNote | None
    is_required: bool

    @property
    def short(self) -> str:
        return str(SHORT[self.item])

    @property
    def is_good(self) -> bool:
        return self.note is not None and self.note.is_good

    @property
    def mark(self) -> str:
        if self.note is None:
            return "–"
        return "✓" if self.note.is_good else "✗"

    @property
    def said(self) -> str:
        """The mark in words."""
        if self.note is None:
            return _("nobody looked yet")
        return _("found good") if self.note.is_good else _("found wanting")


@dataclass(frozen=True)
class Review:
    """The points of one order, and whether who checked them may not be who approves."""

    points: tuple[Point, ...]
    four_eyes: bool

    @property
    def open_points(self) -> list[str]:
        """What keeps it from being approved, each in words; empty when nothing does."""
        return list(self._open())

    def _open(self) -> Iterator[str]:
        if not self.points:
            yield _("nobody said what is checked for this product")
        ways = [point for point in self.points if not point.is_required]
        for point in self.points:
            if point.is_required and not point.is_good:
                yield str(point.item.label)
        if ways and not any(point.is_good for point in ways):
            yield _("one of %(ways)s") % {"ways": ", ".join(str(way.item.label) for way in ways)}

    @property
    def checked_by(self) -> list[str]:
        """Who wrote the notes that count."""
        return sorted({point.note.author for point in self.points if point.note is not None})

    @property
    def waits_for_second(self) -> bool:
        """Everything is found good and somebody else is to approve it."""
        return self.four_eyes and not self.open_points

    def is_barred(self, person: User) -> bool:
        """Whether this person checked something that counts, and so may not approve it."""
        return self.four_eyes and any(
            point.note is not None and point.note.person_id == person.pk for point in self.points
        )


def review_of(order: CaOrder, known: Known | None = None) -> Review:
    """As it stands; reads `order.review_notes` once and, unless they are given, the checklists."""
    row = checklist_of(order, known)
    if row is None:
        return Review((), four_eyes=True)
    latest = {note.item: note for note in order.review_notes.all()}
    points = (Point(item, latest.get(item), item in row.required) for item in row.items)
    return Review(tuple(points), row.four_eyes)


def checklist(order: CaOrder, known: Known | None = None) -> tuple[Point, ...]:
    """The points that the brand wants for this type, in the order in which the desk works."""
    return review_of(order, known).points


def in_short(review: Review) -> str:
    """Registry ✓ · Phone – or Mailbox – or Letter ✓"""
    must = " ".join(f"{each.short} {each.mark}" for each in review.points if each.is_required)
    either = _(" or ").join(
        f"{each.short} {each.mark}" for each in review.points if not each.is_required
    )
    return " · ".join(part for part in (must, either) if part)
