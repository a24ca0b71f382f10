"""The ground of the administration: rows without forms, verbs with a page that asks first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.models import User
from accounts.verb_admin import VerbAdmin
from authorities.calendar_admin import AnnouncingAdmin
from certificates.catalogue import Product, Terms
from certificates.keys import StoredKey
from tests.cast import World
from tests.certificates.browsing import shown

pytestmark = pytest.mark.django_db
FORM = {
    "starts_on": "2099-03-15",
    "is_sold": "on",
    "unit_price": "49",
    "name_price": "0",
    "wildcard_price": "0",
    "names_least": "1",
    "names_most": "1",
    "checks": ["DOMAIN"],
    "reissue_window_days": "10",
    "review_days_least": "0",
    "review_days_most": "0",
    "methods": ["DNS"],
    "key_algorithms": ["EC_P256"],
    "caa_identities": "digicert.com",
}


@pytest.fixture
def world() -> World:
    """At the time of the machine: the pages read its clock."""
    return World(now=datetime.now(UTC))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def terms_page() -> str:
    return reverse("admin:certificates_product_terms", args=[Product.objects.earliest("pk").pk])


def test_every_table_of_the_administration_is_read_only_and_shows_no_key() -> None:
    """Announcements alone have forms of Django's; nothing anywhere is deleted."""
    from work.admin import ReadOnlyAdmin

    shown_models = admin.site._registry
    assert StoredKey not in shown_models
    others = [each for each in shown_models.values() if not isinstance(each, ReadOnlyAdmin)]
    assert others == []
    forms = [
        type(each)
        for each in shown_models.values()
        if type(each).has_change_permission is not ReadOnlyAdmin.has_change_permission
    ]
    assert all(issubclass(each, AnnouncingAdmin) for each in forms)
    for each in shown_models.values():
        assert type(each).has_delete_permission is ReadOnlyAdmin.has_delete_permission
        assert not each.actions


def test_each_verb_asks_on_a_page_of_its_own_and_its_button_ends_in_an_ellipsis() -> None:
    for each in admin.site._registry.values():
        if isinstance(each, VerbAdmin):
            assert [verb.name for verb in each.verbs if not str(verb.label).endswith("…")] == []


def test_get_asks_and_changes_nothing(world: World) -> None:
    sam = signed_in(world.sam)
    page = shown(sam, terms_page())
    assert 'value="25"' in page  # what holds today
    assert "follow the new terms" in page
    assert Terms.objects.filter(starts_on__year=2099).count() == 0


def test_post_does_it_tells_and_comes_back(world: World) -> None:
    sam = signed_in(world.sam)
    answer = sam.post(terms_page(), FORM)
    product = Product.objects.earliest("pk")
    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:certificates_product_change", args=[product.pk])
    assert "new terms from 15 Mar 2099 on" in shown(sam, answer["Location"])
    assert product.all_terms.filter(starts_on="2099-03-15").count() == 1


def test_a_team_lost_between_asking_and_pressing_counts(world: World) -> None:
    sam = signed_in(world.sam)
    shown(sam, terms_page())
    world.sam.groups.clear()
    assert sam.post(terms_page(), FORM).status_code == 403
    assert Terms.objects.filter(starts_on__year=2099).count() == 0


def test_a_refusal_says_why_with_its_code_and_keeps_what_was_typed(world: World) -> None:
    sam = signed_in(world.sam)
    entries = AuditEntry.objects.count()
    wrong = {**FORM, "review_days_least": "9", "review_days_most": "3"}
    page = sam.post(terms_page(), wrong).content.decode()
    assert "terms.review_days" in page
    assert 'value="2099-03-15"' in page
    assert Terms.objects.filter(starts_on__year=2099).count() == 0
    assert AuditEntry.objects.count() == entries


def test_a_form_error_stands_at_its_field_with_its_code(world: World) -> None:
    page = signed_in(world.sam).post(terms_page(), {**FORM, "caa_identities": "no domain"})
    assert "terms.caa" in page.content.decode()
    assert Terms.objects.filter(starts_on__year=2099).count() == 0


def test_unknown_rows_are_nothing(world: World) -> None:
    sam = signed_in(world.sam)
    for pk in ("999999", "x", "1/../2"):
        assert sam.get(f"/admin/certificates/product/{pk}/terms/").status_code == 404


def test_buttons_stand_only_where_the_person_may(world: World) -> None:
    changed = reverse("admin:certificates_product_changelist")
    assert "New terms…" in shown(signed_in(world.sam), changed)
    for team in (Team.SUPPORT, Team.AUDITOR):
        other = signed_in(world.staff(team.value.lower(), team))
        assert "New terms…" not in shown(other, changed)
        assert other.get(terms_page()).status_code == 403
        assert other.post(terms_page(), FORM).status_code == 403
    assert Terms.objects.filter(starts_on__year=2099).count() == 0


def test_a_customer_finds_nothing_and_a_stranger_the_one_door(world: World) -> None:
    for address in ("/admin/", terms_page()):
        for method in ("get", "post"):
            customer = signed_in(world.alice)
            assert getattr(customer, method)(address, follow=True).status_code == 404
            answer = getattr(Client(), method)(address, follow=True)
            assert answer.redirect_chain[-1][0].startswith("/sign-in/")
    assert Terms.objects.filter(starts_on__year=2099).count() == 0


def test_no_column_can_be_guessed_by_a_filter(world: World) -> None:
    """A filter on a hidden column would tell the hash of a password letter by letter."""
    sam = signed_in(world.sam)
    for query in (
        "accounts/user/?password__startswith=m",
        "accounts/user/?memberships__user__password__startswith=m",
        "accounts/invitation/?nonce__startswith=a",
        "certificates/application/?key__nonce__gt=0",
        "certificates/certificate/?lease_token=a",
    ):
        assert sam.get(f"/admin/{query}").status_code == 400, query
    for query in ("accounts/user/?is_staff__exact=1", "certificates/certificate/?work=all"):
        assert sam.get(f"/admin/{query}").status_code == 200, query


def test_passwords_change_where_everybody_changes_them(world: World) -> None:
    answer = signed_in(world.sam).get("/admin/password_change/")
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_change_password"))


@pytest.mark.parametrize("theme", ["", "light", "dark"])
def test_the_theme_of_the_person_holds_here_too(world: World, theme: str) -> None:
    User.objects.filter(pk=world.sam.pk).update(theme=theme)
    page = shown(signed_in(world.sam), "/admin/")
    assert ("theme-dark" in page, "theme-light" in page) == (theme == "dark", theme == "light")
