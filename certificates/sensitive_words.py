"""Words that keep a domain from a DV certificate: names that imitate banks, brands, authorities.

Rows, not code. A word stands for a whole label of a name, or for a part of a label between
hyphens, never for a piece of a longer word: `bank` refuses bank.com and my-bank.com and not
embankment.com.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import idna
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit
from accounts.access import Action, may_as_staff
from accounts.models import User
from authorities.brands import Brand
from certificates.catalogue import FROM, Product
from certificates.obstacles import Obstacle, Refused
from pki.names import strip_wildcard

LONGEST_WORD = 63  # as long as a label


class SensitiveWord(models.Model):
    """One word from a day on; a withdrawn one stays as history. No brand: it holds for all."""

    word = models.CharField(max_length=LONGEST_WORD)
    brand = models.CharField(
        max_length=16,
        choices=Brand.choices,
        blank=True,
        default="",
        verbose_name=gettext_lazy("brand"),
    )
    in_suffix = models.BooleanField(
        default=True, verbose_name=gettext_lazy("also as the last label, such as .pw")
    )
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True, verbose_name=gettext_lazy("active"))

    class Meta:
        verbose_name = gettext_lazy("sensitive word")
        verbose_name_plural = gettext_lazy("sensitive words")
        ordering = ("word", "brand", "-added_at")
        constraints = (
            models.UniqueConstraint(
                fields=["word", "brand"], condition=models.Q(is_active=True), name="a_word_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.word} · {Brand(self.brand).label}" if self.brand else self.word


# What the service that we mirror publishes, without `example` and `test`: reserved names that the
# demo and documentation use. `ban.c` is left out as well: it is a piece of a name across a dot.
SEED = (
    "live",
    "bank",
    "banc",
    "alpha",
    "credit",
    "pw",
    "apple",
    "ebay",
    "trust",
    "root",
    "amazon",
    "android",
    "visa",
    "google",
    "discover",
    "financial",
    "wordpress",
    "pal",
    "hp",
    "lv",
    "free",
    "scp",
    "edu",
    "iran",
    "gov",
    "onion",
)
NOT_IN_SUFFIX = {"live"}


def load_words() -> int:
    """Add every word of the seed that was never there. One that was withdrawn stays so."""
    known = set(SensitiveWord.objects.values_list("word", flat=True))
    added_at = datetime(FROM.year, FROM.month, FROM.day, tzinfo=UTC)
    made = [
        SensitiveWord(word=word, in_suffix=word not in NOT_IN_SUFFIX, added_at=added_at)
        for word in SEED
        if word not in known
    ]
    return len(SensitiveWord.objects.bulk_create(made))


def parts(label: str) -> set[str]:
    """A label as people read it, whole and between its hyphens."""
    try:
        shown = idna.ulabel(label) if label.startswith("xn--") else label
    except idna.IDNAError:
        shown = label
    return {shown, *shown.split("-")} - {""}


def active_words(product: Product) -> dict[str, bool]:
    """The words that hold for a product now, each with whether it counts as the last label too."""
    if product.needs_organization:  # somebody looks at who stands behind the name
        return {}
    rows = SensitiveWord.objects.filter(is_active=True, brand__in=["", product.brand])
    held: dict[str, bool] = {}
    for row in rows:
        held[row.word] = held.get(row.word, False) or row.in_suffix
    return held


def words_in(name: str, held: Mapping[str, bool]) -> list[str]:
    """Which of the words a canonical name carries."""
    *inner, suffix = strip_wildcard(name).split(".")
    inside: set[str] = set().union(*map(parts, inner))
    return sorted(inside & held.keys() | {word for word in parts(suffix) if held.get(word)})


def obstacles(name: str, held: Mapping[str, bool]) -> Iterator[Obstacle]:
    for word in words_in(name, held):
        message = _(
            "%(name)s carries the word “%(word)s”, which no DV certificate may carry: nobody checks"
            " who stands behind it. Choose another domain, or an OV or EV product."
        )
        told = message % {"name": name, "word": word}
        yield Obstacle("domain.sensitive_word", told, "domain")


def check_word(word: str, brand: str) -> str:
    """The word as it is compared. Raises Refused."""
    word = word.strip().lower()
    if not word or {".", " ", "-", "*"} & set(word) or len(word) > LONGEST_WORD:
        message = _("Write one word as it stands between dots or hyphens, such as bank.")
        raise Refused([Obstacle("word.form", message, "word")])
    if SensitiveWord.objects.filter(word=word, brand=brand, is_active=True).exists():
        raise Refused([Obstacle("word.twice", _("This word is on the list already."), "word")])
    return word


def keep_word(row: SensitiveWord, *, actor: User, now: datetime) -> None:
    """A new word from now on. What was sent in before is not touched."""
    _demand(actor)
    with transaction.atomic():
        row.word = check_word(row.word, row.brand)
        row.added_at = now
        row.save(force_insert=True)
        audit.record(project_id=None, actor=actor, action="word.added", subject=str(row), now=now)


def withdraw_word(row: SensitiveWord, *, actor: User, now: datetime) -> None:
    """From now on the word refuses nothing."""
    _demand(actor)
    with transaction.atomic():
        held = SensitiveWord.objects.select_for_update().get(pk=row.pk)
        if not held.is_active:
            raise Refused([Obstacle("word.gone", _("This word was withdrawn already."))])
        held.is_active, held.withdrawn_at = False, now
        held.save()
        audit.record(
            project_id=None, actor=actor, action="word.withdrawn", subject=str(held), now=now
        )


def _demand(actor: User) -> None:
    if not may_as_staff(actor, Action.SET_TERMS):
        message = _("Your team does not set the list of words; ask a CA operator.")
        raise Refused([Obstacle("word.forbidden", message)])
