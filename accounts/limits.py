"""How often one may try, and when the next try counts.

The counts are kept by the sign-in library in the cache, per address, account or person; every
limit of the settings looks back over WINDOW.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from work.loop import clock

WINDOW = timedelta(minutes=5)
APP = "allauth.account"


def free_at(request: HttpRequest, action: str, key: str = "") -> datetime | None:
    """When the oldest of the tries that fill a limit no longer counts; None while one is free."""
    return max(_waits(request, action, key), default=None)


def _waits(request: HttpRequest, action: str, key: str) -> Iterator[datetime]:
    for rate in ratelimit.get_rates(app=APP, action=action):
        if (rate.per == "key" and not key) or (
            rate.per == "user" and not request.user.is_authenticated
        ):
            continue
        place = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key or None)
        tries = cache.get(place, [])
        if len(tries) >= rate.amount:
            yield datetime.fromtimestamp(tries[-1], UTC) + timedelta(seconds=rate.duration)


def too_often(until: datetime | None) -> ValidationError:
    """The refusal for a form. Without a known moment, the last one at which it can be over."""
    return ValidationError(
        _("There were too many wrong tries. Wait until %(until)s UTC, then try again.")
        % {"until": f"{until or clock() + WINDOW:%H:%M:%S}"},
        code="sign_in.too_often",
    )


def forget_failures(request: HttpRequest, key: str) -> None:
    """After a proof by mail the wrong passwords of before say nothing any more."""
    ratelimit.clear(request, app=APP, action="login_failed", key=key)


def answer_429(request: HttpRequest) -> HttpResponse:
    """The page for who asked too often; `Retry-After` says the same to a program."""
    now = clock()
    known = [free_at(request, action) for action in settings.ACCOUNT_RATE_LIMITS]
    until = max((at for at in known if at and at > now), default=now + WINDOW)
    answer = render(request, "429.html", {"until": until}, status=429)
    answer["Retry-After"] = str(math.ceil((until - now).total_seconds()))
    return answer
