"""What is said, on the page and by mail, when something about a sign-in has changed.

The keys are the names under which the sign-in library announces what it did.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# Shown once on the next page. What is not named here needs no words.
MESSAGES = {
    "account/messages/password_changed.txt": _(
        "Your password was changed. Every other session of yours has ended."
    ),
    "mfa/messages/totp_activated.txt": _(
        "The authenticator app is set up. From the next sign-in on its code is asked for."
    ),
    "mfa/messages/totp_deactivated.txt": _(
        "The authenticator app was removed. Its codes open nothing any more."
    ),
    "mfa/messages/webauthn_added.txt": _("The passkey was added."),
    "mfa/messages/webauthn_removed.txt": _(
        "The passkey was removed here. Delete it from your device too: it opens nothing any more."
    ),
    "mfa/messages/recovery_codes_generated.txt": _(
        "New recovery codes were made. Keep them where you find them without your phone."
    ),
}

# Mailed to the person concerned, so that a stranger's doing does not stay unseen.
MAILED = {
    "account/email/password_changed": _("Your password was changed"),
    "account/email/password_reset": _("A new password was set by a link that we mailed you"),
    "mfa/email/totp_activated": _("An authenticator app was set up as second factor"),
    "mfa/email/totp_deactivated": _("The authenticator app was removed"),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made"),
    "mfa/email/webauthn_added": _("A passkey was added"),
    "mfa/email/webauthn_removed": _("A passkey was removed"),
}

ERRORS = {
    "email_password_mismatch": _(
        "E-mail and password do not belong together. Check both and sign in again."
    ),
    "enter_current_password": _(
        "This is not your password of today. Type it again, or ask for a link by “Forgotten?”."
    ),
    "incorrect_password": _("This is not your password. Type it again."),
    "incorrect_code": _(
        "This code does not fit. Codes of the app change every 30 seconds and count once; type the"
        " one that is shown now."
    ),
    "invalid_password_reset": _("This link was used, or has run out. Ask for a new one."),
    "cannot_delete_authenticator": _(
        "Support staff sign in with a second factor. Add a passkey first, then remove the app."
    ),
    "cannot_generate_recovery_codes": _(
        "Recovery codes stand in for a second factor. Set up an authenticator app or a passkey"
        " first."
    ),
    "passkey": _(
        "The passkey was not accepted. Try it again, or sign in with e-mail and password."
    ),
}
