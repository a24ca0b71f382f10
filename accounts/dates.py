"""Dates and times as people read them, in their language: the formats stand in `config/formats`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from django.utils import dateformat, formats

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
KEPT = re.compile(
    rf"(?P<day>\d{{1,2}}) (?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}})"
    r"(?:, (?P<hour>\d\d):(?P<minute>\d\d) UTC)?",
    re.ASCII,
)


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


def second_of_year(at: datetime) -> str:
    """5 Dec, 09:15:30"""
    return _told(at, formats.get_format("MONTH_DAY_FORMAT") + ", H:i:s")


def as_read(kept: str) -> str:
    """A day or moment that was kept in the portal's language, as the reader writes it; all else as
    it is."""
    found = KEPT.fullmatch(kept)
    if found is None:
        return kept
    year, on, hour, minute = (int(found[part] or 0) for part in ("year", "day", "hour", "minute"))
    try:
        at = datetime(year, MONTHS.index(found["month"]) + 1, on, hour, minute, tzinfo=UTC)
    except ValueError:  # somebody else's words
        return kept
    return day(at) if found["hour"] is None else moment(at)


def _told(at: date, told: str) -> str:
    here = at.astimezone(UTC) if isinstance(at, datetime) else at
    return dateformat.format(here, told)
