"""Why a reissue or an application cannot be sent in, explained."""

from django.utils.translation import gettext_lazy as _

from certificates.help.topics import Topic

APPLYING = (
    Topic(
        "reissue-not-issued",
        _("Only an issued certificate can be reissued"),
        _(
            "A reissue replaces the version in force. While another application runs, or when no"
            " version is in force, there is nothing to replace."
        ),
        _("Wait until the certificate is issued. One that failed is applied for again instead."),
        _("The certificate's page says whose turn it is and until when."),
        ("reissue.not_issued", "reissue.in_progress", "apply.not_pending"),
    ),
    Topic(
        "reissue-window",
        _("The reissue window"),
        _(
            "Each authority allows reissues for some days after the issue: GlobalSign 5, the others"
            " 25. Within them you may reissue as often as you need; each reissue opens the window"
            " anew."
        ),
        _("After the window, buy a new certificate for the domain."),
        _("The list and the certificate's page name the day on which the window closes."),
        ("reissue.window_closed",),
    ),
    Topic(
        "reissue-which",
        _("Which certificates can be reissued"),
        _(
            "Single-domain and wildcard certificates can. Free test certificates and certificates"
            " for several domains cannot, and neither can one that was revoked or that is only"
            " hosted here."
        ),
        _(
            "Free test: apply for a new one. Several domains: buy a new certificate. Revoked: apply"
            " again. Hosted: reissue it where it was issued."
        ),
        _("This does not change with time."),
        ("reissue.free", "reissue.multi_domain", "reissue.revoked", "reissue.hosted"),
    ),
    Topic(
        "roles",
        _("What each role may do"),
        _(
            "Viewers look. Operators also apply, reissue, check domains and keep contacts."
            " Administrators also download private keys and decide who belongs to the project."
        ),
        _("Ask an administrator of your project. Who that is stands under People."),
        _("A changed role holds from the next click on."),
        (
            "reissue.forbidden",
            "apply.forbidden",
            "buy.forbidden",
            "check.forbidden",
            "withdraw.forbidden",
            "method.forbidden",
            "key.forbidden",
            "contact.forbidden",
            "people.forbidden",
        ),
    ),
    Topic(
        "statements",
        _("The three statements"),
        _(
            "The service statement, the privacy statement and the authorisation are accepted anew"
            " with every application, because each hands data to an authority and puts a"
            " certificate at risk. We keep which version of each text you accepted, and when."
        ),
        _("Read them on the last step and tick all three."),
        _("They are asked for once an application."),
        ("reissue.statements_missing", "apply.statements_missing"),
    ),
    Topic(
        "contact",
        _("The contact and the authorizer"),
        _(
            "The authority's mails go to the contact. The authorizer answers for the organization"
            " when its people call. Neither becomes part of the certificate. Changing one of them"
            " means that the domain is proved anew, and for OV and EV the organization too."
        ),
        _("Give an address that somebody reads every day, written like name@company.example."),
        _("The first mail comes within one to two working days."),
        (
            "contact.email",
            "contact.name",
            "contact.card_gone",
            "contact.no_cards",
            "authorizer.email",
            "authorizer.name",
            "contact.name_too_long",
            "technical.email",
            "technical.name",
        ),
    ),
    Topic(
        "organization",
        _("The organization's data"),
        _(
            "OV and EV certificates carry the organization's name and place. The authority compares"
            " them with the company register, letter by letter."
        ),
        _(
            "Write the legal name, the place and the registration number as the register shows"
            " them, then apply again. What was refused stands in the application."
        ),
        _("A review takes 3 to 5 working days for OV, 7 to 10 for EV."),
        (
            "organization.missing",
            "organization.country",
            "organization.too_long",
            "organization.refused",
        ),
    ),
    Topic(
        "papers",
        _("Papers for the review"),
        _(
            "A bank account permit and a business licence speed a review up. Each is one picture,"
            " PNG or JPEG, of at most 2 MB. We decode it and keep our own copy: nothing else that"
            " the file carried. Only your project and the authority's people see it."
        ),
        _(
            "Scan or photograph the paper, and hand the picture in with the organization's data."
            " What you handed in is kept with the application; with a draft that is never sent in"
            " it goes after seven days, and is handed in again."
        ),
        _("The picture is checked while it is uploaded."),
        ("paper.gone", "paper.too_many", "picture.too_large", "picture.format", "picture.broken"),
    ),
    Topic(
        "root-hash",
        _("The hash of the root certificate"),
        _(
            "For OV of some brands one can choose by which hash the root above the certificate is"
            " signed. Current browsers do not mind; very old ones do not know the SHA-256 root."
        ),
        _("Take the one that the authority recommends unless your clients demand the other."),
        _("The choice is kept for later versions."),
        ("root_hash.not_offered",),
    ),
    Topic(
        "sensitive-words",
        _("Words that no DV certificate carries"),
        _(
            "Names with words such as bank, apple or gov are used to deceive, and for DV nobody"
            " checks who stands behind a name. A word counts where it stands alone between dots or"
            " hyphens, as in my-bank.example.com, and not inside a longer word."
        ),
        _("Choose another domain, or buy an OV or EV product: there the organization is checked."),
        _("The check is immediate."),
        ("domain.sensitive_word",),
    ),
    Topic(
        "methods",
        _("The ways to prove a domain"),
        _(
            "A DNS record suits every name; so does a DNS alias (CNAME), one for each host name and"
            " with no other record beside it. A file on the web server suits single names, never"
            " wildcards. A mail to one of five mailboxes of the domain, or to a contact that it"
            " publishes in CAA or TXT, suits paid certificates until 15 March 2028, when the rules"
            " end it. An IP address is proved by a file on the web server at it, and in no other"
            " way."
        ),
        _("Choose one that the product offers; the others are grey and say why."),
        _("DNS and file are seen within minutes, a mail when somebody answers it."),
        (
            "method.not_offered",
            "method.unknown",
            "method.missing",
            "method.nothing_to_prove",
            "method.not_waiting",
            "method.same",
            "method.too_late",
            "method.automatic",
            "method.ended",
            "method.address",
            "order.address_method",
            "cname.shared",
            "mailbox.unknown",
            "mailbox.too_often",
            "method.too_often",
            "file.wildcard",
        ),
    ),
    Topic(
        "product-names",
        _("The names that your product holds"),
        _(
            "A single-domain product holds exactly one name. A wildcard product holds one name like"
            " *.example.com, which covers one label in front of the domain and not the domain"
            " itself. A product for several domains holds as many as you bought, at least two, and"
            " of them as many wildcards as you bought. Who wrote a name twice, or one that a"
            " wildcard beside it covers, is told, and nothing is refused for it."
        ),
        _("Name a domain of the product's kind, or buy the kind that you need."),
        _("The check is immediate."),
        (
            "domain.missing",
            "domain.too_many",
            "domain.too_few",
            "domain.too_many_wildcards",
            "domain.type",
            "domain.twice",
            "domain.covered",
        ),
    ),
    Topic(
        "key-algorithm",
        _("The key's algorithm"),
        _(
            "EC P-256 is fast and known to every current browser. RSA 2048 suits old clients;"
            " larger RSA keys are slower without being needed."
        ),
        _("Choose one of those that the product offers, or bring a CSR of your own."),
        _("The check is immediate."),
        ("key.not_offered",),
    ),
    Topic(
        "key-custody",
        _("Who holds the private key"),
        _(
            "With a system generated CSR we make the key for you and keep it encrypted; the"
            " authority never sees it. With a CSR of your own the key stays where you made it, and"
            " we cannot give you what we never saw."
        ),
        _(
            "Look for the key on the machine where the CSR was made. If it is lost, reissue with a"
            " new key."
        ),
        _("A reissue for a new key alone needs your confirmation and no new proof."),
        ("key.not_held",),
    ),
    Topic(
        "key-passphrase",
        _("The passphrase of a key that you download"),
        _(
            "A key file opens your server's identity to whoever holds it. So it leaves encrypted"
            " with a passphrase of yours, which we do not keep. IIS and Tomcat read PKCS #12, which"
            " always has one. Signs beyond plain letters, digits and punctuation are spelled in"
            " different ways by different programs."
        ),
        _(
            "Choose 8 to 128 plain characters and keep them where you keep passwords. If your"
            " server cannot ask for a passphrase, tick that the key leaves without one."
        ),
        _("The file is made at once, as often as you ask. A lost passphrase costs one download."),
        (
            "key.passphrase_missing",
            "key.passphrase_both",
            "key.passphrase_needed",
            "key.passphrase_length",
            "key.passphrase_characters",
        ),
    ),
    Topic(
        "check-now",
        _("Check now"),
        _(
            "We look by ourselves, at growing intervals. Check now looks at once: at up to three"
            " names while you wait for the page, at more names side by side behind it. It is"
            " limited, so that nobody's name server is flooded."
        ),
        _(
            "Publish first, wait until your DNS host shows it, then check. While we look, the page"
            " says at how many names; it moves by itself, or reload it."
        ),
        _(
            "A check counts from the press on: at most ten an hour for each name, and two hundred"
            " for all names of a project. The page shows how many are left. A press while we still"
            " look is the same check."
        ),
        ("check.nothing_to_prove", "check.too_often", "check.project_too_often"),
    ),
)
