"""Why a page could not be fetched and why signatures do not hold: parts of what people read.

They stand inside of sentences and beside what a look saw, in the language of whoever is told, or of
the portal where they are kept (accounts/kept_sentences.py).
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from django.utils.translation import pgettext as told_now

from pki.findings import pgettext

FETCH: Mapping[str, str] = {
    "redirects": pgettext("part", "after %(count)s redirects"),
    "long": pgettext("part", "the address is too long or has control characters"),
    "unread": pgettext("part", "the address cannot be read"),
    "scheme": pgettext("part", "the scheme is %(scheme)s"),
    "no_scheme": pgettext("part", "there is no scheme"),
    "credentials": pgettext("part", "the address carries credentials"),
    "no_host": pgettext("part", "the host is not a DNS name"),
    "spelling": pgettext("part", "%(host)s is another spelling of an address"),
    "port": pgettext("part", "the port is %(port)s"),
    "refused": pgettext("part", "%(address)s: %(reason)s"),
    "bogus": pgettext("part", "the DNSSEC signatures of %(host)s do not hold"),
    "unresolved": pgettext("part", "%(host)s has no address (%(found)s)"),
    "unconnected": pgettext("part", "%(host)s port %(port)s: %(reason)s"),
    "tls_in_time": pgettext("part", "the TLS handshake did not end in time"),
    "tls": pgettext("part", "the TLS handshake failed: %(error)s"),
    "answer_in_time": pgettext("part", "the answer did not end in time"),
    "header": pgettext("part", "a header line is too long"),
    "no_http": pgettext("part", "the answer is no HTTP: %(error)s"),
    "location_controls": pgettext("part", "the Location header has control characters"),
    "location_unread": pgettext("part", "the Location header cannot be read"),
    "body": pgettext("part", "the body is over %(most)s bytes"),
    "answer": pgettext("part", "the answer is too large"),
}
CONNECTION: Mapping[str, str] = {
    "timeout": pgettext("part", "no answer in time"),
    "refused": pgettext("part", "the connection was refused"),
    "cut": pgettext("part", "the connection was cut"),
    "no_way": pgettext("part", "no way leads there"),
}
SIGNATURES: Mapping[str, str] = {
    "opt_out": pgettext("part", "%(zone)s leaves unsigned zones out (opt-out)"),
    "absence": pgettext("part", "%(zone)s is signed, and does not prove the absence"),
    "unsigned": pgettext("part", "no signature of %(zone)s holds for %(records)s"),
    "wildcard": pgettext("part", "nothing proves that a wildcard made %(records)s"),
    "no_anchor": pgettext("part", "no trust anchor stands above the name"),
    "no_ds": pgettext("part", "%(zone)s is delegated without a DS record"),
    "ds_absence": pgettext("part", "%(zone)s does not prove that %(name)s has no DS record"),
    "unknown_ds": pgettext("part", "the DS records of %(zone)s are of unknown kinds"),
    "no_keys": pgettext(
        "part", "%(zone)s has no DNSKEY records, though its parent says that it is signed"
    ),
    "other_keys": pgettext(
        "part", "no DNSKEY of %(zone)s is the one that its DS record or our anchor names"
    ),
    "keys_unsigned": pgettext("part", "no trusted key of %(zone)s signs its DNSKEY records now"),
    "too_many": pgettext("part", "the answer has more signatures than we try"),
    "many_records": pgettext(
        "part", "%(records)s has %(count)s records, of which we read %(most)s at most"
    ),
    "same_tags": pgettext("part", "too many DNSKEY of %(zone)s have the tag of one that is named"),
    "late": pgettext("part", "the signatures could not be checked in time"),
    "unanswered": pgettext(
        "part", "%(records)s could not be read, which the chain of signatures needs"
    ),
}


def of_a_fetch(key: str, **seen: object) -> str:
    return told_now("part", FETCH[key]) % seen


def of_signatures(key: str, **seen: object) -> str:
    return told_now("part", SIGNATURES[key]) % seen


def of_a_connection(error: OSError) -> str:
    """The usual ends of a connection in words; a rare one as the system tells it."""
    if isinstance(error, TimeoutError):
        key = "timeout"
    elif isinstance(error, ConnectionRefusedError):
        key = "refused"
    elif isinstance(error, ConnectionResetError | BrokenPipeError):
        key = "cut"
    elif error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        key = "no_way"
    else:
        return str(error)
    return told_now("part", CONNECTION[key])
