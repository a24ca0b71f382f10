"""Issuing CAs, announcements and issued certificates in the administration."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.models import User
from authorities.calendar import Bulletin, Holiday
from authorities.calendar_admin import BulletinForm, HolidayForm
from authorities.hierarchy import Authority, Crl
from tests.authorities.conftest import NOW, issue
from tests.certificates.browsing import shown
from work.loop import run_due

pytestmark = pytest.mark.django_db

CAS = "/admin/authorities/authority/"
BULLETINS = "/admin/authorities/bulletin/"
HOLIDAYS = "/admin/authorities/holiday/"
ISSUED = "/admin/authorities/issuedcertificate/"


def staff(name: str, team: Team) -> Client:
    user = User.objects.create_user(f"{name}@reseal.example", is_staff=True)
    user.groups.set(Group.objects.filter(name=team))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sam(db: None) -> Client:
    return staff("sam", Team.CA_OPERATOR)


@pytest.fixture
def sue(db: None) -> Client:
    return staff("sue", Team.SUPPORT)


# Issuing CAs


def test_the_chain_the_list_and_the_responder_are_told(
    geotrust: dict[str, Authority], sam: Client
) -> None:
    text = shown(sam, CAS)
    assert "geotrust-root → geotrust-dv" in text
    assert "EC P-" in text
    assert 'href="/pki/geotrust-dv.crl"' in text
    assert 'href="/pki/geotrust-dv.crt"' in text
    one = shown(sam, f"{CAS}{geotrust['DV'].pk}/change/")
    assert "geotrust-root → geotrust-dv" in one
    for secret in ("kek", "wrapped", "ciphertext"):
        assert secret not in one


def test_a_list_that_is_over_is_a_problem_now(geotrust: dict[str, Authority], sam: Client) -> None:
    assert "Over, " not in shown(sam, CAS)
    Crl.objects.filter(authority=geotrust["DV"]).update(
        this_update=NOW - timedelta(days=11), next_update=NOW - timedelta(days=1)
    )
    assert "Over, 264 h old" in shown(sam, CAS)


def test_publish_now_asks_a_worker(geotrust: dict[str, Authority], sam: Client) -> None:
    authority = geotrust["DV"]
    Authority.objects.update(due_at=NOW + timedelta(days=1))
    Crl.objects.update(this_update=NOW - timedelta(hours=2))
    address = f"{CAS}{authority.pk}/publish/"
    assert f'href="{address}"' in shown(sam, CAS)
    answer = sam.post(address, follow=True)
    assert "a worker publishes a new list within seconds" in answer.content.decode()
    assert authority.crls.count() == 1
    run_due(datetime.now(UTC), None, [Authority])
    assert authority.crls.count() == 2
    assert Crl.objects.count() == 5
    assert AuditEntry.objects.filter(action="crl.publish").count() == 1


def test_support_publishes_nothing(geotrust: dict[str, Authority], sue: Client) -> None:
    Authority.objects.update(due_at=NOW + timedelta(days=1))
    address = f"{CAS}{geotrust['DV'].pk}/publish/"
    assert f'href="{address}"' not in shown(sue, CAS)
    assert [sue.get(address).status_code, sue.post(address).status_code] == [403, 403]
    assert not Authority.objects.exclude(due_at=NOW + timedelta(days=1)).exists()


def test_all_authorities_take_as_many_queries_as_one(
    geotrust: dict[str, Authority], sam: Client
) -> None:
    shown(sam, CAS)
    with CaptureQueriesContext(connection) as one:
        shown(sam, f"{CAS}?q=geotrust-dv")
    with CaptureQueriesContext(connection) as all_of_them:
        shown(sam, f"{CAS}?q=geotrust")
    assert len(all_of_them) == len(one)


@pytest.mark.parametrize("words", ["serial", "shop.example"])
def test_an_issued_certificate_is_found_and_only_read(
    geotrust: dict[str, Authority], sam: Client, words: str
) -> None:
    issued = issue()
    asked = issued.serial if words == "serial" else words
    assert issued.serial in shown(sam, f"{ISSUED}?q={asked}")
    assert issued.serial not in shown(sam, f"{ISSUED}?q=elsewhere.example")
    address = f"{ISSUED}{issued.pk}/change/"
    assert issued.spki_sha256 in shown(sam, address)
    assert sam.post(address, {"reason": "keyCompromise"}).status_code == 403


# Bulletins and holidays


def spelled(at: datetime, name: str) -> dict[str, str]:
    return {name: f"{at:%Y-%m-%dT%H:%M:%S}"}


def bulletin(start: datetime, end: datetime, **more: str) -> dict[str, str]:
    told = {
        "brand": "GEOTRUST",
        "title": "Closed",
        "text": "",
        "suspends": "on",
        "severity": "WARNING",
    }
    return {**told, **spelled(start, "starts_at"), **spelled(end, "ends_at"), **more}


def test_a_bulletin_is_announced_changed_and_never_deleted(sam: Client) -> None:
    day = timedelta(days=1)
    sam.post(BULLETINS + "add/", bulletin(NOW - day, NOW + 3 * day))
    kept = Bulletin.objects.get()
    assert (kept.brand, kept.starts_at, kept.ends_at) == ("GEOTRUST", NOW - day, NOW + 3 * day)
    assert "Now" in shown(sam, BULLETINS)
    answer = sam.post(
        f"{BULLETINS}{kept.pk}/change/", bulletin(NOW - day, NOW - timedelta(hours=1))
    )
    assert answer.status_code == 302
    kept.refresh_from_db()
    assert kept.ends_at == NOW - timedelta(hours=1)
    assert "Past" in shown(sam, BULLETINS)
    assert sam.post(f"{BULLETINS}{kept.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Bulletin.objects.count() == 1
    actions = AuditEntry.objects.exclude(action="sign_in").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["bulletin.add", "bulletin.change"]


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (1, 1, "bulletin.ends_before_start"),
        (2, 1, "bulletin.ends_before_start"),
        (-3, -2, "bulletin.past"),
    ],
)
def test_a_bulletin_that_cannot_hold_is_refused_at_its_field(
    sam: Client, start: int, end: int, code: str
) -> None:
    given = bulletin(NOW + timedelta(days=start), NOW + timedelta(days=end))
    text = sam.post(BULLETINS + "add/", given).content.decode()
    assert code in text
    assert Bulletin.objects.count() == 0


def test_what_is_over_stays_as_it_was(sam: Client) -> None:
    past = Bulletin.objects.create(
        brand="CFCA", starts_at=NOW - timedelta(days=5), ends_at=NOW - timedelta(days=3), title="x"
    )
    given = bulletin(NOW - timedelta(days=5), NOW + timedelta(days=3))
    text = sam.post(f"{BULLETINS}{past.pk}/change/", given).content.decode()
    assert "bulletin.over" in text
    past.refresh_from_db()
    assert past.ends_at == NOW - timedelta(days=3)


def test_a_holiday_lies_ahead(sam: Client) -> None:
    sam.post(HOLIDAYS + "add/", {"day": "2199-12-25", "name": "Christmas"})
    assert Holiday.objects.get().day == date(2199, 12, 25)
    text = sam.post(HOLIDAYS + "add/", {"day": "2020-12-25", "name": "Gone"}).content.decode()
    assert "holiday.past" in text
    assert Holiday.objects.count() == 1
    assert "Future" in shown(sam, HOLIDAYS)


@pytest.mark.parametrize("place", [BULLETINS, HOLIDAYS])
def test_support_reads_announcements_and_makes_none(sue: Client, place: str) -> None:
    shown(sue, place)
    given = {**bulletin(NOW, NOW + timedelta(days=1)), "day": "2199-12-25", "name": "x"}
    assert sue.post(place + "add/", given).status_code == 403
    assert (Bulletin.objects.count(), Holiday.objects.count()) == (0, 0)


def test_the_forms_say_what_is_wrong_by_code(db: None) -> None:
    given: dict[str, Any] = bulletin(NOW + timedelta(days=2), NOW + timedelta(days=1))
    wrong = BulletinForm(given).errors.as_data()
    assert [error.code for error in wrong["ends_at"]] == ["bulletin.ends_before_start"]
    late = HolidayForm({"day": "2020-01-01", "name": "x"}).errors.as_data()
    assert [error.code for error in late["day"]] == ["holiday.past"]
