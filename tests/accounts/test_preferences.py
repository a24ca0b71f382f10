"""Language and theme: chosen once, applied everywhere, without script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User

pytestmark = pytest.mark.django_db
PAGE = "/account/preferences/"


@pytest.fixture
def english_again() -> Iterator[None]:
    yield
    translation.activate("en")  # a request leaves its language to the thread


def language_of(client: Client, address: str, **headers: str) -> str:
    page = client.get(address, headers=headers).content.decode()
    return page.partition('<html lang="')[2].partition('"')[0]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_theme_is_applied_to_every_page(here: Client, alice: User, theme: str) -> None:
    assert "data-bs-theme" not in here.get(PAGE).content.decode()
    assert here.post(PAGE, {"theme": theme}).headers["Location"] == PAGE
    for address in (PAGE, "/certificates/", "/demo/inbox/"):
        assert f'data-bs-theme="{theme}"' in here.get(address).content.decode()
    here.post(PAGE, {"theme": ""})
    assert "data-bs-theme" not in here.get(PAGE).content.decode()


def test_what_is_no_theme_is_refused_at_its_field(here: Client, alice: User) -> None:
    page = here.post(PAGE, {"theme": "pink"}).content.decode()
    assert 'id="id_theme_error"' in page
    assert User.objects.get(pk=alice.pk).theme == ""


def test_each_language_is_offered_by_its_own_name(here: Client, alice: User) -> None:
    page = here.get(PAGE).content.decode()
    assert "English" in page
    assert "Deutsch" in page
    here.post(PAGE, {"theme": "", "language": "tlh"})
    assert User.objects.get(pk=alice.pk).language == ""


@pytest.mark.usefixtures("english_again")
def test_ones_language_wins_over_the_browsers(here: Client, alice: User) -> None:
    assert language_of(here, PAGE, accept_language="de") == "de"
    here.post(PAGE, {"theme": "", "language": "en"})
    assert language_of(here, PAGE, accept_language="de") == "en"
    assert here.get(PAGE, headers={"accept-language": "de"}).headers["Content-Language"] == "en"
    assert language_of(Client(), "/sign-in/", accept_language="de") == "de"


@pytest.mark.usefixtures("english_again")
def test_a_language_that_the_portal_forgot_is_as_none(here: Client, alice: User) -> None:
    User.objects.update(language="tlh")
    assert language_of(here, PAGE, accept_language="de") == "de"
    assert '"tlh"' not in here.get(PAGE).content.decode()


def test_nobodys_preferences_are_kept(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == f"/sign-in/?next={PAGE}"
    assert client.post(PAGE, {"theme": "dark"}).status_code == 302
