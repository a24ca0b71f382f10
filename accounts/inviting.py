"""Asking a person into a project, and what they answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit, mail_addresses
from accounts.access import ROLES
from accounts.invitations import VALID_FOR, Invitation, MailState, State, new_nonce
from accounts.models import Membership, Project, User
from accounts.projects import managing, may_found
from accounts.refusals import Obstacle, Refused
from work.nudge import nudge_after_commit, wake

# Invitations are mails to strangers in our name, so that their number is bounded.
MOST_A_DAY = 50
LONGEST_ADDRESS = 100  # as the security log keeps it
MAILED_AGAIN_AFTER = timedelta(minutes=10)


def invite(*, project_id: int, email: str, role: str, actor: User, now: datetime) -> Invitation:
    """Ask an address into the project: the invitation, its log entry, and its mail as due work."""
    email = email.strip().lower()
    with managing(project_id, actor):
        _refuse_to_invite(project_id, email, role, now)
        # One that has run out gives way: only one an address is open.
        Invitation.objects.filter(
            project_id=project_id, email=email, accepted_at=None, withdrawn_at=None
        ).update(withdrawn_at=now, due_at=None)
        invitation = Invitation.objects.create(
            project_id=project_id,
            email=email,
            role=role,
            invited_by=actor,
            created_at=now,
            expires_at=now + VALID_FOR,
            nonce=new_nonce(),
            due_at=now,
        )
        _log(invitation, "invited", actor, now)
        nudge_after_commit()
    return invitation


def _refuse_to_invite(project_id: int, email: str, role: str, now: datetime) -> None:
    invited = Invitation.objects.filter(project_id=project_id)
    wrong = mail_addresses.fault(email)
    if wrong is not None:
        raise _refused(f"invitation.email{wrong.kind}", wrong.message)
    if len(email) > LONGEST_ADDRESS:
        message = _("This address has over %(limit)d characters. Invite the person at another one.")
        raise _refused("invitation.email", message % {"limit": LONGEST_ADDRESS})
    if role not in ROLES:
        raise _refused("invitation.role", _("Choose one of the three roles."))
    if Membership.objects.filter(project_id=project_id, user__email=email).exists():
        message = _("%(email)s belongs to this project already. Change the role under People.")
        raise _refused("invitation.member", message % {"email": email})
    is_open = {"accepted_at": None, "withdrawn_at": None, "expires_at__gt": now}
    if invited.filter(email=email, **is_open).exists():
        message = _("%(email)s is invited already. Send the mail again, or withdraw it first.")
        raise _refused("invitation.open", message % {"email": email})
    if invited.filter(created_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        message = _("A project invites at most %(count)d people a day. Invite the next tomorrow.")
        raise _refused("invitation.too_many", message % {"count": MOST_A_DAY})


def resend(*, project_id: int, invitation_id: int, actor: User, now: datetime) -> Invitation:
    """Send the mail again, with seven more days. The link of the first mail stays good too."""
    with managing(project_id, actor):
        invitation = _unanswered(project_id, invitation_id)
        free_at = invitation.asked_at + MAILED_AGAIN_AFTER
        if invitation.mail_state != MailState.FAILED and now < free_at:
            message = _("The last mail is of %(at)s UTC. Send it again from %(free)s UTC on.")
            times = {"at": f"{invitation.asked_at:%H:%M}", "free": f"{free_at:%H:%M}"}
            raise _refused("invitation.too_soon", message % times)
        Invitation.objects.filter(pk=invitation_id).update(
            expires_at=now + VALID_FOR,
            sent_at=None,
            problem="",
            tries=0,
            attempts=0,
            last_problem="",
            set_aside_at=None,
        )
        _log(invitation, "resent", actor, now)
        wake(Invitation, invitation_id, now)
        invitation.refresh_from_db()
    return invitation


def withdraw(*, project_id: int, invitation_id: int, actor: User, now: datetime) -> Invitation:
    """The link opens nothing any more."""
    with managing(project_id, actor):
        invitation = _unanswered(project_id, invitation_id)
        invitation.withdrawn_at = now
        Invitation.objects.filter(pk=invitation_id).update(withdrawn_at=now, due_at=None)
        _log(invitation, "withdrawn", actor, now)
    return invitation


def accept(*, invitation_id: int, actor: User, now: datetime) -> Membership:
    """The person with the invited address joins. Whoever belongs there already keeps their role."""
    with transaction.atomic():
        invitation = _held(invitation_id, now)
        if actor.email != invitation.email:
            message = _("This invitation is for %(email)s. Sign in with that address.")
            raise _refused("invitation.other_address", message % {"email": invitation.email})
        if not may_found(actor):
            message = _("Support staff join no project. Use an account that is not of the staff.")
            raise _refused("invitation.staff", message)
        return _join(invitation, actor, now)


def join(*, invitation_id: int, password: str, now: datetime) -> User:
    """An account for the invited address, which the mail has proved, and its place in the project.

    `password` was validated by the caller.
    """
    email = Invitation.objects.values_list("email", flat=True).get(pk=invitation_id)
    person = User(username=email, email=email)
    person.set_password(password)  # slow by design: before anything is held
    try:
        with transaction.atomic():
            invitation = _held(invitation_id, now)
            person.save(force_insert=True)
            _join(invitation, person, now)
    except IntegrityError:
        message = _("There is an account for %(email)s by now. Sign in with it, then join.")
        raise _refused("invitation.account_exists", message % {"email": email}) from None
    return person


def has_account(invitation: Invitation) -> bool:
    return User.objects.filter(email=invitation.email).exists()


def _join(invitation: Invitation, person: User, now: datetime) -> Membership:
    member, _is_new = Membership.objects.get_or_create(
        project_id=invitation.project_id,
        user=person,
        defaults={"role": invitation.role, "since": now},
    )
    Invitation.objects.filter(pk=invitation.pk).update(
        accepted_at=now, accepted_by=person, due_at=None
    )
    _log(invitation, "accepted", person, now)
    return member


def _held(invitation_id: int, now: datetime) -> Invitation:
    """The invitation while its project's row is held, still open. Raises Refused."""
    found = Invitation.objects.get(pk=invitation_id)
    Project.objects.select_for_update().get(pk=found.project_id)
    invitation = Invitation.objects.get(pk=invitation_id)
    if invitation.state(now) != State.OPEN:
        raise _refused("invitation.closed", _("This invitation was answered or has ended."))
    return invitation


def _unanswered(project_id: int, invitation_id: int) -> Invitation:
    rows = Invitation.objects.filter(project_id=project_id, accepted_at=None, withdrawn_at=None)
    invitation = rows.filter(pk=invitation_id).first()
    if invitation is None:
        message = _("This invitation was accepted or withdrawn meanwhile.")
        raise _refused("invitation.answered", message)
    return invitation


def _log(invitation: Invitation, what: str, actor: User, now: datetime) -> None:
    audit.record(
        project_id=invitation.project_id,
        actor=actor,
        action=f"invitation.{what}",
        subject=invitation.email,
        now=now,
        detail={"role": invitation.role},
    )


def _refused(code: str, message: str) -> Refused:
    return Refused([Obstacle(code, message)])
