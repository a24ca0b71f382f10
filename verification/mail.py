"""Mail that leaves: written as a row in the caller's transaction, sent by a due step.

A mail may leave twice after a kill between the server's acceptance and our record; both copies are
the same, with the same Message-ID.
"""

from __future__ import annotations

import smtplib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit, language, staff
from accounts.access import Action
from accounts.actors import Actor
from accounts.staff import StaffRefused
from verification.answers import MailAnswer
from verification.mail_text import wrapped
from verification.signals import changed
from work.failpoints import reach
from work.models import DueRow
from work.nudge import nudge_after_commit, wake
from work.steps import Step, back_off

# Stands in the stored text where the link will be; replaced in memory when the mail leaves.
LINK = "[[answer-link]]"
TOKEN_FIELD = "X-Reseal-Mail"  # noqa: S105  # a field's name
MOST_TRIES = 77  # three days, by the waits of `back_off`


class OutgoingMail(DueRow):
    """One mail to one person. `about` says what it belongs to, for the support staff."""

    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=100, db_index=True)
    sender = models.CharField(max_length=254)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    answer = models.ForeignKey(
        MailAnswer, null=True, on_delete=models.PROTECT, related_name="mails"
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True, default="")
    failed_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = gettext_lazy("outgoing mail")
        indexes = (models.Index(fields=["recipient", "created_at"], name="mail_to_an_address"),)

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"

    def token(self) -> str:
        """What a server that sends this mail back shows us, and nobody guesses."""
        mac = salted_hmac("reseal.mail", f"{self.pk}:{self.created_at}", algorithm="sha256")
        return f"{self.pk}-{mac.hexdigest()[:32]}"

    def step(self, now: datetime, network: Any) -> Step:
        if self.sent_at or self.failed_at:
            return Step(None, changed=False)
        problem = self._send()
        if problem is None:
            reach("mail.sent")
            self._record(now, sent_at=now, problem="")
            return Step(None, changed=True)
        tries = self.tries + 1
        lasting = problem.startswith("5") or tries >= MOST_TRIES
        # Who waits is told what is new, not each of our tries.
        is_news = lasting or tries == 1
        failed_at = now if lasting else None
        self._record(now, is_news=is_news, problem=problem, tries=tries, failed_at=failed_at)
        return Step(None if lasting else now + back_off(tries), changed=lasting)

    def is_refused(self) -> bool:
        """Whether the recipient's server refused it for good (RFC 5321 4.2.1), not ours."""
        return self.failed_at is not None and not self.is_ours_to_mend

    @property
    def is_ours_to_mend(self) -> bool:
        """A recipient's server answers with a number; all else went wrong on our side."""
        return bool(self.problem) and not self.problem[:1].isdigit()

    def gave_up(self, now: datetime) -> None:
        self._record(now, failed_at=now, problem=self.last_problem[:500])

    def _send(self) -> str | None:
        """Hand the mail to the server. Answers what went wrong, "5…" when it stays so."""
        link, token = (self.answer.link(), self.answer.token()) if self.answer else ("", "")
        return self._hand_over(link, token)

    def _hand_over(self, link: str, token: str) -> str | None:
        domain = settings.MAIL_DOMAIN
        message = EmailMultiAlternatives(
            self.subject,
            self.text.replace(LINK, link),
            _envelope_sender(self),
            [self.recipient],
            headers={
                "From": self.sender,
                TOKEN_FIELD: self.token(),
                "Message-ID": f"<mail-{self.pk}-{int(self.created_at.timestamp())}@{domain}>",
                "Date": self.created_at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(self.html.replace(LINK, link), "text/html")
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            return f"{code} {_printable(said, token)}"
        except smtplib.SMTPResponseException as error:
            # 5xx of the server as such (sign-in, policy) is for the operator to mend: tried again.
            return f"server: {error.smtp_code} {_printable(error.smtp_error, token)}"
        except (smtplib.SMTPException, OSError) as error:
            return f"server: {type(error).__name__}"
        return None

    def _record(self, now: datetime, *, is_news: bool = True, **facts: Any) -> None:
        with transaction.atomic():
            OutgoingMail.objects.filter(pk=self.pk, sent_at__isnull=True).update(**facts)
            if is_news:
                changed.send(OutgoingMail, row=self, now=now)


UNDELIVERED = models.Q(failed_at__isnull=False) | models.Q(bounced_at__isnull=False)


def _envelope_sender(mail: OutgoingMail) -> str:
    """Where servers send it back to: an address of this mail alone, when the operator has one."""
    if not settings.BOUNCE_ADDRESS:
        return mail.sender
    local, _at, domain = settings.BOUNCE_ADDRESS.partition("@")
    return f"{local}+{mail.token()}@{domain}"


def find_by_token(token: str) -> OutgoingMail | None:
    """The mail that carries this token; None for a forged one."""
    mail = OutgoingMail.objects.filter(pk=int(token.partition("-")[0])).first()
    if mail is None or not constant_time_compare(mail.token(), token):
        return None
    return mail


def record_bounce(mail_id: int, said: str, now: datetime) -> bool:
    """Note that a mail that left came back. False: that was noted before."""
    with transaction.atomic():
        mail = OutgoingMail.objects.select_for_update(of=("self",)).get(pk=mail_id)
        if mail.bounced_at is not None:
            return False
        mail.bounced_at = now
        mail.problem = _printable(said, mail.answer.token() if mail.answer else "")
        mail.save(update_fields=["bounced_at", "problem"])
        changed.send(OutgoingMail, row=mail, now=now)
    return True


def send_again(mail_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a mail that left or failed leave once more: the same one, with the same Message-ID.

    The stored text holds no link; the same token is computed anew when it leaves.
    """
    staff.demand(actor, Action.RESEND)
    with transaction.atomic():
        mail = OutgoingMail.objects.select_for_update(of=("self",)).get(pk=mail_id)
        refusal = resend_refusal(mail, now)
        if refusal is not None:
            raise refusal
        mail.sent_at = mail.failed_at = mail.bounced_at = mail.set_aside_at = None
        mail.problem, mail.tries, mail.attempts, mail.last_problem = "", 0, 0, ""
        mail.save(update_fields=AGAIN)
        audit.record(
            project_id=None,
            actor=actor,
            action="mail.send_again",
            subject=mail.about,
            now=now,
            detail={"mail": mail.pk, "kind": mail.kind},
        )
        wake(OutgoingMail, mail.pk, now)


AGAIN = ["sent_at", "failed_at", "bounced_at", "set_aside_at", "problem", "tries", "attempts"]
AGAIN += ["last_problem"]


def resend_refusal(mail: OutgoingMail, now: datetime) -> StaffRefused | None:
    """Why this mail cannot leave again; None when it can."""
    if mail.sent_at is None and mail.failed_at is None:
        return StaffRefused("mail.waiting", _("This mail has not left yet; it is still tried."))
    if mail.answer is not None and not mail.answer.is_open(now):
        return StaffRefused(
            "mail.question_over", _("What this mail asks is decided or over; its link is dead.")
        )
    return None


def _printable(said: bytes | str, token: str) -> str:
    """A server that repeats what it refused must not bring the token into the database: it is
    taken out before the text is cut, or a part of it could stay."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    text = text.replace(token, "…") if token else text
    return "".join(c if c.isprintable() else " " for c in text)[:400]


def post(
    kind: str,
    *,
    about: str,
    recipient: str,
    sender: str,
    now: datetime,
    context: dict[str, Any],
    answer: MailAnswer | None = None,
    asked_by: str = "",
) -> OutgoingMail:
    """Write a mail from its three templates (`mail/<kind>.subject.txt .txt .html`).

    It is in the recipient's language. Who has none here is written to in that of `asked_by`, the
    address of the person for whom we write.

    Call it inside the transaction of what the mail is about: both happen or neither.
    """
    is_demo = settings.ENVIRONMENT == "demo"
    context = {**context, "link": LINK, "answer": answer, "is_demo": is_demo}
    with language.to(recipient, asked_by):
        subject = " ".join(render_to_string(f"mail/{kind}.subject.txt", context).split())
        text = wrapped(render_to_string(f"mail/{kind}.txt", context))
        html = render_to_string(f"mail/{kind}.html", context)
    mail = OutgoingMail.objects.create(
        kind=kind,
        about=about,
        sender=sender,
        recipient=recipient,
        subject=subject[:200],
        text=text,
        html=html,
        answer=answer,
        created_at=now,
        due_at=now,
    )
    nudge_after_commit()
    return mail
