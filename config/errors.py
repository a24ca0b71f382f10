"""Our own mistakes: a page with a reference, which the log has beside the traceback.

The page is made without the database and without the session, which may be what is broken. Nobody
is shown a traceback, staff neither.
"""

from __future__ import annotations

import logging
import secrets

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

# No letter or digit that is taken for another when it is read out.
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    first, second = ("".join(secrets.choice(LETTERS) for _n in range(4)) for _part in range(2))
    return f"R-{first}-{second}"


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to an error of ours: 500 with a reference, as a page or as JSON."""
    reference = new_reference()
    # Django writes the traceback after this, with the request at hand: see ReferenceFilter.
    request.reference = reference  # type: ignore[attr-defined]
    if request.accepts("text/html"):
        response = HttpResponse(render_to_string("500.html", {"reference": reference}), status=500)
    else:
        message = _("We made a mistake. Nothing more is known here; our log has the reference.")
        told = {"code": "server.error", "message": message, "reference": reference}
        response = JsonResponse(told, status=500)
    response["X-Reference"] = reference
    response["Cache-Control"] = "no-store"
    return response


class ReferenceFilter(logging.Filter):
    """Puts the reference that a person was shown in front of the log's line about it."""

    def filter(self, record: logging.LogRecord) -> bool:
        reference = getattr(getattr(record, "request", None), "reference", "")
        if reference:
            record.msg, record.args = f"{reference} {record.getMessage()}", None
        return True
