"""Publishing a record at the provider of a zone, and taking that one record away again.

A provider is a Protocol of two methods; both may be repeated and then change nothing. The real one
is DNS dynamic update (RFC 2136) signed by a shared key (TSIG, RFC 8945). An update names one value
only: what other people hold at the same name stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.update
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.kept_sentences import in_the_portals_language
from verification.network import Carried, Network
from verification.outcome import Problem
from verification.own_resolver import is_deaf
from verification.published import PublishedRecord
from verification.quiet_key import QuietKey

TTL = 60  # seconds: the record goes again soon, and a second value is to be seen soon
ALGORITHMS = {
    "hmac-sha256": dns.tsig.HMAC_SHA256,
    "hmac-sha384": dns.tsig.HMAC_SHA384,
    "hmac-sha512": dns.tsig.HMAC_SHA512,
}


@dataclass(frozen=True)
class Access:
    """How a zone is reached: the server, and the key that it knows us by."""

    zone: str
    server: str
    port: int
    key_name: str
    algorithm: str
    secret: bytes = field(repr=False)


class Unchanged(Problem):
    """A problem with which the zone has changed for certain nothing: it is not asked to forget."""


class Provider(Protocol):
    """Where the records of a zone are kept. What fails is a value, with what to do about it."""

    def publish(self, record: PublishedRecord) -> Problem | None:
        """Let the zone hold this record beside all that it holds; None when it does."""

    def withdraw(self, record: PublishedRecord) -> Problem | None:
        """Let the zone hold this record no more; None when it does not."""


@dataclass(frozen=True)
class DynamicUpdate:
    """RFC 2136 over the guarded door."""

    access: Access
    network: Network

    def publish(self, record: PublishedRecord) -> Problem | None:
        """An alias is only put where nothing stands: a server would replace another one by it, and
        would pass over a text beside one, silently (RFC 2136 3.4.2.2)."""
        if record.rtype == "CNAME":
            there = self._update()
            there.present(*_parts(record))
            found = self._carry(there, record)
            if found is None or found.code != "zone.changed":
                return found
        update = self._update()
        if record.rtype == "CNAME":
            update.absent(_name(record))
        else:
            update.absent(_name(record), "CNAME")
        name, rtype, value = _parts(record)
        update.add(name, TTL, rtype, value)
        return self._carry(update, record)

    def withdraw(self, record: PublishedRecord) -> Problem | None:
        update = self._update()
        update.delete(*_parts(record))
        return self._carry(update, record)

    def _update(self) -> dns.update.UpdateMessage:
        key = QuietKey(self.access.key_name, self.access.secret, ALGORITHMS[self.access.algorithm])
        return dns.update.UpdateMessage(
            self.access.zone + ".",
            rdclass=dns.rdataclass.IN,
            keyring={key.name: key},
            keyname=key.name,
        )

    def _carry(self, update: dns.update.UpdateMessage, record: PublishedRecord) -> Problem | None:
        carried = self.network.update(self.access.server, self.access.port, update)
        rcode = carried.response.rcode() if carried.response is not None else dns.rcode.NOERROR
        code = carried.problem
        if not code and rcode == dns.rcode.NOERROR:
            return None
        code = code or _CODES.get(rcode, "failed")
        if carried.looked and is_deaf(self.access.server, carried.looked, self.network):
            code = "resolver"
        told = problem(
            f"zone.{code}",
            zone=self.access.zone,
            server=self.access.server,
            port=self.access.port,
            key=self.access.key_name,
            address=carried.address,
            name=record.name,
            answer=carried.looked or dns.rcode.to_text(rcode),
        )
        return Unchanged(told.code, told.message) if _is_a_no(carried) else told


# Nothing was sent, or the server could not tell by our key who asks. It cannot sign that (RFC 8945
# 5.3.2): who forges it leaves a record of ours behind, and gains nothing by it.
NOT_DONE = frozenset(
    {"unlooked", "unresolved", "address_refused", "busy", "badkey", "badsig", "badtime"}
)


def _is_a_no(carried: Carried) -> bool:
    """Whether nothing was changed for certain. A refusal that nobody signed may be anybody's."""
    if carried.response is None:
        return carried.problem in NOT_DONE
    return carried.response.had_tsig and carried.response.rcode() in _CODES


PROVIDERS: Mapping[str, Callable[[Access, Network], Provider]] = {"RFC2136": DynamicUpdate}


def _name(record: PublishedRecord) -> str:
    return record.name + "."


def _parts(record: PublishedRecord) -> tuple[str, str, str]:
    value = f"{record.value}." if record.rtype == "CNAME" else f'"{record.value}"'
    return _name(record), record.rtype, value


_CODES = {
    dns.rcode.NOTAUTH: "notauth",
    dns.rcode.REFUSED: "refused",
    dns.rcode.NOTZONE: "notzone",
    # What a prerequisite says (RFC 2136 3.2): the name holds something that must stay.
    dns.rcode.YXDOMAIN: "name_taken",
    dns.rcode.YXRRSET: "name_taken",
    dns.rcode.NXRRSET: "changed",
}
SENTENCES: dict[str, Promise] = {
    "zone.missing": _(
        "No zone of this project covers %(name)s. Add the zone under Domains, or publish the record"
        " yourself."
    ),
    "zone.resolver": _(
        "We could not look up where the name server %(server)s is, because our own resolver does"
        " not answer. That is ours to mend, and it is tried again by itself."
    ),
    "zone.unlooked": _(
        "Where the name server %(server)s is could not be looked up (%(answer)s), so that nothing"
        " was sent there. Look whether the name servers of its own domain answer, or write its"
        " address; it is tried again by itself."
    ),
    "zone.unresolved": _(
        "The name server %(server)s has no address in the DNS. Correct its name, or write its"
        " address."
    ),
    "zone.address_refused": _(
        "The name server %(server)s is at an address that is not public. We connect only to public"
        " ones; name a server that we can reach from the Internet."
    ),
    "zone.busy": _(
        "We are asking %(server)s for other changes just now, two at once at most. Try again in a"
        " few seconds; what is to be published is tried again by itself."
    ),
    "zone.unreachable": _(
        "Nothing answers at %(address)s port %(port)s over TCP. Let the name server listen there"
        " for us, and open its firewall for TCP."
    ),
    "zone.timeout": _(
        "%(address)s port %(port)s did not answer within seconds. Look whether the name server runs"
        " and its firewall lets us in over TCP."
    ),
    "zone.badkey": _(
        "%(server)s does not know the key %(key)s. Name the key as the server does, with the same"
        " algorithm."
    ),
    "zone.badsig": _(
        "%(server)s knows the key %(key)s, but the secret or its algorithm is another. Enter the"
        " secret anew."
    ),
    "zone.badtime": _(
        "The clock of %(server)s differs from ours by more than five minutes. Set its clock by NTP."
    ),
    "zone.notauth": _(
        "%(server)s is not in charge of the zone %(zone)s. Name the zone's primary server, and the"
        " zone as it begins there."
    ),
    "zone.refused": _(
        "%(server)s refused the change: the key %(key)s may not write %(name)s. Allow it, in BIND"
        " by update-policy."
    ),
    "zone.notzone": _(
        "%(name)s does not lie in the zone %(zone)s for %(server)s. Name the zone as it begins"
        " there."
    ),
    "zone.name_taken": _(
        "%(name)s holds another record in the zone %(zone)s already, beside which ours cannot"
        " stand. Remove it, or publish the proof in another way."
    ),
    "zone.unsigned": _(
        "%(server)s answered without a signature, so that we cannot believe it. Let it sign its"
        " answers with the key %(key)s."
    ),
    "zone.garbage": _(
        "What %(address)s port %(port)s answers is no DNS message. Look whether a name server"
        " listens there."
    ),
    "zone.changed": _("%(name)s is not as it was expected in %(zone)s. It is tried again."),
    "zone.failed": _(
        "%(server)s answered %(answer)s to the change. Look into its log; we try again by"
        " ourselves."
    ),
    "zone.sealed": _("The secret of %(zone)s cannot be read here. Enter it anew under Domains."),
    "zone.trying": _(
        "A try of %(zone)s is under way, or it ended without a result. Look again in a minute, and"
        " try it then."
    ),
    "zone.unseen": _(
        "The record at %(name)s stands in the zone %(zone)s as we published it, but the name"
        " servers that everybody asks do not show it. Look whether they take the zone from the"
        " server that is named under Domains, or publish the record with them by hand."
    ),
    "zone.stuck": _(
        "Our own system could not publish the record at %(name)s. Publish it yourself, or ask our"
        " support."
    ),
}


def problem(code: str, **params: object) -> Problem:
    """The sentence of a code, in the language in which sentences are kept."""
    with in_the_portals_language():
        return Problem(code, str(SENTENCES[code]) % params)
