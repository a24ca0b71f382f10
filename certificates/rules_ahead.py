"""What the rules change, told from a year before: methods that end, validity, reuse of proofs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.dates import day
from pki import schedule
from verification.challenges import BY_MAIL

TOLD_BEFORE = timedelta(days=365)


def ends_soon(method: str, now: datetime) -> str:
    """Until when a way of proof counts, where that is within a year; "" otherwise."""
    ends = schedule.MAIL_METHOD_ENDS
    if method not in BY_MAIL or not now < ends <= now + TOLD_BEFORE:
        return ""
    told = _(
        "Until %(day)s: from then on no authority takes a mail as proof, and what was proved by"
        " one is proved anew in another way."
    )
    return told % {"day": day(ends)}


def rules_ahead(now: datetime) -> list[str]:
    """The changes of the next year, each a sentence with its day."""
    found = []
    for row in schedule.changes_ahead(now, TOLD_BEFORE):
        told = _(
            "From %(day)s a certificate runs for at most %(validity)d days, and a proof may be used"
            " again for %(reuse)d days, earlier proofs too."
        )
        words = {"validity": row.validity_days, "reuse": row.domain_reuse_days}
        found.append(told % {"day": day(row.since), **words})
    if now < schedule.MAIL_METHOD_ENDS <= now + TOLD_BEFORE:
        told = _("From %(day)s no authority takes a mail as proof of a domain.")
        found.append(told % {"day": day(schedule.MAIL_METHOD_ENDS)})
    return found
