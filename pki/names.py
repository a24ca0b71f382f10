"""Host names: one canonical form, and which of them a publicly trusted certificate may carry.

Canonical is lower case, A-labels (RFC 5890), no trailing dot; a wildcard keeps its `*.`.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from pki.findings import Finding, gettext_noop, note, printable, refused

MAX_NAME = 253  # RFC 1035 2.3.4, without the trailing dot
MAX_LABEL = 63
# More than the longest name in any script; what is longer is not read any further.
MOST_READ = 1000
LABEL = re.compile(r"[a-z0-9-]+")
INTERNAL = "csr.internal_name"
PORT = re.compile(r":\d*$")


class NameRefused(ValueError):
    """A text that has no canonical form; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def canonical(name: str) -> str:
    """The one form in which a name is stored, compared and put into a certificate.

    Judges the form only; whether a certificate may carry the name is for check_name. Raises
    NameRefused.
    """
    if len(name) > MOST_READ:
        raise NameRefused(too_long(name))
    text = name.removesuffix(".")
    for check in (check_signs, check_address, check_wildcard):
        finding = check(text)
        if finding:
            raise NameRefused(finding)
    base = strip_wildcard(text)
    host = base.lower() if base.isascii() else mapped(strip_wildcard(name))
    # Wide digits and dots become plain ones only here: １.２.３.４ is an address too.
    finding = check_address(host) or check_lengths(host, name) or check_labels(host, name)
    if finding:
        raise NameRefused(finding)
    return "*." + host if is_wildcard(text) else host


def check_name(name: str, *, wildcard_allowed: bool = True) -> tuple[str | None, list[Finding]]:
    """The canonical form of a name that a certificate may carry (None when refused) and findings:
    the first fault of form, or else every rule that the name offends, or a note of a rewriting."""
    try:
        host = canonical(name)
    except NameRefused as refusal:
        return None, [refusal.finding]
    zone = check_special_zone(host) or check_suffix(host)
    findings = [zone] if zone else []
    if is_wildcard(host) and not wildcard_allowed:
        findings.append(
            refused(
                "csr.wildcard_not_allowed",
                gettext_noop(
                    "%(name)s is a wildcard name, which this product does not take. Name the host"
                    " itself, or choose a wildcard product."
                ),
                name=host,
            )
        )
    if findings:
        return None, findings
    if host != name.lower():
        findings.append(
            note(
                "csr.name_rewritten",
                gettext_noop("The name %(given)s stands in the certificate as %(name)s."),
                given=printable(name),
                name=host,
            )
        )
    return host, findings


def is_wildcard(name: str) -> bool:
    return name.startswith("*.")


def strip_wildcard(name: str) -> str:
    """The name under which a wildcard stands; any other name unchanged."""
    return name.removeprefix("*.")


@cache
def suffixes() -> PublicSuffixList:
    """The registries' part of the public suffix list, from the wheel: issuance rules do not know
    the private part (BR 3.2.2.6), where customers of a hoster stand."""
    return PublicSuffixList(only_icann=True, accept_unknown=False)


def public_suffix(name: str) -> str:
    """The suffix of a canonical name under which registries sell names; empty when none is known
    (an internal name)."""
    return suffixes().publicsuffix(strip_wildcard(name)) or ""


def registered_domain(name: str) -> str:
    """The name that was registered: the suffix and one label; empty when there is none."""
    return suffixes().privatesuffix(strip_wildcard(name)) or ""


def looks_like_host(text: str) -> bool:
    """Whether a free text (a common name) is meant as a host name or an address of one: labels
    with dots between them and nothing else, or an IP address."""
    return bool(re.fullmatch(r"[\w*-]+(\.[\w*-]+)+\.?", text)) or is_address(text)


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def check_signs(text: str) -> Finding | None:
    """What is no host name at all, by the sign that tells."""
    shown = printable(text)
    if "\0" in text:
        return refused(
            "csr.nul",
            gettext_noop(
                "The name %(name)s holds a NUL byte, which can make it look like another name."
                " Leave it out, in a CSR too."
            ),
            name=shown,
        )
    if "/" in text or "\\" in text:
        return refused(
            "csr.name_url",
            gettext_noop(
                "%(name)s is an address of a page, not a host name. Leave away https:// and"
                " everything from the next / on."
            ),
            name=shown,
        )
    if "@" in text:
        return no_email(shown)
    return None


def check_address(text: str) -> Finding | None:
    shown = printable(text)
    if is_address(strip_wildcard(text)):
        return no_address(shown)
    if PORT.search(text):
        return refused(
            "csr.name_port",
            gettext_noop(
                "%(name)s ends in a port. A certificate holds for every port: leave away the colon"
                " and what follows."
            ),
            name=shown,
        )
    return None


def check_wildcard(text: str) -> Finding | None:
    """One `*` alone as the first label, and a host under it (RFC 6125 6.4.3, BR 1.6.1)."""
    rest = text.removeprefix("*.")
    if "*" in rest:
        return refused(
            "csr.wildcard_misuse",
            gettext_noop(
                "In %(name)s the * stands where it may not. It may only be the whole first label,"
                " once, as in *.example.com."
            ),
            name=printable(text),
        )
    return None


def mapped(host: str) -> str:
    """A name in letters beyond ASCII as A-labels, by UTS 46 and IDNA 2008."""
    try:
        plain = idna.uts46_remap(host, std3_rules=False).removesuffix(".")
        encoded = ".".join(map(in_ascii, plain.split(".")))
        finding = check_lengths(encoded, host)
        if finding is None:
            return idna.encode(plain).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        finding = underscore(host) if "_" in host else bad_idn(host)
    raise NameRefused(finding)


def in_ascii(label: str) -> str:
    """A label as RFC 3492 writes it, whether or not IDNA allows its letters; for its length."""
    return label if label.isascii() else "xn--" + label[:MAX_NAME].encode("punycode").decode()


def check_lengths(host: str, given: str) -> Finding | None:
    if any(len(label) > MAX_LABEL for label in host.split(".")):
        return refused(
            "csr.name_label_too_long",
            gettext_noop(
                "A part of %(name)s between two dots is longer than %(limit)d characters, which"
                " DNS does not know. Use a shorter name."
            ),
            name=printable(given),
            limit=MAX_LABEL,
        )
    return too_long(given) if len(host) > MAX_NAME else None


def check_labels(host: str, given: str) -> Finding | None:
    """Every label of letters, digits and inner hyphens (RFC 5890 2.3.1), IDN labels sound."""
    for label in host.split("."):
        if not label:
            return refused(
                "csr.name_empty_label",
                gettext_noop(
                    "In %(name)s a dot stands at the beginning or next to another dot. Write the"
                    " name as in www.example.com."
                ),
                name=printable(given),
            )
        if "_" in label:
            return underscore(given)
        if not LABEL.fullmatch(label) or label.startswith("-") or label.endswith("-"):
            return refused(
                "csr.name_character",
                gettext_noop(
                    "%(name)s is not a host name: only letters, digits and hyphens may stand"
                    " between the dots, and no hyphen at either end. Write it as in"
                    " www.example.com."
                ),
                name=printable(given),
            )
        if label.startswith("xn--"):
            if not is_sound_a_label(label):
                return bad_a_label(label, given)
        elif label[2:4] == "--":
            return reserved_label(label, given)
    return None


def is_sound_a_label(label: str) -> bool:
    """Whether an `xn--` label decodes to a label that encodes back to it (RFC 5891 5.3, 5.4)."""
    try:
        return idna.alabel(idna.ulabel(label)).decode("ascii") == label
    except (idna.IDNAError, UnicodeError):
        return False


def no_email(shown: str) -> Finding:
    return refused(
        "csr.name_email",
        gettext_noop(
            "%(name)s is an e-mail address. A server certificate names hosts: give the host name,"
            " for example www.example.com."
        ),
        name=shown,
    )


def no_address(shown: str) -> Finding:
    return refused(
        "csr.name_ip",
        gettext_noop(
            "%(name)s is an IP address. These certificates name hosts: give the host name that"
            " people use."
        ),
        name=shown,
    )


def too_long(given: str) -> Finding:
    return refused(
        "csr.name_too_long",
        gettext_noop(
            "The name %(name)s is longer than %(limit)d characters, which DNS does not know."
            " Use a shorter name."
        ),
        name=printable(given),
        limit=MAX_NAME,
    )


def underscore(given: str) -> Finding:
    return refused(
        "csr.name_underscore",
        gettext_noop(
            "%(name)s has an underscore, which host names may not have (BR 7.1.2.7.12). Use a name"
            " without it."
        ),
        name=printable(given),
    )


def bad_idn(given: str) -> Finding:
    return refused(
        "csr.bad_idn",
        gettext_noop(
            "%(name)s is no internationalised name that DNS knows (IDNA 2008). Check the spelling,"
            " and write its xn-- form as your registry shows it."
        ),
        name=printable(given),
    )


def bad_a_label(label: str, given: str) -> Finding:
    return refused(
        "csr.bad_idn",
        gettext_noop(
            "In %(name)s the part %(label)s is not what any word becomes in DNS (IDNA 2008). Copy"
            " the xn-- form from your registry, or write the name in its own letters."
        ),
        name=printable(given),
        label=printable(label),
    )


def reserved_label(label: str, given: str) -> Finding:
    return refused(
        "csr.bad_idn",
        gettext_noop(
            "In %(name)s the part %(label)s has two hyphens in the third and fourth place, which"
            " is kept for xn-- names (RFC 5890 2.3.1). Use a name without them."
        ),
        name=printable(given),
        label=printable(label),
    )


def check_special_zone(host: str) -> Finding | None:
    zone = "." + strip_wildcard(host)
    if zone.endswith(".onion"):
        return refused(
            "csr.name_onion",
            gettext_noop(
                "%(name)s is a name of the Tor network, which is proved in other ways than ours."
                " Use a name of the public DNS."
            ),
            name=host,
        )
    if zone.endswith((".in-addr.arpa", ".ip6.arpa")):
        return refused(
            "csr.name_reverse_zone",
            gettext_noop(
                "%(name)s is in the zone that maps addresses back to names; certificates may not"
                " name it (BR 4.2.2). Use the host's own name."
            ),
            name=host,
        )
    return None


def check_suffix(host: str) -> Finding | None:
    """Names that nobody registered: internal ones (BR 4.2.2), and registries' own suffixes."""
    base = strip_wildcard(host)
    suffix = public_suffix(base)
    if not suffix or suffix == "home.arpa":
        return refused(
            INTERNAL,
            gettext_noop(
                "%(name)s ends in nothing that is registered in the public DNS: it is an internal"
                " name. Use a registered domain, or a private CA for names of your own network."
            ),
            name=host,
        )
    if suffix == base:
        return refused(
            "csr.public_suffix",
            gettext_noop(
                "%(name)s would stand for every customer of a registry (%(suffix)s is a public"
                " suffix). Name a domain that you registered."
            ),
            name=host,
            suffix=suffix,
        )
    return None
