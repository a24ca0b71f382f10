"""No cause is left out of what `diagnose` names: each is brought about, and it is asked."""

from __future__ import annotations

from tests.servers import (
    test_caa_causes,
    test_dns_causes,
    test_file_causes,
    test_kept_causes,
    test_mail_causes,
)
from verification.causes import CATALOGUE

# The codes that other programs were promised.
INTERFACE = {
    "dns": "absent nxdomain wrong_value stale_value doubled_suffix underscore_lost wrong_level"
    " quoted_value cname_conflict servfail refused bogus timeout lame partial cached_negative",
    "file": "wildcard absent status redirect_loop redirect_refused address_refused html"
    " wrong_content extra_text too_large timeout tls port",
    "caa": "forbids forbids_wildcard unknown_critical account method unreachable",
    "mail": "refused bounced unanswered",
    "name": "paused",
}
TESTED = (
    test_dns_causes.TESTED
    | test_file_causes.TESTED
    | test_caa_causes.TESTED
    | test_mail_causes.TESTED
    | test_kept_causes.TESTED
)


def test_every_cause_is_brought_about_and_diagnosed() -> None:
    assert set(CATALOGUE) == TESTED


def test_the_interface_is_whole() -> None:
    promised = {f"{kind}.{code}" for kind, codes in INTERFACE.items() for code in codes.split()}
    assert promised - set(CATALOGUE) == set()
