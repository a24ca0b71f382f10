"""A method's check, with every perspective that is configured beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps

from verification import causes
from verification.network import Network
from verification.outcome import Outcome, Question
from verification.perspectives import Glance, Quorum, Round

Checker = Callable[[Question, Network, datetime], Outcome]
Glancer = Callable[[Question, datetime, Network], Glance]

# A look at one web server from many places is made of this many connections at a time.
MOST_FETCHES = 2


def from_all_sides(check: Checker, glance: Glancer) -> Checker:
    """Ask the places while the primary looks: a question to the DNS costs nobody much."""

    @wraps(check)
    def run(question: Question, network: Network, now: datetime) -> Outcome:
        if not network.perspectives:
            return check(question, network, now)
        with Round(network.perspectives, partial(glance, question, now)) as others:
            outcome = check(question, network, now)
            return weighed(question, outcome, others.quorum())

    return run


def then_from_all_sides(check: Checker, glance: Glancer) -> Checker:
    """Ask the places only about what the primary saw: a web server is not asked in vain."""

    @wraps(check)
    def run(question: Question, network: Network, now: datetime) -> Outcome:
        outcome = check(question, network, now)
        if not network.perspectives or not outcome.proved:
            return outcome
        asked = partial(glance, question, now)
        with Round(network.perspectives, asked, MOST_FETCHES) as others:
            return weighed(question, outcome, others.quorum())

    return run


def weighed(question: Question, outcome: Outcome, quorum: Quorum) -> Outcome:
    """The outcome with every view in its evidence; a proof stands only with its quorum."""
    evidence = outcome.evidence | quorum.as_evidence()
    if not outcome.proved or quorum.is_met:
        return Outcome(outcome.proved, outcome.problem, evidence)
    params = quorum.told() | {"name": str(evidence.get("name", question.domain))}
    if quorum.is_ours_to_mend:
        return Outcome(False, causes.problem("dns.resolver", params, "places"), evidence)
    variant = "places_file" if evidence.get("method") == "FILE" else "places"
    return Outcome(False, causes.problem("dns.partial", params, variant), evidence)
