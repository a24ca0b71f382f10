"""What is known of a name before it is looked at, read for many names at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Subquery

from verification.challenges import Attempt, Challenge
from verification.earlier_values import earlier_values


@dataclass(frozen=True)
class Known:
    """The values of earlier challenges of the name, and the evidence of the last look."""

    earlier_values: tuple[str, ...] = ()
    last_seen: Mapping[str, Any] = field(default_factory=dict)


def known_of(challenges: Sequence[Challenge]) -> dict[Challenge, Known]:
    """Three queries at most, however many they are."""
    earlier, seen = earlier_values(challenges), _last_seen(challenges)
    return {each: Known(earlier[each.pk], seen.get(each.pk) or {}) for each in challenges}


def _last_seen(challenges: Sequence[Challenge]) -> dict[int, Any]:
    """By challenge; a first look has nothing before it."""
    looked_at = [each.pk for each in challenges if each.last_checked_at is not None]
    if not looked_at:
        return {}
    last = Attempt.objects.filter(challenge=OuterRef("pk")).order_by("-at", "-pk")
    rows = Challenge.objects.filter(pk__in=looked_at).order_by()
    return dict(rows.values_list("pk", Subquery(last.values("evidence")[:1])))
