"""What the authority, its mail and its people decided, explained."""

from django.utils.translation import gettext_lazy as _

from certificates.help.topics import Topic

AUTHORITY = (
    Topic(
        "confirmation",
        _("The authority's question"),
        _(
            "Before a reissue goes on, the authority asks the contact by mail whether the original"
            " may be cancelled. Declined, or not answered in 30 days, the original stays valid and"
            " the reissue ends."
        ),
        _(
            "To go on, ask for a new reissue while its window is open and confirm the mail. To keep"
            " the certificate, do nothing."
        ),
        _("The mail leaves within one to two working days and can be answered for 30 days."),
        (
            "confirmation.declined",
            "confirmation.expired",
            "confirmation.decided",
            "confirmation.not_sent",
        ),
    ),
    Topic(
        "leaked-key",
        _("A key that leaked or was lost"),
        _(
            "A leaked key must be revoked within 24 hours. The key is blocked for everybody at"
            " once, the mail leaves at once, and if it is declined or not answered the authority's"
            " people look at the report and decide in the contact's place."
        ),
        _("Confirm the mail, then install the new version on every server that used the key."),
        _("24 hours at most."),
        ("compromise.dismissed",),
    ),
    Topic(
        "authority-rules",
        _("The certificate would break the rules"),
        _(
            "Every certificate is checked against the rules of browsers and authorities before it"
            " is signed. Something in the order does not fit them, so nothing was signed."
        ),
        _("Correct what the message names and apply again, or ask the support with the code."),
        _("The support looks at such orders on the same working day."),
        (
            "ca.lint",
            "order.name",
            "order.name_twice",
            "order.ev_wildcard",
            "order.original",
            "order.term_over",
        ),
    ),
    Topic(
        "our-system",
        _("Our own system could not go on"),
        _(
            "The order was tried several times and our software, or the authority's, failed each"
            " time. Our support was told; the certificate in force was not touched unless you had"
            " confirmed its cancellation."
        ),
        _("Apply again, or write to the support with the certificate's id and the code."),
        _("The support looks at such orders on the same working day."),
        (
            "ca.stuck",
            "ca.wrong_answer",
            "ca.unknown_request",
            "ca.unknown_certificate",
            "application.stuck",
            "proof.stuck",
        ),
    ),
    Topic(
        "pauses",
        _("Pauses of an authority"),
        _(
            "An authority announces days on which its people do not work or nothing is issued. They"
            " stand under Bulletins and are counted into every date that we name."
        ),
        _("Nothing. Plan around them when you can."),
        _("Each bulletin says from when to when."),
    ),
    Topic(
        "the-authority-asks",
        _("The authority asks you something"),
        _(
            "Its people need to know something before they decide about your organization. The"
            " question stands on the certificate's page and in a mail to the contact; their clock"
            " stands still until you answer."
        ),
        _(
            "Answer on the certificate's page. Operators and administrators of the project may; you"
            " can add to an answer until the authority has decided."
        ),
        _("It goes on with your answer. The days in which you were asked count for nobody."),
        (
            "reply.forbidden",
            "reply.nothing_asked",
            "reply.empty",
            "reply.too_long",
            "reply.over",
        ),
    ),
    Topic(
        "organization-known",
        _("An organization that is known"),
        _(
            "The authority's people checked this very organization for your project before, for a"
            " certificate of the same level or a higher one, and its data are the same."
        ),
        _("Nothing. Keep the data as they are when you order again."),
        _(
            "An organization is known for 398 days after it was checked. DigiCert and GeoTrust know"
            " the same ones. After that, or when a letter of its data changes, it is checked anew."
        ),
        ("organization.known",),
    ),
    Topic(
        "without-certificate",
        _("The time without a valid certificate"),
        _(
            "When you confirm the authority's mail, the original is revoked at once, and the new"
            " version is issued only after the domain (and for OV and EV the organization) is"
            " proved. Between the two, browsers that check revocation refuse your site."
        ),
        _(
            "Choose the day on which you confirm. Publish the DNS record as soon as it is shown."
            " Reissue with the same domain and contact where you can: then nothing needs a new"
            " proof, and the gap is minutes."
        ),
        _("The last step of the wizard names the days for your certificate before you submit."),
    ),
    Topic(
        "reissue-or-revoke",
        _("Reissue, revoke, or buy anew"),
        _(
            "A reissue replaces a certificate and keeps its id and its end date. A revocation ends"
            " it without a successor. A purchase starts a new term."
        ),
        _("Reissue for a leaked key, another domain or wrong data, while the window is open."),
        _("A reissue of a DV certificate takes as long as you need to confirm and to prove."),
    ),
)
