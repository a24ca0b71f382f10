"""The demo's name server takes signed updates (RFC 2136), so that automatic DNS works there too.

It knows one key, made of the demo's own secret. What it cannot hold it refuses.
"""

from __future__ import annotations

import base64

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.update
from django.db import transaction
from django.utils.crypto import salted_hmac

from verification.demo_records import SERVER, ZONE, DemoRecord, RecordType, in_zone, is_dns_name
from verification.quiet_key import QuietKey
from verification.zone_book import Connection

KEY_NAME = "reseal-demo"
ALGORITHM = "hmac-sha256"
OPCODE_UPDATE = 5
HELD = {dns.rdatatype.TXT: RecordType.TXT, dns.rdatatype.CNAME: RecordType.CNAME}


def demo_connection() -> Connection:
    """How the demo's own zone is reached, with its key."""
    secret = base64.b64encode(_secret()).decode()
    return Connection(ZONE, SERVER, 53, KEY_NAME, ALGORITHM, secret)


def _secret() -> bytes:
    digest: bytes = salted_hmac("verification.demo_updates", "key", algorithm="sha256").digest()
    return digest


def is_update(wire: bytes) -> bool:
    return len(wire) >= 12 and (wire[2] >> 3) & 0x0F == OPCODE_UPDATE


def answer_update(wire: bytes) -> bytes:
    """Do what is asked, all or nothing, and sign the answer. Raises DNSException for no message."""
    key = QuietKey(KEY_NAME, _secret(), ALGORITHM)
    try:
        asked = dns.message.from_wire(wire, keyring={key.name: key})
    except dns.message.UnknownTSIGKey:
        return _refusal(wire, key, dns.rcode.BADKEY)
    except dns.tsig.BadSignature:
        return _refusal(wire, key, dns.rcode.BADSIG)
    except dns.tsig.BadTime:
        return _refusal(wire, key, dns.rcode.BADTIME)
    reply = dns.message.make_response(asked)
    reply.set_rcode(_done(asked) if asked.had_tsig else dns.rcode.REFUSED)
    return reply.to_wire()


def _refusal(wire: bytes, key: dns.tsig.Key, why: dns.rcode.Rcode) -> bytes:
    """What is wrong with the signature (RFC 8945 5.2)."""
    refused = dns.message.make_response(dns.message.from_wire(wire, keyring=False))
    refused.use_tsig(key, tsig_error=why)
    refused.set_rcode(dns.rcode.NOTAUTH)
    return refused.to_wire()


class _Refused(Exception):
    def __init__(self, rcode: dns.rcode.Rcode) -> None:
        self.rcode = rcode


def _done(asked: dns.message.Message) -> dns.rcode.Rcode:
    if not isinstance(asked, dns.update.UpdateMessage) or _text(asked.zone[0].name) != ZONE:
        return dns.rcode.NOTAUTH
    try:
        with transaction.atomic():
            for rrset in asked.prerequisite:
                _demand(rrset)
            for rrset in asked.update:
                _change(rrset)
    except _Refused as refused:
        return refused.rcode
    return dns.rcode.NOERROR


def _demand(rrset: dns.rrset.RRset) -> None:
    """One prerequisite (RFC 2136 3.2)."""
    rows = DemoRecord.objects.filter(name=_name(rrset))
    if rrset.rdtype != dns.rdatatype.ANY:
        rows = rows.filter(rtype=dns.rdatatype.to_text(rrset.rdtype))
    is_name = rrset.rdtype == dns.rdatatype.ANY
    if rrset.deleting == dns.rdataclass.NONE:
        if rows.exists():
            raise _Refused(dns.rcode.YXDOMAIN if is_name else dns.rcode.YXRRSET)
        return
    held, wanted = {row.value for row in rows}, {_value(each) for each in rrset}
    if not held or (rrset.deleting is None and held != wanted):
        raise _Refused(dns.rcode.NXDOMAIN if is_name else dns.rcode.NXRRSET)


def _change(rrset: dns.rrset.RRset) -> None:
    """One update (RFC 2136 3.4.2): a value is added, or one of ours is deleted."""
    name, rtype = _name(rrset), HELD.get(rrset.rdtype)
    if rtype is None or rrset.deleting == dns.rdataclass.ANY:
        raise _Refused(dns.rcode.REFUSED)
    for each in rrset:
        row = {"name": name, "rtype": rtype, "value": _value(each)}
        if rrset.deleting == dns.rdataclass.NONE:
            DemoRecord.objects.filter(**row).delete()
        else:
            DemoRecord.objects.get_or_create(**row, defaults={"ttl": max(int(rrset.ttl), 1)})


def _name(rrset: dns.rrset.RRset) -> str:
    name = _text(rrset.name)
    if not in_zone(name):
        raise _Refused(dns.rcode.NOTZONE)
    if not is_dns_name(name):
        raise _Refused(dns.rcode.REFUSED)
    return name


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _value(data: object) -> str:
    """As the demo's zone keeps it: the bare text, or the name an alias leads to."""
    strings = getattr(data, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("ascii", "replace")
    return str(getattr(data, "target", "")).rstrip(".")
