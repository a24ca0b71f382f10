"""An order that nobody pays: reminded of once, then lapsed, with a notice."""

from __future__ import annotations

from datetime import datetime, timedelta

from certificates import buying_mails
from certificates.purchases import Cause, Purchase, State, on_order
from certificates.refunding import owe
from work.steps import Step

REMINDS_BEFORE = timedelta(days=3)


def reminds_at(purchase: Purchase) -> datetime:
    """Three days before the end, or after the first half of a shorter time."""
    half = (purchase.pay_until - purchase.ordered_at) / 2
    return purchase.pay_until - min(REMINDS_BEFORE, half)


def look_after(purchase: Purchase, now: datetime) -> Step:
    """Remind, lapse, or wait."""
    with on_order(purchase.pk) as row:
        if not row.is_unpaid:
            return Step(None, changed=False)
        if now >= row.pay_until:
            _lapse(row, now)
            return Step(None, changed=True)
        if row.reminded_at is None and now >= reminds_at(row):
            row.reminded_at = now
            buying_mails.reminder(row, row.left_to_pay, now)
            return Step(row.pay_until, changed=True)
        return Step(row.pay_until if row.reminded_at else reminds_at(row), changed=False)


def _lapse(row: Purchase, now: datetime) -> None:
    row.state, row.ended_at = State.LAPSED, now
    buying_mails.lapsed(row, now)
    if row.balance > 0:
        owe(row, Cause.TOO_LITTLE, row.balance, now)
