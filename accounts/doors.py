"""What every page about one row shares: whoever may not do what it does finds nothing there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User

LOOK = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")
PRESS = ("POST",)
T = TypeVar("T")
View = Callable[..., HttpResponse]


def behind(
    find: Callable[..., T], methods: tuple[str, ...], *, page: str = "people"
) -> Callable[[Callable[[HttpRequest, T], HttpResponse]], View]:
    """Hand the view what `find(request, …)` answers. It raises Http404 before the method is judged.

    Who is not signed in is brought back to `page` where only a form may call the address, and who
    opens such an address is led there.
    """

    def guarded(view: Callable[[HttpRequest, T], HttpResponse]) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **named: int) -> HttpResponse:
            if not request.user.is_authenticated:
                back = request.get_full_path() if "GET" in methods else reverse(page)
                return redirect_to_login(back)
            found = find(request, **named)
            if request.method not in methods:
                return not_allowed(request, methods, reverse(page))
            return view(request, found)

        return answer

    return guarded


def not_allowed(request: HttpRequest, methods: Sequence[str], back: str) -> HttpResponse:
    """405. Who opens what only a button calls, as by a reload, reads so and is led to `back`."""
    answer = HttpResponseNotAllowed(methods)
    if request.method == "GET":
        answer.content = render_to_string("405.html", {"back": back}, request)
    return answer


def person(request: HttpRequest) -> User:
    """Who is signed in, on a page that only they reach."""
    assert isinstance(request.user, User)
    return request.user
