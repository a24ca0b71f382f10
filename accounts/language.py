"""Which language is spoken to whom: on pages, in mails, and in what is kept."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.utils import translation


class LanguageMiddleware:
    """The language that a person chose wins over what their browser asks for.

    After LocaleMiddleware, which listens to the browser. Who has no session is not looked up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            chosen = request.user.language if request.user.is_authenticated else ""
            if chosen in dict(settings.LANGUAGES):
                translation.activate(chosen)
                request.LANGUAGE_CODE = chosen
        return self.get_response(request)


def to(*addresses: str, otherwise: str = "") -> translation.override:
    """The language of a mail: what the first of these people chose who chose one.

    Name the recipient, then who they are written to for: a contact need not have an account.
    Where nobody chose it is `otherwise`, else the portal's own language.
    """
    wanted = [address.lower() for address in addresses]
    people = get_user_model().objects
    found = people.filter(email__in=wanted, language__in=dict(settings.LANGUAGES))
    chosen = dict(found.values_list("email", "language"))
    told = next((chosen[each] for each in wanted if each in chosen), otherwise)
    return translation.override(told or settings.LANGUAGE_CODE)
