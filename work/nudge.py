"""Making due work prompt. The database already says that it is due; a nudge only hurries it."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from work.models import DueRow

log = logging.getLogger(__name__)
_trouble_logged = False


def wake(model: type[DueRow], pk: Any, now: datetime) -> None:
    """Make a row due at `now`, in the caller's transaction; workers are told after the commit."""
    model._default_manager.filter(pk=pk).update(due_at=now, wakes=F("wakes") + 1)
    nudge_after_commit()


def nudge_after_commit() -> None:
    """Tell the workers when this transaction commits, once however many rows it made due."""
    here = set(connection.savepoint_ids)
    if not any(told[1] is nudge and set(told[0]) <= here for told in connection.run_on_commit):
        transaction.on_commit(nudge, robust=True)


def nudge() -> None:
    """Ask a worker to look at once. Best effort: trouble with the broker is logged once."""
    global _trouble_logged  # noqa: PLW0603  # once a process
    if not settings.REDIS_URL:
        return
    from work.tasks import tick

    try:
        tick.apply_async(retry=False, expires=10)
        _trouble_logged = False
    except Exception as error:  # noqa: BLE001  # whatever the client raises: the tick finds it
        if not _trouble_logged:
            log.warning("The broker cannot be reached, work waits for the next tick: %s", error)
            _trouble_logged = True
