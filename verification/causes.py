"""The closed catalogue of what may stand in the way of a proof: cause, whose turn, sentence.

The codes are an interface. A sentence says in its first part what is wrong and where, in its second
what to do. The causes of CAA, mail and the proof's age find their own words where they are found.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts import kept_sentences
from verification.cause import Cause, Turn
from verification.dns_causes import DNS_CAUSES
from verification.file_causes import FILE_CAUSES
from verification.outcome import Problem

__all__ = ["CATALOGUE", "Cause", "Turn", "problem", "whose_turn"]


CATALOGUE: Mapping[str, Cause] = {
    **DNS_CAUSES,
    **FILE_CAUSES,
    "mail.refused": Cause(Turn.YOU),
    "mail.bounced": Cause(Turn.YOU),
    "mail.unanswered": Cause(Turn.YOU),
    "mail.unsent": Cause(Turn.US),
    "mail.unpublished": Cause(Turn.YOU),
    "caa.forbids": Cause(Turn.YOU),
    "caa.forbids_wildcard": Cause(Turn.YOU),
    "caa.unknown_critical": Cause(Turn.YOU),
    "caa.account": Cause(Turn.YOU),
    "caa.method": Cause(Turn.YOU),
    "caa.unreachable": Cause(Turn.DNS_HOST),
    "caa.resolver": Cause(Turn.US),
    "name.paused": Cause(
        Turn.YOU,
        _(
            "We stopped looking for the proof of %(domain)s on %(day)s: it was not seen in "
            "%(days)s days. The last look saw: “%(seen)s” Mend that and press Resume; without it "
            "nothing is looked for, and the value ends on %(until)s."
        ),
    ),
    "method.ended": Cause(
        Turn.YOU,
        _(
            "Since %(day)s no authority takes a mail as proof, so that an answer does not prove "
            "%(domain)s any more. Choose another way to prove it."
        ),
    ),
    "proof.lapsed": Cause(Turn.YOU),
    "proof.stuck": Cause(Turn.US),
}

# CAA that could not be read: nobody forbade anything, and it is asked again by itself.
UNREAD = frozenset({"caa.unreachable", "caa.resolver"})

# Why a mail that asks for a proof waits in nobody's mailbox.
NOT_DELIVERED = frozenset({"mail.refused", "mail.bounced", "mail.unpublished"})
# Where another mailbox, or another way, is the only way on.
ANOTHER_MAILBOX = NOT_DELIVERED | {"method.ended"}


def problem(code: str, params: Mapping[str, object], variant: str = "") -> Problem:
    """The problem of that code with what was seen put into its sentence.

    A blank `ttl` that is None or 0 leaves out how long a change takes to be seen.
    """
    cause = CATALOGUE[code]
    text = cause.variants.get(variant, cause.text)
    if "ttl" in params and not params["ttl"]:
        text = cause.variants.get(f"{variant}_whenever".lstrip("_"), text)
    return Problem(code, gettext(text) % params)


def is_unregistered(code: str, message: str) -> bool:
    """Whether a kept problem says that the domain is not there at all, so that nothing can be
    published in it."""
    if code != "dns.nxdomain":
        return False
    return kept_sentences.is_kept_from(CATALOGUE[code].variants["unregistered"], message)


def whose_turn(code: str) -> Turn | None:
    """None when nobody must act, or when a kept code is not known any more."""
    cause = CATALOGUE.get(code)
    return None if cause is None else cause.turn
