"""What CAA said of each name of an order when it was judged last, with whom was asked.

Kept whatever it said: the rules want refusals documented (BR 3.2.2.8), and people ask why. Who
asks is authorities/simulated/caa_asking.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from authorities import accounts
from authorities.port import Request
from authorities.simulated import judge
from authorities.simulated.orders import CaOrder, State
from authorities.simulated.proofs import relied_on
from verification.caa import CaaVerdict
from verification.caa_records import METHOD_LABELS, Applicant
from verification.causes import UNREAD
from verification.challenges import Challenge, Status
from verification.evidence import in_words

OK = "ok"
# How old a permission may be when the last name is judged; the rules let eight hours (BR 3.2.2.8).
FRESH = timedelta(hours=1)
# What is kept of each look-up on the climb; the record that decided stands beside it.
KEPT = ("name", "status", "chain", "resolver", "dnssec", "dnssec_reason")


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
    def is_unread(self) -> bool:
        """Nobody forbade it: a later look may differ."""
        return self.code in UNREAD

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


def unasked(order: CaOrder, now: datetime) -> dict[str, Applicant]:
    """The names that have no fresh permission, each with who asks for it."""
    askers = _askers(order, now)
    kept = order.caa_looks.filter(state=order.state, code=OK, at__gt=now - FRESH)
    done = {look.name for look in kept if look.is_for(askers[look.name])}
    return {name: asker for name, asker in askers.items() if name not in done}


def unseen(order: CaOrder, now: datetime, since: datetime) -> dict[str, Applicant]:
    """The names that nobody looked at since then in the way that they are to be proved in: a proof
    that is open is asked for as its customer wants it now."""
    assert order.proof is not None
    opened = order.proof.challenges.filter(status=Status.OPEN)
    ways = dict(opened.values_list("domain", "method"))
    askers = {
        name: replace(asker, method=ways.get(name, asker.method))
        for name, asker in _askers(order, now).items()
    }
    kept = order.caa_looks.filter(at__gte=since)
    done = {look.name for look in kept if look.is_for(askers[look.name])}
    return {name: asker for name, asker in askers.items() if name not in done}


def _askers(order: CaOrder, now: datetime) -> dict[str, Applicant]:
    request = order.request()
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
    return askers


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


def keep(order: CaOrder, verdicts: Mapping[str, CaaVerdict], now: datetime) -> None:
    """Each in the place of the one before it, in the caller's transaction."""
    order.caa_looks.filter(name__in=verdicts).delete()
    CaaLook.objects.bulk_create(
        _look(order, name, verdict, now) for name, verdict in verdicts.items()
    )


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
