"""Whether what a proof needs fits: the record's name into DNS, the mailbox into mail."""

from __future__ import annotations

from django.utils.translation import gettext as _

from pki.findings import printable
from pki.names import MAX_NAME, is_wildcard
from verification.challenges import Method
from verification.methods import cname
from verification.methods.dns import record_name
from verification.methods.mail import FIRST, mailboxes
from verification.outcome import Problem

LONGEST_MAILBOX = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
VALUE = 64  # characters of a value that we ask for
IN_DNS = frozenset({Method.DNS, Method.CNAME})


def problem(
    domain: str, method: str, mailbox: str = "", value: str = "x" * VALUE
) -> Problem | None:
    """Why a canonical name cannot be proved in this way, long as it is; None when it can."""
    if method in IN_DNS and len(at := record_name(domain)) > MAX_NAME:
        message = _(
            "The record for %(name)s would stand at a name of %(length)d characters, and DNS takes"
            " %(limit)d. Choose a file on the web server, or a shorter name."
        )
        if is_wildcard(domain):  # which no file proves
            message = _(
                "The record for %(name)s would stand at a name of %(length)d characters, and DNS"
                " takes %(limit)d. Choose e-mail, or a shorter name."
            )
        told = {"name": printable(domain), "length": len(at), "limit": MAX_NAME}
        return Problem("name.challenge_too_long", message % told)
    if method == Method.CNAME and len(to := cname.target(value)) > MAX_NAME:
        message = _(
            "The alias for %(name)s would lead to a name of %(length)d characters, and DNS takes"
            " %(limit)d. Choose a DNS record, or a shorter value."
        )
        told = {"name": printable(domain), "length": len(to), "limit": MAX_NAME}
        return Problem("name.challenge_too_long", message % told)
    if method == Method.EMAIL and len(_address(domain, mailbox)) > LONGEST_MAILBOX:
        message = _(
            "The address %(name)s has more than %(limit)d characters, which mail does not take."
            " Choose another way of proof, or a shorter name."
        )
        shown = printable(_address(domain, mailbox))
        told = {"name": shown, "limit": LONGEST_MAILBOX}
        return Problem("name.mailbox_too_long", message % told)
    return None


def _address(domain: str, mailbox: str) -> str:
    local = mailbox or FIRST
    return next(
        (each for each in mailboxes(domain) if each.partition("@")[0] == local),
        mailboxes(domain)[0],
    )
