"""Words count as whole labels or parts between hyphens; the list is kept by CA operators."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.audit import AuditEntry
from certificates.catalogue import Type
from certificates.obstacles import Obstacle, Refused
from certificates.orders import submit
from certificates.sensitive_words import (
    NOT_IN_SUFFIX,
    SEED,
    SensitiveWord,
    keep_word,
    load_words,
    withdraw_word,
    words_in,
)
from tests.cast import World

HELD = {word: word not in NOT_IN_SUFFIX for word in SEED}
LETTERS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
PARTS = LETTERS.filter(lambda part: part not in HELD)


def test_the_seed_leaves_reserved_names_out() -> None:
    assert {"example", "test"} & set(SEED) == set()


@given(word=st.sampled_from(SEED), before=PARTS, after=PARTS)
def test_a_whole_label_or_a_part_between_hyphens_is_found(
    word: str, before: str, after: str
) -> None:
    for label in (word, f"{word}-{after}", f"{before}-{word}", f"{before}-{word}-{after}"):
        for name in (f"{label}.zz", f"x.{label}.zz", f"{label}.y.zz", f"*.{label}.zz"):
            assert words_in(name, HELD) == [word]


@given(word=st.sampled_from(SEED), before=PARTS, after=PARTS)
def test_a_piece_of_a_longer_word_is_not(word: str, before: str, after: str) -> None:
    for part in (before + word, word + after, before + word + after):
        if part not in HELD:
            assert words_in(f"x-{part}.zz", HELD) == []


@given(labels=st.lists(PARTS, min_size=2, max_size=4))
def test_a_name_of_other_words_is_free(labels: list[str]) -> None:
    assert words_in(".".join(labels), HELD) == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("shop.live", []),
        ("live.shop", ["live"]),
        ("shop.pw", ["pw"]),
        ("www.gov.uk", ["gov"]),
        ("embankment.com", []),
        ("xn--bank-0ra.com", []),  # bankö is one longer word, however it is written
        ("my-apple-visa.com", ["apple", "visa"]),
    ],
)
def test_as_people_write_them(name: str, found: list[str]) -> None:
    assert words_in(name, HELD) == found


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [each.code for each in refused.value.obstacles]


def apply_for(world: World, domain: str, kind: str = Type.DV_SSL_CERT) -> list[Obstacle]:
    try:
        submit(
            certificate=world.bought(world.product("GEOTRUST", kind)),
            wish=world.wish(domain),
            actor=world.alice,
            now=world.now,
            network=world.network,
        )
    except Refused as refused:
        return list(refused.obstacles)
    return []


@pytest.mark.django_db
def test_it_refuses_dv_alone(world: World) -> None:
    (refused,) = apply_for(world, "my-bank.example.com")
    assert refused.code == "domain.sensitive_word"
    for told in ("my-bank.example.com", "“bank”", "another domain", "OV or EV"):
        assert told in refused.message
    assert apply_for(world, "my-bank.example.com", Type.OV_SSL_CERT) == []


@pytest.mark.django_db
def test_a_word_is_added_for_one_brand_and_withdrawn(world: World) -> None:
    row = SensitiveWord(word=" Casino ", brand="GEOTRUST")
    keep_word(row, actor=world.sam, now=world.now)
    assert (row.word, row.added_at) == ("casino", world.now)
    assert [each.code for each in apply_for(world, "casino.org")] == ["domain.sensitive_word"]
    with pytest.raises(Refused) as twice:
        keep_word(SensitiveWord(word="casino", brand="GEOTRUST"), actor=world.sam, now=world.now)
    assert codes(twice) == ["word.twice"]
    withdraw_word(row, actor=world.sam, now=world.now)
    assert apply_for(world, "casino.org") == []
    with pytest.raises(Refused) as gone:
        withdraw_word(row, actor=world.sam, now=world.now)
    assert codes(gone) == ["word.gone"]
    actions = AuditEntry.objects.filter(action__startswith="word.").values_list("action", flat=True)
    assert list(actions) == ["word.added", "word.withdrawn"]


@pytest.mark.django_db
def test_what_is_issued_is_reissued_though_a_word_was_added_later(world: World) -> None:
    issued = world.issued("casino.example.com")
    keep_word(SensitiveWord(word="casino"), actor=world.sam, now=world.now)
    world.reissue(issued)
    assert world.fresh(issued).status == "REISSUING"


@pytest.mark.django_db
def test_a_withdrawn_word_of_the_seed_does_not_come_back(world: World) -> None:
    withdraw_word(SensitiveWord.objects.get(word="bank"), actor=world.sam, now=world.now)
    assert load_words() == 0
    assert apply_for(world, "my-bank.example.com") == []


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["", "a.b", "two words", "a-b", "*", "x" * 64])
def test_one_word_at_a_time(world: World, word: str) -> None:
    with pytest.raises(Refused) as refused:
        keep_word(SensitiveWord(word=word), actor=world.sam, now=world.now)
    assert codes(refused) == ["word.form"]


@pytest.mark.django_db
def test_only_a_ca_operator_keeps_the_list(world: World) -> None:
    for person in (world.alice, world.staff("una")):
        with pytest.raises(Refused) as refused:
            keep_word(SensitiveWord(word="casino"), actor=person, now=world.now)
        assert codes(refused) == ["word.forbidden"]


@pytest.mark.django_db
def test_the_list_in_the_administration(world: World, client: Client) -> None:
    client.force_login(world.sam)
    at = "/admin/certificates/sensitiveword/"
    assert "bank" in client.get(at).content.decode()
    answer = client.post(f"{at}add/", {"word": "bank", "brand": "", "in_suffix": "on"})
    assert "word.twice" in answer.content.decode()
    answer = client.post(f"{at}add/", {"word": "Casino", "brand": "", "in_suffix": "on"})
    assert answer.status_code == 302
    row = SensitiveWord.objects.get(word="casino")
    assert "Withdraw the word" in client.get(f"{at}{row.pk}/withdraw/").content.decode()
    assert client.post(f"{at}{row.pk}/withdraw/").status_code == 302
    row.refresh_from_db()
    assert not row.is_active
    assert client.post(f"{at}{row.pk}/delete/", {"post": "yes"}).status_code == 403
