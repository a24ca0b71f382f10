"""Proof by a file on the web server (BR 3.2.2.4.18, agreed-upon change to website v2).

Only on the exact name, never for wildcards: whoever runs one host does not run them all. Only a
status of 200, with the value as a whole line, and never when the value stood in the request: a
page that echoes its own address proves nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from pki.names import is_wildcard
from verification.evidence import printable
from verification.network import HttpAnswer, Network
from verification.outcome import Outcome, Problem, Question

PATH = "/.well-known/pki-validation/whois.txt"
SCHEMES = ("http", "https")


def file_url(domain: str) -> str:
    """The address of the file that the customer is told; https is tried as well."""
    return f"http://{domain}{PATH}"


def check(question: Question, network: Network, now: datetime) -> Outcome:
    """Fetch the file over http, then https; proved by the first that holds the value."""
    evidence: dict[str, object] = {"method": "FILE", "at": now.isoformat()}
    if network.marked:
        evidence["marked"] = network.marked
    if is_wildcard(question.domain):
        return Outcome(False, _wildcard(question.domain), evidence)
    fetches: list[dict[str, object]] = []
    problems: list[Problem] = []
    evidence["fetches"] = fetches
    for scheme in SCHEMES:
        url = f"{scheme}://{question.domain}{PATH}"
        answer = network.get(url)
        fetches.append(_seen(answer))
        problem = _judge(answer, url, question.value)
        if problem is None:
            return Outcome(True, None, evidence)
        problems.append(problem)
    return Outcome(False, min(problems, key=lambda one: _TELLING.index(one.code)), evidence)


# Of the two fetches' problems the customer is told the one that came nearest to a proof.
_TELLING = (
    "file.wrong_content",
    "file.too_large",
    "file.redirect_loop",
    "file.redirect_refused",
    "file.address_refused",
    "file.status",
    "file.absent",
    "file.timeout",
    "file.unreachable",
    "file.tls",
)


def _seen(answer: HttpAnswer) -> dict[str, object]:
    return {
        "problem": answer.problem,
        "status": answer.status,
        "hops": list(answer.hops),
        "body": printable(answer.body),
        "length": len(answer.body),
    }


def _judge(answer: HttpAnswer, url: str, value: str) -> Problem | None:
    """None when the answer holds the value as a line of its own."""
    params = {
        "url": url,
        "value": value,
        "status": answer.status,
        "found": printable(answer.body.strip(), 80),
        "detail": (answer.hops[-1].get("detail", "") if answer.hops else ""),
        "at": answer.url,
    }
    echoed = any(value in str(hop.get("url", "")) for hop in answer.hops)
    if not answer.problem and not echoed and answer.status == 200:
        lines = answer.body.decode("utf-8-sig", "replace").splitlines()
        if value in (line.strip() for line in lines):
            return None
    code, text = _explain(answer, echoed)
    return Problem(code, text % params)


def _wildcard(domain: str) -> Problem:
    return Problem(
        "file.wildcard",
        _(
            "%(domain)s is a wildcard: a file on one server cannot prove it. Choose the DNS or "
            "e-mail method for this name."
        )
        % {"domain": domain},
    )


def _explain(answer: HttpAnswer, echoed: bool) -> tuple[str, str]:
    if answer.problem:
        return _explain_stop(answer.problem)
    if echoed:
        return "file.redirect_refused", _(
            "%(url)s redirects to an address that holds the value itself, so that any page that "
            "repeats its address would seem to be the proof. Serve the file without that redirect."
        )
    if answer.status in (404, 410):
        return "file.absent", _(
            "There is no file at %(url)s (%(at)s answered %(status)s). Put a file there that "
            "holds only the line %(value)s."
        )
    if answer.status != 200:
        return "file.status", _(
            "%(at)s answered with status %(status)s instead of 200. Let everybody read %(url)s "
            "without signing in; it must hold only the line %(value)s."
        )
    return "file.wrong_content", _(
        "The file at %(at)s begins with “%(found)s” and does not hold the value of this order on "
        "a line of its own. Replace its content by the line %(value)s."
    )


def _explain_stop(problem: str) -> tuple[str, str]:
    match problem:
        case "redirect_loop":
            return "file.redirect_loop", _(
                "%(url)s redirects in a circle or more than five times; the last address was "
                "%(at)s. Serve the file with at most five redirects."
            )
        case "redirect_refused" | "port":
            return "file.redirect_refused", _(
                "%(url)s redirects to %(at)s, which we do not follow (%(detail)s). Redirect only "
                "to http or https addresses on port 80 or 443."
            )
        case "address_refused":
            return "file.address_refused", _(
                "%(at)s leads to an address that is not public (%(detail)s). Let the name have "
                "only public addresses in the DNS; we look from the Internet."
            )
        case "too_large":
            return "file.too_large", _(
                "The answer of %(at)s is larger than the proof may be (%(detail)s). Serve a file "
                "at %(url)s that holds only the line %(value)s."
            )
        case "encoded":
            return "file.wrong_content", _(
                "%(at)s answered in an encoding that we did not ask for (%(detail)s). Serve the "
                "file uncompressed."
            )
        case "timeout":
            return "file.timeout", _(
                "%(at)s gave no whole answer in 15 seconds (%(detail)s). Check that the server "
                "can be reached on port 80 or 443 from the Internet; we look again by ourselves."
            )
        case "tls":
            return "file.tls", _(
                "%(at)s could not be read over TLS (%(detail)s). Serve the file over http, or "
                "let the server speak TLS 1.2 or later; its certificate may be of any kind."
            )
    return "file.unreachable", _(
        "%(at)s could not be reached (%(detail)s). Check that the name has a public address and "
        "that its server answers on port 80 or 443; we look again by ourselves."
    )
