"""Projects, their people, invitations and contacts, explained."""

from django.utils.translation import gettext_lazy as _

from certificates.help.topics import Topic

PEOPLE = (
    Topic(
        "last-administrator",
        _("A project keeps an administrator"),
        _(
            "Without an administrator nobody could invite, give a role or download a key. The last"
            " one therefore neither leaves nor takes a lower role, and support does not close their"
            " account. Accounts that are closed do not count."
        ),
        _("Make another member administrator first, then leave or change your own role."),
        _("A changed role holds from the next click on."),
        ("people.last_administrator", "people.gone"),
    ),
    Topic(
        "invitations",
        _("Inviting people"),
        _(
            "People come into a project by a mail to their own address. The link works once, for"
            " seven days, and only for that address. One invitation an address and project is open"
            " at a time, and a project invites at most 50 people a day."
        ),
        _(
            "Look under People: send the mail again when it was not delivered, withdraw it when"
            " the address was wrong, and change the role of who belongs to the project already."
        ),
        _(
            "The mail leaves at once. A mail server that does not answer is tried for three days;"
            " the same mail can be sent again after ten minutes."
        ),
        (
            "invitation.answered",
            "invitation.email",
            "invitation.member",
            "invitation.open",
            "invitation.role",
            "invitation.too_many",
            "invitation.too_soon",
        ),
    ),
    Topic(
        "joining",
        _("Joining a project"),
        _(
            "An invitation counts for the address that it was sent to, so that nobody joins with a"
            " mail that was passed on. Support staff help customers and join no project."
        ),
        _(
            "Sign in with the invited address, or make an account for it on the page behind the"
            " link. Ask who invited you for a new one when the old one has ended."
        ),
        _("An invitation is open for seven days. You see the project as soon as you joined."),
        (
            "invitation.account_exists",
            "invitation.closed",
            "invitation.other_address",
            "invitation.staff",
        ),
    ),
    Topic(
        "projects",
        _("Projects"),
        _(
            "A project holds certificates and decides who sees them. Every customer can found one"
            " and becomes its administrator; support staff cannot."
        ),
        _("Give it a name of at most 100 characters that its people know it by."),
        _("It is there at once. Its name can be changed at any time."),
        ("project.name", "project.staff"),
    ),
    Topic(
        "contact-cards",
        _("Contacts as cards"),
        _(
            "A card keeps a person's name, address and phone number for the next application. An"
            " application carries a copy, so that changing or removing a card changes nothing that"
            " was sent in."
        ),
        _(
            "Write the phone number in digits with the country, like +44 20 7946 0123. When a card"
            " with this name and address is there already, change that one."
        ),
        _("A card can be used in an application at once."),
        ("contact.phone", "contact.twice", "contact.gone"),
    ),
)
