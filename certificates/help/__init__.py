"""Help in place: which short page explains a state or a refusal, and all pages by subject."""

from __future__ import annotations

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.help.applying import APPLYING
from certificates.help.authority import AUTHORITY
from certificates.help.buying import BUYING
from certificates.help.names import NAMES
from certificates.help.people import PEOPLE
from certificates.help.proof import PROOF
from certificates.help.requests import REQUESTS
from certificates.help.states import STATES
from certificates.help.topics import Topic

SUBJECTS: tuple[tuple[str | Promise, tuple[Topic, ...]], ...] = (
    (_("States of a certificate"), STATES),
    (_("Ordering and paying"), BUYING),
    (_("Applying and reissuing"), (*APPLYING, *NAMES)),
    (_("Certificate signing requests"), REQUESTS),
    (_("Proving the domain"), PROOF),
    (_("The authority"), AUTHORITY),
    (_("Projects and people"), PEOPLE),
)
TOPICS = {topic.slug: topic for _subject, topics in SUBJECTS for topic in topics}
_SLUGS = {code: topic.slug for topic in TOPICS.values() for code in topic.codes}


def topic_path(code: str) -> str:
    """The address of the page about this code or status; empty when there is none."""
    slug = _SLUGS.get(code)
    return reverse("help-topic", args=[slug]) if slug else ""
