"""Publishing the record of a challenge for the customer, and taking it away afterwards.

What is wanted is written down with the challenge; the rest is due work. Before each call the row
says that it is made, so that a record is never forgotten in somebody's zone: killed at any line,
the step publishes or removes again, which changes nothing where the first try arrived. Only the
call waits for the customer's name server, many at once: one that hangs delays nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from pki.sealed import SealBroken
from verification.challenges import Challenge, Status
from verification.dns_update import Unchanged, problem
from verification.outcome import Problem
from verification.published import PublishedRecord, published
from verification.zones import Zone, covering
from work.claims import try_again as try_row_again
from work.failpoints import reach
from work.models import Lane, WaitingRow
from work.nudge import wake
from work.steps import Step, back_off

if TYPE_CHECKING:
    from verification.network import Network

# A challenge that we publish for is looked at when its record stands, and not before: resolvers
# keep a "no" (RFC 2308). Seconds until it is looked at all the same.
FIRST_LOOK = timedelta(minutes=2)
LOOKS_AGAIN = timedelta(hours=1)  # whether what stands is still wanted, should a nudge be lost
BUSY = "zone.busy"  # nothing was asked: it says nothing about the zone
BUSY_WAIT, BUSY_TOLD = timedelta(seconds=3), timedelta(minutes=5)
# What a look says where a record of ours stood: a zone that was loaded anew has lost it.
LOST = frozenset({"dns.absent", "dns.nxdomain", "dns.wrong_value", "dns.stale_value"})
TO_COME = LOST | {""}  # or where it is about to stand
PUBLISHED_AGAIN = timedelta(minutes=10)  # after the last time; the answer may be a kept one
OURS = ("", "zone.resolver")  # with these nobody has to lend us a hand
UNSEEN = "zone.unseen"  # it stands where we published it, and nowhere else
REMOVING_ENDS = timedelta(days=7)  # a name server that is gone for so long is not asked for ever


class State(models.TextChoices):
    WAITING = "WAITING", _("To be published")
    PUBLISHED = "PUBLISHED", _("Published")
    REMOVED = "REMOVED", _("Removed again")
    LEFT = "LEFT", _("Left in the zone")


@dataclass(frozen=True)
class Called:
    """What came of a call to a zone: nothing wrong, or a problem."""

    is_wanted: bool
    is_first: bool
    problem: Problem | None


class Publication(WaitingRow):
    """One record that we publish. `attempted_at`: since when it may stand in the zone."""

    challenge = models.OneToOneField(
        Challenge, on_delete=models.PROTECT, related_name="publication"
    )
    zone = models.ForeignKey(
        Zone, null=True, on_delete=models.SET_NULL, related_name="publications"
    )
    zone_name = models.CharField(max_length=253, blank=True, default="")  # outlives the zone
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    wanted_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    removing_since = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)  # in a row that did not succeed
    found_no_place = models.BooleanField(default=False)  # the last time, at its name servers
    problem_code = models.CharField(max_length=40, blank=True, default="")
    problem_message = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.challenge_id} · {self.state}"

    @property
    def record(self) -> PublishedRecord:
        record = published(self.challenge)
        assert record is not None  # only challenges by DNS are published for
        return record

    @property
    def is_unseen(self) -> bool:
        return self.problem_code == UNSEEN

    @property
    def is_over(self) -> bool:
        return self.state in (State.REMOVED, State.LEFT)

    @classmethod
    def lanes(cls) -> tuple[Lane, ...]:
        """The newest that was never tried waits for nobody; what failed may well hang again, and
        where there was no place others wait too."""
        fresh = models.Q(tries=0, found_no_place=False)
        return (
            Lane(fresh, "-due_at", part=4, is_prompt=True),
            Lane(~fresh, "due_at", part=4, is_slow=True),
        )

    def begin(self, now: datetime, *, known: object = None) -> Step | Callable[[Network], Called]:
        if self.is_over:
            return Step(None, changed=False)
        if self.challenge.status == Status.OPEN:
            return _put_up(self, now)
        return _take_down(self, now)

    def end(self, now: datetime, seen: Called) -> Step:
        reach("publication.published" if seen.is_wanted else "publication.removed")
        return _is_put_up(self, now, seen) if seen.is_wanted else _is_taken_down(self, now, seen)

    def gave_up(self, now: datetime) -> None:
        """People see it on the certificate's page and among the zones; the record may stand."""
        _note(self, problem("zone.stuck", name=self.record.name))


def publication_of(challenge: Challenge) -> Publication | None:
    """What is published for it; None where the customer does that."""
    return challenge.publication if challenge.is_automatic else None


def is_in_our_hands(challenge: Challenge) -> bool:
    """Whether nobody has to do anything for it: we publish, nothing is wrong with that, and no
    look since then met what keeps the record from being seen. `IN_OUR_HANDS` says the same."""
    publication = publication_of(challenge)
    if publication is None or publication.problem_code not in OURS:
        return False
    if publication.state != State.PUBLISHED or challenge.problem_code in TO_COME:
        return True
    looked_at, published_at = challenge.last_checked_at, publication.published_at
    return looked_at is None or published_at is None or looked_at < published_at


IN_OUR_HANDS = models.Q(is_automatic=True, publication__problem_code__in=OURS) & (
    ~models.Q(publication__state=State.PUBLISHED)
    | models.Q(problem_code__in=TO_COME)
    | models.Q(last_checked_at__isnull=True)
    | models.Q(publication__published_at__isnull=True)
    | models.Q(last_checked_at__lt=models.F("publication__published_at"))
)


def is_to_come(challenge: Challenge) -> bool:
    """Whether we are about to publish it: what stands there until then is nobody's to mend."""
    publication = publication_of(challenge) if challenge.status == Status.OPEN else None
    is_waiting = publication is not None and publication.state == State.WAITING
    return is_waiting and is_in_our_hands(challenge)


def want(challenge: Challenge, now: datetime) -> None:
    """Publish for this challenge, in the transaction that asks for the proof."""
    row = Publication.objects.create(challenge=challenge, wanted_at=now)
    wake(Publication, row.pk, now)


def let_go(challenges: models.QuerySet[Challenge], now: datetime) -> None:
    """These are asked for no more: whatever was published for them goes, by due work."""
    _begin_again(Publication.objects.filter(challenge__in=challenges), now)


def try_again(project_id: int, now: datetime) -> None:
    """A zone of the project is new or has another key: what failed is tried with it at once."""
    rows = Publication.objects.filter(challenge__proof__project_id=project_id)
    _begin_again(rows.exclude(problem_code=""), now)


def missed(challenge: Challenge, now: datetime) -> None:
    """A look saw nothing of what was published for it: it is published again, now and then."""
    if challenge.is_automatic and challenge.problem_code in LOST:
        before = now - PUBLISHED_AGAIN
        rows = Publication.objects.filter(challenge=challenge, published_at__lte=before)
        _begin_again(rows.filter(state=State.PUBLISHED, set_aside_at__isnull=True), now)


def _begin_again(rows: models.QuerySet[Publication], now: datetime) -> None:
    """Make those that are not over due, with all their tries. What was set aside comes back: it
    has something else to do now, and nobody else would take the record away."""
    for row in rows.filter(state__in=(State.WAITING, State.PUBLISHED)):
        if row.set_aside_at is not None:
            try_row_again(Publication, row.pk, now)
        wake(Publication, row.pk, now)


def _put_up(row: Publication, now: datetime) -> Step | Callable[[Network], Called]:
    if row.state == State.PUBLISHED:
        if not _is_lost(row, now):
            return Step(now + LOOKS_AGAIN, changed=False)
        row.state = State.WAITING
        row.save(update_fields=["state"])
        _note(row, problem(UNSEEN, name=row.record.name, zone=row.zone_name))
    project_id = row.challenge.proof.project_id
    # Once a zone may hold the record, it stays with that zone until that one says no.
    is_first = row.attempted_at is None
    zone = (None if is_first else row.zone) or covering(project_id, row.record.name)
    if zone is None:
        return _failed(row, problem("zone.missing", name=row.record.name), now)
    row.zone, row.zone_name, row.attempted_at = zone, zone.name, row.attempted_at or now
    row.save(update_fields=["zone", "zone_name", "attempted_at"])
    reach("publication.attempted")
    return partial(_call, zone, row.record, is_wanted=True, is_first=is_first)


def _is_put_up(row: Publication, now: datetime, called: Called) -> Step:
    if called.problem is not None:
        if called.is_first and isinstance(called.problem, Unchanged):
            row.zone, row.zone_name, row.attempted_at = None, "", None
            row.save(update_fields=["zone", "zone_name", "attempted_at"])
        return _failed(row, called.problem, now)
    with transaction.atomic():
        # Its lock comes before the publication's, as where a look is kept.
        if Challenge.objects.filter(pk=row.challenge_id, status=Status.OPEN).exists():
            wake(Challenge, row.challenge_id, now)
        else:  # closed meanwhile, and perhaps taken down already by who thought that we had died
            wake(Publication, row.pk, now)
        row.state, row.published_at = State.PUBLISHED, now
        row.tries, row.found_no_place = 0, False
        if row.problem_code != UNSEEN:  # that ends when it is seen
            row.problem_code = row.problem_message = ""
        row.save(update_fields=["state", "published_at", "tries", "found_no_place", *PROBLEM])
    return Step(now + LOOKS_AGAIN, changed=True)


def _is_lost(row: Publication, now: datetime) -> bool:
    if row.published_at is None or now < row.published_at + PUBLISHED_AGAIN:
        return False
    return row.challenge.problem_code in LOST


def _take_down(row: Publication, now: datetime) -> Step | Callable[[Network], Called]:
    if row.removing_since is None:
        row.removing_since, row.tries, row.found_no_place = now, 0, False
        row.problem_code = row.problem_message = ""  # of publishing, which is over
        row.save(update_fields=["removing_since", "tries", "found_no_place", *PROBLEM])
    if row.attempted_at is None:  # it never left the house
        return _ended(row, State.REMOVED, now)
    zone = row.zone or covering(row.challenge.proof.project_id, row.record.name)
    if zone is None:
        return _ended(row, State.LEFT, now)
    return partial(_call, zone, row.record, is_wanted=False)


def _is_taken_down(row: Publication, now: datetime, called: Called) -> Step:
    wrong = called.problem
    if wrong is None:
        return _ended(row, State.REMOVED, now)
    assert row.removing_since is not None
    if wrong.code != BUSY and now - row.removing_since >= REMOVING_ENDS:
        _note(row, wrong)
        return _ended(row, State.LEFT, now)
    return _failed(row, wrong, now)


PROBLEM = ("problem_code", "problem_message")


def _call(
    zone: Zone,
    record: PublishedRecord,
    network: Network,
    *,
    is_wanted: bool,
    is_first: bool = False,
) -> Called:
    """The call itself, without the database."""
    try:
        provider = zone.open(network)
    except SealBroken:
        told = problem("zone.sealed", zone=zone.name)
        return Called(is_wanted, is_first, Unchanged(told.code, told.message))
    wrong = provider.publish(record) if is_wanted else provider.withdraw(record)
    return Called(is_wanted, is_first, wrong)


def _failed(row: Publication, wrong: Problem, now: datetime) -> Step:
    if wrong.code == BUSY:
        is_long = row.found_no_place and now - (row.removing_since or row.wanted_at) >= BUSY_TOLD
        row.found_no_place = True
        row.save(update_fields=["found_no_place"])
        if is_long and not row.problem_code:  # no try, but nobody waits without a word
            _note(row, wrong)
        return Step(now + BUSY_WAIT, changed=is_long)
    moved = row.problem_code != wrong.code
    row.tries, row.found_no_place = row.tries + 1, False
    row.save(update_fields=["tries", "found_no_place"])
    _note(row, wrong)
    return Step(now + back_off(row.tries), changed=moved)


def _note(row: Publication, wrong: Problem) -> None:
    row.problem_code, row.problem_message = wrong.code, wrong.message
    row.save(update_fields=PROBLEM)


def _ended(row: Publication, state: State, now: datetime) -> Step:
    row.state, row.removed_at = state, now
    changes = ["state", "removed_at"]
    if state == State.REMOVED:
        row.problem_code = row.problem_message = ""
        changes += PROBLEM
    row.save(update_fields=changes)
    return Step(None, changed=True)
