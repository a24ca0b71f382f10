"""`buy` and `list_products`: exit codes, streams, and the same verbs as everybody's."""

from __future__ import annotations

import json

import pytest

from certificates.catalogue import Product
from certificates.purchases import Purchase, State
from tests.cast import World
from tests.certificates.test_commands import run
from tests.certificates.trading import assert_sound

pytestmark = pytest.mark.django_db
DV = "GEOTRUST/DV_SSL_CERT/SINGLE_DOMAIN"
MULTI = "globalsign/ov_ssl_cert/multi_domain"


def test_an_order_is_bought_and_paid(world: World) -> None:
    said = run(
        "buy",
        "--product",
        MULTI,
        "--quantity=2",
        "--years=2",
        "--names=4",
        "--wildcards=1",
        "--tag=team=web",
        "--as=alice@acme.example",
        "--paid",
        "--json",
    )
    told = json.loads(said.out)
    purchase = Purchase.objects.get()
    assert (said.code, told["order"], told["state"]) == (0, purchase.pk, "PAID")
    assert set(told["certificates"]) == {each.pk for each in purchase.certificates.all()}
    assert (purchase.domain_count, purchase.wildcard_count) == (4, 1)
    assert purchase.tags == {"team": "web"}
    assert_sound()


def test_without_paid_it_waits_for_its_money(world: World) -> None:
    said = run("buy", "--product", DV, "--as=alice@acme.example")
    assert (said.code, Purchase.objects.get().state) == (0, State.UNPAID)
    assert "Waiting for payment  EUR 49.00" in said.out


def test_a_free_test_and_a_product_by_its_number(world: World) -> None:
    product = Product.objects.get(is_free=True)
    for wanted in ("SYMANTEC/DV_SSL_CERT_BASIC/SINGLE_DOMAIN/FREE", str(product.pk)):
        assert run("buy", "--product", wanted, "--as=alice@acme.example").code == 0
    assert {each.product for each in Purchase.objects.all()} == {product}


ALICE = "--as=alice@acme.example"


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["--product=NOBODY/X/Y", ALICE], ["product.not_found"]),
        (["--product=999999", ALICE], ["product.not_found"]),
        ([f"--product={DV}", "--as=nobody@acme.example"], ["actor.not_found"]),
        ([f"--product={DV}", "--as=victor@acme.example"], ["buy.forbidden"]),
        ([f"--product={DV}", "--as=sam@reseal.example"], ["project.which"]),
        (
            [f"--product={DV}", ALICE, "--project=Nowhere"],
            ["project.not_found"],
        ),
        ([f"--product={DV}", ALICE, "--project=Other"], ["buy.forbidden"]),
        (
            [f"--product={DV}", ALICE, "--quantity=0", "--years=9"],
            ["order.quantity", "order.years"],
        ),
    ],
)
def test_refusals_have_exit_2_and_one_line_each(
    world: World, words: list[str], codes: list[str]
) -> None:
    said = run("buy", *words)
    assert (said.code, said.codes) == (2, codes)
    assert not Purchase.objects.exists()


def test_the_products_are_listed(world: World) -> None:
    told = json.loads(run("list_products", "--json").out)
    assert told["currency"] == "EUR"
    assert len(told["products"]) == Product.objects.count()
    row = next(each for each in told["products"] if each["key"] == DV)
    assert (row["name"], row["price"], row["names"]) == ("RapidSSL DV", "49.00", [1, 1])
    text = run("list_products").out
    assert len(text.splitlines()) == Product.objects.count()
    for each in told["products"]:
        assert each["key"] in text
