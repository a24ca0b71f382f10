"""5. Dez. 2026, 09:15 UTC: months as short words, so that no reader takes a day for a month."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j. N Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"j. N Y, H:i \U\T\C"
MONTH_DAY_FORMAT = "j. N"
TIME_FORMAT = "H:i"
