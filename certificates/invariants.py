"""What must be true of the whole database at any moment, whoever was killed at whatever line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from django.db.models import Count, Q

from accounts.audit import broken_links
from accounts.models import Consent, Statement
from authorities.hierarchy import IssuedCertificate
from authorities.port import Stage
from authorities.simulated import checklists
from authorities.simulated.orders import OPEN_STATES, CaOrder, State
from authorities.simulated.review import review_of
from certificates.applications import Application, Kind, Outcome
from certificates.applied_names import AppliedName
from certificates.books import BUYING_CHECKS, Broken
from certificates.keys import Custody, StoredKey
from certificates.lifecycle import IN_FORCE, UNDER_REVIEW, Status
from certificates.story import Certificate, Event
from certificates.versions import Version
from verification.challenges import Challenge, Proof
from verification.challenges import Status as ChallengeStatus
from work.claims import due_models


def certificates_have_their_rows() -> Iterator[Broken]:
    """Every status has the rows that it needs, and only those."""
    everything = Certificate.objects.prefetch_related("versions", "applications", "events")
    for certificate in everything.iterator(chunk_size=500):
        for code, message in _rows_problems(certificate):
            yield Broken(code, certificate.pk, message)


def _rows_problems(certificate: Certificate) -> Iterator[tuple[str, str]]:
    yield from _version_problems(certificate)
    yield from _application_problems(certificate)
    yield from _story_problems(certificate)


def _version_problems(certificate: Certificate) -> Iterator[tuple[str, str]]:
    status, current = certificate.status, certificate.current
    if (status in IN_FORCE or status == Status.EXPIRED) and status != Status.UPLOAD:
        if current is None:
            yield "version.missing", f"{status} without a current version"
        elif current.revoked_at is not None and status != Status.EXPIRED:
            yield "version.revoked", f"{status}, but its current version is revoked"
    if status in IN_FORCE and current is not None and certificate.due_at is None:
        yield "certificate.no_end", f"{status} without a time at which it ends"
    versions = certificate.versions.all()
    if versions and sum(version.is_current for version in versions) != 1:
        yield "version.current", "not exactly one current version"


def _application_problems(certificate: Certificate) -> Iterator[tuple[str, str]]:
    status, application = certificate.status, certificate.open_application
    if status in UNDER_REVIEW and application is None:
        yield "application.missing", f"{status} without an open application"
    if status not in UNDER_REVIEW and application is not None:
        yield "application.left_open", f"{status} with an open application"
    if application is not None and application.due_at is None and not application.set_aside_at:
        yield "application.asleep", "an open application that nobody will look at again"
    if application is not None and not application.withdrawal_refused_at:
        asked_back = application.withdrawal_asked_at is not None
        if asked_back != (status == Status.CANCELCHECKING):
            yield "withdrawal.status", f"{status}, but a withdrawal says something else"
    is_reissue = application is not None and application.kind == Kind.REISSUE
    if status == Status.CHECKING_DOMAIN and is_reissue and not _asks_for_proof(application):
        yield "proof.missing", "waits for proof, but nothing was asked"


def _asks_for_proof(application: Application | None) -> bool:
    return application is not None and application.proof_id is not None


def _story_problems(certificate: Certificate) -> Iterator[tuple[str, str]]:
    events = sorted(certificate.events.all(), key=lambda event: event.pk)
    if not events:
        yield "story.empty", "no Event"
        return
    for earlier, later in pairwise(events):
        if later.before != earlier.after:
            yield "story.gap", f"{later.verb} starts at {later.before}, not at {earlier.after}"
    if events[-1].after != certificate.status:
        yield "story.end", f"the story ends at {events[-1].after}, not at {certificate.status}"


def versions_are_whole() -> Iterator[Broken]:
    """A version was issued for an ended application, replaces the one before, and has its key."""
    for version in Version.objects.select_related("application", "replaces", "key").iterator():
        application, replaced = version.application, version.replaces
        if application.outcome != Outcome.ISSUED:
            yield Broken("version.application", str(version), "its application did not end issued")
        if (version.number > 1) != (replaced is not None):
            yield Broken("version.replaces", str(version), "does not name the one it replaces")
        if replaced is not None and application.kind == Kind.REISSUE and not replaced.revoked_at:
            yield Broken("version.not_cancelled", str(version), "the original was not cancelled")
        if (version.key_custody == Custody.STORED) != (version.key_id is not None):
            yield Broken("version.key", str(version), "who holds the key is not what is stored")


def applications_have_consents() -> Iterator[Broken]:
    counts = dict(Consent.objects.values_list("application").annotate(Count("pk")))
    for pk in Application.objects.values_list("pk", flat=True):
        if counts.get(str(pk)) != len(Statement):
            yield Broken("consent.missing", f"application {pk}", "not all consents are stored")


def names_stand_beside_their_list() -> Iterator[Broken]:
    """Each application's names stand once as rows too, and no others."""
    rows: dict[int, list[str]] = {}
    for pk, name in AppliedName.objects.values_list("application_id", "name"):
        rows.setdefault(pk, []).append(name)
    for pk, names in Application.objects.values_list("pk", "sans"):
        if sorted(rows.get(pk, [])) != sorted(names):
            yield Broken("application.names", f"application {pk}", "its names are not its rows")


def outcomes_have_versions() -> Iterator[Broken]:
    wrong = Application.objects.filter(
        Q(outcome=Outcome.ISSUED, version__isnull=True)
        | Q(outcome="", ended_at__isnull=False)
        | ~Q(outcome="") & Q(ended_at__isnull=True)
    )
    for application in wrong:
        yield Broken("application.outcome", str(application), "its end does not fit its rows")


def no_orphan_keys() -> Iterator[Broken]:
    used = set(Application.objects.exclude(key=None).values_list("key_id", flat=True))
    for pk in StoredKey.objects.values_list("pk", flat=True):
        if pk not in used:
            yield Broken("key.orphan", str(pk), "a stored key that no application refers to")


def orders_are_whole() -> Iterator[Broken]:
    """An order issued exactly what it says, and no certificate stands without its order."""
    for order in CaOrder.objects.select_related("issued").iterator():
        if (order.state == State.ISSUED) != (order.issued_id is not None):
            yield Broken("order.issued", order.reference, "its state and its certificate differ")
        if order.state == State.ISSUED and (bare := _unrecorded(order)):
            yield Broken("order.rests_on", order.reference, f"nothing is known to prove {bare}")
        if order.state == State.PROVING and order.proof_id is None:
            yield Broken("order.proof", order.reference, "waits for a proof that was never asked")
        if order.reached(Stage.CANCELLED):
            replaced = IssuedCertificate.objects.filter(serial=order.request().replaces).first()
            if replaced is None or replaced.revoked_at is None:
                yield Broken("order.not_revoked", order.reference, "the original is not revoked")
    known = CaOrder.objects.values("request_id")
    for issued in IssuedCertificate.objects.exclude(order__in=known):
        yield Broken("issued.orphan", issued.serial, "a certificate that nobody ordered")


def _unrecorded(order: CaOrder) -> str:
    """The names of an issued order for which no proof is written down, whatever became of it."""
    if order.proof is None:
        return ", ".join(order.request().names)
    again = {each.name for each in order.proof.reused.all()}
    proved = order.proof.challenges.filter(status=ChallengeStatus.PROVED)
    own = {name for each in proved for name in (each.domain, each.proved_at_name)}
    bare = [name for name in order.request().names if name not in again | own]
    return ", ".join(bare)


def reviews_were_whole() -> Iterator[Broken]:
    """What was approved had every point found good, for EV by somebody else, and is remembered."""
    lists = checklists.read()
    approved = CaOrder.objects.filter(reviewed_at__isnull=False)
    for order in approved.select_related("validation").prefetch_related("review_notes"):
        review = review_of(order, lists)
        if review.open_points:
            yield Broken("review.points_open", order.reference, "approved with open points")
        if review.four_eyes and order.reviewed_by in review.checked_by:
            yield Broken("review.four_eyes", order.reference, "approved by who checked it")
        if not hasattr(order, "validation"):
            yield Broken("review.forgotten", order.reference, "approved, but not remembered")


def orders_are_looked_after() -> Iterator[Broken]:
    """An open order belongs to an open application, and somebody will look at it again."""
    opened = CaOrder.objects.filter(state__in=OPEN_STATES)
    ended = Application.objects.filter(ended_at__isnull=False).values("ca_request")
    for order in opened.filter(request_id__in=ended):
        yield Broken("order.left_open", order.reference, "its application has ended")
    by_themselves = (State.RECEIVED, State.SCHEDULED, State.ISSUING)
    for order in opened.filter(
        state__in=by_themselves, due_at__isnull=True, set_aside_at__isnull=True
    ):
        yield Broken("order.asleep", order.reference, "open, but nobody will look at it again")


def revocations_agree() -> Iterator[Broken]:
    """Every version that we call revoked is revoked at the authority, and the other way round.

    While an application is open the authority may be one answer ahead of us.
    """
    revoked = IssuedCertificate.objects.filter(revoked_at__isnull=False).values("serial")
    for version in Version.objects.filter(revoked_at__isnull=False).exclude(serial__in=revoked):
        yield Broken("version.revocation", str(version), "the authority did not revoke it")
    asking = Application.objects.filter(ended_at__isnull=True).values("certificate")
    unknown = Version.objects.filter(revoked_at__isnull=True, serial__in=revoked)
    for version in unknown.exclude(certificate__in=asking):
        yield Broken("version.revoked_unseen", str(version), "revoked, and we do not know it")


def proofs_agree() -> Iterator[Broken]:
    for proof in Proof.objects.prefetch_related("challenges").iterator(chunk_size=500):
        asked = [each.status for each in proof.challenges.all()]
        left = [status for status in asked if status != ChallengeStatus.REPLACED]
        proved = all(status == ChallengeStatus.PROVED for status in left)
        if proved != proof.is_proved():
            yield Broken("proof.proved", str(proof.pk), "its challenges say something else")
    asleep = Challenge.objects.filter(
        status=ChallengeStatus.OPEN, due_at__isnull=True, set_aside_at__isnull=True
    )
    for challenge in asleep:
        yield Broken("challenge.asleep", str(challenge), "open, but nobody will look again")


def nothing_is_set_aside() -> Iterator[Broken]:
    for model in due_models():
        for row in model._default_manager.filter(set_aside_at__isnull=False):
            yield Broken("work.set_aside", f"{model.__name__} {row.pk}", row.last_problem[:200])


def audit_is_unbroken() -> Iterator[Broken]:
    for entry in broken_links():
        yield Broken("audit.chain", f"entry {entry.pk}", "is not what was written")


def events_are_known() -> Iterator[Broken]:
    for event in Event.objects.exclude(after__in=Status.values):
        yield Broken("story.status", str(event), "an Event with an unknown status")


CHECKS: tuple[Callable[[], Iterator[Broken]], ...] = (
    certificates_have_their_rows,
    versions_are_whole,
    applications_have_consents,
    names_stand_beside_their_list,
    outcomes_have_versions,
    no_orphan_keys,
    orders_are_whole,
    reviews_were_whole,
    orders_are_looked_after,
    revocations_agree,
    proofs_agree,
    nothing_is_set_aside,
    audit_is_unbroken,
    events_are_known,
    *BUYING_CHECKS,
)


def broken_invariants() -> list[Broken]:
    return [broken for check in CHECKS for broken in check()]
