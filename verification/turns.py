"""Whose turn a proof is, the same wherever it is told: pages, mails, administration, JSON.

Of several names the customer's turn wins when any of them is theirs: only they may be kept waiting
by nobody else. A name that nobody looked at yet waits for the customer, who has to publish; for us
where we do that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from verification.causes import CATALOGUE, Turn, is_unregistered, whose_turn
from verification.challenges import Challenge, Method, Status
from verification.diagnosis import fix
from verification.published import published
from verification.publishing import is_in_our_hands

# The first that any name has is the turn of all of them.
FIRST = (Turn.YOU, Turn.DNS_HOST, Turn.CA, Turn.US)
# The same for staff: they read about the customer, and "us" is them.
OF_STAFF: Mapping[Turn, Promise] = {
    Turn.YOU: gettext_lazy("Customer"),
    Turn.DNS_HOST: gettext_lazy("DNS host of the customer"),
    Turn.US: gettext_lazy("Ours, by itself"),
    Turn.CA: gettext_lazy("Authority"),
}
# The codes after which nobody waits for the customer.
OF_OTHERS = tuple(code for code, cause in CATALOGUE.items() if cause.turn != Turn.YOU)
OF_DNS_HOST = tuple(code for code, cause in CATALOGUE.items() if cause.turn == Turn.DNS_HOST)

# Nothing was published yet, or nobody has answered yet: nothing is wrong, it is to be done.
NOTHING_YET = frozenset({"", "dns.absent", "dns.nxdomain", "file.absent", "mail.unanswered"})


def is_nothing_yet(code: str, method: str, message: str = "") -> bool:
    """Whether all that is missing is what was asked for; the address of a web server is not, nor is
    a domain that nobody registered."""
    if is_unregistered(code, message):
        return False
    return code in NOTHING_YET and not (method == Method.FILE and code.startswith("dns."))


@dataclass(frozen=True)
class Stand:
    """Whose turn it is and why: `code` and `sentence` are "" while nobody has looked, and while we
    publish the record ourselves.

    `count` of `total` names that wait are this turn's; `challenge` is the first of them that has a
    cause, which the sentence and the line to paste are about.
    """

    turn: Turn
    code: str
    sentence: str
    fix: str
    challenge: Challenge
    count: int = 1
    total: int = 1

    @property
    def is_by_itself(self) -> bool:
        """We publish what is missing, and nobody has to lend a hand."""
        return self.turn == Turn.US and not self.code


def now_stands(challenge: Challenge) -> Stand | None:
    """Of one name; None when it waits for nobody."""
    if challenge.status != Status.OPEN:
        return None
    if is_in_our_hands(challenge):
        return Stand(Turn.US, "", "", "", challenge)
    code = challenge.problem_code
    if code:
        line = fix(code, challenge.domain, challenge.method, challenge.value)
        if is_unregistered(code, challenge.problem_message):
            line = ""
        turn = whose_turn(code) or Turn.YOU
        return Stand(turn, code, challenge.problem_message, line, challenge)
    record = published(challenge)
    return Stand(Turn.YOU, "", "", record.line if record else "", challenge)


def all_stand(asked: Sequence[Challenge]) -> Stand | None:
    """Of all names of an order; None when none of them waits."""
    waiting = [stand for each in asked if (stand := now_stands(each)) is not None]
    if not waiting:
        return None
    turn = min((each.turn for each in waiting), key=FIRST.index)
    of_this = [each for each in waiting if each.turn == turn]
    first = next((each for each in of_this if each.code), of_this[0])
    return Stand(
        turn,
        first.code,
        first.sentence,
        first.fix,
        first.challenge,
        count=len(of_this),
        total=len(waiting),
    )
