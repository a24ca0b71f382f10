"""What can be wrong with a certificate signing request (CSR), explained."""

from django.utils.translation import gettext_lazy as _

from certificates.help.topics import Topic

AT_ONCE = _("The check is immediate.")

REQUESTS = (
    Topic(
        "csr-unreadable",
        _("A CSR that cannot be read"),
        _(
            "What arrived is not one whole CSR: something was cut off, changed by an editor or a"
            " mail program, or it is another kind of file, such as a certificate."
        ),
        _(
            "Send the file itself, or paste all of it, from the BEGIN line to the END line. Text"
            " before BEGIN is fine. A new one is made with: openssl req -new -key my.key -out"
            " my.csr"
        ),
        AT_ONCE,
        (
            "csr.missing",
            "csr.not_pem",
            "csr.not_der",
            "csr.not_a_request",
            "csr.bad_base64",
            "csr.cut_off",
            "csr.malformed",
            "csr.nul",
            "csr.too_large",
            "csr.trailing_data",
            "csr.unreadable",
            "csr.utf16",
            "csr.second_block",
        ),
    ),
    Topic(
        "csr-private-key",
        _("A private key was pasted"),
        _(
            "A private key must never leave the machine that uses it. We did not keep it, but it"
            " has travelled, so it counts as leaked."
        ),
        _(
            "Discard this key. Make a new key and a new CSR, and give only the CSR. If the old key"
            " is in use, reissue that certificate with the reason that its key leaked."
        ),
        _("Do it today."),
        ("csr.private_key",),
    ),
    Topic(
        "csr-key-kind",
        _("The kind and size of the key"),
        _(
            "Browsers and their rules know RSA keys of 2048 bits and more, and the elliptic curves"
            " P-256 and P-384 written in the usual form. Other kinds, sizes and spellings cannot be"
            " certified, or clients fail on them."
        ),
        _(
            "Make a key of a usual kind: openssl ecparam -name prime256v1 -genkey -noout -out"
            " my.key, or openssl genrsa -out my.key 2048."
        ),
        AT_ONCE,
        (
            "csr.key_type",
            "csr.key_too_small",
            "csr.key_too_large",
            "csr.key_size_odd",
            "csr.key_malformed",
            "csr.exponent",
            "csr.curve",
            "csr.explicit_curve",
            "csr.compressed_point",
            "csr.pss_key",
            "csr.spki_without_null",
        ),
    ),
    Topic(
        "csr-weak-key",
        _("A key that can be computed"),
        _(
            "The key comes from a generator that is known to be broken, or its numbers lie so close"
            " together that anybody can find the private key."
        ),
        _("Make a new key with current software on a machine that you trust."),
        AT_ONCE,
        ("csr.weak_key", "csr.roca", "csr.close_primes", "csr.small_factor"),
    ),
    Topic(
        "csr-key-compromised",
        _("A key that was reported as leaked"),
        _(
            "Somebody reported this key as compromised. From that moment on nobody gets a"
            " certificate for it, here and at every authority."
        ),
        _("Make a new key and a new CSR."),
        AT_ONCE,
        ("csr.key_compromised", "csr.key_not_changed"),
    ),
    Topic(
        "csr-key-of-another",
        _("A key that another customer uses"),
        _(
            "The same key is in another customer's certificate. Whoever holds a key can read what"
            " it protects, so it is not shared between customers."
        ),
        _("Make a key of your own. Do not reuse keys from examples, images or appliances."),
        AT_ONCE,
        ("csr.key_of_another",),
    ),
    Topic(
        "csr-signature",
        _("The CSR's signature"),
        _(
            "A CSR is signed with its own key; that shows that you hold it. This signature does not"
            " fit, or it uses a method that is no longer trusted, such as MD5 or SHA-1."
        ),
        _("Make the CSR anew with current software: openssl req -new -sha256 -key my.key."),
        AT_ONCE,
        ("csr.bad_signature", "csr.signature_algorithm", "csr.weak_hash"),
    ),
    Topic(
        "csr-how-many-names",
        _("The names in the CSR"),
        _(
            "The CSR names no domain, more than your product holds, the same one twice, a wildcard"
            " where none is allowed, or another domain than the one that you typed."
        ),
        _(
            "Make a CSR for exactly the names that the product holds: openssl req -new -key my.key"
            " -subj /CN=www.example.com -out my.csr. Or leave the typed domain out: it is then"
            " taken from the CSR."
        ),
        AT_ONCE,
        (
            "csr.no_name",
            "csr.too_many_names",
            "csr.duplicate_name",
            "csr.domain_mismatch",
            "csr.wildcard_misuse",
            "csr.wildcard_not_allowed",
        ),
    ),
    Topic(
        "name-form",
        _("How a domain is written"),
        _(
            "A domain has labels of letters, digits and hyphens, 63 signs each and 253 in all. No"
            " scheme, port, path, space or underscore belongs to it. Names in other scripts are"
            " taken in their xn-- form."
        ),
        _("Write it like www.example.com."),
        AT_ONCE,
        (
            "csr.name_character",
            "csr.name_empty_label",
            "csr.name_label_too_long",
            "csr.name_too_long",
            "csr.name_underscore",
            "csr.name_port",
            "csr.name_url",
            "csr.name_rewritten",
            "csr.bad_idn",
        ),
    ),
    Topic(
        "name-kind",
        _("Names that no public certificate may carry"),
        _(
            "A publicly trusted certificate holds names of the public DNS below a registered"
            " domain. Mailboxes, names of an internal network, whole registries such as co.uk,"
            " reverse zones and .onion are outside of that. An IP address may stand in its place"
            " where the product says so, if it is public: no private, reserved or documentation"
            " address."
        ),
        _(
            "Name a domain that you registered, or a name below it; for an IP address choose a"
            " product that holds one."
        ),
        AT_ONCE,
        (
            "csr.name_ip",
            "csr.address_not_public",
            "csr.address_rewritten",
            "csr.name_email",
            "csr.name_uri",
            "csr.name_type",
            "csr.name_onion",
            "csr.name_reverse_zone",
            "csr.internal_name",
            "csr.public_suffix",
        ),
    ),
    Topic(
        "csr-ignored",
        _("What is not taken from a CSR"),
        _(
            "Only the key and the domain are taken from a CSR. Subject, extensions and attributes"
            " that it also asks for do not reach the certificate: the authority sets those by its"
            " own rules. A CSR that asks for the same thing twice is refused, since two programs"
            " could read it differently."
        ),
        _("Nothing for a remark. For a doubled extension or attribute, make the CSR anew."),
        AT_ONCE,
        (
            "csr.attribute_ignored",
            "csr.extension_ignored",
            "csr.common_name_ignored",
            "csr.subject_ignored",
            "csr.duplicate_attribute",
            "csr.duplicate_extension",
        ),
    ),
)
