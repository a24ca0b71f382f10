"""What the wizard is gone through for: a first issue (or another try), or a reissue.

The steps are the same for both. What differs stands here and nowhere else: the verb, what stands
in its way, the earlier application whose data are there to begin with, and the words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from certificates.applications import Application, Kind
from certificates.obstacles import Obstacle, reissue_obstacles, submit_obstacles
from certificates.orders import request_reissue, submit
from certificates.story import Certificate


@dataclass(frozen=True)
class Words:
    """Of these `title` has a place for %(name)s, and `sent` for %(brand)s and %(contact)s."""

    title: Promise
    short: Promise  # the last of the breadcrumbs
    panel: Promise
    cannot: Promise
    who_authorizes: Promise
    submit: Promise
    not_sent: Promise
    sent: Promise
    already_sent: Promise


@dataclass(frozen=True)
class Purpose:
    """`url` begins the names of its addresses, `verb` sends it in, and `obstacles` refuse it."""

    kind: Kind
    url: str
    verb: Callable[..., Application]
    obstacles: Callable[[Certificate, Actor, datetime], list[Obstacle]]
    earlier: Callable[[Certificate], Application | None]
    words: Words

    @property
    def replaces(self) -> bool:
        """Whether it cancels the version in force."""
        return self.kind == Kind.REISSUE


def _issued_for(certificate: Certificate) -> Application | None:
    current = certificate.current
    return current.application if current is not None else None


APPLY = Purpose(
    kind=Kind.FIRST,
    url="apply",
    verb=submit,
    obstacles=submit_obstacles,
    earlier=lambda certificate: certificate.last_application,
    words=Words(
        title=_("Apply for %(name)s"),
        short=_("Apply"),
        panel=_("You are applying for"),
        cannot=_("It cannot be applied for now"),
        who_authorizes=_("Who authorizes the application?"),
        submit=_("Submit the application"),
        not_sent=_("The application was not sent in."),
        sent=_("The application was sent in. %(brand)s asks for proof of the domain next."),
        already_sent=_("This application is already sent in. Nothing was sent a second time."),
    ),
)
REISSUE = Purpose(
    kind=Kind.REISSUE,
    url="reissue",
    verb=request_reissue,
    obstacles=reissue_obstacles,
    earlier=_issued_for,
    words=Words(
        title=_("Reissue %(name)s"),
        short=_("Reissue"),
        panel=_("You are reissuing"),
        cannot=_("It cannot be reissued now"),
        who_authorizes=_("Who authorizes the reissue?"),
        submit=_("Submit the reissue"),
        not_sent=_("The reissue was not sent in."),
        sent=_("The reissue was sent in. %(brand)s writes to %(contact)s next."),
        already_sent=_("This reissue is already sent in. Nothing was sent a second time."),
    ),
)
PURPOSES = (APPLY, REISSUE)
