"""One look as people and programs read it: the cause, whose turn, the line to paste, what was seen.

Made of what is kept (code, sentence, evidence), so that a page, a command and a report of an old
look say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from verification import pace
from verification.causes import CATALOGUE, Turn, is_unregistered, whose_turn
from verification.methods import file
from verification.outcome import Outcome, Problem
from verification.published import record

PROVED = "ok"
# Of a file: what no content of it mends.
NO_CONTENT = frozenset({"file.wildcard", "file.address_refused"})
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """One thing that stands in the way. `fix` is the exact line to paste, "" where there is none.

    `cause` is a code of the catalogue, or `ok`, for which it is nobody's turn.
    """

    cause: str
    turn: Turn | None
    sentence: str
    fix: str


@dataclass(frozen=True)
class Diagnosis(Told):
    """The first of what stands in the way, and `also` all the rest.

    `evidence` has a row for each question: what was asked, of whom, and what came back.
    """

    evidence: tuple[Row, ...]
    next_check_at: datetime | None
    also: tuple[Told, ...] = ()


def diagnose(domain: str, method: str, value: str, outcome: Outcome, now: datetime) -> Diagnosis:
    """The diagnosis of a look that was made at `now`, as if it had been the first."""
    told = tell(outcome.problem, domain, method, value)
    again = pace.first_look_again(now, pace.kept_until(outcome.evidence))
    return Diagnosis(
        **vars(told),
        evidence=tuple(rows(outcome.evidence)),
        next_check_at=None if outcome.proved else again,
    )


def tell(problem: Problem | None, domain: str, method: str, value: str) -> Told:
    """A problem with whose turn it is and the line to paste; None for what is proved."""
    if problem is None:
        return Told(PROVED, None, "", "")
    line = problem.fix or fix(problem.code, domain, method, value)
    if is_unregistered(problem.code, problem.message):
        line = ""
    return Told(problem.code, whose_turn(problem.code), problem.message, line)


def beside(found: Diagnosis, others: Sequence[Told], seen: Iterable[Row] = ()) -> Diagnosis:
    """The same with what else stands in the way, in order, and what was seen of that.

    What keeps the proof from being seen comes first; without it the first of the others does.
    """
    more = list(others)
    if found.cause == PROVED and more:
        found = replace(found, **vars(more.pop(0)))
    evidence = (*found.evidence, *seen)
    return replace(found, evidence=evidence, also=(*found.also, *more))


def fix(code: str, domain: str, method: str, value: str) -> str:
    """What to paste into the zone, or into the file; "" when that would change nothing: it stands
    there, or name servers, addresses or we are what is to be mended."""
    cause = CATALOGUE.get(code)
    if cause is None or cause.is_published or cause.turn is not Turn.YOU:
        return ""
    published = record(domain, method, value) if code.startswith(("dns.", "name.")) else None
    if published is not None:
        return published.line
    is_of_file = code.startswith(("file.", "name.")) and code not in NO_CONTENT
    if is_of_file and method == "FILE":
        return value
    return ""


def caa_rows(domain: str, code: str, evidence: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Who was asked on the climb, then the verdict (`ok` or its code) with the record that decided.

    `at` is where the climb ended, `for` whom it was judged; of several names of authorities
    `permits` are those that may sign. An address has no CAA, and no rows.
    """
    asked = evidence.get("asked") or []
    for each in asked:
        yield {
            "asked": f"{each['name']} CAA",
            "of": str(each.get("resolver", "")),
            "chain": each.get("chain") or [],
            "status": each["status"],
            "seen": [_caa_text(one) for one in each.get("records") or []],
            **_dnssec(each),
        }
    if not asked:
        return
    verdict, decided = f"CAA verdict on {domain}", evidence.get("decided_by")
    yield {
        "asked": verdict,
        "of": str(evidence.get("found_at") or asked[-1]["name"]),
        "status": code,
        "seen": [_caa_text(decided)] if decided else [],
        "for": evidence.get("identities") or [],
        "account": evidence.get("account", ""),
        "method": evidence.get("method", ""),
        **{key: evidence[key] for key in ("permits",) if key in evidence},
    }
    yield from _views(evidence, verdict)


def _caa_text(one: Mapping[str, Any]) -> str:
    """The data of a record as a zone file has it."""
    return f'{one["flags"]} {one["tag"]} "{one["value"]}"'


def rows(evidence: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The questions of one look in the order they were asked. Old evidence may lack any key."""
    if evidence.get("method") == "FILE":
        for fetched in evidence.get("fetches") or []:
            steps = [_step(hop) for hop in fetched.get("hops") or []]
            hops = [step["url"] for step in steps]
            yield {
                "asked": hops[0] if hops else file.PATH,
                "of": _address(fetched),
                "hops": hops,
                "steps": steps,
                "status": fetched.get("problem") or fetched.get("status"),
                "seen": [fetched["body"]] if fetched.get("body") else [],
                **_dnssec(_last_hop(fetched)),
            }
        if "name" in evidence:
            last = (evidence.get("fetches") or [{}])[-1]
            yield from behind(evidence, str(_last_hop(last).get("resolver", "")))
        yield from _views(evidence, file.PATH)
        return
    if "name" not in evidence:
        return
    asked = f"{evidence['name']} {evidence.get('type', '')}"
    resolver = str(evidence.get("resolver", ""))
    yield {
        "asked": asked,
        "of": resolver,
        "chain": evidence.get("chain") or [],
        "status": evidence.get("status"),
        "seen": evidence.get("values") or [],
        "ttl": evidence.get("ttl"),
        **_dnssec(evidence),
    }
    yield from behind(evidence, resolver)
    yield from _views(evidence, asked)


def behind(evidence: Mapping[str, Any], resolver: str) -> Iterator[dict[str, Any]]:
    """What was asked to find out why: other names, and the name servers of the zone.

    A name that is `made_up` was only asked to compare it with: nobody published it.
    """
    for other in evidence.get("elsewhere") or []:
        yield {
            "asked": f"{other['name']} {other['type']}",
            "of": resolver,
            "status": other["status"],
            "seen": other["values"],
            **{key: other[key] for key in ("chain", "made_up") if key in other},
        }
    for server in evidence.get("servers") or []:
        yield {
            "asked": f"{evidence.get('name', '')} {evidence.get('type', '')}",
            "of": f"{server['server']} ({server['address']})",
            "status": server["status"],
            "seen": server["values"],
        }


def _step(hop: Mapping[str, Any]) -> dict[str, Any]:
    """One request: who resolved its host to what, where it went, what came back."""
    return {
        "url": str(hop.get("url", "")),
        "resolver": str(hop.get("resolver", "")),
        "addresses": hop.get("addresses") or [],
        "address": str(hop.get("address", "")),
        "status": hop.get("problem") or hop.get("status"),
        **_dnssec(hop),
    }


def _dnssec(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The state of the signatures, where we judged them ourselves."""
    return {key: evidence[key] for key in ("dnssec", "dnssec_reason") if key in evidence}


def _views(evidence: Mapping[str, Any], asked: str) -> Iterator[dict[str, Any]]:
    """What each perspective saw."""
    for view in evidence.get("perspectives") or []:
        of = f"{view['place']} ({view['resolver']})" if view["resolver"] else view["place"]
        yield {
            "asked": asked,
            "of": of,
            "status": view["status"],
            "seen": view["values"],
            "agrees": view["agrees"],
        }


def _address(fetched: Mapping[str, Any]) -> str:
    return str(_last_hop(fetched).get("address", ""))


def _last_hop(fetched: Mapping[str, Any]) -> Mapping[str, Any]:
    hops: list[Mapping[str, Any]] = fetched.get("hops") or [{}]
    return hops[-1]
