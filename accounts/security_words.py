"""Each action of the security log in words. What is not named here is shown as it was written."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By subject, in the order in which the filter offers them.
SUBJECTS: tuple[tuple[str | Promise, dict[str, str | Promise]], ...] = (
    (
        _("Signing in"),
        {
            "sign_in": _("Signed in"),
            "sign_in.failed": _("Sign-in failed"),
            "password.wrong": _("Wrong password before a key was taken"),
            "password.changed": _("Password changed"),
            "password.reset": _("Password set anew by mail"),
            "session.ended": _("A session ended"),
            "sessions.ended": _("All other sessions ended"),
        },
    ),
    (
        _("Second factors"),
        {
            "second_factor.added": _("Authenticator app set up"),
            "second_factor.removed": _("Authenticator app removed"),
            "second_factor.used": _("Code of the authenticator app given"),
            "second_factor.failed": _("Wrong code of the authenticator app"),
            "second_factor.taken_off": _("Second factors taken off by command"),
            "passkey.added": _("Passkey added"),
            "passkey.removed": _("Passkey removed"),
            "passkey.used": _("Passkey used"),
            "passkey.failed": _("Passkey refused"),
            "recovery_codes.added": _("Recovery codes made"),
            "recovery_codes.removed": _("Recovery codes removed"),
            "recovery_codes.used": _("Recovery code used"),
            "recovery_codes.failed": _("Wrong recovery code"),
        },
    ),
    (
        _("Proofs of names"),
        {
            "name.given_up": _("Name given up"),
            "proof.revoke": _("Proof of a name revoked"),
            "proof.taken": _("Proof of a name ended: somebody else has proved it"),
        },
    ),
    (_("Keys"), {"key.download": _("Private key downloaded")}),
    (
        _("People"),
        {
            "member.role": _("Role changed"),
            "member.removed": _("Member removed"),
            "invitation.invited": _("Person invited"),
            "invitation.resent": _("Invitation mailed again"),
            "invitation.withdrawn": _("Invitation withdrawn"),
            "invitation.accepted": _("Invitation accepted"),
            "project.founded": _("Project founded"),
            "project.renamed": _("Project renamed"),
        },
    ),
    (
        _("The authority's desk"),
        {
            "desk.approve_organization": _("Organization found right"),
            "desk.refuse_organization": _("Organization refused"),
            "desk.release_names": _("Held names released"),
            "desk.refuse_names": _("Held names refused"),
            "desk.note_review": _("Note on an organization review"),
            "desk.ask_customer": _("Question to the customer"),
            "organization.end": _("Validation of an organization ended"),
            "canned.add": _("New canned message of the desk"),
            "canned.change": _("Canned message of the desk changed"),
            "checklist.set": _("New checklist of the desk"),
            "checklist.withdrawn": _("Checklist of the desk withdrawn"),
            "desk.decide_compromise": _("Reported key compromise decided"),
            "desk.mark_findings_seen": _("Findings of a check marked as seen"),
            "desk.write_now": _("Confirmation mail brought forward"),
        },
    ),
    (
        _("Contacts"),
        {
            "contact.added": _("Contact added"),
            "contact.changed": _("Contact changed"),
            "contact.removed": _("Contact removed"),
        },
    ),
    (
        _("DNS zones"),
        {
            "zone.added": _("DNS zone added"),
            "zone.changed": _("Server or key of a DNS zone changed"),
            "zone.removed": _("DNS zone removed"),
        },
    ),
)
# Of the house itself: only staff who read everything meet these.
OF_THE_HOUSE: dict[str, str | Promise] = {
    "crl.publish": _("CRL published by hand"),
    "mail.send_again": _("Mail sent again"),
    "staff.teams": _("Teams of a member of staff changed"),
    "account.closed": _("Account switched off"),
    "account.opened": _("Account switched on"),
    "word.added": _("Sensitive word added"),
    "word.withdrawn": _("Sensitive word withdrawn"),
    "terms.set": _("Terms of a product set"),
    "terms.withdrawn": _("Terms of a product withdrawn"),
    "bulletin.add": _("Bulletin announced"),
    "bulletin.change": _("Bulletin changed"),
    "holiday.add": _("Holiday entered"),
    "holiday.change": _("Holiday changed"),
    "demo.seeded": _("Demo filled"),
}
WORDS: dict[str, str | Promise] = {
    action: words for _subject, named in SUBJECTS for action, words in named.items()
} | OF_THE_HOUSE


def in_words(action: str) -> str:
    return str(WORDS.get(action, action))


# What an entry tells beside its subject, by the names under which it is kept.
DETAILS = {
    "role": _("Role"),
    "from": _("Before"),
    "to": _("Now"),
    "name": _("Name"),
    "serial": _("Serial"),
    "order": _("Order"),
    "item": _("Looked at"),
    "is_good": _("Found right"),
    "cancel": _("To be cancelled"),
    "about": _("About"),
    "title": _("Title"),
    "kind": _("Kind"),
    "mail": _("Mail"),
    "is_staff": _("Of the staff"),
    "teams": _("Teams"),
    "window": _("Reissue window in days"),
    "review": _("Review in working days"),
    "methods": _("Methods"),
    "proofs": _("Proofs"),
    "reason": _("Reason"),
    "proves_anew": _("Fresh proof each time"),
    "server": _("Server"),
    "key": _("Key"),
    "keys": _("Keys"),
    "caa": _("CAA"),
}
