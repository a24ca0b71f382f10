"""The desk's verbs as the administration offers them: when they fit, what their pages say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action
from accounts.models import User
from accounts.verb_admin import Start, Verb
from authorities.brands import Brand
from authorities.desk_forms import NoteForm, QuestionForm, RefusalForm
from authorities.simulated import desk, held_names
from authorities.simulated.canned import Use, language_of, offered
from authorities.simulated.orders import CaOrder, ReviewItem, State
from authorities.simulated.review import Point, checklist, review_of
from verification.mail import resend_refusal, send_again

# What the buttons do, and what is told afterwards


def approve(row: CaOrder, *, actor: User, now: datetime) -> str:
    desk.approve_organization(row.pk, actor=actor, now=now)
    return _("%(order)s: approved. %(brand)s issues now.") % _told(row)


def refuse(row: CaOrder, *, message: str, actor: User, now: datetime) -> str:
    desk.refuse_organization(row.pk, message=message, actor=actor, now=now)
    return _("%(order)s: refused. The customer reads your sentence.") % _told(row)


def release(row: CaOrder, *, actor: User, now: datetime) -> str:
    desk.release_names(row.pk, actor=actor, now=now)
    return _("%(order)s: released. It goes on by itself.") % _told(row)


def refuse_names(row: CaOrder, *, message: str, actor: User, now: datetime) -> str:
    desk.refuse_names(row.pk, message=message, actor=actor, now=now)
    return _("%(order)s: refused. The customer reads your sentence.") % _told(row)


def note(row: CaOrder, *, item: str, actor: User, now: datetime, **found: Any) -> str:
    desk.note_review(row.pk, ReviewItem(item), actor=actor, now=now, **found)
    return _("%(order)s: note kept.") % _told(row)


def ask_customer(row: CaOrder, *, text: str, actor: User, now: datetime) -> str:
    desk.ask_customer(row.pk, text=text, actor=actor, now=now)
    return _("%(order)s: asked. Your clock stands until the customer answers.") % _told(row)


def cancel_original(row: CaOrder, *, actor: User, now: datetime) -> str:
    desk.decide_compromise(row.pk, cancel=True, actor=actor, now=now)
    return _("%(order)s: the original is cancelled, the reissue goes on.") % _told(row)


def keep_original(row: CaOrder, *, actor: User, now: datetime) -> str:
    desk.decide_compromise(row.pk, cancel=False, actor=actor, now=now)
    return _("%(order)s: the original stays valid, the reissue ended.") % _told(row)


def see_findings(row: CaOrder, *, actor: User, now: datetime) -> str:
    desk.mark_findings_seen(row.pk, actor=actor, now=now)
    return _("%(order)s: findings seen.") % _told(row)


def write_now(row: CaOrder, *, actor: User, now: datetime) -> str:
    desk.write_now(row.pk, actor=actor, now=now)
    return _("%(order)s: the confirmation mail leaves within seconds.") % _told(row)


def write_again(row: CaOrder, *, actor: User, now: datetime) -> str:
    if row.mail_id is None:
        message = _("The mail of this order has not left yet.")
        raise desk.DeskRefused("confirmation.not_sent", message)
    send_again(row.mail_id, actor=actor, now=now)
    return _("%(order)s: the same mail leaves once more.") % _told(row)


def _told(row: CaOrder) -> dict[str, str]:
    return {"order": row.reference, "brand": Brand(row.request().brand).label}


# When they fit


def held(row: CaOrder, _now: datetime) -> bool:
    return row.state == State.HELD


def in_review(row: CaOrder, _now: datetime) -> bool:
    return row.state == State.REVIEWING


def alarmed(row: CaOrder, _now: datetime) -> bool:
    return row.state == State.ASKING and bool(row.alarm)


def stopped(row: CaOrder, _now: datetime) -> bool:
    return bool(row.findings) and row.findings_seen_at is None


def planned(row: CaOrder, _now: datetime) -> bool:
    return row.state == State.SCHEDULED


def can_ask_again(row: CaOrder, now: datetime) -> bool:
    mail = row.mail
    return row.state == State.ASKING and mail is not None and resend_refusal(mail, now) is None


# What their pages say first


def about_release(row: CaOrder) -> Iterator[str]:
    yield from why_held(row)
    yield _("The request goes on: the customer is asked for proof, or the original’s mail leaves.")


def about_refusing_names(row: CaOrder) -> Iterator[str]:
    yield from why_held(row)
    yield _("The request ends. The original of a reissue stays valid.")


def why_held(row: CaOrder) -> Iterator[str]:
    for found in held_names.reasons(row):
        yield f"{found.code}: {_(found.text) % found.params}"


def about_approval(row: CaOrder) -> Iterator[str]:
    review = review_of(row)
    yield from map(_point, review.points)
    if review.open_points:
        yield _("It cannot be approved yet. Not found good: %(points)s.") % {
            "points": "; ".join(review.open_points)
        }
    elif review.four_eyes:
        yield _("Checked by %(who)s: somebody else of the team approves.") % {
            "who": ", ".join(review.checked_by)
        }
    yield _("The certificate is issued at once, or when the authority's suspension ends.")


def about_refusal(row: CaOrder) -> Iterator[str]:
    yield from map(_point, checklist(row))
    yield _("The request ends. The customer may apply again with other details.")


def about_notes(row: CaOrder) -> Iterator[str]:
    yield from map(_point, checklist(row))
    yield _("Notes are never changed. The latest one of each point counts.")


def about_asking(row: CaOrder) -> Iterator[str]:
    yield _("%(contact)s gets a mail with your question.") % {
        "contact": row.request().contact_email
    }
    yield _("The clock of this order stands still until the customer answers.")


def to_ask(row: CaOrder) -> list[Start]:
    return _canned(row, Use.ASK)


def to_refuse(row: CaOrder) -> list[Start]:
    return _canned(row, Use.REFUSE)


def _canned(row: CaOrder, use: Use) -> list[Start]:
    """In the language of who applied."""
    found = offered(use, language_of(row))
    return [Start(each.code, each.title, each.text) for each in found]


def _point(point: Point) -> str:
    head = f"{point.mark} {point.item.label}: {point.said}"
    return f"{head}. {point.note.text} ({point.note.author})" if point.note else head


def about_cancelling(row: CaOrder) -> Iterator[str]:
    yield _("The original %(serial)s is revoked for keyCompromise.") % {
        "serial": row.request().replaces
    }
    yield _("The reissue goes on: the customer proves the domain where that is needed.")
    yield _("The question in the contact's mail is settled by this.")


def about_keeping(row: CaOrder) -> Iterator[str]:
    yield _("The original %(serial)s stays valid, and the reissue ends as declined.") % {
        "serial": row.request().replaces
    }
    yield _("The question in the contact's mail is settled by this.")


def about_findings(row: CaOrder) -> Iterator[str]:
    for found in row.findings:
        yield f"{found['code']}: {found['text']}"
    yield _("The request is refused already. Seen, it leaves the desk's list.")


def about_writing(row: CaOrder) -> Iterator[str]:
    yield _("%(contact)s is asked now instead of on the planned day.") % {
        "contact": row.request().contact_email
    }


def about_writing_again(row: CaOrder) -> Iterator[str]:
    yield _("%(contact)s gets the same mail with the same link. The time to answer stays.") % {
        "contact": row.request().contact_email
    }


VERBS = (
    Verb(
        name="release",
        label=gettext_lazy("Release…"),
        title=gettext_lazy("Release the names"),
        press=gettext_lazy("Release: let the request go on"),
        run=release,
        action=Action.DECIDE,
        fits=held,
        effects=about_release,
    ),
    Verb(
        name="refuse-names",
        label=gettext_lazy("Refuse…"),
        title=gettext_lazy("Refuse the names"),
        press=gettext_lazy("Refuse: end the request"),
        run=refuse_names,
        action=Action.DECIDE,
        fits=held,
        effects=about_refusing_names,
        form=RefusalForm,
        is_danger=True,
    ),
    Verb(
        name="approve",
        label=gettext_lazy("Approve…"),
        title=gettext_lazy("Approve the organization"),
        press=gettext_lazy("Approve: issue the certificate"),
        run=approve,
        action=Action.DECIDE,
        fits=in_review,
        effects=about_approval,
    ),
    Verb(
        name="refuse",
        label=gettext_lazy("Refuse…"),
        title=gettext_lazy("Refuse the organization"),
        press=gettext_lazy("Refuse: end the request"),
        run=refuse,
        action=Action.DECIDE,
        fits=in_review,
        effects=about_refusal,
        form=RefusalForm,
        starts=to_refuse,
        starts_in="message",
        is_danger=True,
    ),
    Verb(
        name="note",
        label=gettext_lazy("Note…"),
        title=gettext_lazy("Note what you found"),
        press=gettext_lazy("Keep the note"),
        run=note,
        action=Action.DECIDE,
        fits=in_review,
        effects=about_notes,
        form=NoteForm,
    ),
    Verb(
        name="ask",
        label=gettext_lazy("Ask the customer…"),
        title=gettext_lazy("Ask the customer"),
        press=gettext_lazy("Ask: stop the clock"),
        run=ask_customer,
        action=Action.DECIDE,
        fits=in_review,
        effects=about_asking,
        form=QuestionForm,
        starts=to_ask,
        starts_in="text",
    ),
    Verb(
        name="cancel-original",
        label=gettext_lazy("Cancel the original…"),
        title=gettext_lazy("Cancel the original in the customer's place"),
        press=gettext_lazy("Cancel: revoke the original"),
        run=cancel_original,
        action=Action.DECIDE,
        fits=alarmed,
        effects=about_cancelling,
        is_danger=True,
    ),
    Verb(
        name="keep-original",
        label=gettext_lazy("Leave it valid…"),
        title=gettext_lazy("Leave the original valid"),
        press=gettext_lazy("Leave it valid: end the reissue"),
        run=keep_original,
        action=Action.DECIDE,
        fits=alarmed,
        effects=about_keeping,
    ),
    Verb(
        name="findings",
        label=gettext_lazy("Findings…"),
        title=gettext_lazy("What the linter refused"),
        press=gettext_lazy("Seen: take it off the desk"),
        run=see_findings,
        action=Action.DECIDE,
        fits=stopped,
        effects=about_findings,
    ),
    Verb(
        name="write-now",
        label=gettext_lazy("Write now…"),
        title=gettext_lazy("Write to the contact now"),
        press=gettext_lazy("Write now: ask for the confirmation"),
        run=write_now,
        action=Action.DECIDE,
        fits=planned,
        effects=about_writing,
        is_quiet=True,
    ),
    Verb(
        name="send-again",
        label=gettext_lazy("Send again…"),
        title=gettext_lazy("Send the confirmation mail again"),
        press=gettext_lazy("Send again: the same mail"),
        run=write_again,
        action=Action.RESEND,
        fits=can_ask_again,
        effects=about_writing_again,
        is_quiet=True,
    ),
)
