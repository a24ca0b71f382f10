"""What the rows of the matrix are written with: people, methods, answers."""

from __future__ import annotations

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PEOPLE = ("owner", "colleague", "viewer", "stranger", "staff", "anonymous")

# Answers in the order of METHODS.
READ = "200 200 405 405 405 405 405"
GET_ONLY = "200 405 405 405 405 405 405"
PRESS = "405 405 302 405 405 405 405"
TAKE = "405 405 200 405 405 405 405"
NOTHING = "404 404 404 404 404 404 404"
ELSEWHERE = "302 302 302 302 302 302 302"
REFUSED = "403 403 403 403 403 403 403"
MAIL = "200 200 200 405 405 405 405"
FORM = "200 200 200 405 405 405 405"
LEAVE = "405 405 302 405 405 405 200"
ENTER = "200 200 200 200 405 405 200"
OCSP = "200 405 200 405 405 405 405"
# Django's admin answers every method alike; what it refuses it refuses by permission.
DESK = "200 200 200 200 200 200 200"
DESK_ROW = "200 200 403 200 200 200 200"


def row(
    owner: str,
    *,
    colleague: str = "",
    viewer: str = "",
    stranger: str = "",
    staff: str = "",
    anonymous: str = "",
) -> dict[str, str]:
    """Who is not named answers as the owner does."""
    named = {"owner": owner, "colleague": colleague, "viewer": viewer}
    named |= {"stranger": stranger, "staff": staff, "anonymous": anonymous}
    return {person: answers or owner for person, answers in named.items()}


def of_a_certificate(owner: str, others: str = "") -> dict[str, str]:
    return row(
        owner,
        colleague=others,
        viewer=others,
        stranger=NOTHING,
        staff=others,
        anonymous=ELSEWHERE,
    )


def desk(staff: str) -> dict[str, str]:
    return row(ELSEWHERE, staff=staff)


def everybody(answers: str) -> dict[str, str]:
    return row(answers)
