"""What is wrong or over now with a certificate: one sentence that stands alone, then one more."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.dates import day
from accounts.first_sentence import first_sentence
from accounts.kept_sentences import as_read
from authorities.brands import Brand
from certificates.caa_stands import CaaStand
from certificates.lifecycle import Status
from certificates.story import Certificate
from certificates.telling import revoked_why


@dataclass(frozen=True)
class Note:
    tone: str
    title: str
    text: str = ""
    code: str = ""


def broken(certificate: Certificate, caa: CaaStand | None) -> list[Note]:
    """What may go wrong later is told of CAA alone, which a customer can change before it does."""
    found = []
    if (none_valid := _none_valid(certificate)) is not None:
        found.append(none_valid)
    if (kept := _kept_by_caa(certificate, caa)) is not None:
        found.append(kept)
    if certificate.failure_code:
        found.append(_failure(certificate))
    return found


def _none_valid(certificate: Certificate) -> Note | None:
    current = certificate.current
    if current is None:
        return None
    if certificate.status == Status.EXPIRED:
        title = _("It expired on %(day)s.") % {"day": day(current.not_after)}
        text = _("Browsers refuse it. Buy a new one where a server still needs it.")
        return Note("ended", title, text)
    if current.revoked_at is None:
        return None
    told = {"day": day(current.revoked_at), "why": revoked_why(current.revocation_reason)}
    if certificate.status == Status.REVOKED:
        title = _("It was revoked on %(day)s.") % told
        text = _("Browsers that check revocation refuse it, and it cannot come back.")
        return Note("ended", title, text)
    application = certificate.open_application
    title = _("No version is valid at the moment.")
    if application is None:
        text = _(
            "The original was cancelled on %(day)s, and its reissue ended without a new version."
            " Browsers that check revocation refuse it."
        )
        return Note("problem", title, text % told)
    text = _(
        "The original was cancelled on %(day)s for this reissue. Browsers that check revocation"
        " refuse it until version %(number)d is installed."
    )
    return Note("problem", title, text % (told | {"number": current.number + 1}))


def _kept_by_caa(certificate: Certificate, caa: CaaStand | None) -> Note | None:
    """What will keep the authority from signing, while the application waits for something else."""
    if caa is None or not caa.is_foreseen:
        return None
    forbidden = [each for each in caa.refusals if not each.is_unread]
    if not forbidden:
        return None
    title = ngettext(
        "CAA does not let %(brand)s sign for %(name)s.",
        "CAA does not let %(brand)s sign for %(name)s and other names: %(count)d in all.",
        len(forbidden),
    ) % {
        "brand": Brand(certificate.product.brand).label,
        "name": forbidden[0].look.name,
        "count": len(forbidden),
    }
    text = _(
        "Change it now: once all else is done, the application is refused for it. Below, under "
        "CAA, stands what was found, what to publish and when we look again."
    )
    return Note("problem", title, text, forbidden[0].told.cause)


def _refused_by(certificate: Certificate) -> str:
    """Who refused what and when, and that nothing which was given is lost."""
    application = certificate.last_application
    if application is None or application.ended_at is None:
        return ""
    told = {
        "brand": Brand(certificate.product.brand).label,
        "number": application.number,
        "day": day(application.ended_at),
    }
    return (
        _("%(brand)s refused application %(number)d on %(day)s. All that you gave is kept.") % told
    )


def _failure(certificate: Certificate) -> Note:
    title, rest = first_sentence(as_read(certificate.failure_message))
    if not certificate.is_issued():
        # What to do stands last: it often ends with a line to publish.
        text = f"{_refused_by(certificate)} {rest}".strip()
        return Note("problem", title, text, certificate.failure_code)
    # Nothing is wrong with what is installed.
    stays = _("The issued version was not touched and stays valid.")
    return Note("ended", title, f"{stays} {rest}".strip(), certificate.failure_code)
