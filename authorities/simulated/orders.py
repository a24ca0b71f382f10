"""An order at a simulated brand: its own states, its own due work, its own story.

The customer's side never reads this row. It asks through the port and gets milestones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from authorities.hierarchy import IssuedCertificate
from authorities.port import ENDED, Reason, Request, Stage
from authorities.signals import changed
from verification.answers import MailAnswer
from verification.challenges import Proof
from verification.mail import OutgoingMail
from work.models import DueRow
from work.steps import Step


class State(models.TextChoices):
    RECEIVED = "RECEIVED", _("Received, to be judged")
    HELD = "HELD", _("Names held for review")
    SCHEDULED = "SCHEDULED", _("The confirmation mail is planned")
    ASKING = "ASKING", _("Waiting for the customer's confirmation")
    PROVING = "PROVING", _("Waiting for proof of the domain")
    REVIEWING = "REVIEWING", _("Organization review")
    ISSUING = "ISSUING", _("To be issued")
    ISSUED = "ISSUED", _("Issued")
    DECLINED = "DECLINED", _("Declined by the customer")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


OPEN_STATES = [state for state in State if state.value not in {stage.value for stage in ENDED}]


class Alarm(models.TextChoices):
    """A compromised key whose cancellation the customer did not confirm: staff decide."""

    DECLINED = "DECLINED", _("The customer declined")
    UNANSWERED = "UNANSWERED", _("No answer for 24 hours")


class ReviewItem(models.TextChoices):
    """What an organization review can look at, in the order in which the desk does it.

    Which of them a brand wants for a type is said by dated rows (see `checklists`).
    """

    REGISTRY = "REGISTRY", _("Company register")
    PHONE = "PHONE", _("Phone call to a listed number")
    MAILBOX = "MAILBOX", _("Company mailbox")
    LETTER = "LETTER", _("Lawyer's letter")
    FORM = "FORM", _("Application form with the company's stamp")
    LICENCE = "LICENCE", _("Copy of the business licence")
    HANDLER_ID = "HANDLER_ID", _("Copy of the handler's identity card")
    SEALED_LETTER = "SEALED_LETTER", _("Letter of authorisation with seal")


class CaOrder(DueRow):
    """One order. `request_id` is the customer side's id; a repeated submit finds this row by it."""

    request_id = models.CharField(max_length=32, unique=True)
    payload = models.JSONField()
    reference = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    received_at = models.DateTimeField()
    history = models.JSONField(default=list)  # milestones: stage, at, code, message; only grows
    looks = models.PositiveIntegerField(default=0)
    problem_code = models.CharField(max_length=40, blank=True, default="")
    problem_message = models.TextField(blank=True, default="")
    answer = models.OneToOneField(
        MailAnswer, null=True, on_delete=models.PROTECT, related_name="order"
    )
    mail = models.OneToOneField(OutgoingMail, null=True, on_delete=models.PROTECT, related_name="+")
    alarm = models.CharField(max_length=12, choices=Alarm.choices, blank=True, default="")
    alarm_at = models.DateTimeField(null=True, blank=True)
    is_cancelled_by_desk = models.BooleanField(default=False)
    proof = models.ForeignKey(Proof, null=True, on_delete=models.PROTECT, related_name="+")
    findings = models.JSONField(default=list)  # what the linter refused: code, severity, text
    findings_seen_at = models.DateTimeField(null=True, blank=True)
    findings_seen_by = models.CharField(max_length=254, blank=True, default="")
    # Who looked at the names of a held order, when.
    names_seen_at = models.DateTimeField(null=True, blank=True)
    names_seen_by = models.CharField(max_length=254, blank=True, default="")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=254, blank=True, default="")
    # The conversation: since when the customer's answer is awaited, when they said something last,
    # and from when to when the desk's clock stood still before.
    message_count = models.PositiveIntegerField(default=0)
    asked_customer_at = models.DateTimeField(null=True, blank=True)
    customer_said_at = models.DateTimeField(null=True, blank=True)
    pauses = models.JSONField(default=list)
    issued = models.OneToOneField(
        IssuedCertificate, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("CA desk")

    def __str__(self) -> str:
        return f"{self.reference} · {self.get_state_display()}"

    def request(self) -> Request:
        return Request.of(self.payload)

    def step(self, now: datetime, network: Any) -> Step:
        from authorities.simulated.steps import take_step

        return take_step(self, now)

    def gave_up(self, now: datetime) -> None:
        """An order that nobody's machine can carry on is refused, so that people see it."""
        with locked(self.pk, now) as order:
            if order.is_open():
                refuse(
                    order,
                    now,
                    "ca.stuck",
                    str(_("The authority's system could not process this order. Ask support.")),
                )

    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def is_compromise(self) -> bool:
        return self.request().reason == Reason.KEY_COMPROMISE

    def reached(self, stage: Stage) -> bool:
        return any(milestone["stage"] == stage for milestone in self.history)

    def note(self, stage: Stage, now: datetime, code: str = "", message: str = "") -> None:
        """Add a milestone, once a stage; a repeat after a kill adds nothing."""
        if not self.reached(stage):
            told = {"stage": stage.value, "at": now.isoformat(), "code": code, "message": message}
            self.history = [*self.history, told]


class AppendOnly(models.Model):
    """A row that is written once and stays as it was written."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError(f"{self._meta.verbose_name_plural}: append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{self._meta.verbose_name_plural}: append-only.")


class ReviewNote(AppendOnly):
    """What somebody of the desk found out about one point of a review."""

    order = models.ForeignKey(CaOrder, on_delete=models.PROTECT, related_name="review_notes")
    item = models.CharField(max_length=16, choices=ReviewItem.choices)
    is_good = models.BooleanField()
    text = models.TextField()
    author = models.CharField(max_length=254)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.get_item_display()} · {self.author}"


@contextmanager
def locked(order_id: int, now: datetime) -> Iterator[CaOrder]:
    """Lock an order, let the caller change it, save it, tell the customer's side: all or none."""
    with transaction.atomic():
        order = CaOrder.objects.select_for_update().get(pk=order_id)
        before = {name: getattr(order, name) for name in FACTS}
        yield order
        moved = [name for name in FACTS if getattr(order, name) != before[name]]
        if moved:
            order.save(update_fields=moved)
            changed.send(CaOrder, request_id=order.request_id, now=now)


FACTS = (
    "state",
    "history",
    "problem_code",
    "problem_message",
    "answer_id",
    "mail_id",
    "alarm",
    "alarm_at",
    "is_cancelled_by_desk",
    "proof_id",
    "names_seen_at",
    "names_seen_by",
    "reviewed_at",
    "reviewed_by",
    "issued_id",
    "looks",
    "findings",
    "findings_seen_at",
    "findings_seen_by",
    "message_count",
    "asked_customer_at",
    "customer_said_at",
    "pauses",
)


def refuse(order: CaOrder, now: datetime, code: str, message: str) -> None:
    """End the order with a refusal (inside `locked`)."""
    order.state = State.REFUSED
    order.note(Stage.REFUSED, now, code, message)
