"""The portal's addresses and some that fail, to see what people are shown."""

from __future__ import annotations

from typing import NoReturn

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.urls import path

from config.urls import handler500
from config.urls import urlpatterns as ours

__all__ = ["handler500", "urlpatterns"]

TOKEN = "17-hX3_q8mVb0example"


def breaks(request: HttpRequest) -> NoReturn:
    raise RuntimeError(
        f"hunter2 at /ca/confirm/{TOKEN}/ -----BEGIN PRIVATE KEY-----\nMIIE\n"
        "-----END PRIVATE KEY-----"
    )


def forbids(request: HttpRequest) -> NoReturn:
    raise PermissionDenied("certificate scs0000000000001 is Alice's")


def suspects(request: HttpRequest) -> NoReturn:
    raise SuspiciousOperation("hunter2")


urlpatterns = [
    *ours,
    path("breaks/", breaks),
    path("forbids/", forbids),
    path("suspects/", suspects),
]
