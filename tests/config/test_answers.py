"""What every answer of the web tier carries, and where https is asked for."""

import pytest
from django.conf import LazySettings
from django.test import Client
from django.test.utils import override_settings

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in/"


def test_a_page_allows_no_inline_script_or_style_and_no_frame(client: Client) -> None:
    policy = client.get(SIGN_IN).headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"


def test_a_page_tells_other_sites_nothing_of_its_address(client: Client) -> None:
    headers = client.get(SIGN_IN).headers
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_the_cookie_of_a_form_is_out_of_reach_for_scripts_and_other_sites(client: Client) -> None:
    cookie = client.get(SIGN_IN).cookies["csrftoken"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_foreign_host_is_refused(client: Client) -> None:
    assert client.get(SIGN_IN, HTTP_HOST="evil.example.org").status_code == 400


@override_settings(SECURE_SSL_REDIRECT=True)
def test_people_are_sent_to_https_and_pki_clients_are_not(
    client: Client, settings: LazySettings
) -> None:
    answer = client.get(SIGN_IN, HTTP_HOST=settings.PUBLIC_HOST)
    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        f"https://{settings.PUBLIC_HOST}{SIGN_IN}",
    )
    assert client.get("/pki/nobody.crl", HTTP_HOST="old.example.org").status_code == 404
