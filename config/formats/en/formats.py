"""Dates and times as the look writes them; `accounts/dates.py` puts them together."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"j M Y, H:i \U\T\C"
MONTH_DAY_FORMAT = "j M"
TIME_FORMAT = "H:i"
