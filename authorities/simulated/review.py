"""The checklist of an organization review: what the latest note of each point says."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from authorities.simulated.orders import CaOrder, ReviewItem, ReviewNote

SHORT: dict[ReviewItem, Promise] = {
    ReviewItem.REGISTRY: _("Registry"),
    ReviewItem.PHONE: _("Phone"),
    ReviewItem.MAILBOX: _("Mailbox"),
    ReviewItem.LETTER: _("Letter"),
}


@dataclass(frozen=True)
class Point:
    """One point of the review and the latest note about it, if anybody looked."""

    item: ReviewItem
    note: ReviewNote | None

    @property
    def short(self) -> str:
        return str(SHORT[self.item])

    @property
    def mark(self) -> str:
        if self.note is None:
            return "–"
        return "✓" if self.note.is_good else "✗"

    @property
    def said(self) -> str:
        """The mark in words."""
        if self.note is None:
            return str(_("nobody looked yet"))
        return str(_("found good") if self.note.is_good else _("found wanting"))


def checklist(order: CaOrder) -> list[Point]:
    """Every point in the order in which the desk works; reads `order.review_notes` once."""
    latest = {note.item: note for note in order.review_notes.all()}
    return [Point(item, latest.get(item)) for item in ReviewItem]


def in_short(points: list[Point]) -> str:
    """Registry ✓ Phone – Mailbox – Letter ✓"""
    return " ".join(f"{point.short} {point.mark}" for point in points)


def not_good(points: list[Point]) -> list[Point]:
    """What speaks against an approval: points that nobody looked at, or that were found wanting."""
    return [point for point in points if point.note is None or not point.note.is_good]
