"""A certificate as data: what commands print and other programs read. Keys are an interface."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from accounts.actors import Actor
from accounts.kept_sentences import as_read
from certificates.caa_stands import caa_stand
from certificates.obstacles import reissue_obstacles, submit_obstacles
from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.telling import turn
from certificates.versions import Version
from verification import kept_questions
from verification.challenges import Attempt, Challenge, Method
from verification.diagnosis import Diagnosis, Told, caa_rows, rows, tell
from verification.methods import file
from verification.outcome import Problem
from verification.published import published


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, whole seconds, with Z."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def row_facts(certificate: Certificate) -> dict[str, Any]:
    """One of many: what it is, and where it stands."""
    product, current = certificate.product, certificate.current
    return {
        "id": certificate.pk,
        "name": certificate.name,
        "project": certificate.project.name,
        "status": certificate.status,
        "label": certificate.get_status_display(),
        "progress": certificate.progress,
        "domain": certificate.domain,
        "brand": product.brand,
        "type": product.type,
        "domain_type": product.domain_type,
        "not_after": instant(current.not_after) if current else None,
    }


def certificate_facts(certificate: Certificate, actor: Actor, now: datetime) -> dict[str, Any]:
    product, current = certificate.product, certificate.current
    application = certificate.open_application
    asked = application or certificate.last_application
    return {
        "id": certificate.pk,
        "status": certificate.status,
        "label": certificate.get_status_display(),
        "progress": certificate.progress,
        "domain": certificate.domain,
        "sans": current.names if current else (asked.sans if asked else []),
        "brand": product.brand,
        "type": product.type,
        "domain_type": product.domain_type,
        "not_before": instant(current.not_before) if current else None,
        "not_after": instant(current.not_after) if current else None,
        "versions": [version_facts(version) for version in certificate.versions.all()],
        "application": {
            "kind": application.kind,
            "domain": application.domain,
            "method": application.method,
            "is_automatic": application.is_automatic,
            "reason": application.reason or None,
            "submitted_at": instant(application.submitted_at),
            "confirmation_sent_at": instant(application.asked_at),
            "confirm_until": instant(application.confirm_until),
        }
        if application
        else None,
        "waiting": {
            "code": application.waiting_code,
            "message": application.waiting_message,
            "until": instant(application.waiting_until),
        }
        if application and application.waiting_code
        else None,
        "turn": turn_facts(certificate),
        "caa": caa_facts(certificate),
        "failure": {"code": certificate.failure_code, "message": certificate.failure_message}
        if certificate.failure_code
        else None,
        "obstacles": {
            "apply": [
                {"code": each.code, "message": each.message}
                for each in submit_obstacles(certificate, actor, now)
            ],
            "reissue": [
                {"code": each.code, "message": each.message}
                for each in reissue_obstacles(certificate, actor, now)
            ],
        },
    }


def turn_facts(certificate: Certificate) -> dict[str, Any]:
    """Whose turn it is (YOU, DNS_HOST, US, CA, or null), as its page says it; of proofs and of CAA
    also the cause, the line to paste, and how many names wait for this one."""
    told = turn(certificate, challenges_of(certificate.open_application))
    facts: dict[str, Any] = {
        "turn": told.whose,
        "cause": told.code or None,
        "sentence": told.sentence,
    }
    if (stand := told.stand) is not None:
        due = stand.challenge.due_at if stand.challenge.is_looked_at else None
        facts |= {"cause": stand.code or None, "fix": stand.fix, "next_check_at": instant(due)}
        facts |= {"names": stand.count, "of": stand.total}
    else:
        caa = caa_stand(certificate)  # also of a reissue that it refused, though nothing is to do
        if caa is not None and caa.is_foreseen:
            caa = None
        facts |= {"cause": caa.code if caa else facts["cause"]}
        facts |= {"fix": caa.fix if caa else "", "next_check_at": instant(told.next_look)}
        facts |= {"names": len(caa.refusals) if caa else 0, "of": caa.total if caa else 0}
    return facts | {"until": instant(told.until)}


def caa_facts(certificate: Certificate) -> list[dict[str, Any]]:
    """Each name that CAA keeps the authority from signing for, as `diagnose` tells it; also before
    anything hangs on it, while the order waits for a proof or for the desk."""
    caa = caa_stand(certificate)
    due = instant(caa.next_look) if caa else None
    return [
        {
            "name": each.look.name,
            **told_facts(each.told),
            "evidence": list(caa_rows(each.look.name, each.look.code, each.look.evidence)),
            "next_check_at": due,
            "looked_at": instant(each.look.at),
        }
        for each in (caa.refusals if caa else ())
    ]


def told_facts(told: Told) -> dict[str, Any]:
    """Keys and their order are an interface."""
    return {
        "cause": told.cause,
        "turn": None if told.turn is None else told.turn.value,
        "sentence": told.sentence,
        "fix": told.fix,
    }


def diagnosis_facts(found: Diagnosis) -> dict[str, Any]:
    return {
        **told_facts(found),
        "evidence": list(found.evidence),
        "next_check_at": instant(found.next_check_at),
    }


def version_facts(version: Version) -> dict[str, Any]:
    return {
        "number": version.number,
        "serial": version.serial,
        "not_before": instant(version.not_before),
        "not_after": instant(version.not_after),
        "current": version.is_current,
        "revoked_at": instant(version.revoked_at),
        "revocation_reason": version.revocation_reason or None,
        "replaces": version.replaces.number if version.replaces else None,
        "key_custody": version.key_custody,
    }


def challenge_facts(certificate: Certificate) -> list[dict[str, Any]]:
    return [_challenge(each) for each in challenges_of(certificate.last_application)]


def _challenge(challenge: Challenge) -> dict[str, Any]:
    record, is_file = published(challenge), challenge.method == Method.FILE
    return {
        "domain": challenge.domain,
        "method": challenge.method,
        "is_automatic": challenge.is_automatic,
        "status": challenge.status,
        "record_name": record.name if record else None,
        "record_type": record.rtype if record else None,
        "record_value": record.value if record else None,
        "file_url": file.file_url(challenge.domain) if is_file else None,
        "file_content": challenge.value if is_file else None,
        "mailbox": challenge.mailbox or None,
        "last_checked_at": instant(challenge.last_checked_at),
        "next_check_at": instant(challenge.due_at) if challenge.is_looked_at else None,
        "problem": _problem(challenge) if challenge.problem_code else None,
    }


def _problem(challenge: Challenge) -> dict[str, Any]:
    """What `diagnose` would tell of the look that found it, from what is kept of that."""
    found = kept_diagnosis(challenge)
    # What `cause` and `sentence` were called first.
    return {**diagnosis_facts(found), "code": found.cause, "message": found.sentence}


def kept_diagnosis(challenge: Challenge) -> Diagnosis:
    problem = Problem(challenge.problem_code, as_read(challenge.problem_message))
    look = _telling(challenge)
    seen = list(rows(look.evidence)) if look is not None else []
    if challenge.method == Method.EMAIL:
        seen += kept_questions.mail_rows(challenge)
    return Diagnosis(
        **vars(tell(problem, challenge.domain, challenge.method, challenge.value)),
        evidence=tuple(seen),
        next_check_at=challenge.due_at if challenge.is_looked_at else None,
    )


def _telling(challenge: Challenge) -> Attempt | None:
    """The newest look that saw what the problem says; the last where none did."""
    looks = challenge.history.order_by("-at", "-pk")
    same = looks.filter(code=challenge.problem_code)
    return same.exclude(evidence__has_key="brief").first() or looks.first()
