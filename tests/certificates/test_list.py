"""The list: what a reader finds in it, in which order, page by page, and what each row says."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Project, Role
from certificates import badges, listing
from certificates.catalogue import DomainType, Type
from certificates.lifecycle import Status
from certificates.listing import ROWS, SORTS, TURNS, VIEWS, Wanted
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.listed import LIST, Seen, in_status, look
from tests.certificates.test_every_page import faults

pytestmark = pytest.mark.django_db


# Views and their counts.


def test_each_view_counts_and_shows_what_its_name_says(world: World, alice: Client) -> None:
    paid = world.bought()
    proving = world.submitted("proving.example.com")
    issued = world.issued("issued.example.com")
    failed = in_status(world, Status.UNPASSED)
    revoked = in_status(world, Status.REVOKED)
    planned = world.issued("planned.example.com")
    world.reissue(planned)
    everything = {each.pk for each in (paid, proving, issued, failed, revoked, planned)}
    expected = {
        "all": everything,
        "you": {paid.pk, proving.pk},
        "ca": {planned.pk},
        "issued": {issued.pk},
        "problems": {failed.pk},
        "ended": {revoked.pk},
        "expiring": set(),
    }
    for view, ids in expected.items():
        seen = look(alice, view=view)
        assert set(seen.ids) == ids, view
        assert seen.counts == {name: len(rows) for name, rows in expected.items()}


def test_a_reissue_is_your_turn_once_the_mail_has_left(world: World, alice: Client) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    assert look(alice, view="ca").ids == [certificate.pk]
    world.later(minutes=2)
    seen = look(alice, view="you")
    assert seen.ids == [certificate.pk]
    assert seen.counts["ca"] == 0


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("asked", [False, True])
def test_the_list_counts_each_status_where_its_badge_puts_it(
    world: World, status: str, asked: bool
) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    certificate.applications.filter(ended_at=None).update(asked_at=world.now if asked else None)
    Certificate.objects.filter(pk=certificate.pk).update(status=status)
    row = world.fresh(certificate)
    page = listing.listing(Certificate.objects.all(), Wanted(), world.now)
    badge = badges.badge(row, row.open_application)
    (view,) = [view.key for view in VIEWS.values() if view.tone == badge.tone]
    assert page.counts[view] == 1
    assert TURNS[page.rows[0].turn] == badge.tone  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("days", "expires"), [(31, False), (30, True), (1, True), (0.5, True), (-1, False)]
)
def test_expiring_is_what_is_in_force_and_ends_within_30_days(
    world: World, alice: Client, days: float, expires: bool
) -> None:
    certificate = world.issued()
    ends = world.now + timedelta(days=days, minutes=-5)
    certificate.versions.update(not_after=ends)
    assert look(alice).counts["expiring"] == expires
    certificate.versions.update(revoked_at=world.now)
    assert look(alice).counts["expiring"] == 0


def test_a_cancelled_original_leaves_no_valid_version(world: World, alice: Client) -> None:
    from authorities.simulated.desk import answer_question
    from verification.answers import Decision

    certificate = world.issued()
    world.reissue(certificate, domain="new.example.com")
    world.later(minutes=2)
    answer_question(world.order(certificate).pk, Decision.CONFIRM, actor=world.alice, now=world.now)
    world.work()
    seen = look(alice, view="you")
    assert f"No valid version Cancelled {world.now:%-d %b %Y}" in seen.row(certificate)
    assert "Your turn: publish 1 DNS record" in seen.row(certificate)


# Filters.


def test_filters_narrow_rows_and_counts_together(world: World, alice: Client) -> None:
    dv = world.bought()
    ov = world.bought(world.product("GLOBALSIGN", Type.OV_SSL_CERT, DomainType.WILDCARD))
    for asked in (
        {"brand": "GLOBALSIGN"},
        {"type": "OV_SSL_CERT"},
        {"domain_type": "WILDCARD"},
        {"brand": "GLOBALSIGN", "type": "OV_SSL_CERT", "domain_type": "WILDCARD"},
    ):
        seen = look(alice, **asked)
        assert seen.ids == [ov.pk], asked
        assert seen.counts["all"] == seen.counts["you"] == 1
    assert look(alice, brand="GEOTRUST").ids == [dv.pk]
    assert look(alice, brand="GEOTRUST", type="OV_SSL_CERT").ids == []


def test_the_project_is_kept_by_every_link_of_the_list(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ROWS", 1)
    staging = Project.objects.create(name="Staging", created_at=world.now)
    world.bought()
    mine = {world.bought().pk, world.bought().pk}
    Membership.objects.create(user=world.alice, project=staging, role=Role.VIEWER, since=world.now)
    Certificate.objects.filter(pk__in=mine).update(project=staging)
    seen = look(alice, project=str(staging.pk))
    assert seen.counts["all"] == 2
    main = seen.page.partition("<main")[2]
    links = re.findall(r'href="/certificates/(\?[^"]*)?"', main)
    assert len(links) == len(VIEWS) + 4 + 1  # views, heads that sort, the next page
    assert all(f"project={staging.pk}" in link for link in links)
    assert re.search(rf'<option value="{staging.pk}"\s+selected>\s*Staging\s*</option>', main)


def test_rows_of_several_projects_say_which(world: World, alice: Client) -> None:
    staging = Project.objects.create(name="Staging", created_at=world.now)
    Membership.objects.create(user=world.alice, project=staging, role=Role.VIEWER, since=world.now)
    certificate = world.bought(owner=world.bob)
    assert "Acme" not in look(alice).row(certificate)
    other = world.bought(owner=world.bob)
    Certificate.objects.filter(pk=other.pk).update(project=staging)
    seen = look(alice)
    assert f"{certificate.pk} · Acme" in seen.row(certificate)
    assert f"{other.pk} · Staging" in seen.row(other)


# Order, and paging by key.


def test_the_default_order_is_whose_turn_it_is(world: World, alice: Client) -> None:
    rows = [
        in_status(world, status)
        for status in (
            Status.EXPIRED,
            Status.ISSUED,
            Status.CHECKING_ORG,
            Status.UNPASSED,
            Status.CHECKING_DOMAIN,
        )
    ]
    assert look(alice).ids == [each.pk for each in reversed(rows)]


def test_names_domains_and_ends_sort_both_ways(world: World, alice: Client) -> None:
    first = world.issued("b.example.com")
    second = world.issued("c.example.com")
    second.versions.update(not_after=world.now + timedelta(days=3))
    unnamed = world.bought()
    Certificate.objects.filter(pk=first.pk).update(name="Zebra")
    Certificate.objects.filter(pk=second.pk).update(name="apple")
    ended = in_status(world, Status.EXPIRED, name="moth", domain="a.example.com")
    assert look(alice, sort="name").ids[:2] == [second.pk, ended.pk]
    assert look(alice, sort="-name").ids[0] == first.pk
    assert look(alice, sort="domain").ids == [ended.pk, first.pk, second.pk, unnamed.pk]
    assert look(alice, sort="-domain").ids == [second.pk, first.pk, ended.pk, unnamed.pk]
    assert look(alice, sort="expiry").ids[:2] == [second.pk, first.pk]
    assert look(alice, sort="-expiry").ids[:2] == [first.pk, second.pk]


def test_every_order_can_be_chosen_where_the_heads_are_not_drawn(alice: Client) -> None:
    (order,) = [each for each in alice.get(LIST).context["choices"] if each.name == "sort"]
    assert {"turn", *dict(order.options)} == set(SORTS)


def walk(client: Client, **asked: str) -> list[str]:
    """Everything in the list, by the links from page to page."""
    address, found = LIST, []
    seen = look(client, **asked)
    for _page in range(20):
        found += seen.ids
        following = re.search(r'rel="next"\s+href="([^"]*)"', seen.page)
        if following is None:
            return found
        address = following[1].replace("&amp;", "&")
        answer = client.get(address)
        seen = Seen([r.certificate.pk for r in answer.context["rows"]], {}, answer.content.decode())
    raise AssertionError("The pages never end.")


@pytest.mark.parametrize("sort", SORTS)
def test_the_pages_hold_everything_once_over_equal_keys(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(listing, "ROWS", 2)
    rows = [world.bought() for _i in range(7)]
    Certificate.objects.filter(pk__in=[each.pk for each in rows[:5]]).update(
        name="same", domain="same.example.com", created_at=world.now
    )
    issued = [world.issued(f"{i}.example.com").pk for i in range(2)]
    found = walk(alice, sort=sort)
    assert sorted(found) == sorted([*(each.pk for each in rows), *issued])
    monkeypatch.setattr(listing, "ROWS", 50)
    assert look(alice, sort=sort).ids == found


def test_a_page_stays_right_while_rows_are_added(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ROWS", 2)
    old = [world.bought().pk for _i in range(4)]
    first = look(alice)
    world.now += timedelta(seconds=1)
    world.bought()
    following = re.search(r'rel="next"\s+href="([^"]*)"', first.page)
    assert following is not None
    second = [row.certificate.pk for row in alice.get(following[1]).context["rows"]]
    assert sorted([*first.ids, *second]) == sorted(old)


def test_a_page_after_which_all_has_gone_leads_back(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ROWS", 2)
    for _i in range(3):
        world.bought()
    following = re.search(r'rel="next"\s+href="([^"]*)"', look(alice).page)
    assert following is not None
    (last,) = alice.get(following[1]).context["rows"]
    Certificate.objects.filter(pk=last.certificate.pk).update(project=world.other)
    page = alice.get(following[1]).content.decode()
    assert "Nothing more here" in page
    assert "To the first page" in page


HOSTILE = ["x", "\x00", "a\x00b", "'; --", "%00", "9" * 10_000, "🐍", "é" * 300, "../", "-"]


@pytest.mark.parametrize("name", ["view", "sort", "after", "brand", "type", "domain_type"])
@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_not_known_falls_back(world: World, alice: Client, name: str, value: str) -> None:
    bought = world.bought()
    assert look(alice, **{name: value}).ids == [bought.pk]


@pytest.mark.parametrize("value", [*HOSTILE, "%", "_", "scs", "*", ":", "00000000", "f" * 64])
def test_any_search_is_answered(world: World, alice: Client, value: str) -> None:
    certificate = world.bought()
    Certificate.objects.filter(pk=certificate.pk).update(name="plain")
    assert alice.get(LIST, {"q": value}).status_code == 200


def test_a_project_of_others_is_no_filter(world: World, alice: Client) -> None:
    bought = world.bought()
    for value in (str(world.other.pk), "0", "9" * 30, "x", "\x00"):
        assert look(alice, project=value).ids == [bought.pk]


def test_a_mark_of_another_order_or_with_another_signature_is_the_start(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ROWS", 1)
    for _i in range(2):
        world.bought()
    page = alice.get(LIST).context["page"]
    assert look(alice, after=page.following).ids != look(alice).ids
    assert look(alice, after=page.following + "x").ids == look(alice).ids
    assert look(alice, after=page.following, sort="name").ids == look(alice, sort="name").ids


# The page as such.


def test_every_state_of_the_list_is_well_made(world: World, alice: Client) -> None:
    assert faults(look(alice).page) == []
    certificate = world.issued()
    Certificate.objects.filter(pk=certificate.pk).update(name="<b>Bold</b>")
    world.bought()
    for asked in ({}, {"view": "you"}, {"view": "problems"}, {"q": "<nowhere>"}, {"sort": "name"}):
        page = look(alice, **asked).page
        assert faults(page) == [], asked
        assert "<b>Bold" not in page
        assert page.count('aria-current="page"') == 2  # the entry of the side, and the view


# Strangers and staff.


def test_a_stranger_sees_nothing_and_counts_of_nothing(world: World, client: Client) -> None:
    certificate = world.issued()
    client.force_login(world.mallory)
    version = certificate.versions.get()
    for asked in ({}, {"q": certificate.pk}, {"q": version.serial}, {"q": "example"}):
        seen = look(client, **asked)
        assert seen.ids == []
        assert set(seen.counts.values()) == {0}
        assert certificate.domain not in seen.page
    elsewhere = look(client, project=str(world.acme.pk))
    assert "Acme" not in elsewhere.page


def test_staff_see_every_project_and_may_reissue_nothing(world: World, client: Client) -> None:
    mine = world.issued()
    other = world.issued("other.example.com", owner=world.mallory)
    client.force_login(world.sam)
    seen = look(client)
    assert set(seen.ids) == {mine.pk, other.pk}
    assert "Your role does not reissue certificates" in seen.row(mine)


def test_nobody_else_reads_it_and_nothing_is_posted(world: World, client: Client) -> None:
    assert client.get(LIST).headers["Location"] == "/sign-in/?next=/certificates/"
    client.force_login(world.alice)
    assert client.post(LIST).status_code == 405


# As many queries for thirty rows as for one.


def queries(client: Client, **asked: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        look(client, **asked)
    return len(caught)


def test_more_rows_do_not_mean_more_queries(world: World) -> None:
    readers = {"alice": Client(), "victor": Client(), "sam": Client()}
    for name, client in readers.items():
        client.force_login(getattr(world, name))
    world.txt.clear()
    one_of_each(world)
    for client in readers.values():
        look(client)
    few = {name: every_count(client) for name, client in readers.items()}
    for number in range(6):
        one_of_each(world, number)
    for name, client in readers.items():
        assert len(look(client).ids) >= 30
        assert every_count(client) == few[name], name


def every_count(client: Client) -> dict[str, int]:
    """How many queries each view, each order and a search take."""
    return {
        **{f"view {view}": queries(client, view=view) for view in VIEWS},
        **{f"sort {sort}": queries(client, sort=sort) for sort in SORTS},
        "search": queries(client, q="example"),
    }


def one_of_each(world: World, number: int = 99) -> None:
    """A row in every view, each with all that a row can have."""
    world.bought()
    world.submitted(f"proving{number}.example.com")
    world.issued(f"issued{number}.example.com")
    soon = world.issued(f"soon{number}.example.com")
    soon.versions.update(not_after=world.now + timedelta(days=9))
    planned = world.issued(f"planned{number}.example.com")
    world.reissue(planned)
    in_status(world, Status.UNPASSED)
    in_status(world, Status.EXPIRED)
    reviewing = world.submitted(f"org{number}.example.com", world.product(kind=Type.OV_SSL_CERT))
    world.publish(reviewing)
    world.look(reviewing)


def test_the_counts_are_one_query(world: World) -> None:
    world.bought()
    with CaptureQueriesContext(connection) as caught:
        listing.listing(Certificate.objects.all(), Wanted(), world.now)
    assert len(caught) == 2  # the counts and the rows
    assert not [query for query in caught if "OFFSET" in query["sql"]]


def test_the_page_holds_fifty(world: World, alice: Client) -> None:
    assert ROWS == 50
