"""The shop and the orders as people meet them in the browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.models import Membership, Project, Role
from certificates.catalogue import DomainType, Product, Type
from certificates.help import topic_path
from certificates.order_pages import ROWS
from certificates.purchases import Invoice, Purchase, State
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.browsing import page_of, shown
from tests.certificates.test_every_page import faults
from tests.certificates.trading import assert_sound, fresh, give_back, ordered, paid, transferred

pytestmark = pytest.mark.django_db
FORM = {"quantity": "1", "years": "1", "name": "", "tags": "", "token": "a", "order": "1"}


def page(product: Product) -> str:
    return f"/products/{product.pk}/"


def post(client: Client, product: Product, **changes: str) -> Any:
    return client.post(page(product), {**FORM, **changes})


def several(world: World) -> Product:
    return world.product("GLOBALSIGN", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)


def free(world: World) -> Product:
    return world.product("SYMANTEC", Type.DV_SSL_CERT_BASIC, is_free=True)


def test_the_shop_tells_what_is_checked_how_long_and_for_how_much(
    world: World, alice: Client
) -> None:
    text = shown(alice, "/products/")
    assert faults(text) == []
    assert "RapidSSL DV" in text
    assert "EUR\u00a049.00" in text
    assert "3 to 5 working days" in text
    assert "GeoTrust DV" not in text
    assert text.count('class="btn btn-plain"') >= Product.objects.count()


def test_the_shop_is_filtered(world: World, alice: Client) -> None:
    text = shown(alice, "/products/?brand=VTRUS&type=DV_SSL_CERT")
    assert set(re.findall(r'class="name" href="/products/(\d+)/"', text)) == {
        str(world.product("VTRUS", domain_type=kind).pk)
        for kind in (DomainType.SINGLE_DOMAIN, DomainType.WILDCARD)
    }
    assert "Nothing fits" in shown(alice, "/products/?brand=GLOBALSIGN&type=DV_SSL_CERT")


def test_the_shop_asks_the_database_the_same_whatever_it_sells(world: World, alice: Client) -> None:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        shown(alice, "/products/?brand=VTRUS")
    few = len(seen)
    with CaptureQueriesContext(connection) as seen:
        shown(alice, "/products/")
    assert len(seen) == few


def test_an_order_is_placed_paid_and_leads_to_its_certificates(world: World, alice: Client) -> None:
    product = several(world)
    assert faults(shown(alice, page(product))) == []
    answer = post(
        alice,
        product,
        quantity="2",
        years="3",
        singles="3",
        wildcards="1",
        name="shop",
        tags="team=web\nstage = live",
    )
    purchase = Purchase.objects.get()
    assert answer["Location"] == f"/orders/{purchase.pk}/"
    assert (purchase.quantity, purchase.domain_count, purchase.wildcard_count) == (2, 4, 1)
    assert purchase.tags == {"team": "web", "stage": "live"}
    text = shown(alice, f"/orders/{purchase.pk}/")
    assert faults(text) == []
    assert "Pay now (demo)" in text
    paying = alice.post(f"/orders/{purchase.pk}/pay/", follow=True)
    text = paying.content.decode()
    assert "Paid on" in text
    assert faults(text) == []
    for certificate in Certificate.objects.all():
        assert f"/certificates/{certificate.pk}/" in text
        own = page_of(alice, certificate)
        assert "certificate 1 of" in own
        assert purchase.pk in own
        assert faults(own) == []
    assert_sound()


def test_the_same_form_sent_twice_makes_one_order(world: World, alice: Client) -> None:
    both = [post(alice, world.product())["Location"] for _again in range(2)]
    assert both[0] == both[1]
    assert Purchase.objects.count() == 1


def test_without_its_button_the_form_only_counts(world: World, alice: Client) -> None:
    wanted = {**FORM, "quantity": "3", "years": "2"}
    del wanted["order"]
    text = alice.post(page(world.product()), wanted).content.decode()
    assert "EUR\u00a0294.00" in text
    assert not Purchase.objects.exists()


def test_the_form_says_how_many_certificates_serve_each_term(world: World, alice: Client) -> None:
    text = shown(alice, page(world.product()))
    assert "certificates that follow each other" in text
    assert "if the first is issued today" in text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"singles": "1"}, "order.name_count"),
        ({"singles": "0", "wildcards": "4"}, "order.singles"),
        ({"singles": "3", "name": "a b"}, "order.certificate_name"),
        ({"singles": "3", "tags": "a=1\na=2"}, "order.tag_twice"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_typing_is_kept(
    world: World, alice: Client, changes: dict[str, str], code: str
) -> None:
    answer = post(alice, several(world), **{"wildcards": "0", "quantity": "7", **changes})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert code in text
    assert 'value="7"' in text
    assert faults(text) == []
    assert topic_path(code)
    assert not Purchase.objects.exists()


def test_numbers_beyond_the_form_are_refused(world: World, alice: Client) -> None:
    for changes in ({"quantity": "101"}, {"quantity": "x"}, {"years": "4"}, {"years": ""}):
        assert post(alice, world.product(), **changes).status_code == 200
    assert not Purchase.objects.exists()


def test_a_free_test_tells_how_many_are_left(world: World, alice: Client) -> None:
    ordered(world, free(world), years=0)
    text = " ".join(shown(alice, page(free(world))).split())
    assert "has had 1 of its 20" in text
    answer = alice.post(page(free(world)), {"name": "", "tags": "", "token": "b", "order": "1"})
    assert Purchase.objects.get(token="b").state == State.PAID
    assert answer.status_code == 302


def test_who_has_two_projects_chooses(world: World, alice: Client) -> None:
    Membership.objects.create(
        user=world.alice, project=world.other, role=Role.OPERATOR, since=world.now
    )
    assert 'name="project"' in shown(alice, page(world.product()))
    post(alice, world.product(), project=str(world.other.pk))
    assert Purchase.objects.get().project == world.other
    third = Project.objects.create(name="Third", created_at=world.now)
    assert post(alice, world.product(), project=str(third.pk), token="c").status_code == 200
    assert Purchase.objects.count() == 1


def test_who_only_looks_is_told_so(world: World, client: Client) -> None:
    client.force_login(world.victor)
    assert "Your role does not buy" in shown(client, page(world.product()))
    post(client, world.product())
    assert not Purchase.objects.exists()
    purchase = ordered(world)
    text = shown(client, f"/orders/{purchase.pk}/")
    assert "Pay now" not in text
    client.post(f"/orders/{purchase.pk}/pay/")
    client.post(f"/orders/{purchase.pk}/cancel/")
    assert fresh(purchase).is_unpaid


def test_a_bank_transfer_says_where_to_and_with_which_reference(
    world: World, alice: Client, settings: Settings
) -> None:
    settings.PAYMENT, settings.BANK_ACCOUNT = "bank", "Reseal Ltd, GB33 BUKB 2020 1555 5555 55"
    purchase = ordered(world)
    text = shown(alice, f"/orders/{purchase.pk}/")
    assert settings.BANK_ACCOUNT in text
    assert "Pay now" not in text
    transferred(world, purchase, "60.00")
    text = shown(alice, f"/orders/{purchase.pk}/")
    assert "EUR 11.00 will be sent back" in " ".join(text.split())
    assert faults(text) == []


def test_an_order_is_cancelled(world: World, alice: Client) -> None:
    purchase = ordered(world)
    alice.post(f"/orders/{purchase.pk}/cancel/")
    text = shown(alice, f"/orders/{purchase.pk}/")
    assert "Cancelled on" in " ".join(text.split())
    assert "Order again" in text
    told = alice.post(f"/orders/{purchase.pk}/cancel/", follow=True).content.decode()
    assert "only an unpaid one" in told


def test_the_list_of_orders_in_pages(world: World, alice: Client) -> None:
    for _each in range(ROWS + 2):
        ordered(world)
    text = shown(alice, "/orders/")
    assert faults(text) == []
    first = re.findall(r"/orders/(CS\d{13})/", text)
    following = re.search(r"\?after=(CS\d{13})", text)
    assert following is not None
    second = re.findall(r"/orders/(CS\d{13})/", shown(alice, f"/orders/?after={following[1]}"))
    assert (len(first), len(second)) == (ROWS, 2)
    assert set(first) | set(second) == set(Purchase.objects.values_list("pk", flat=True))
    assert re.findall(r"/orders/(CS\d{13})/", shown(alice, "/orders/?after=nothing")) == first


def test_empty_lists_lead_to_the_shop(world: World, alice: Client) -> None:
    assert "No orders yet" in shown(alice, "/orders/")
    text = shown(alice, "/certificates/")
    assert "No certificates yet" in text
    assert 'href="/products/"' in text


def test_an_invoice_stands_alone_and_names_its_order(world: World, alice: Client) -> None:
    purchase = paid(world, quantity=2)
    text = shown(alice, "/invoices/1/")
    assert faults(text) == []
    for told in ("Invoice 1", "Acme", purchase.pk, "EUR\u00a098.00", "css/invoice"):
        assert told in text
    give_back(world, purchase.certificates.order_by("pk")[0])
    text = shown(alice, "/invoices/2/")
    assert "Credit note 2" in text
    assert "EUR\u00a0-49.00" in text


def test_giving_back_asks_first(world: World, alice: Client) -> None:
    certificate = paid(world).certificates.get()
    assert "Unsubscribe…" in page_of(alice, certificate)
    address = f"/certificates/{certificate.pk}/unsubscribe/"
    text = shown(alice, address)
    assert faults(text) == []
    assert "Give it back now" in text
    assert world.fresh(certificate).unsubscribed_at is None
    told = alice.post(address, follow=True).content.decode()
    assert "refunded" in told
    assert Invoice.objects.count() == 2
    text = page_of(alice, certificate)
    assert "Given back" in text
    assert "certificate.unsubscribed" in text
    assert faults(text) == []
    assert "cannot be given back" in shown(alice, address)
    assert_sound()


def test_every_reason_stands_in_the_menu(world: World, alice: Client, issued: Certificate) -> None:
    text = page_of(alice, issued)
    assert "unsubscribe.no_order" in text
    assert "unsubscribe.in_use" in text


def test_what_was_given_back_is_among_the_ended(world: World, alice: Client) -> None:
    first, second = paid(world, quantity=2).certificates.order_by("pk")
    give_back(world, first)
    assert first.pk in shown(alice, "/certificates/?view=ended")
    turn = shown(alice, "/certificates/?view=you")
    assert second.pk in turn
    assert first.pk not in turn
