"""What was proved before and may be used again (BR 4.2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models

from pki import names, schedule
from pki.authorization import authorization_names
from verification.challenges import BY_MAIL, Challenge, Proof
from verification.giving_up import GivenUp, standing


class Reused(models.Model):
    """An earlier proof that an order rests on for `name`, in place of one of its own."""

    proof = models.ForeignKey(Proof, on_delete=models.PROTECT, related_name="reused")
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="used_again")
    name = models.CharField(max_length=253)
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["proof", "name"], name="one_reuse_a_name"),)

    def __str__(self) -> str:
        return f"{self.name} · {self.challenge}"


def still_counting(project_id: int, now: datetime) -> models.QuerySet[Challenge]:
    """What this customer proved that may still be used for its own name at `now`."""
    found = standing(project_id).filter(proved_at__gt=now - schedule.domain_reuse(now))
    return found if schedule.mail_method_allowed(now) else found.exclude(method__in=BY_MAIL)


def newest_proof(project_id: int, name: str, now: datetime) -> Challenge | None:
    """The newest proof by this customer that may still be used for `name`, None when none may."""
    return held_proofs(project_id, [name], now).get(name)


def held_proofs(
    project_id: int,
    wanted: Iterable[str],
    now: datetime,
    lasting: timedelta = timedelta(),
    *,
    among: models.Q | None = None,
) -> dict[str, Challenge]:
    """By name, the newest proof that may still be used `lasting` after `now`: two queries.

    A name that its customer gave up needs a proof that is newer than that. `among`: only of these.
    """
    places = {name: authorization_names(name) for name in wanted}
    if not places:
        return {}
    every = {place for each in places.values() for place in each}
    proved = list(
        still_counting(project_id, now)
        .filter(
            among or models.Q(), domain__in={form for place in every for form in spelled(place)}
        )
        .order_by("-proved_at", "-pk")
    )
    if not proved:
        return {}
    given_up = GivenUp.last_times(project_id, every)
    found = {}
    for name, above in places.items():
        since = max((given_up[place] for place in above if place in given_up), default=None)
        for each in proved:
            if since is not None and each.proved_at is not None and each.proved_at <= since:
                break
            if each.proves(name, now) and each.proves(name, now + lasting):
                found[name] = each
                break
    return found


def spelled(place: str) -> tuple[str, ...]:
    """The names by which an order may have asked for the proof at `place`."""
    base = names.strip_wildcard(place)
    return base, f"*.{base}", f"www.{base}"
