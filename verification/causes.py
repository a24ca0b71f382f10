"""The closed catalogue of what may stand in the way of a proof: cause, whose turn, sentence.

The codes are an interface. A sentence says in its first part what is wrong and where, in its second
what to do. The causes of CAA, mail and the proof's age find their own words where they are found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from verification.outcome import Problem


class Turn(models.TextChoices):
    """Who must act."""

    YOU = "YOU", gettext_lazy("Your turn")
    DNS_HOST = "DNS_HOST", gettext_lazy("Your DNS host’s turn")
    US = "US", gettext_lazy("Our turn")
    CA = "CA", gettext_lazy("The authority’s turn")


@dataclass(frozen=True)
class Cause:
    """`text` has blanks for what was seen; "" when the sentence is made where the cause is found.

    `variants` are other words for the same cause, by a word that who found it gives.
    `is_published` says that the record or file stands right and only waits to be seen.
    """

    turn: Turn
    text: str = ""
    variants: Mapping[str, str] = field(default_factory=dict)
    is_published: bool = False


CATALOGUE: Mapping[str, Cause] = {
    "dns.absent": Cause(
        Turn.YOU,
        _(
            "The name %(name)s exists but holds no TXT record. Publish a TXT record there "
            "with the value %(value)s."
        ),
    ),
    "dns.nxdomain": Cause(
        Turn.YOU,
        _(
            "The name %(name)s does not exist in the DNS. Publish a TXT record with this name "
            "and the value %(value)s at the DNS host of the domain."
        ),
    ),
    "dns.wrong_value": Cause(
        Turn.YOU,
        _(
            "At %(name)s we found TXT %(found)s, not the value of this order. Publish a TXT "
            "record with the value %(value)s; other records may stay. A changed record may "
            "take %(ttl)s seconds to be seen."
        ),
    ),
    "dns.stale_value": Cause(
        Turn.YOU,
        _(
            "At %(name)s stands the value of an earlier application (%(found)s). Replace it by "
            "the value of this one, %(value)s. A changed record may take %(ttl)s seconds to be "
            "seen."
        ),
    ),
    "dns.quoted_value": Cause(
        Turn.YOU,
        _(
            "At %(name)s the value stands with quotes, spaces, capitals or cuts that do not belong "
            "to it: %(found)s. Publish it as one TXT record with exactly the value %(value)s; in a "
            "form, type it without quotes."
        ),
    ),
    "dns.doubled_suffix": Cause(
        Turn.YOU,
        _(
            "The record stands at %(seen_at)s: the DNS host added the domain to a host that held "
            "it already. Type only the part before the domain as the host, so that the record "
            "stands at %(name)s."
        ),
    ),
    "dns.underscore_lost": Cause(
        Turn.YOU,
        _(
            "The record stands at %(seen_at)s, without the underscore that its name begins with. "
            "Publish it at %(name)s, underscore included."
        ),
    ),
    "dns.wrong_level": Cause(
        Turn.YOU,
        _(
            "The record stands at %(seen_at)s, where it does not count. Publish a TXT record at "
            "%(name)s with the value %(value)s."
        ),
    ),
    "dns.cname_conflict": Cause(
        Turn.YOU,
        _(
            "The name %(name)s is an alias (CNAME) of %(target)s, and the value of this order is "
            "not there. Remove the CNAME and publish a TXT record at %(name)s with the value "
            "%(value)s."
        ),
    ),
    "dns.cached_negative": Cause(
        Turn.US,
        _(
            "The name servers of %(zone)s hold the record, but resolvers may keep until %(until)s "
            "UTC that there was none. There is nothing to do; we look again by ourselves."
        ),
        {
            "older": _(
                "The name servers of %(zone)s hold the record, but resolvers may keep an older one "
                "until %(until)s UTC. There is nothing to do; we look again by ourselves."
            )
        },
        is_published=True,
    ),
    "dns.partial": Cause(
        Turn.DNS_HOST,
        _(
            "Only some name servers of %(zone)s hold the record: %(having)s do, %(lacking)s do "
            "not. Ask your DNS host to bring its servers to the same state; we look again by "
            "ourselves."
        ),
        is_published=True,
    ),
    "dns.lame": Cause(
        Turn.DNS_HOST,
        _(
            "The zone %(zone)s is delegated to %(lame)s, which does not answer for it. Let your "
            "DNS host serve the zone there, or take that server out of the delegation; we look "
            "again by ourselves."
        ),
    ),
    "dns.refused": Cause(
        Turn.DNS_HOST,
        _(
            "The resolver %(resolver)s refused to answer for %(name)s. Check that the name "
            "servers of the domain answer for it to everybody; we ask again by ourselves."
        ),
    ),
    "dns.bogus": Cause(
        Turn.DNS_HOST,
        _(
            "The DNSSEC signatures for %(name)s do not hold. Correct the signatures or the DS "
            "record of the domain at its registry; we ask again by ourselves."
        ),
    ),
    "dns.timeout": Cause(
        Turn.DNS_HOST,
        _(
            "No answer for %(name)s came in time (asked: %(resolver)s). Check that the name "
            "servers of the domain can be reached; we ask again by ourselves."
        ),
    ),
    "dns.servfail": Cause(
        Turn.DNS_HOST,
        _(
            "The name servers of %(name)s gave no usable answer (SERVFAIL from %(resolver)s). "
            "Check the delegation and the DNSSEC of the domain; we ask again by ourselves."
        ),
    ),
    "file.wildcard": Cause(
        Turn.YOU,
        _(
            "%(domain)s is a wildcard: a file on one server cannot prove it. Choose the DNS or "
            "e-mail method for this name."
        ),
    ),
    "file.absent": Cause(
        Turn.YOU,
        _(
            "There is no file at %(url)s (%(at)s answered %(status)s). Put a file there that "
            "holds only the line %(value)s."
        ),
    ),
    "file.status": Cause(
        Turn.YOU,
        _(
            "%(at)s answered with status %(status)s instead of 200. Let everybody read %(url)s "
            "without signing in; it must hold only the line %(value)s."
        ),
    ),
    "file.html": Cause(
        Turn.YOU,
        _(
            "%(at)s answered with a web page (“%(found)s”) instead of the file. Serve the file "
            "itself at %(url)s, with no sign-in or start page before it; it must hold only the "
            "line %(value)s."
        ),
    ),
    "file.extra_text": Cause(
        Turn.YOU,
        _(
            "The file at %(at)s holds the value, but with other text on its line or in an encoding "
            "that is not UTF-8 (“%(found)s”). Save it as plain text with only the line %(value)s."
        ),
    ),
    "file.wrong_content": Cause(
        Turn.YOU,
        _(
            "The file at %(at)s begins with “%(found)s” and does not hold the value of this order "
            "on a line of its own. Replace its content by the line %(value)s."
        ),
        {
            "encoded": _(
                "%(at)s answered in an encoding that we did not ask for (%(detail)s). Serve the "
                "file uncompressed."
            )
        },
    ),
    "file.redirect_loop": Cause(
        Turn.YOU,
        _(
            "%(url)s redirects in a circle or more than five times; the last address was "
            "%(at)s. Serve the file with at most five redirects."
        ),
    ),
    "file.redirect_refused": Cause(
        Turn.YOU,
        _(
            "%(url)s redirects to %(at)s, which we do not follow (%(detail)s). Redirect only "
            "to http or https addresses on port 80 or 443."
        ),
        {
            "echoed": _(
                "%(url)s redirects to an address that holds the value itself, so that any page "
                "that repeats its address would seem to be the proof. Serve the file without that "
                "redirect."
            )
        },
    ),
    "file.port": Cause(
        Turn.YOU,
        _(
            "%(url)s redirects to another port (%(at)s; %(detail)s), which we do not follow. "
            "Serve the file on port 80 or 443 of the domain."
        ),
    ),
    "file.address_refused": Cause(
        Turn.YOU,
        _(
            "%(at)s leads to an address that is not public (%(detail)s). Let the name have "
            "only public addresses in the DNS; we look from the Internet."
        ),
    ),
    "file.too_large": Cause(
        Turn.YOU,
        _(
            "The answer of %(at)s is larger than the proof may be (%(detail)s). Serve a file "
            "at %(url)s that holds only the line %(value)s."
        ),
    ),
    "file.timeout": Cause(
        Turn.YOU,
        _(
            "%(at)s gave no whole answer in 15 seconds (%(detail)s). Check that the server "
            "can be reached on port 80 or 443 from the Internet; we look again by ourselves."
        ),
    ),
    "file.tls": Cause(
        Turn.YOU,
        _(
            "%(at)s could not be read over TLS (%(detail)s). Serve the file over http, or "
            "let the server speak TLS 1.2 or later; its certificate may be of any kind."
        ),
    ),
    "file.unreachable": Cause(
        Turn.YOU,
        _(
            "%(at)s could not be reached (%(detail)s). Check that the name has a public address "
            "and that its server answers on port 80 or 443; we look again by ourselves."
        ),
    ),
    "mail.refused": Cause(Turn.YOU),
    "mail.bounced": Cause(Turn.YOU),
    "mail.unanswered": Cause(Turn.YOU),
    "caa.forbids": Cause(Turn.YOU),
    "caa.forbids_wildcard": Cause(Turn.YOU),
    "caa.unknown_critical": Cause(Turn.YOU),
    "caa.account": Cause(Turn.YOU),
    "caa.method": Cause(Turn.YOU),
    "caa.unreachable": Cause(Turn.DNS_HOST),
    "method.ended": Cause(
        Turn.YOU,
        _(
            "Since %(day)s no authority takes a mail as proof, so that an answer does not prove "
            "%(domain)s any more. Choose another way to prove it."
        ),
    ),
    "proof.lapsed": Cause(Turn.YOU),
    "proof.stuck": Cause(Turn.US),
}


def problem(code: str, params: Mapping[str, object], variant: str = "") -> Problem:
    """The problem of that code with what was seen put into its sentence."""
    cause = CATALOGUE[code]
    return Problem(code, gettext(cause.variants.get(variant, cause.text)) % params)


def whose_turn(code: str) -> Turn | None:
    """None when nobody must act, or when a kept code is not known any more."""
    cause = CATALOGUE.get(code)
    return None if cause is None else cause.turn
