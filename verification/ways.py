"""Which way may prove which name. The customer's side asks before it sends anything in, and the
authority asks again: its counter takes nobody's word for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.dates import day
from pki import addresses, names, schedule
from verification import challenge_names, contacts
from verification.challenges import BY_MAIL, Method
from verification.methods import dns
from verification.methods.mail import LOCAL_PARTS
from verification.outcome import Problem
from verification.writing import MOST_TO_A_MAILBOX, free_at


def problems(
    domains: Sequence[str], method: str, mailbox: str, now: datetime
) -> tuple[Problem, ...]:
    """All reasons why `domains` cannot be proved by `method` (by mail: at `mailbox`) at `now`.

    The domains are proved side by side: several aliases may not fall together.
    """
    if method not in Method.values:
        message = _("There is no such way of proof. These are: %(ways)s.")
        told = message % {"ways": ", ".join(Method.values)}
        return (Problem("method.unknown", told),)
    if any(map(addresses.is_address, domains)):  # BR 3.2.2.5.1
        return tuple(_of_an_address(method))
    return tuple(_of_names(domains, method, mailbox, now))


def _of_an_address(method: str) -> Iterator[Problem]:
    if method != Method.FILE:
        message = _("An IP address is proved by a file on its web server only. Choose the file.")
        yield Problem("method.address", message)


def _of_names(
    domains: Sequence[str], method: str, mailbox: str, now: datetime
) -> Iterator[Problem]:
    if method == Method.FILE and any(map(names.is_wildcard, domains)):  # BR 3.2.2.4.18
        yield Problem("file.wildcard", _("A file never proves a wildcard. Choose DNS or e-mail."))
    for name in domains:
        if (long := challenge_names.problem(name, method, mailbox)) is not None:
            yield long
    at = [dns.record_name(name) for name in domains]
    if method == Method.CNAME and len(set(at)) < len(at):
        message = _(
            "A CNAME stands alone at its name, and %(at)s would need one for each of several"
            " domains. Choose DNS record."
        )
        shared = next(each for each in at if at.count(each) > 1)
        yield Problem("cname.shared", message % {"at": shared})
    if method in BY_MAIL and not schedule.mail_method_allowed(now):
        message = _("Since %(day)s no authority takes a mail as proof. Choose DNS record.")
        yield Problem("method.ended", message % {"day": day(schedule.MAIL_METHOD_ENDS)})
    if mailbox and mailbox not in LOCAL_PARTS and not contacts.is_id(mailbox):
        message = _("The mail can go to these mailboxes: %(boxes)s.")
        yield Problem("mailbox.unknown", message % {"boxes": ", ".join(LOCAL_PARTS)})
    elif method in BY_MAIL and mailbox in LOCAL_PARTS:
        boxes = [f"{mailbox}@{names.strip_wildcard(name)}" for name in domains]
        again_at = free_at(boxes, now, MOST_TO_A_MAILBOX)
        if again_at is not None:
            message = _(
                "We wrote %(count)d mails to this mailbox within a day. Choose another mailbox or"
                " another way, or this one again from %(at)s UTC on."
            )
            words = {"count": MOST_TO_A_MAILBOX, "at": f"{again_at:%Y-%m-%d %H:%M}"}
            yield Problem("mailbox.too_often", message % words)
