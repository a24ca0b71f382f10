"""Proof by a file on the web server (BR 3.2.2.4.18, agreed-upon change to website v2).

Only on the exact name, never for wildcards: whoever runs one host does not run them all. Only a
status of 200, with the value as a whole line, and never when the value stood in the request: a
page that echoes its own address proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from pki.addresses import url_host
from pki.names import is_wildcard
from verification import addresses, causes
from verification.dns_lookup import UNANSWERED, DnsStatus
from verification.evidence import printable
from verification.http_fetch import UNRESOLVED
from verification.network import HttpAnswer, Network
from verification.outcome import Outcome, Problem, Question
from verification.own_resolver import is_deaf
from verification.perspectives import DEAF, Glance
from verification.policy import Policy
from verification.second_look import PLAIN, Finding, seen_at, who_fails

PATH = "/.well-known/pki-validation/whois.txt"
SCHEMES = ("http", "https")
# Read from the beginning only and without a way back: the page is a stranger's.
HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)


def file_url(domain: str) -> str:
    """The address of the file that the customer is told; https is tried as well."""
    return f"http://{url_host(domain)}{PATH}"


def check(question: Question, network: Network, now: datetime) -> Outcome:
    """Fetch the file over http, then https; proved by the first that holds the value.

    Where the name has no address the DNS is the cause, and its own servers are asked for it.
    """
    return _look(question, network, now, unresolved)


Unresolved = Callable[[HttpAnswer, Network, dict[str, object]], Problem]


def _look(question: Question, network: Network, now: datetime, unresolved: Unresolved) -> Outcome:
    evidence: dict[str, object] = {"method": "FILE", "at": now.isoformat()}
    if network.marked:
        evidence["marked"] = network.marked
    if is_wildcard(question.domain):
        problem = causes.problem("file.wildcard", {"domain": question.domain})
        return Outcome(False, problem, evidence)
    fetches: list[dict[str, object]] = []
    problems: list[Problem] = []
    evidence["fetches"] = fetches
    for scheme in SCHEMES:
        url = f"{scheme}://{url_host(question.domain)}{PATH}"
        answer = network.get(url)
        fetches.append(_seen(answer))
        if answer.problem in UNRESOLVED:
            problems.append(unresolved(answer, network, evidence))
            if len(answer.hops) == 1:  # the same name in every scheme
                break
            continue
        found = _judge(answer, url, question.value)
        if found is None:
            return Outcome(True, None, evidence)
        problems.append(found)
    return Outcome(False, min(problems, key=lambda one: _TELLING.index(one.code)), evidence)


def glance(question: Question, now: datetime, network: Network) -> Glance:
    """Whether the file is there too at the address that another place resolves."""
    outcome = _look(question, network, now, _unresolved_elsewhere)
    fetches = outcome.evidence.get("fetches") or [{}]
    hops = fetches[-1].get("hops") or [{}]
    seen = [str(hop["address"]) for hop in hops if hop.get("address")]
    status = outcome.problem.code if outcome.problem else "ok"
    status = DEAF if status == "dns.resolver" else status
    return Glance(outcome.proved, status, seen, str(hops[-1].get("resolver", "")))


def _unresolved_elsewhere(answer: HttpAnswer, network: Network, _evidence: object) -> Problem:
    """The same at another place, where the servers themselves are not asked."""
    if is_deaf(answer.host, UNRESOLVED[answer.problem], network):
        return causes.problem("dns.resolver", {"name": answer.host}, "alone")
    return _plain(answer)


def unresolved(answer: HttpAnswer, network: Network, evidence: dict[str, object]) -> Problem:
    """Why the host of a page has no address: its own servers are asked when a resolver failed."""
    status = UNRESOLVED[answer.problem]
    if status not in UNANSWERED or status is DnsStatus.UNREACHED:
        return _plain(answer)
    found = network.name_servers(answer.host, "A")
    evidence |= seen_at(found) | {"name": answer.host, "type": "A"}
    finding = who_fails(found, status)
    if finding is None:
        return _plain(answer)
    if all(each.status is DnsStatus.NXDOMAIN for each in found.servers) and found.servers:
        finding = Finding("dns.nxdomain", variant="file")
    return causes.problem(finding.code, _of_the_name(answer) | finding.params, finding.variant)


def _plain(answer: HttpAnswer) -> Problem:
    status = UNRESOLVED[answer.problem]
    variant = "unreached" if status is DnsStatus.UNREACHED else "file"
    return causes.problem(PLAIN[status], _of_the_name(answer), variant)


def _of_the_name(answer: HttpAnswer) -> dict[str, object]:
    resolver = answer.hops[-1].get("resolver") if answer.hops else ""
    return {"name": answer.host, "resolver": resolver or _("(none is configured)")}


# Of the two fetches' problems the customer is told the one that came nearest to a proof.
_TELLING = (
    "dns.bogus",
    "file.extra_text",
    "file.wrong_content",
    "file.html",
    "file.too_large",
    "file.redirect_loop",
    "file.redirect_refused",
    "file.port",
    "file.address_refused",
    "file.status",
    "file.absent",
    "dns.absent",
    "dns.nxdomain",
    "dns.lame",
    "dns.servfail",
    "dns.refused",
    "dns.timeout",
    "dns.resolver",
    "file.timeout",
    "file.unreachable",
    "file.tls",
)


def _seen(answer: HttpAnswer) -> dict[str, object]:
    return {
        "problem": answer.problem,
        "status": answer.status,
        "hops": list(answer.hops),
        # Files end with a line end, which is no fault and would be shown as a strange character.
        "body": printable(answer.body.rstrip(b"\r\n")),
        "length": len(answer.body),
    }


def _judge(answer: HttpAnswer, url: str, value: str) -> Problem | None:
    """None when the answer holds the value as a line of its own."""
    params = told_of(answer, url) | {"value": value}
    echoed = any(value in str(hop.get("url", "")) for hop in answer.hops)
    if not answer.problem and not echoed and answer.status == 200:
        lines = answer.body.decode("utf-8-sig", "replace").splitlines()
        if value in (line.strip() for line in lines):
            return None
    return causes.problem(*_explain(answer, value, echoed, params))


def told_of(answer: HttpAnswer, url: str) -> dict[str, object]:
    """What fills the sentences of causes, but for the value."""
    last = answer.hops[-1] if answer.hops else {}
    return {
        "url": url,
        "status": answer.status,
        "found": printable(answer.body.strip(), 80),
        "detail": last.get("detail", ""),
        "seconds": f"{last.get('seconds', Policy.fetch_total):g}",
        "at": answer.url or url,
    }


def _explain(
    answer: HttpAnswer, value: str, echoed: bool, params: dict[str, object]
) -> tuple[str, dict[str, object], str]:
    """The code of the cause, what fills its sentence, and the variant of that sentence."""
    if answer.problem == "encoded":
        return "file.wrong_content", params, "encoded"
    if answer.problem == "bogus":
        return "dns.bogus", params | {"name": answer.host}, ""
    if answer.problem:
        return f"file.{answer.problem}", params, variant_of(answer)
    if echoed:
        return "file.redirect_refused", params, "echoed"
    if answer.status in (404, 410):
        return "file.absent", params, "not_redirected" if params["at"] == params["url"] else ""
    if answer.status != 200:
        return "file.status", params, ""
    return _of_the_content(answer.body, value), params, ""


def variant_of(answer: HttpAnswer) -> str:
    """Of the sentence for what stopped a fetch: where no name led to an address, none is to be
    mended in the DNS."""
    if answer.problem != "address_refused":
        return ""
    try:
        host = urlsplit(answer.url).hostname or ""
    except ValueError:
        return ""
    return "address" if addresses.literal(host) or addresses.looks_numeric(host) else ""


def _of_the_content(body: bytes, value: str) -> str:
    if HTML.match(body):
        return "file.html"
    # Without NUL and the marks of UTF-16, so that a file saved as "Unicode" shows what it holds.
    return "file.extra_text" if value.encode() in body.replace(b"\0", b"") else "file.wrong_content"
