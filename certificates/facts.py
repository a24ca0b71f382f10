"""A certificate as data: what commands print and other programs read. Keys are an interface."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from accounts.actors import Actor
from certificates.obstacles import reissue_obstacles, submit_obstacles
from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.telling import turn
from certificates.versions import Version
from verification.causes import whose_turn
from verification.challenges import Challenge, Method
from verification.diagnosis import fix
from verification.methods import file
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
    """Whose turn it is (YOU, DNS_HOST, US, CA, or null), as its page says it; of proofs also the
    cause, the line to paste, and how many names wait for this one."""
    told = turn(certificate, challenges_of(certificate.open_application))
    stand = told.stand
    return {
        "turn": told.whose,
        "cause": stand.code or None if stand else None,
        "sentence": told.sentence,
        "fix": stand.fix if stand else "",
        "names": stand.count if stand else 0,
        "of": stand.total if stand else 0,
        "until": instant(told.until),
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
    """Whose turn it is, and the line to paste ("" when nothing is to be published)."""
    code, turn = challenge.problem_code, whose_turn(challenge.problem_code)
    return {
        "code": code,
        "turn": None if turn is None else turn.value,
        "sentence": challenge.problem_message,
        "message": challenge.problem_message,  # what `sentence` was called first
        "fix": fix(code, challenge.domain, challenge.method, challenge.value),
    }
