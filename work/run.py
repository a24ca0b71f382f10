"""Run one claimed row, by whoever claimed it: a worker or the work_due command."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from work import claims
from work.failpoints import reach
from work.steps import Step

log = logging.getLogger(__name__)


def network() -> Any:
    """The way out that due steps are given: built by the function that the settings name."""
    return import_string(settings.WORK_NETWORK)()


def problem_of(error: Exception) -> str:
    """What is kept on the row: the first line. Databases tell the values of the row below it."""
    first = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first[:300]}"


def run(claim: claims.Claim, now: datetime, network: Any) -> Step | None:
    """Run the row's step and record its end. None: it was taken by somebody else, or it failed.

    Any exception of a step is our own bug: it is logged with its place, kept on the row, and the
    row is tried again until it is set aside; it never stops the other rows.
    """
    taken = claims.take(claim, now)
    if taken is None:
        return None
    row, own = taken
    reach("work.claimed")
    try:
        step = row.step(now, network)
    except Exception as error:  # one bad row must not stop the others; it is set aside later
        log.exception("%s %s failed", own.label, own.pk)
        claims.fail(own, row, problem_of(error), now)
        return None
    claims.finish(own, step)
    return step
