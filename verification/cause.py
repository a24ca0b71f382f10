"""One entry of the catalogue of causes: whose turn it is, and the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy


class Turn(models.TextChoices):
    """Who must act."""

    YOU = "YOU", gettext_lazy("Your turn")
    DNS_HOST = "DNS_HOST", gettext_lazy("Your DNS host’s turn")
    US = "US", gettext_lazy("Our turn")
    CA = "CA", gettext_lazy("The authority’s turn")


@dataclass(frozen=True)
class Cause:
    """`text` has blanks for what was seen; "" when the sentence is made where the cause is found.

    `variants` are other words for the same cause, by a word that who found it gives.
    `is_published` says that the record or file stands right and only waits to be seen.
    """

    turn: Turn
    text: str = ""
    variants: Mapping[str, str] = field(default_factory=dict)
    is_published: bool = False
