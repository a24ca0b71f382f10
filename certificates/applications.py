"""One submission for a certificate: first issue, reissue, re-application.

It keeps what was asked as it stood when it was submitted. While it is open its due step polls the
authority; every status that the certificate takes on the way comes from the authority's answers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Project, User
from authorities.papers import Paper, PaperKind
from authorities.port import REASON_LABELS, Reason
from authorities.requests import CaRequest
from certificates.keys import StoredKey
from certificates.story import Certificate
from pki.held_names import HOLDING
from verification.challenges import Method, Proof
from work.models import DueRow
from work.steps import Step


class Kind(models.TextChoices):
    FIRST = "FIRST", _("First issue")
    REISSUE = "REISSUE", _("Reissue")


class ReissueReason(models.TextChoices):
    KEY_COMPROMISE = Reason.KEY_COMPROMISE.value, REASON_LABELS[Reason.KEY_COMPROMISE]
    DOMAIN_CHANGE = Reason.DOMAIN_CHANGE.value, REASON_LABELS[Reason.DOMAIN_CHANGE]
    WRONG_INFORMATION = Reason.WRONG_INFORMATION.value, REASON_LABELS[Reason.WRONG_INFORMATION]


class RootHash(models.TextChoices):
    DEFAULT = "DEFAULT", _("Recommended by the authority")
    SHA_256 = "SHA-256", _("SHA-256")


class Outcome(models.TextChoices):
    ISSUED = "ISSUED", _("Issued")
    DECLINED = "DECLINED", _("Declined")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    EXPIRED = "EXPIRED", _("The certificate expired")


class Application(DueRow):
    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="applications"
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reason = models.CharField(max_length=20, choices=ReissueReason.choices, blank=True, default="")
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    csr = models.BinaryField()  # DER
    spki_sha256 = models.CharField(max_length=64, db_index=True)
    key_algorithm = models.CharField(max_length=16)
    root_hash = models.CharField(max_length=8, choices=RootHash.choices, default=RootHash.DEFAULT)
    key = models.ForeignKey(StoredKey, null=True, on_delete=models.PROTECT, related_name="+")
    domain = models.CharField(max_length=253)
    sans = models.JSONField(default=list)  # every name, the domain first
    method = models.CharField(max_length=8, choices=Method.choices)
    mailbox = models.CharField(max_length=20, blank=True, default="")
    is_automatic = models.BooleanField(default=False)  # we publish the DNS records
    contact_name = models.CharField(max_length=100)
    contact_email = models.EmailField()
    contact_phone = models.CharField(max_length=40, blank=True, default="")
    # Who authorises it where that is another person than the contact: name, email, phone.
    authorizer = models.JSONField(default=dict)
    technical = models.JSONField(default=dict)  # name, phone, email, where one was named
    organization = models.JSONField(default=dict)
    bank_permit = models.ForeignKey(Paper, null=True, on_delete=models.PROTECT, related_name="+")
    business_licence = models.ForeignKey(
        Paper, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ca_request = models.OneToOneField(CaRequest, on_delete=models.PROTECT, related_name="+")
    milestones_seen = models.PositiveIntegerField(default=0)
    waiting_code = models.CharField(max_length=40, blank=True, default="")
    waiting_message = models.TextField(blank=True, default="")
    waiting_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    confirm_until = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    withdrawal_asked_at = models.DateTimeField(null=True, blank=True)
    withdrawal_refused_at = models.DateTimeField(null=True, blank=True)
    # Names to be proved in another way, not told to the authority yet: domain, method, mailbox,
    # is_automatic, by.
    method_changes = models.JSONField(default=list)
    # The conversation with the authority's people as it was told last, with what was said since
    # and is not passed on yet; `question_at`: since when their question waits for an answer.
    messages = models.JSONField(default=list)
    question_at = models.DateTimeField(null=True, blank=True)
    proof = models.ForeignKey(Proof, null=True, on_delete=models.PROTECT, related_name="+")
    paused_told_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default="")

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(
                fields=["certificate"],
                condition=models.Q(ended_at__isnull=True),
                name="one_open_application",
            ),
            models.UniqueConstraint(
                fields=["certificate", "number"], name="one_application_a_number"
            ),
        )

    def __str__(self) -> str:
        return f"{self.certificate_id} · {self.get_kind_display()} {self.number}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def is_held(self) -> bool:
        """People of the authority look at its names before anything else happens."""
        return self.waiting_code in HOLDING

    @property
    def is_being_withdrawn(self) -> bool:
        """Its withdrawal was asked for, and the authority has not refused it."""
        return self.withdrawal_asked_at is not None and self.withdrawal_refused_at is None

    @property
    def papers(self) -> dict[str, int]:
        """The papers that were handed in with it, by kind."""
        held = {PaperKind.BANK_PERMIT: self.bank_permit_id}
        held[PaperKind.BUSINESS_LICENCE] = self.business_licence_id
        return {kind.value: pk for kind, pk in held.items() if pk is not None}

    @property
    def question(self) -> str:
        """What the authority asked last."""
        asked = [told["text"] for told in self.messages if told["is_question"]]
        return str(asked[-1]) if asked else ""

    def waited_for_you(self, now: datetime) -> timedelta:
        """For how long the authority waited for answers: it does not work on it meanwhile."""
        waited, since = timedelta(), None
        for told in self.messages:
            at = datetime.fromisoformat(told["at"])
            if told["is_question"]:
                since = since or at
            elif since is not None:
                waited, since = waited + (at - since), None
        return waited + (now - since if since is not None else timedelta())

    def step(self, now: datetime, network: Any) -> Step:
        from certificates.pausing import tell_paused
        from certificates.progress import poll
        from certificates.reminding import remind

        tell_paused(self.pk, now)
        remind(self.pk, now)
        return poll(self, now)

    def gave_up(self, now: datetime) -> None:
        from certificates.progress import record_stuck

        record_stuck(self, now)
