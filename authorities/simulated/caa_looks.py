"""What CAA said of each name of an order when it was judged last, with whom was asked.

Kept whatever it said: the rules want refusals documented (BR 3.2.2.8), and people ask why. An
order of many names on slow servers is judged in several steps, each shorter than a worker's lease.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from authorities import accounts
from authorities.port import Request
from authorities.simulated import judge
from authorities.simulated.orders import CaOrder, State
from authorities.simulated.proofs import relied_on
from verification.caa import METHOD_LABELS, Applicant, CaaVerdict
from verification.challenges import Challenge
from verification.evidence import in_words
from verification.network import Network
from verification.outcome import Problem

OK = "ok"
# Seconds in which names are begun in one step, before the climbs that go on (caa.LONGEST_CLIMB).
BEGUN_WITHIN = 15.0
# How old a permission may be when the last name is judged; the rules let eight hours (BR 3.2.2.8).
FRESH = timedelta(hours=1)
# What is kept of each look-up on the climb; the record that decided stands beside it.
KEPT = ("name", "status", "resolver", "dnssec", "dnssec_reason")


class CaaLook(models.Model):
    """The newest verdict on one name. Without a code of a problem it is `ok`."""

    order = models.ForeignKey(CaOrder, on_delete=models.PROTECT, related_name="caa_looks")
    name = models.CharField(max_length=255)
    at = models.DateTimeField()
    # Of the order then: what was permitted when it came in permits no signature.
    state = models.CharField(max_length=12, choices=State.choices)
    code = models.CharField(max_length=40)
    message = models.TextField(blank=True, default="")
    evidence = models.JSONField(default=dict)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["order", "name"], name="one_caa_look_a_name"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.code}"

    @property
    def told(self) -> dict[str, str]:
        return in_words(self.evidence)

    def is_for(self, asker: Applicant) -> bool:
        """Whether it was asked as this one; of an address nobody is asked."""
        then = self.evidence
        if "account" not in then:
            return True
        labels = {METHOD_LABELS.get(way, "") for way in (asker.method, asker.otherwise) if way}
        as_asked = then["identities"] == list(asker.identities) and then["account"] == asker.account
        return as_asked and then["method"] in labels


@dataclass(frozen=True)
class Stand:
    """What CAA says of an order: the first name that it keeps from us, and whether a later look may
    differ (RFC 8659); or that nothing does so far, and some names are `left` for the next step."""

    problem: Problem | None = None
    is_retryable: bool = False
    left: tuple[str, ...] = ()


def judge_names(order: CaOrder, network: Network, now: datetime) -> Stand:
    """Ask for the names that have no fresh permission, outside any transaction, as far as time
    allows. Every verdict is kept as it comes."""
    request = order.request()
    left = _to_be_asked(order, request, now)
    refused: dict[str, CaaVerdict] = {}
    for name, verdict in accounts.may_issue_each(left.copy(), network, seconds=BEGUN_WITHIN):
        _keep(order, name, verdict, now)
        del left[name]
        if not verdict.allowed:
            refused[name] = verdict
    # Who forbids is told before who cannot be read: waiting for that one would lead to nothing.
    told = sorted(refused, key=lambda name: (refused[name].retryable, request.names.index(name)))
    if told:
        return Stand(refused[told[0]].problem, refused[told[0]].retryable, tuple(left))
    return Stand(left=tuple(left))


def _to_be_asked(order: CaOrder, request: Request, now: datetime) -> dict[str, Applicant]:
    askers = accounts.applicants(
        request.names,
        identities=request.caa_identities,
        brand=request.brand,
        customer=request.customer,
        method=request.method,
        held=_rests_on(order, request, now),
    )
    if order.proof_id is not None:  # what was proved is proved in its way, and nothing is anew
        askers = {name: replace(asker, otherwise="") for name, asker in askers.items()}
    kept = order.caa_looks.filter(state=order.state, code=OK, at__gt=now - FRESH)
    done = {look.name for look in kept if look.is_for(askers[look.name])}
    return {name: asker for name, asker in askers.items() if name not in done}


def _rests_on(order: CaOrder, request: Request, now: datetime) -> dict[str, Challenge]:
    """What proves each name: once that was asked for, the proof itself, and before it the earlier
    proof that would be used again."""
    if order.proof is None:
        return judge.proofs_held(request, now)
    return relied_on(order, now)


def permitted_again(order: CaOrder, now: datetime) -> dict[str, Challenge]:
    """The earlier proofs that the order may use again: those in a way that CAA permits."""
    held = judge.proofs_held(order.request(), now)
    looks = {look.name: look for look in order.caa_looks.filter(name__in=held, code=OK)}
    return {
        name: proof
        for name, proof in held.items()
        if name not in looks or accounts.is_permitted(proof.method, looks[name].evidence)
    }


def _keep(order: CaOrder, name: str, verdict: CaaVerdict, now: datetime) -> None:
    with transaction.atomic():
        order.caa_looks.filter(name=name).delete()
        _look(order, name, verdict, now).save(force_insert=True)


def _look(order: CaOrder, name: str, verdict: CaaVerdict, now: datetime) -> CaaLook:
    evidence: dict[str, Any] = {
        key: value
        for key, value in verdict.evidence.items()
        if key in ("identities", "account", "method", "found_at", "decided_by", "permits", "fix",
                   "perspectives", "quorum", "marked")
    }  # fmt: skip
    evidence["asked"] = [
        {key: each[key] for key in KEPT if key in each} for each in verdict.evidence["asked"]
    ]
    return CaaLook(
        order=order,
        name=name,
        at=now,
        state=order.state,
        code=verdict.problem.code if verdict.problem else OK,
        message=verdict.problem.message if verdict.problem else "",
        evidence=evidence,
    )
