"""Why a domain is not proved yet, explained."""

from django.utils.translation import gettext_lazy as _

from certificates.help.topics import Topic

PROOF = (
    Topic(
        "dns-absent",
        _("The record is not there"),
        _(
            "The name servers answered that there is no such record. It was not published, not yet"
            " spread, or it landed under another name: many DNS hosts add the domain by themselves,"
            " which doubles it. A wildcard record (*.example.com) may answer in its place: what is"
            " published at the name itself comes before it, so that the wildcard may stay."
        ),
        _(
            "Publish the record with the host and the value that the certificate's page shows. In"
            " a form that adds the domain, type only _dnsauth. Then press Check now."
        ),
        _("Most hosts show a new record within five minutes, some within an hour."),
        ("dns.absent", "dns.nxdomain"),
    ),
    Topic(
        "dns-elsewhere",
        _("The record stands under another name"),
        _(
            "The value is published, but not at the name where it is looked for: the DNS host added"
            " the domain a second time, the underscore at the beginning was lost, or the record"
            " stands at the domain itself, at www or at the domain above."
        ),
        _(
            "Move the record to the host that the certificate's page shows. In a form that adds the"
            " domain, type only _dnsauth, or the part before your domain; in a zone file end the"
            " name with a dot."
        ),
        _("Seen at the next look, once resolvers no longer keep that there was none."),
        ("dns.doubled_suffix", "dns.underscore_lost", "dns.wrong_level"),
    ),
    Topic(
        "dns-alias",
        _("The name of the record is an alias"),
        _(
            "A CNAME stands at the name of the record, so that every question about it is answered"
            " from where the CNAME leads. A TXT record beside a CNAME is not seen. A wildcard CNAME"
            " is told as a record that is absent and need not be removed."
        ),
        _("Remove the CNAME and publish the TXT record, or publish the value where it leads."),
        _("Seen at the next look, once the CNAME's time to live is over."),
        ("dns.cname_conflict",),
    ),
    Topic(
        "dns-not-seen-yet",
        _("The record is published and not seen yet"),
        _(
            "The name servers of the domain hold the record. Resolvers were told before that there"
            " was none, or another one, and may keep that answer as long as the zone allows."
        ),
        _("There is nothing to do."),
        _("Until the time that the message says, most often within an hour."),
        ("dns.cached_negative",),
    ),
    Topic(
        "dns-host",
        _("Some of the name servers do not follow"),
        _(
            "The domain is delegated to several name servers, and they do not say the same: some do"
            " not hold the record yet, or do not answer for the domain at all."
        ),
        _("Show the message to your DNS host: it names the servers that stay behind."),
        _("We look again by ourselves, at growing intervals."),
        ("dns.partial", "dns.lame"),
    ),
    Topic(
        "dns-wrong-value",
        _("The record holds another value"),
        _(
            "There is a record at the right name, but not with the value of this application. Often"
            " it is left over from an earlier one, or part of the value was not copied."
        ),
        _("Copy the whole value from the certificate's page and remove the old record."),
        _("Seen at the next look, once the old record's time to live is over."),
        ("dns.wrong_value", "dns.stale_value", "dns.quoted_value"),
    ),
    Topic(
        "dns-broken",
        _("The name servers do not answer as they should"),
        _(
            "The domain's name servers failed, refused to answer, stayed silent, or their DNSSEC"
            " signatures do not fit. Nothing can be proved through an answer that cannot be"
            " trusted."
        ),
        _("Show this to whoever runs the domain's DNS: it concerns them and not the record."),
        _("We look again by ourselves, at growing intervals."),
        ("dns.servfail", "dns.refused", "dns.timeout", "dns.bogus", "dns.unreadable"),
    ),
    Topic(
        "dns-our-resolver",
        _("Our own resolver fails"),
        _(
            "We ask the DNS through resolvers of our own, and these do not answer, while nothing"
            " says that your name servers are at fault. What you published may stand right."
        ),
        _("There is nothing for you to mend."),
        _("We look again by ourselves, at growing intervals."),
        ("dns.resolver", "caa.resolver"),
    ),
    Topic(
        "name-paused",
        _("We stopped looking"),
        _(
            "A name that is not proved within some days (seven, unless this installation set"
            " another number) is looked at no more by itself. The order and its value stand."
        ),
        _("Mend what the last look found, then press Resume on the certificate’s page."),
        _("Resume looks at once. The value counts for 30 days from when it was asked for."),
        ("name.paused", "resume.not_paused", "resume.forbidden"),
    ),
    Topic(
        "file-absent",
        _("The file is not there"),
        _(
            "The web server answered, but not with the file: it is missing, or the server answers"
            " with an error or a page of its own. Only status 200 at exactly this address counts."
        ),
        _(
            "Put the file at the address that the certificate's page shows and open it in a"
            " browser: you should see the value and nothing else."
        ),
        _("Seen at the next look."),
        ("file.absent", "file.status"),
    ),
    Topic(
        "file-wrong-content",
        _("The file holds something else"),
        _(
            "A file is there, but the value of this application is not in it, or the answer is far"
            " larger than such a file."
        ),
        _("Copy the whole value into the file as plain text, and nothing else."),
        _("Seen at the next look."),
        ("file.wrong_content", "file.extra_text", "file.html", "file.too_large"),
    ),
    Topic(
        "file-redirect",
        _("A redirect that is not followed"),
        _(
            "Redirects are followed a few times, to http and https on the usual ports, and never to"
            " addresses of an internal network."
        ),
        _("Serve the file at its own address without a redirect."),
        _("Seen at the next look."),
        ("file.redirect_loop", "file.redirect_refused", "file.port", "file.address_refused"),
    ),
    Topic(
        "file-unreachable",
        _("The web server cannot be reached"),
        _(
            "Nothing answered on port 80 or 443 of the domain, or the encrypted connection could"
            " not be made."
        ),
        _("Open the port to the whole Internet, or choose DNS as the way to prove the domain."),
        _("We look again by ourselves, at growing intervals."),
        ("file.unreachable", "file.timeout", "file.tls"),
    ),
    Topic(
        "mail-proof",
        _("The mail to the domain's mailbox"),
        _(
            "The authority wrote to one of five mailboxes of the domain (admin, administrator,"
            " webmaster, hostmaster, postmaster) or to a contact that the domain publishes. Either"
            " nobody has pressed the button behind its link yet, or the mail was refused or came"
            " back, or the contact is not published any more, or the mail has not left us yet,"
            " which is ours to mend."
        ),
        _(
            "Have the mail opened and its button pressed. If the mailbox does not exist, create it,"
            " or choose another way to prove the domain."
        ),
        _("The link counts for 30 days."),
        ("mail.refused", "mail.bounced", "mail.unanswered", "mail.unpublished", "mail.unsent"),
    ),
    Topic(
        "proof-age",
        _("How long a proof counts"),
        _(
            "A value counts for 30 days after it was asked for. A domain that was proved may be"
            " used again for 200 days, from 15 March 2027 on for 100. After that it is proved anew."
            " Proved by DNS or e-mail it stands for the names below it too; by a file for itself."
        ),
        _("Apply again and publish the new value."),
        _("The new value is asked for as soon as you have applied."),
        ("proof.lapsed", "proof.too_old", "proof.missing", "proof.reused"),
    ),
    Topic(
        "proof-void",
        _("A proof that counts no more"),
        _(
            "A proof ends before its time when you give the name up, when another customer proves"
            " the same name, or when our support finds that it should not be relied on."
        ),
        _("Apply again and prove the domain anew."),
        _("The new value is asked for as soon as you have applied."),
        ("proof.revoked", "proof.given_up", "proof.taken"),
    ),
    Topic(
        "giving-up",
        _("Giving a name up"),
        _(
            "Who no longer holds a domain gives it up: what was proved for it, and for the names"
            " below it, is not used again. Certificates that name it stay as they are."
        ),
        _("Withdraw what is being applied for with the name, or wait until that has ended."),
        _("It holds at once."),
        ("release.nothing", "release.in_progress", "release.forbidden"),
    ),
    Topic(
        "caa-forbids",
        _("CAA keeps the authority from issuing"),
        _(
            "A CAA record of the domain, or of a domain above it, says which authorities may issue,"
            " and yours is not among them. An authority that ignored it would break the rules."
        ),
        _(
            "Add a CAA record that names the authority, as the message shows, or remove the record"
            " that forbids. A wildcard is ruled by issuewild where there is one."
        ),
        _("Looked at again when you submit, before the mail, and before the issue."),
        ("caa.forbids", "caa.forbids_wildcard", "caa.unknown_critical"),
    ),
    Topic(
        "caa-binds",
        _("CAA binds to another account or another way of proof"),
        _(
            "A CAA record that names the authority may say for which of its accounts it may issue"
            " (accounturi) and by which ways of proof (validationmethods; RFC 8657). Ours are"
            " ca-dns-txt, ca-dns-cname, ca-file and ca-email; your account’s address is told on the"
            " last page of the application."
        ),
        _(
            "Publish the record that the message shows, or choose a way of proof that the record"
            " names."
        ),
        _("Looked at again when you submit, before the mail, and before the issue."),
        ("caa.account", "caa.method"),
    ),
    Topic(
        "caa-unreachable",
        _("The CAA record cannot be read"),
        _(
            "The domain's name servers did not answer the question for CAA, or they answer other"
            " places otherwise than here. Without a sure answer an authority must not issue."
        ),
        _(
            "Show this to whoever runs the domain's DNS: some firewalls drop such questions, and"
            " all name servers of a domain must publish the same CAA records."
        ),
        _("Tried again by itself, at growing intervals; nothing is lost meanwhile."),
        ("caa.unreachable",),
    ),
    Topic(
        "zones",
        _("DNS zones of a project"),
        _(
            "An administrator gives the portal a TSIG key that may update a DNS zone (RFC 2136)."
            " Names in the zone can then be proved without a hand: we publish the record, and"
            " remove it when it has done its work. The secret is kept encrypted and never shown."
        ),
        _(
            "Make a key with tsig-keygen, let it write TXT records (in BIND: update-policy, zonesub"
            " TXT), enter it under Domains and press “Try it”."
        ),
        _("A try takes seconds. A zone that is in use is removed when its records are gone."),
        (
            "zone.algorithm",
            "zone.cleaning_up",
            "zone.forbidden",
            "zone.gone",
            "zone.in_use",
            "zone.key_name",
            "zone.name",
            "zone.port",
            "zone.secret",
            "zone.server",
            "zone.too_many",
            "zone.too_long",
            "zone.tried_lately",
            "zone.try_forbidden",
            "zone.twice",
        ),
    ),
    Topic(
        "zone-trouble",
        _("The name server of a zone says no"),
        _(
            "We asked the zone's primary name server to add or remove a record. It could not be"
            " reached, or it refused; the message says which, and what to change."
        ),
        _("Mend what the message names, then press “Try it” under Domains."),
        _(
            "We try again by ourselves, after 10 seconds at first and then ever more rarely, and at"
            " once when the zone's key is changed. Until then the record may be published by hand."
        ),
        (
            "zone.address_refused",
            "zone.badkey",
            "zone.badsig",
            "zone.badtime",
            "zone.busy",
            "zone.failed",
            "zone.garbage",
            "zone.missing",
            "zone.name_taken",
            "zone.notauth",
            "zone.notzone",
            "zone.refused",
            "zone.resolver",
            "zone.sealed",
            "zone.stuck",
            "zone.timeout",
            "zone.trying",
            "zone.unlooked",
            "zone.unreachable",
            "zone.unresolved",
            "zone.unseen",
            "zone.unsigned",
            "zone.changed",
        ),
    ),
)
