"""What CAA said of each name of an order when it was judged last, with whom was asked.

Kept whatever it said: the rules want refusals documented (BR 3.2.2.8), and people ask why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction

from authorities.simulated import judge
from authorities.simulated.orders import CaOrder
from verification.caa import CaaVerdict
from verification.evidence import in_words
from verification.network import Network
from verification.outcome import Problem

OK = "ok"
# What is kept of each look-up on the climb; the record that decided stands beside it.
KEPT = ("name", "status", "resolver", "dnssec", "dnssec_reason")


class CaaLook(models.Model):
    """The newest verdict on one name. Without a code of a problem it is `ok`."""

    order = models.ForeignKey(CaOrder, on_delete=models.PROTECT, related_name="caa_looks")
    name = models.CharField(max_length=255)
    at = models.DateTimeField()
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


def problem(order: CaOrder, network: Network, now: datetime) -> tuple[Problem, bool] | None:
    """Judge the names of the order, outside any transaction, and keep every verdict."""
    verdicts: list[tuple[str, CaaVerdict]] = []
    found = judge.caa_problem(
        order.request(), network, now, lambda name, verdict: verdicts.append((name, verdict))
    )
    looks = [_look(order, name, verdict, now) for name, verdict in verdicts]
    with transaction.atomic():
        order.caa_looks.filter(name__in=[look.name for look in looks]).delete()
        CaaLook.objects.bulk_create(looks)
    return found


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
        code=verdict.problem.code if verdict.problem else OK,
        message=verdict.problem.message if verdict.problem else "",
        evidence=evidence,
    )
