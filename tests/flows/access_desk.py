"""The rows of the matrix about the administration: Sam is in the team of CA operators."""

from __future__ import annotations

from tests.flows.access_rows import (
    DESK,
    DESK_ROW,
    ELSEWHERE,
    FORM,
    LEAVE,
    NOTHING,
    REFUSED,
    desk,
    row,
)

ROWS: dict[str, dict[str, str]] = {
    "admin/": desk(DESK),
    "admin/login/": row(NOTHING, staff=ELSEWHERE, anonymous=ELSEWHERE),
    "admin/logout/": desk(LEAVE),
    "admin/password_change/": desk(ELSEWHERE),
    "admin/password_change/done/": desk("200 200 405 405 405 405 200"),
    "admin/autocomplete/": desk("403 403 405 405 405 405 200"),
    "admin/jsi18n/": desk("200 200 405 405 405 405 200"),
    "admin/r/<path:content_type_id>/<path:object_id>/": desk(NOTHING),
    "admin/(?P<app_label>…)/": desk(DESK),
    "admin/(?P<url>.*)$": desk(NOTHING),
}
ADMIN_MODELS = {
    "accounts": ("auditentry", "contact", "invitation", "project", "user"),
    "authorities": (
        "authority",
        "bulletin",
        "cannedmessage",
        "caorder",
        "checklist",
        "holiday",
        "issuedcertificate",
        "paper",
        "validatedorganization",
    ),
    "certificates": (
        "application",
        "certificate",
        "event",
        "invoice",
        "product",
        "purchase",
        "refund",
        "sensitiveword",
        "terms",
        "version",
    ),
    "verification": ("attempt", "challenge", "outgoingmail", "zone"),
}
for app, models in ADMIN_MODELS.items():
    for model in models:
        at = f"admin/{app}/{model}/"
        ROWS |= {
            at: desk(DESK),
            at + "add/": desk(REFUSED),
            at + "<path:object_id>/history/": desk(DESK),
            at + "<path:object_id>/delete/": desk(REFUSED),
            at + "<path:object_id>/change/": desk(DESK_ROW),
            at + "<path:object_id>/": desk(ELSEWHERE),
        }
# The security log is the auditors'.
LOG = "admin/accounts/auditentry/"
ROWS |= {
    LOG: desk(REFUSED),
    LOG + "<path:object_id>/history/": desk(REFUSED),
    LOG + "<path:object_id>/change/": desk(REFUSED),
}
# What is announced is added and changed in Django's own forms, and never deleted.
ANNOUNCED = ("bulletin", "holiday")
ADDED = (*ANNOUNCED, "sensitiveword")
for model in ANNOUNCED:
    at = f"admin/authorities/{model}/"
    ROWS |= {at + "add/": desk(DESK), at + "<path:object_id>/change/": desk(DESK)}
ROWS |= {
    "admin/certificates/sensitiveword/add/": desk(DESK),
    "admin/authorities/paper/<int:number>/file/": desk(DESK),
}
# The pages that ask before a verb: FORM where it is refused as things stand, GO where it is done.
GO = "200 200 302 405 405 405 405"
ORDER = "admin/authorities/caorder/<path:object_id>/"
ROWS |= {
    **{
        f"{ORDER}{verb}/": desk(FORM)
        for verb in (
            "approve",
            "ask",
            "cancel-original",
            "findings",
            "keep-original",
            "note",
            "refuse",
            "refuse-names",
            "release",
            "send-again",
            "write-now",
        )
    },
    # The order of the scene has no picture.
    ORDER + "evidence/<int:note_id>/": desk("404 404 405 405 405 405 405"),
    "admin/authorities/validatedorganization/<path:object_id>/end/": desk(FORM),
    "admin/authorities/cannedmessage/<path:object_id>/words/": desk(FORM),
    "admin/authorities/cannedmessage/<path:object_id>/another/": desk(FORM),
    "admin/authorities/checklist/<path:object_id>/set/": desk(FORM),
    "admin/authorities/checklist/<path:object_id>/withdraw/": desk(FORM),
    "admin/authorities/authority/<path:object_id>/publish/": desk(GO),
    "admin/certificates/sensitiveword/<path:object_id>/withdraw/": desk(GO),
    "admin/verification/outgoingmail/<path:object_id>/send-again/": desk(GO),
    "admin/verification/challenge/<path:object_id>/revoke/": desk(FORM),
    "admin/certificates/product/<path:object_id>/terms/": desk(FORM),
    "admin/certificates/terms/<path:object_id>/withdraw/": desk(FORM),
    # Money is the support team's.
    "admin/certificates/purchase/<path:object_id>/payment/": desk(REFUSED),
    "admin/certificates/refund/<path:object_id>/done/": desk(REFUSED),
    "admin/accounts/user/<path:object_id>/teams/": desk(REFUSED),
    "admin/accounts/user/<path:object_id>/close/": desk(REFUSED),
    "admin/accounts/user/<path:object_id>/open/": desk(REFUSED),
    "admin/stuck/": desk("200 200 405 405 405 405 405"),
    "admin/stuck/<str:label>/<str:pk>/<slug:name>/": desk(FORM),
}
WRITES = {
    ("admin/logout/", "POST"): {"staff"},
    ("admin/authorities/authority/<path:object_id>/publish/", "POST"): {"staff"},
    ("admin/certificates/sensitiveword/<path:object_id>/withdraw/", "POST"): {"staff"},
    ("admin/verification/outgoingmail/<path:object_id>/send-again/", "POST"): {"staff"},
    # It looks for the row by writing, and finds that it waits for nothing.
    ("admin/stuck/<str:label>/<str:pk>/<slug:name>/", "POST"): {"staff"},
}
