"""Every state of a certificate, explained."""

from django.utils.translation import gettext_lazy as _

from certificates.help.topics import Topic
from certificates.lifecycle import Status

STATES = (
    Topic(
        "state-pending-application",
        Status.PAID.label,
        _(
            "The certificate is bought and nobody has applied for it yet, or its application was"
            " taken back. Its validity counts from the issue, so nothing is lost by waiting."
        ),
        _("Apply for it: name the domain, the way to prove it, and a contact."),
        _("It waits for you without an end."),
        (Status.PAID,),
    ),
    Topic(
        "state-domain-verification",
        Status.CHECKING_DOMAIN.label,
        _(
            "The authority wants to see that you control the domain: a DNS record, a file on the"
            " web server, or an answer from one of the domain's mailboxes."
        ),
        _(
            "Open the certificate. It shows the exact record, file or mailbox, what the last look"
            " saw and when the next one comes. Publish it, then press Check now."
        ),
        _(
            "Once the record is visible it is seen within minutes. The value counts for 30 days;"
            " after that the application ends and you apply again."
        ),
        (Status.CHECKING_DOMAIN,),
    ),
    Topic(
        "state-organization-verification",
        Status.CHECKING_ORG.label,
        _(
            "The domain is proved. People at the authority now check the organization: the company"
            " register, a call to a listed number, the letter of authorisation."
        ),
        _("Nothing, unless they call or write: answer them on the day."),
        _(
            "OV takes 3 to 5 working days, EV 7 to 10. Weekends, holidays and an authority's own"
            " pauses do not count; the certificate's timeline names the expected day."
        ),
        (Status.CHECKING_ORG, "ca.reviewing"),
    ),
    Topic(
        "state-to-be-issued",
        Status.ISSUING.label,
        _("Everything is proved. The authority judges it once more, signs and issues."),
        _("Nothing."),
        _(
            "About ten minutes. A pause of the authority (see Bulletins) or an unreadable CAA"
            " record holds it; the certificate then says so, with the time of the next try."
        ),
        (Status.ISSUING, "ca.issuing"),
    ),
    Topic(
        "state-issued",
        Status.ISSUED.label,
        _("The certificate is valid and can be downloaded."),
        _(
            "Download it in the form of your server and install it. While the reissue window is"
            " open you can replace it as often as you need."
        ),
        _("Until its end date. From 30 days before, the list shows it under Expiring."),
        (Status.ISSUED,),
    ),
    Topic(
        "state-failed",
        Status.UNPASSED.label,
        _(
            "The authority refused the application, and no version of this certificate is in force."
            " What you entered is kept."
        ),
        _("Read who refused what, correct it, and apply again; the data stand as you left them."),
        _("It waits for you."),
        (Status.UNPASSED,),
    ),
    Topic(
        "state-withdrawal",
        Status.CANCELCHECKING.label,
        _("You took an application back, and the authority decides whether it came in time."),
        _("Nothing."),
        _("Usually minutes. If the certificate was issued first, it stays issued."),
        (
            Status.CANCELCHECKING,
            "withdraw.in_progress",
            "withdraw.approved",
            "withdraw.not_open",
            "withdraw.refused",
            "withdraw.issued_first",
        ),
    ),
    Topic(
        "state-reissue",
        Status.REISSUING.label,
        _(
            "A reissue was asked for. The authority writes to the contact of the application and"
            " asks to confirm that the original is cancelled. Until somebody confirms, the original"
            " stays valid and untouched."
        ),
        _(
            "Watch for the mail and answer it: Confirm cancels the original at once, Decline keeps"
            " it and ends the reissue. Opening the link changes nothing."
        ),
        _(
            "The mail leaves within one to two working days, at once for a leaked key. It can be"
            " answered for 30 days; no answer counts as declined."
        ),
        (Status.REISSUING, "ca.scheduled", "ca.asking"),
    ),
    Topic(
        "state-additional-domain",
        Status.SUPPLEMENTCHECKING.label,
        _("More names were asked for. The certificate in force stays valid meanwhile."),
        _("Prove the new names as the certificate's page shows."),
        _("As long as the proof takes."),
        (Status.SUPPLEMENTCHECKING,),
    ),
    Topic(
        "state-additional-domain-withdrawal",
        Status.CANCELSUPPLEMENTING.label,
        _("The request for more names is being taken back; the certificate stays as it was."),
        _("Nothing."),
        _("Usually minutes."),
        (Status.CANCELSUPPLEMENTING,),
    ),
    Topic(
        "state-revocation",
        Status.REVOKING.label,
        _("The authority was asked to revoke the certificate for good."),
        _("Answer the authority's mail if one comes. A revocation cannot be undone."),
        _("Within 24 hours of the confirmation."),
        (Status.REVOKING,),
    ),
    Topic(
        "state-revoked",
        Status.REVOKED.label,
        _(
            "The certificate stands in the authority's list of revoked certificates. Browsers that"
            " check refuse it."
        ),
        _("Take it off your servers. For the same domain, apply again or buy a new one."),
        _("For ever."),
        (Status.REVOKED,),
    ),
    Topic(
        "state-expired",
        Status.EXPIRED.label,
        _("Its end date is over. Browsers refuse it. Nothing about it can be changed any more."),
        _("Buy a new certificate for the domain."),
        _("For ever."),
        (Status.EXPIRED,),
    ),
    Topic(
        "state-hosted",
        Status.UPLOAD.label,
        _("It was issued elsewhere and is only kept here: stored, watched, downloadable."),
        _("Reissue and revoke it where it was issued."),
        _("Until its end date."),
        (Status.UPLOAD,),
    ),
)
