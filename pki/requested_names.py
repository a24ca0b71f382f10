"""The host names that a request asks for, judged one by one (BR 4.2.2, 7.1.4.2)."""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass

from pki import held_names, names, request
from pki.findings import Finding, gettext_noop, note, printable, refused
from pki.request import Request
from pki.strict_der import Element

RFC822_NAME = 0x81
DNS_NAME = 0x82
URI = 0x86
IP_ADDRESS = 0x87

# The most names of a product; without one, as many as any product takes.
MOST_NAMES = {"single": 1, "wildcard": 1, "multi": 250, None: 250}


@dataclass(frozen=True)
class RequestedNames:
    """Canonical names, each once, the common name first; and what was found about them."""

    names: tuple[str, ...]
    findings: tuple[Finding, ...]


def judge(asked: Request, product: str | None) -> RequestedNames:
    """Every name of the subjectAltName; a common name counts too when it is a host name, or when
    there is no other. Raises NotStrict when the subjectAltName cannot be read."""
    common = [text for kind, text in asked.subject if kind == request.COMMON_NAME and text]
    alternative = [
        each
        for kind, content in asked.extensions
        if kind == request.SUBJECT_ALTERNATIVE_NAME
        for each in request.general_names(content)
    ]
    if not common and not alternative:
        return RequestedNames((), (no_name(),))
    wildcard_allowed = product != "single"
    judged = [judge_common_name(text, bool(alternative), wildcard_allowed) for text in common]
    judged_alternatives = [judge_general_name(each, wildcard_allowed) for each in alternative]
    listed = [name for name, _ in judged_alternatives if name]
    judged += judged_alternatives
    good = tuple(dict.fromkeys(name for name, _ in judged if name))
    # One name as common and as alternative name has the same to say: once will do.
    told = {(each.code, each.message): each for _, found in judged for each in found}
    findings = list(told.values())
    findings += [reason for name in good for reason in held_names.reasons(name)]
    if len(good) > MOST_NAMES[product]:
        findings.append(too_many(len(good), MOST_NAMES[product]))
    repeated = [name for name, times in Counter(listed).items() if times > 1]
    if repeated:
        findings.append(folded(repeated))
    return RequestedNames(good, tuple(findings))


def judge_common_name(
    text: str, has_alternatives: bool, wildcard_allowed: bool
) -> tuple[str | None, list[Finding]]:
    """A common name: beside alternative names, one that is not meant as a host name is no fault."""
    if has_alternatives and not ("\0" in text or names.looks_like_host(text)):
        return None, [common_name_ignored(text)]
    return names.check_name(text, wildcard_allowed=wildcard_allowed)


def judge_general_name(
    element: Element, wildcard_allowed: bool
) -> tuple[str | None, list[Finding]]:
    """One GeneralName (RFC 5280 4.2.1.6): a dNSName, or what stands in the way."""
    shown = printable(element.content.decode("latin-1"))
    if element.tag == DNS_NAME:
        if not element.content.isascii():
            return None, [names.bad_idn(shown)]
        return names.check_name(element.content.decode(), wildcard_allowed=wildcard_allowed)
    if element.tag == IP_ADDRESS:
        return None, [names.no_address(address(element.content))]
    if element.tag == RFC822_NAME:
        return None, [names.no_email(shown)]
    if element.tag == URI:
        return None, [
            refused(
                "csr.name_uri",
                gettext_noop(
                    "The CSR names the URI %(name)s. A server certificate names hosts: make a CSR"
                    " with DNS names only."
                ),
                name=shown,
            )
        ]
    return None, [
        refused(
            "csr.name_type",
            gettext_noop(
                "The CSR holds an alternative name that is not a DNS name. Make a CSR with DNS"
                " names only."
            ),
        )
    ]


def address(octets: bytes) -> str:
    try:
        return str(ipaddress.ip_address(octets))
    except ValueError:
        return octets.hex()


def no_name() -> Finding:
    return refused(
        "csr.no_name",
        gettext_noop(
            "The CSR names no host: neither a DNS alternative name nor a common name. Make a CSR"
            " for the name of your site, for example www.example.com."
        ),
    )


def too_many(count: int, most: int) -> Finding:
    return refused(
        "csr.too_many_names",
        gettext_noop(
            "The CSR holds %(count)d names, and this product takes %(most)d at most. Make a CSR"
            " with fewer names, or choose a product for more."
        ),
        count=count,
        most=most,
    )


def folded(repeated: list[str]) -> Finding:
    return note(
        "csr.duplicate_name",
        gettext_noop("The CSR names %(names)s more than once; the certificate does once."),
        names=printable(", ".join(repeated), 200),
    )


def common_name_ignored(text: str) -> Finding:
    return note(
        "csr.common_name_ignored",
        gettext_noop(
            "The common name %(name)s is not a host name and does not reach the certificate; the"
            " DNS alternative names count."
        ),
        name=printable(text),
    )
