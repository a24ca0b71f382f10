"""Dates and times as people read them, in their language: the formats stand in `config/formats`."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.utils import dateformat, formats


def day(at: date) -> str:
    """5 Dec 2026"""
    return _told(at, formats.get_format("DATE_FORMAT"))


def moment(at: datetime) -> str:
    """5 Dec 2026, 09:15 UTC"""
    return _told(at, formats.get_format("DATETIME_FORMAT"))


def second(at: datetime) -> str:
    """5 Dec 2026, 09:15:30, where two looks may lie in one minute."""
    return _told(at, formats.get_format("DATE_FORMAT") + ", H:i:s")


def day_of_year(at: date) -> str:
    """5 Dec, where the year goes without saying."""
    return _told(at, formats.get_format("MONTH_DAY_FORMAT"))


def moment_of_year(at: datetime) -> str:
    """5 Dec, 09:15"""
    return _told(at, formats.get_format("MONTH_DAY_FORMAT") + ", H:i")


def _told(at: date, told: str) -> str:
    here = at.astimezone(UTC) if isinstance(at, datetime) else at
    return dateformat.format(here, told)
