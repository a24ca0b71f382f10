"""The causes of the catalogue that lie in the DNS.

The text speaks of a TXT record; the variants that begin with "cname" speak of an alias, where that
makes a difference. Those that end with "whenever" leave out for how long resolvers keep a record,
where that is not known.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from verification.cause import Cause, Turn

DNS_CAUSES: Mapping[str, Cause] = {
    "dns.absent": Cause(
        Turn.YOU,
        _(
            "The name %(name)s exists but holds no TXT record. Publish a TXT record there "
            "with the value %(value)s."
        ),
        {
            "cname": _(
                "The name %(name)s exists but holds no CNAME. Publish a CNAME there that leads to "
                "%(target)s; remove other records of this very name first (a wildcard record may "
                "stay)."
            ),
            "wildcard": _(
                "No record stands at %(name)s itself: the wildcard record %(wildcard)s answers "
                "there (%(found)s). Publish a TXT record at exactly this name with the value "
                "%(value)s; it comes before the wildcard record, which may stay."
            ),
            "some_wildcard": _(
                "No record stands at %(name)s itself: a wildcard record of the zone answers there "
                "(%(found)s). Publish a TXT record at exactly this name with the value %(value)s; "
                "it comes before the wildcard record, which may stay."
            ),
            "cname_wildcard": _(
                "No record stands at %(name)s itself: the wildcard record %(wildcard)s answers "
                "there (%(found)s). Publish a CNAME at exactly this name that leads to %(target)s; "
                "it comes before the wildcard record, which may stay."
            ),
            "cname_some_wildcard": _(
                "No record stands at %(name)s itself: a wildcard record of the zone answers there "
                "(%(found)s). Publish a CNAME at exactly this name that leads to %(target)s; it "
                "comes before the wildcard record, which may stay."
            ),
            "file": _(
                "The name %(name)s has no address in the DNS, so that no web server could be asked "
                "for the file. Publish an address for it (A or AAAA) that leads to the server."
            ),
        },
    ),
    "dns.nxdomain": Cause(
        Turn.YOU,
        _(
            "The name %(name)s does not exist in the DNS. Publish a TXT record with this name "
            "and the value %(value)s at the DNS host of the domain."
        ),
        {
            "cname": _(
                "The name %(name)s does not exist in the DNS. Publish a CNAME with this name that "
                "leads to %(target)s at the DNS host of the domain."
            ),
            "unregistered": _(
                "%(domain)s does not exist in the DNS, so that nothing can stand at %(at)s. Check "
                "the spelling, or register the domain first."
            ),
            "file": _(
                "The name %(name)s does not exist in the DNS, so that no web server could be asked "
                "for the file. Publish an address for it (A or AAAA) that leads to the server."
            ),
        },
    ),
    "dns.wrong_value": Cause(
        Turn.YOU,
        _(
            "At %(name)s we found TXT %(found)s, not the value of this order. Publish a TXT "
            "record with the value %(value)s; other records may stay. A changed record may "
            "take %(ttl)s seconds to be seen."
        ),
        {
            "cname": _(
                "At %(name)s we found a CNAME to %(found)s, not to the target of this order. Let "
                "it lead to %(target)s. A changed record may take %(ttl)s seconds to be seen."
            ),
            "cname_suffixed": _(
                "At %(name)s we found a CNAME to %(found)s: the DNS host added a domain to the "
                "target, which was whole already. Let it lead to %(target)s, written with a dot "
                "at its end. A changed record may take %(ttl)s seconds to be seen."
            ),
            "whenever": _(
                "At %(name)s we found TXT %(found)s, not the value of this order. Publish a TXT "
                "record with the value %(value)s; other records may stay."
            ),
            "cname_whenever": _(
                "At %(name)s we found a CNAME to %(found)s, not to the target of this order. Let "
                "it lead to %(target)s."
            ),
            "cname_suffixed_whenever": _(
                "At %(name)s we found a CNAME to %(found)s: the DNS host added a domain to the "
                "target, which was whole already. Let it lead to %(target)s, written with a dot "
                "at its end."
            ),
        },
    ),
    "dns.stale_value": Cause(
        Turn.YOU,
        _(
            "At %(name)s stands the value of an earlier application (%(found)s). Replace it by "
            "the value of this one, %(value)s. A changed record may take %(ttl)s seconds to be "
            "seen."
        ),
        {
            "cname": _(
                "At %(name)s stands the alias of an earlier application (CNAME to %(found)s). Let "
                "it lead to %(target)s. A changed record may take %(ttl)s seconds to be seen."
            ),
            "whenever": _(
                "At %(name)s stands the value of an earlier application (%(found)s). Replace it by "
                "the value of this one, %(value)s."
            ),
            "cname_whenever": _(
                "At %(name)s stands the alias of an earlier application (CNAME to %(found)s). Let "
                "it lead to %(target)s."
            ),
        },
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
            "The record stands at %(seen_at)s: the DNS host added %(zone)s to a host that held it "
            "already. Type only %(host)s as the host, so that the record stands at %(name)s."
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
        {
            "cname": _(
                "The alias stands at %(seen_at)s, where it does not count. Publish a CNAME at "
                "%(name)s that leads to %(target)s."
            ),
        },
    ),
    "dns.cname_conflict": Cause(
        Turn.YOU,
        _(
            "The name %(name)s is an alias (CNAME) of %(target)s, and the value of this order is "
            "not there. Remove the CNAME and publish a TXT record at %(name)s with the value "
            "%(value)s."
        ),
        {
            "cname": _(
                "At %(name)s stands a TXT record (%(found)s), beside which no alias may stand. "
                "Remove it, and publish a CNAME there that leads to %(target)s."
            ),
        },
    ),
    "dns.cached_negative": Cause(
        Turn.US,
        _(
            "The name servers of %(zone)s hold the record, but resolvers may keep until "
            "%(until)s that there was none. There is nothing to do; we look again by ourselves."
        ),
        {
            "older": _(
                "The name servers of %(zone)s hold the record, but resolvers may keep an older one "
                "until %(until)s. There is nothing to do; we look again by ourselves."
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
        {
            "places": _(
                "The record at %(name)s is seen from here, but not from %(lacking)s: %(missing)s "
                "of %(places)s places, of which at most %(allowed)s may miss it. Let all name "
                "servers of the domain give everybody the same answer; we look again by ourselves."
            ),
            "places_file": _(
                "The file of %(name)s is seen from here, but not by the address that %(lacking)s "
                "resolve: %(missing)s of %(places)s places, of which at most %(allowed)s may miss "
                "it. Let the name lead everywhere to a server that holds the file; we look again "
                "by ourselves."
            ),
        },
        is_published=True,
    ),
    "dns.lame": Cause(
        Turn.DNS_HOST,
        _(
            "The zone %(zone)s is delegated to %(lame)s, where nobody answers for it. Let your DNS "
            "host serve the zone there, or delegate it elsewhere; we look again by ourselves."
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
    "dns.resolver": Cause(
        Turn.US,
        _(
            "Our own resolver %(resolver)s does not answer now, for %(name)s as for its whole top "
            "level. There is nothing for you to mend; we look again by ourselves."
        ),
        {
            "unreached": _(
                "Our own resolver %(resolver)s could not be reached, so that nobody was asked for "
                "%(name)s. There is nothing for you to mend; we look again by ourselves."
            ),
            "servers": _(
                "Our own resolver %(resolver)s gave no answer for %(name)s (%(status)s), though "
                "the name servers of %(zone)s do. There is nothing for you to mend; we look again "
                "by ourselves."
            ),
            "alone": _(
                "Our own resolver does not answer now, so that nothing could be looked up for "
                "%(name)s. There is nothing for you to mend; we look again by ourselves."
            ),
            "places": _(
                "The proof of %(name)s is seen from here, but resolvers of our own in other places "
                "do not answer now: %(lacking)s, %(missing)s of %(places)s, of which at most "
                "%(allowed)s may be without it. There is nothing for you to mend; we look again by "
                "ourselves."
            ),
        },
    ),
}
