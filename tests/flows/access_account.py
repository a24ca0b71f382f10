"""The rows of the matrix about one's own account and about the people of a project."""

from __future__ import annotations

from tests.flows.access_rows import ELSEWHERE, FORM, MAIL, NOTHING, PRESS, READ, everybody, row

SHOW = "200 200 405 405 405 405 405"
# Only names that the project holds are looked up; the request of the matrix names none.
PRESS_CAA = "405 405 404 405 405 405 405"
NOT_YET = "404 404 404 405 405 405 405"
ONWARDS = "302 302 302 405 405 405 405"


def own(answers: str) -> dict[str, str]:
    """A page of one's own account: the same for whoever is signed in."""
    return row(answers, anonymous=ONWARDS)


def managed(owner: str, colleague: str = NOTHING, viewer: str = NOTHING) -> dict[str, str]:
    return row(
        owner,
        colleague=colleague,
        viewer=viewer,
        stranger=NOTHING,
        staff=NOTHING,
        anonymous=ELSEWHERE,
    )


RESET = r"account/password/new/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[-0-9A-Za-z]{1,100})/$"
ROWS: dict[str, dict[str, str]] = {
    "account/confirm/": own(FORM),
    "account/passkeys/": own(SHOW),
    "account/passkeys/<int:pk>/name/": own(NOT_YET),
    "account/passkeys/<int:pk>/remove/": own(NOT_YET),
    "account/passkeys/add/": own(FORM),
    "account/passkeys/confirm/": everybody(ONWARDS),
    "account/passkeys/sign-in/": everybody(ONWARDS),
    "account/password/": own(FORM),
    "account/password/forgotten/": everybody(FORM),
    "account/password/forgotten/sent/": everybody(SHOW),
    RESET: everybody(FORM),
    "account/preferences/": own(FORM),
    "account/second-factor/": own(SHOW),
    "account/second-factor/app/": own(FORM),
    "account/second-factor/app/remove/": own(NOT_YET),
    "account/second-factor/codes/": own("404 404 405 405 405 405 405"),
    "account/second-factor/codes/new/": own(FORM),
    "account/second-factor/codes/recovery-codes.txt": own(NOT_YET),
    "account/second-factor/confirm/": everybody(ONWARDS),
    "account/second-factor/sign-in/": everybody(ONWARDS),
    "account/sessions/": row(SHOW, anonymous="302 302 405 405 405 405 405"),
    "account/sessions/<int:pk>/end/": row("405 405 404 405 405 405 405", anonymous=PRESS),
    "account/sessions/end-others/": everybody(PRESS),
    "people/": row(READ, anonymous=ELSEWHERE),
    "people/<int:pk>/role/": managed(FORM),
    "people/<int:pk>/remove/": managed("200 200 302 405 405 405 405"),
    "people/invited/<int:pk>/resend/": managed(PRESS),
    "people/invited/<int:pk>/withdraw/": managed(PRESS),
    "projects/new/": row(FORM, staff=NOTHING, anonymous=ELSEWHERE),
    "projects/<int:pk>/name/": managed(FORM),
    "projects/<int:pk>/invite/": managed(FORM),
    "projects/<int:pk>/contacts/new/": managed(FORM, FORM),
    "domains/": row(READ, anonymous=ELSEWHERE),
    "projects/<int:pk>/caa/": managed(PRESS_CAA, PRESS_CAA),
    "projects/<int:pk>/zones/new/": managed(FORM),
    "zones/<uuid:pk>/": managed(FORM),
    "zones/<uuid:pk>/try/": managed(PRESS, PRESS),
    "zones/<uuid:pk>/remove/": managed("200 200 302 405 405 405 405"),
    "contacts/": row(READ, anonymous=ELSEWHERE),
    "contacts/<int:pk>/": managed(FORM, FORM),
    "contacts/<int:pk>/remove/": managed(PRESS, PRESS),
    # The stranger reads the log of a project of their own.
    "security-log/": row(
        READ, colleague=NOTHING, viewer=NOTHING, staff=NOTHING, anonymous=ELSEWHERE
    ),
    "invitations/<str:token>/": everybody(MAIL),
}
SIGNED_IN = {"owner", "colleague", "viewer", "stranger", "staff"}
WRITES = {
    # Counts of tries, and the challenges that a session is asked.
    ("account/password/", "POST"): SIGNED_IN,
    ("account/passkeys/sign-in/", "POST"): SIGNED_IN | {"anonymous"},
    **{
        (f"account/{page}/", method): SIGNED_IN
        for page in ("passkeys/add", "second-factor/app")
        for method in ("GET", "HEAD", "POST")
    },
    ("people/<int:pk>/remove/", "POST"): {"owner"},
    ("people/invited/<int:pk>/withdraw/", "POST"): {"owner"},
    ("contacts/<int:pk>/remove/", "POST"): {"owner", "colleague"},
    ("zones/<uuid:pk>/try/", "POST"): {"owner", "colleague"},
    ("zones/<uuid:pk>/remove/", "POST"): {"owner"},
}
