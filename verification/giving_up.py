"""Proofs that end before their time: a name is given up, taken over, or a proof is revoked.

A proof that is void stays as it was made, with its evidence; nothing is proved by it any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models

from accounts.actors import Actor, label
from pki.authorization import covers
from verification.challenges import Challenge, Status, Void
from verification.signals import taken


class GivenUp(models.Model):
    """A customer said that a name is not theirs any more: what was proved before is over for it
    and for all names below, also where a name above it was proved."""

    project = models.ForeignKey("accounts.Project", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=253)
    at = models.DateTimeField()
    by = models.CharField(max_length=254)

    class Meta:
        indexes = (models.Index(fields=["project", "name"]),)

    def __str__(self) -> str:
        return f"{self.name} · {self.at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def last_times(cls, project_id: int, places: Iterable[str]) -> dict[str, datetime]:
        """When the customer gave each of these names up last, those never given up left out."""
        rows = cls.objects.filter(project_id=project_id, name__in=set(places))
        return dict(rows.values_list("name").annotate(models.Max("at")))


class ProvedName(models.Model):
    """A place at which a name was proved. Who proves one locks its row until all is written, so
    that of two in the same instant one comes second and ends the proof of the first."""

    name = models.CharField(max_length=253, primary_key=True)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def lock(name: str) -> None:
        """Let nobody else take `name` over before this transaction ends."""
        # Waits for whoever is writing the same row for the first time.
        ProvedName.objects.bulk_create([ProvedName(name=name)], ignore_conflicts=True)
        ProvedName.objects.select_for_update().get(pk=name)


def standing(project_id: int) -> models.QuerySet[Challenge]:
    """What this customer proved and nobody made void, however old."""
    return Challenge.objects.filter(
        proof__project_id=project_id, status=Status.PROVED, voided_at__isnull=True
    )


def proofs_within(project_id: int, name: str) -> list[Challenge]:
    """The standing proofs at `name` or below it: what giving it up makes void."""
    found = standing(project_id).filter(domain__endswith=name).order_by("-proved_at", "-pk")
    return [each for each in found if covers(name, each.proved_at_name)]


def give_up(project_id: int, name: str, *, actor: Actor, now: datetime) -> list[Challenge]:
    """Write it down and end the proofs at the name and below. Call it in the verb's transaction."""
    GivenUp.objects.create(project_id=project_id, name=name, at=now, by=label(actor))
    ended = proofs_within(project_id, name)
    make_void(ended, Void.GIVEN_UP, now, by=label(actor))
    return ended


def take_over(proved: Challenge, now: datetime) -> None:
    """Who proves a name holds it: what other customers proved at this very name is over.

    The rooms above tell those customers. Neither is told who the other is. Call it in the
    transaction in which `proved` is proved.
    """
    place = proved.proved_at_name
    ProvedName.lock(place)
    others = Challenge.objects.filter(
        status=Status.PROVED,
        voided_at__isnull=True,
        domain__in=[place, f"*.{place}", f"www.{place}"],
    ).exclude(proof__project_id=proved.proof.project_id)
    lost = [each for each in others if each.proved_at_name == place]
    if lost:
        make_void(lost, Void.TAKEN, now)
        taken.send(Challenge, proofs=lost, now=now)


def make_void(
    proofs: Iterable[Challenge], code: Void, now: datetime, *, by: str = "", reason: str = ""
) -> int:
    """End those that still stand; answers how many. A repeat ends nothing twice."""
    rows = Challenge.objects.filter(
        pk__in=[each.pk for each in proofs], status=Status.PROVED, voided_at__isnull=True
    )
    return rows.update(voided_at=now, void_code=code, voided_by=by, void_reason=reason)
