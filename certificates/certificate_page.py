"""The page of one certificate."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.sign_in import is_fresh
from certificates.downloads import key_obstacles
from certificates.facts import challenge_facts
from certificates.guard import SAFE, on_certificate, signed_in, tell_refusal
from certificates.obstacles import Refused, reissue_obstacles
from certificates.proving import challenges_of, check_now, check_obstacles
from certificates.story import Certificate
from certificates.telling import revoked_why, told, turn
from verification.challenges import Status
from work.loop import clock
from work.run import network


@on_certificate(*SAFE)
def certificate_page(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    now, person = clock(), signed_in(request)
    asked = challenges_of(certificate.last_application)
    versions = sorted(certificate.versions.all(), key=lambda each: -each.number)
    context: dict[str, Any] = {
        "certificate": certificate,
        "turn": turn(certificate, asked),
        "versions": [
            {
                "row": version,
                "revoked_why": revoked_why(version.revocation_reason),
                "algorithm": version.key_algorithm.replace("_", " "),
                "may_take_key": not key_obstacles(version, person),
            }
            for version in versions
        ],
        "story": [(event, told(event)) for event in certificate.events.order_by("-pk")],
        "challenges": list(zip(asked, challenge_facts(certificate), strict=True)),
        "reissue_obstacles": reissue_obstacles(certificate, person, now),
        "may_check": not check_obstacles(certificate, person),
        "password_is_fresh": is_fresh(request, now),
    }
    return render(request, "certificates/certificate.html", context)


@on_certificate("POST")
def check(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    try:
        looked = check_now(
            certificate=certificate, actor=signed_in(request), now=clock(), network=network()
        )
    except Refused as refused:
        return tell_refusal(request, certificate, refused)
    for challenge in looked:
        if challenge.status == Status.PROVED:
            messages.success(request, _("%(domain)s is proved.") % {"domain": challenge.domain})
        elif challenge.problem_message:
            messages.warning(request, challenge.problem_message)
    return redirect("certificate", certificate_id=certificate.pk)
