"""Why a mail that asks for a proof waits in nobody's mailbox, and whose turn that is.

A server that refuses the mailbox is the customer's to mend. A mail that our own server did not take
is ours, whatever it answered; one that was put off waits and is tried again.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from verification.mail import OutgoingMail
from verification.outcome import Problem


def undelivered_problem(mail: OutgoingMail) -> Problem | None:
    """None when the mail was delivered, as far as anybody told us."""
    told = {"mailbox": mail.recipient, "said": mail.problem}
    if mail.bounced_at is not None:
        sentence = _(
            "The mail to %(mailbox)s came back: it could not be delivered. Choose another mailbox,"
            " or another way to prove the domain."
        )
        return Problem("mail.bounced", sentence % told)
    if mail.is_refused():
        sentence = _(
            "The mail server of %(mailbox)s refused the mail (%(said)s). Choose another mailbox, or"
            " another way to prove the domain."
        )
        return Problem("mail.refused", sentence % told)
    if mail.sent_at is not None:
        return None
    return Problem("mail.unsent", _unsent(mail) % told)


def _unsent(mail: OutgoingMail) -> str:
    if mail.failed_at is not None:
        return _(
            "Our mail to %(mailbox)s has not left: our mail server did not take it for three days."
            " We have to mend that. If you cannot wait, choose another way to prove the domain."
        )
    if not mail.problem:
        return _(
            "Our mail to %(mailbox)s is on its way. Nothing is for you to do until it arrives."
        )
    if mail.is_ours_to_mend:
        return _(
            "Our mail to %(mailbox)s has not left yet: our mail server does not take it. We try it"
            " again by ourselves; nothing is for you to do until it arrives."
        )
    return _(
        "The mail server of %(mailbox)s puts our mail off (%(said)s). We try it again by ourselves;"
        " nothing is for you to do until it arrives."
    )
