"""What a customer was asked to publish before: left in the DNS, it looks like a proof.

A value that an open order still asks for is no such rest: several may stand at one name.
"""

from __future__ import annotations

from collections.abc import Sequence

from pki.names import strip_wildcard
from verification.challenges import Challenge, Proof, Status

MOST = 20


def asked_before(project_id: int, name: str) -> tuple[str, ...]:
    """The values that this project was asked for at the name and is no more, the newest first."""
    rows = Challenge.objects.filter(proof__project_id=project_id, domain__in=_namesakes(name))
    return tuple(
        rows.exclude(status=Status.OPEN).order_by("-pk").values_list("value", flat=True)[:MOST]
    )


def earlier_values(challenges: Sequence[Challenge]) -> dict[int, tuple[str, ...]]:
    """For each of these the values of its project's earlier orders of the name that are asked for
    no more, the newest first. Two queries."""
    proofs = {each.proof_id for each in challenges}
    projects = dict(Proof.objects.filter(pk__in=proofs).values_list("pk", "project_id"))
    namesakes = {each.pk: _namesakes(each.domain) for each in challenges}
    rows = Challenge.objects.filter(
        domain__in={name for names in namesakes.values() for name in names},
        proof__project_id__in=set(projects.values()),
    ).exclude(status=Status.OPEN)
    asked: dict[tuple[int, str], list[tuple[int, str, int]]] = {}
    facts = rows.values_list("pk", "value", "proof_id", "proof__project_id", "domain")
    for pk, value, proof, project, domain in facts:
        asked.setdefault((project, domain), []).append((pk, value, proof))
    found = {}
    for each in challenges:
        places = [(projects[each.proof_id], name) for name in namesakes[each.pk]]
        earlier = [
            (pk, value)
            for place in places
            for pk, value, proof in asked.get(place, [])
            if pk < each.pk and proof != each.proof_id
        ]
        found[each.pk] = tuple(value for _pk, value in sorted(earlier, reverse=True)[:MOST])
    return found


def _namesakes(name: str) -> list[str]:
    """The names whose record may stand where that of `name` stands."""
    base = strip_wildcard(name).removeprefix("www.")
    return [base, f"*.{base}", f"www.{base}"]
