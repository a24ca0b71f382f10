"""Sentences that the desk writes often, in the customers' languages: to start from, never sent as
they are without a look.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit, staff
from accounts.access import Action
from accounts.actors import Actor
from accounts.models import User
from accounts.staff import StaffRefused
from authorities.port import LONGEST_MESSAGE
from authorities.simulated.orders import CaOrder

OTHERWISE = "en"  # whose language we do not know, or have no words in


class Use(models.TextChoices):
    ASK = "ASK", gettext_lazy("Ask the customer")
    REFUSE = "REFUSE", gettext_lazy("Refuse")


class CannedMessage(models.Model):
    """`code` names the same message in every language."""

    code = models.SlugField(max_length=40)
    language = models.CharField(max_length=16)
    use = models.CharField(max_length=8, choices=Use.choices)
    title = models.CharField(max_length=100)
    text = models.TextField(max_length=LONGEST_MESSAGE)

    class Meta:
        verbose_name = gettext_lazy("canned message")
        verbose_name_plural = gettext_lazy("canned messages")
        constraints = (
            models.UniqueConstraint(fields=["code", "language"], name="a_message_once_a_language"),
        )

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"


def language_of(order: CaOrder) -> str:
    """The language that the applicant chose; English where we do not know it."""
    chosen = User.objects.filter(email=order.request().requested_by).values_list("language")
    return next((language for (language,) in chosen if language), OTHERWISE)


def offered(use: Use, language: str) -> list[CannedMessage]:
    """Every message for this use, in the language where there are words, else in English."""
    rows = CannedMessage.objects.filter(use=use, language__in={language, OTHERWISE})
    best: dict[str, CannedMessage] = {}
    for row in rows.order_by("code"):
        if row.code not in best or row.language == language:
            best[row.code] = row
    return list(best.values())


# What there is at first: code, use, title, text.
FIRST = (
    (
        "registry-differs",
        Use.ASK,
        "The register shows other data",
        """The company register shows other data than your application. Which of them are right?
Send us the number under which the register lists you.""",
    ),
    (
        "nobody-answers",
        Use.ASK,
        "Nobody answers the phone",
        """We called the number that is listed for your company and nobody answered.
When can we reach somebody there, and whom shall we ask for?""",
    ),
    (
        "no-listed-number",
        Use.ASK,
        "No listed number",
        """We found no public listing of your phone number. Name a directory that lists it,
or tell us that you prefer the company mailbox or a lawyer's letter.""",
    ),
    (
        "papers-missing",
        Use.ASK,
        "Papers are missing",
        """We need the form with your company's stamp, a copy of the business licence and a copy
of the handler's identity card. Which of them can you hand in, and by when?""",
    ),
    (
        "not-in-register",
        Use.REFUSE,
        "Not in the register",
        """The company register does not know this company under the given number.
Correct the name or the number and apply again.""",
    ),
    (
        "not-confirmed",
        Use.REFUSE,
        "The company did not confirm",
        """The company said by its listed number that it did not ask for this certificate.
Clear that up with them and apply again.""",
    ),
    (
        "no-answer",
        Use.REFUSE,
        "Our question was not answered",
        "We asked you and got no answer. Apply again when you can tell us; your data are kept.",
    ),
)


def load_canned_messages() -> int:
    """Make every first message that is missing. Run twice, it adds nothing."""
    return sum(
        CannedMessage.objects.get_or_create(
            code=code,
            language=OTHERWISE,
            defaults={"use": use, "title": title, "text": " ".join(text.split())},
        )[1]
        for code, use, title, text in FIRST
    )


# In the hands of staff


def change_message(
    message: CannedMessage, *, title: str, text: str, actor: Actor, now: datetime
) -> None:
    """Other words under the same code. What was written with the old ones stays."""
    staff.demand(actor, Action.SET_TERMS)
    _demand_words(title, text)
    with transaction.atomic():
        row = CannedMessage.objects.select_for_update().get(pk=message.pk)
        row.title, row.text = title.strip(), text.strip()
        row.save(update_fields=["title", "text"])
        _log(row, "canned.change", actor, now)


def add_message(
    like: CannedMessage,
    *,
    code: str,
    language: str,
    title: str,
    text: str,
    actor: Actor,
    now: datetime,
) -> CannedMessage:
    """The same message in another language, or one with a code of its own for the same use."""
    staff.demand(actor, Action.SET_TERMS)
    _demand_words(title, text)
    if language not in dict(settings.LANGUAGES):
        message = _("Reseal does not speak %(language)s.") % {"language": language[:16]}
        raise StaffRefused("canned.language", message)
    try:
        with transaction.atomic():
            row = CannedMessage.objects.create(
                code=code, language=language, use=like.use, title=title.strip(), text=text.strip()
            )
            _log(row, "canned.add", actor, now)
    except IntegrityError as error:
        message = _("This code has words in that language already; change those.")
        raise StaffRefused("canned.known", message) from error
    return row


def _demand_words(title: str, text: str) -> None:
    if not title.strip() or not text.strip() or len(text) > LONGEST_MESSAGE:
        message = _("Write a title, and a text of at most %(most)d letters.")
        raise StaffRefused("canned.words", message % {"most": LONGEST_MESSAGE})


def _log(row: CannedMessage, action: str, actor: Actor, now: datetime) -> None:
    audit.record(
        project_id=None,
        actor=actor,
        action=action,
        subject=f"{row.code} {row.language}",
        now=now,
        detail={"title": row.title, "text": row.text},
    )
