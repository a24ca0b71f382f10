"""The life of a certificate: every state and every transition, in order of life.

The value is what the database and the API hold, the label is what people read. A transition sets
facts on its own row and does nothing else. What follows from it is done by the verb that takes it,
in `orders.py` and `progress.py`.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition


class Status(models.TextChoices):
    PAID = "PAID", _("Pending application")
    CHECKING_DOMAIN = "CHECKING_DOMAIN", _("Pending domain name verification")
    CHECKING_ORG = "CHECKING_ORG", _("Pending organization verification")
    ISSUING = "ISSUING", _("To be issued")
    ISSUED = "ISSUED", _("Issued")
    UNPASSED = "UNPASSED", _("Approval failed")
    CANCELCHECKING = "CANCELCHECKING", _("CA verifying (withdrawal)")
    REISSUING = "REISSUING", _("CA verifying (reissue)")
    SUPPLEMENTCHECKING = "SUPPLEMENTCHECKING", _("CA verifying (additional domain)")
    CANCELSUPPLEMENTING = "CANCELSUPPLEMENTING", _("Withdrawing additional domain")
    REVOKING = "REVOKING", _("CA verifying (revocation)")
    REVOKED = "REVOKED", _("Revoked")
    EXPIRED = "EXPIRED", _("Expired")
    UPLOAD = "UPLOAD", _("Hosted")


# Percent of the way to an issued certificate; a state outside the way has none.
PROGRESS: dict[str, int] = {
    Status.PAID: 0,
    Status.REISSUING: 20,
    Status.CHECKING_DOMAIN: 40,
    Status.CHECKING_ORG: 70,
    Status.ISSUING: 90,
    Status.ISSUED: 100,
}

# Whose turn a state is, for the customer who reads it (the badge's tone).
TONES: dict[str, str] = {
    Status.PAID: "you",
    Status.CHECKING_DOMAIN: "you",
    Status.ISSUED: "done",
    Status.UPLOAD: "done",
    Status.UNPASSED: "problem",
    Status.REVOKED: "ended",
    Status.EXPIRED: "ended",
}

# States in which a version is in force and ends when its time is over.
IN_FORCE = {
    Status.ISSUED,
    Status.REISSUING,
    Status.SUPPLEMENTCHECKING,
    Status.REVOKING,
    Status.UPLOAD,
}
# States in which an application is with the authority.
UNDER_REVIEW = {
    Status.REISSUING,
    Status.CHECKING_DOMAIN,
    Status.CHECKING_ORG,
    Status.ISSUING,
    Status.CANCELCHECKING,
}


class Life(models.Model):
    """The status of a certificate and every way it can change."""

    status = FSMField(default=Status.PAID, choices=Status.choices, protected=True, db_index=True)
    failure_code = models.CharField(max_length=40, blank=True, default="")
    failure_message = models.TextField(blank=True, default="")

    class Meta:
        abstract = True

    # Guards: questions about this row alone.

    @property
    def progress(self) -> int | None:
        return PROGRESS.get(self.status)

    @property
    def tone(self) -> str:
        return TONES.get(self.status, "ca")

    def is_in_force(self) -> bool:
        return self.status in IN_FORCE

    def is_issued(self) -> bool:
        return bool(self.status == Status.ISSUED)

    def is_revoked(self) -> bool:
        return bool(self.status == Status.REVOKED)

    def is_hosted(self) -> bool:
        return bool(self.status == Status.UPLOAD)

    def is_being_withdrawn(self) -> bool:
        return bool(self.status == Status.CANCELCHECKING)

    def is_approved(self) -> bool:
        """The authority has all it needs, and issues."""
        return bool(self.status == Status.ISSUING)

    def asks_for_proof(self) -> bool:
        return bool(self.status == Status.CHECKING_DOMAIN)

    def can_be_withdrawn(self) -> bool:
        """It waits for a proof or for a review."""
        return self.status in (Status.CHECKING_DOMAIN, Status.CHECKING_ORG)

    def waits_for_application(self) -> bool:
        return self.status in (Status.PAID, Status.UNPASSED)

    # First issue, and again after a failure.

    @transition(status, [Status.PAID, Status.UNPASSED], Status.CHECKING_DOMAIN)
    def submit(self) -> None:
        self.failure_code = self.failure_message = ""

    # Reissue.

    @transition(status, Status.ISSUED, Status.REISSUING)
    def ask_for_reissue(self) -> None:
        self.failure_code = self.failure_message = ""

    @transition(status, Status.REISSUING, Status.ISSUED)
    def keep_original(self, code: str, message: str) -> None:
        """Declined, refused, or never answered: the original was not touched."""
        self.failure_code, self.failure_message = code, message

    # Proof, review, issue: the same for a first issue and a reissue. From CANCELCHECKING: the
    # withdrawal was refused, and the application is back where it was.

    @transition(
        status,
        [Status.REISSUING, Status.CHECKING_DOMAIN, Status.CANCELCHECKING],
        Status.CHECKING_DOMAIN,
    )
    def wait_for_proof(self) -> None:
        pass

    @transition(
        status,
        [Status.REISSUING, Status.CHECKING_DOMAIN, Status.CANCELCHECKING],
        Status.CHECKING_ORG,
    )
    def wait_for_review(self) -> None:
        pass

    @transition(
        status,
        [Status.REISSUING, Status.CHECKING_DOMAIN, Status.CHECKING_ORG, Status.CANCELCHECKING],
        Status.ISSUING,
    )
    def wait_for_issue(self) -> None:
        pass

    @transition(status, [Status.ISSUING, Status.CANCELCHECKING], Status.ISSUED)
    def issue(self) -> None:
        self.failure_code = self.failure_message = ""

    @transition(
        status,
        [
            Status.REISSUING,
            Status.CHECKING_DOMAIN,
            Status.CHECKING_ORG,
            Status.ISSUING,
            Status.CANCELCHECKING,
        ],
        Status.UNPASSED,
    )
    def fail(self, code: str, message: str) -> None:
        """Refused, with nothing in force: a first issue, or a reissue whose original is gone."""
        self.failure_code, self.failure_message = code, message

    # Withdrawal. The authority decides; what it did first stands.

    @transition(status, [Status.CHECKING_DOMAIN, Status.CHECKING_ORG], Status.CANCELCHECKING)
    def ask_to_withdraw(self) -> None:
        pass

    @transition(status, Status.CANCELCHECKING, Status.PAID)
    def take_back(self) -> None:
        """Withdrawn: what was given is kept, and it can be applied for again."""

    # Time.

    @transition(status, list(IN_FORCE), Status.EXPIRED)
    def expire(self) -> None:
        pass
