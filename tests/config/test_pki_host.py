"""Below /pki/ any Host header will do; elsewhere it is judged."""

import pytest
from django.conf import LazySettings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.test import RequestFactory

from config.pki_host import PkiHostMiddleware


def answer(path: str, host: str) -> HttpResponse:
    """What the middleware lets through, behind it the one that judges the Host header."""

    def judge(request: HttpRequest) -> HttpResponse:
        refusal = CommonMiddleware(lambda _: HttpResponse()).process_request(request)
        return refusal or HttpResponse(request.get_host())

    return PkiHostMiddleware(judge)(RequestFactory().get(path, HTTP_HOST=host))


@pytest.mark.parametrize("host", ["old-name.example.org", "192.0.2.1", "no host at all", ""])
def test_pki_answers_on_any_host(host: str, settings: LazySettings) -> None:
    assert answer("/pki/geotrust-dv.crl", host).content.decode() == settings.PKI_HOST


def test_elsewhere_a_foreign_host_is_refused() -> None:
    with pytest.raises(DisallowedHost):
        answer("/pki-other/", "old-name.example.org")


def test_elsewhere_our_host_passes(settings: LazySettings) -> None:
    assert answer("/sign-in/", settings.PUBLIC_HOST).content.decode() == settings.PUBLIC_HOST
