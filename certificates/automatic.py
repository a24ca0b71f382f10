"""Automatic DNS: a DNS record that the portal publishes itself, in a zone of the project.

It is no method of its own: what is proved, under which rule, and for how long it counts is that of
the DNS record. Only who publishes it differs (docs/decisions/0021).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certificates.obstacles import Obstacle
from verification.challenges import Method
from verification.methods.dns import record_name
from verification.zones import Zone

AUTOMATIC = "AUTOMATIC"  # how forms and commands call the choice
TITLE = gettext_lazy("DNS record, automatically")
HOW = gettext_lazy("The portal publishes the record in your zone, and takes it away again.")
MOST_TOLD = 3


def chosen(choice: str) -> tuple[str, bool]:
    """The method that a choice stands for, and whether we publish."""
    return (Method.DNS.value, True) if choice == AUTOMATIC else (choice, False)


def label(method: str, *, is_automatic: bool) -> str:
    """The way of proof in words."""
    return str(TITLE if is_automatic else Method(method).label)


def obstacles(project_id: int, names: Sequence[str]) -> list[Obstacle]:
    """Why the records of `names` cannot be published by us; empty when each lies in a zone."""
    zones = list(Zone.objects.filter(project_id=project_id))
    if not zones:
        message = _(
            "It needs a zone of your DNS that we may write into. An administrator adds it under"
            " Domains."
        )
        return [Obstacle("method.automatic", message, "method")]
    bare = [name for name in names if not any(zone.covers(record_name(name)) for zone in zones)]
    if not bare:
        return []
    message = ngettext(
        "No zone under Domains covers %(names)s. Add one, or choose another way.",
        "No zone under Domains covers %(names)s. Add them, or choose another way.",
        len(bare),
    )
    told = ", ".join(bare[:MOST_TOLD]) + (" …" if len(bare) > MOST_TOLD else "")
    return [Obstacle("method.automatic", message % {"names": told}, "method")]
