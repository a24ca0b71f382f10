"""The past of the demo, as far as it is told by the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authorities.simulated.orders import CaOrder
from authorities.simulated.worklist import read
from certificates.demo.people import make_people
from certificates.demo.plan import Goal, plan
from certificates.demo.timeline import Timeline
from tests.cast import make_shop

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday


@pytest.mark.django_db
@pytest.mark.parametrize(("working_day", "used"), [(20, "2 of 5"), (86_400, "0 of 5")])
def test_the_review_of_the_demo_has_used_little_of_its_time(
    settings: Any, working_day: int, used: str
) -> None:
    settings.CA_WORKING_DAY = working_day
    make_shop(NOW)
    make_people(NOW - timedelta(days=2))
    (item,) = [each for each in plan() if each.goal == Goal.REVIEWING]
    timeline = Timeline(NOW)
    for at, act in timeline.acts(item):
        timeline.work_until(at)
        act(at)
    timeline.work_until(NOW)
    (line,) = read(CaOrder.objects.all(), NOW).values()
    assert line.used is not None
    assert (line.turn, line.used.words) == ("Ours", used)
