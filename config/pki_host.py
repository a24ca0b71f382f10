"""/pki/ answers whoever asks: its Host header is not judged.

The addresses inside certificates live for years and are reached through proxies, caches and old
names; what is served there is signed and the same for everyone.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PREFIX = "/pki/"


class PkiHostMiddleware:
    """Lets requests below /pki/ pass with the configured host, before anybody judges theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PREFIX):
            request.META["HTTP_HOST"] = settings.PKI_HOST
        return self.get_response(request)
