"""Names and addresses that are looked at more closely, explained."""

from django.utils.translation import gettext_lazy as _

from certificates.help.topics import Topic

AT_ONCE = _("The check is immediate.")

NAMES = (
    Topic(
        "name-held",
        _("Names held for review"),
        _(
            "A label that mixes scripts, such as Latin with Cyrillic letters, can be made to look"
            " like another name. A hoster's name, such as github.io, would speak for all its"
            " customers. Nothing is wrong with either, so people of the authority look at it"
            " before anything else happens. The original of a reissue stays valid meanwhile."
        ),
        _(
            "Nothing, when the name is the one that you mean."
            " Otherwise withdraw the application and name another domain. Refused, it says why."
        ),
        _("Within one working day. The certificate's page names the day."),
        ("name.mixed_scripts", "name.private_suffix", "name.refused"),
    ),
    Topic(
        "name-too-long-to-prove",
        _("A name too long for the way of proof"),
        _(
            "DNS takes names of 253 characters. The record stands at _dnsauth. before the domain,"
            " which a domain of more than 244 characters leaves no room for. Mail takes addresses"
            " of 254 characters, the mailbox included."
        ),
        _("Choose another way of proof, such as a file on the web server, or a shorter name."),
        AT_ONCE,
        ("name.challenge_too_long", "name.mailbox_too_long"),
    ),
    Topic(
        "mail-address",
        _("How a mail address is written"),
        _(
            "A mail address is one line of visible signs with one @. Text that was copied from a"
            " page or a letter may bring signs along that nobody sees: ends of lines, marks of"
            " direction. They could make a mail go elsewhere, so that such an address is refused."
        ),
        _("Delete the address and type it anew, one in each field."),
        AT_ONCE,
        tuple(
            f"{who}.email_{what}"
            for who in ("contact", "authorizer", "technical", "invitation")
            for what in ("control_character", "several", "too_long")
        ),
    ),
)
