"""No cause of the catalogue is without its test on a real server."""

from __future__ import annotations

from tests.servers import test_caa_causes, test_dns_causes, test_file_causes, test_mail_causes
from verification.causes import CATALOGUE

# Codes that no server brings about: they come from time, from the rules, and from our own faults.
OF_OURS = {"proof.lapsed", "proof.stuck", "name.paused", "method.ended"}
# Tested where mail that comes back is read, and where published contacts are looked up.
ELSEWHERE = {"mail.bounced", "mail.unpublished"}


def test_every_cause_is_brought_about_by_a_real_server() -> None:
    tested = (
        test_dns_causes.TESTED
        | test_file_causes.TESTED
        | test_caa_causes.TESTED
        | test_mail_causes.TESTED
    )
    assert set(CATALOGUE) - OF_OURS - ELSEWHERE == tested
