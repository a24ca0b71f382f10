"""What an order rests on: earlier proofs that it uses again, and proofs that count no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import day
from authorities.simulated import judge
from authorities.simulated.orders import CaOrder
from pki.authorization import authorization_names
from verification.challenges import Challenge, Void
from verification.outcome import Problem
from verification.reuse import Reused, held_proofs, spelled

MOST_TOLD = 10  # names of one sentence
VOID: dict[str, tuple[str, Promise]] = {
    Void.REVOKED: (
        "proof.revoked",
        gettext_lazy("The proof of %(names)s was revoked. Apply again and prove the domain anew."),
    ),
    Void.GIVEN_UP: (
        "proof.given_up",
        gettext_lazy(
            "The domain %(names)s was given up, and its proof with it. Apply again and prove it"
            " anew."
        ),
    ),
    Void.TAKEN: (
        "proof.taken",
        gettext_lazy(
            "Another customer has proved %(names)s since, so that your proof counts no more. Apply"
            " again and prove the domain anew."
        ),
    ),
}


def used_again(held: Mapping[str, Challenge]) -> str:
    """Which names rest on what, a line each: the way, the name it was proved at, the days."""
    told = [_told(name, proof) for name, proof in held.items()]
    more = len(told) - MOST_TOLD
    return "\n".join(told[:MOST_TOLD] + ([f"+ {more}"] if more > 0 else []))


def _told(name: str, proof: Challenge) -> str:
    assert proof.proved_at is not None
    assert proof.counts_until is not None
    return _(
        "%(name)s rests on the proof of %(proved)s of %(day)s (%(method)s), which may be used until"
        " %(until)s."
    ) % {
        "name": name,
        "proved": proof.proved_at_name,
        "day": day(proof.proved_at),
        "method": proof.get_method_display(),
        "until": day(proof.counts_until),
    }


class ProofsChangedError(Exception):
    """What an order rests on is not what was judged: a proof ended meanwhile, or a newer came."""


def relied_on(order: CaOrder, now: datetime) -> dict[str, Challenge]:
    """By name the proof that counts for the order at `now`: its own, else the earlier one that it
    uses again, else any other of this customer. A name that nothing proves is left out (BR 4.2.1).

    What must be proved anew is proved by the order's own proof and no earlier one.
    """
    request, found = order.request(), dict[str, Challenge]()
    among = [Q(proof=order.proof_id), Q(used_again__proof=order.proof_id), Q()]
    if order.proof_id is None or judge.demands_anew(request):
        among = among[:1]
    for which in among:
        left = [name for name in request.names if name not in found]
        found |= held_proofs(request.customer, left, now, among=which)
    return found


def rely_on(order: CaOrder, judged: Mapping[str, Challenge], now: datetime) -> None:
    """Hold the proofs that were judged until the certificate's bytes are committed, and write down
    what it rests on. Call it in that transaction; raises ProofsChangedError.
    """
    keys = {name: proof.pk for name, proof in judged.items()}
    list(Challenge.objects.select_for_update().filter(pk__in=keys.values()).order_by("pk"))
    still = {name: proof.pk for name, proof in relied_on(order, now).items()}
    if still != keys or set(keys) != set(order.request().names):
        raise ProofsChangedError
    assert order.proof_id is not None
    for name, proof in judged.items():
        if proof.proof_id != order.proof_id:
            Reused.objects.update_or_create(
                proof_id=order.proof_id, name=name, defaults={"challenge": proof, "at": now}
            )


def proof_problem(order: CaOrder, now: datetime) -> Problem | None:
    """Whether every name is proved, judged again when all proofs are in and at the moment of issue
    (BR 4.2.1)."""
    found = relied_on(order, now)
    missing = [name for name in order.request().names if name not in found]
    if not missing:
        return None
    void = {name: code for name in missing if (code := _void_code(order, name)) in VOID}
    if void:
        # One sentence has one cause: the first one's, and the names that it is true of.
        first = next(iter(void.values()))
        code, sentence = VOID[first]
        told = ", ".join(name for name, why in void.items() if why == first)
        return Problem(code, str(sentence) % {"names": told})
    message = _("The proof of %(names)s is too old by now. Apply again and prove the domain anew.")
    return Problem("proof.too_old", message % {"names": ", ".join(missing)})


def _void_code(order: CaOrder, name: str) -> str:
    """Why a proof of `name` that this order rests on is void, "" when none is."""
    places = {form for place in authorization_names(name) for form in spelled(place)}
    its_own = Challenge.objects.filter(proof=order.proof, domain__in=places)
    earlier = Challenge.objects.filter(used_again__proof=order.proof, used_again__name=name)
    # By their keys: the two hang together by different joins.
    keys = [*its_own.values_list("pk", flat=True), *earlier.values_list("pk", flat=True)]
    void = Challenge.objects.filter(pk__in=keys, voided_at__isnull=False).order_by("-voided_at")
    return void.values_list("void_code", flat=True).first() or ""
