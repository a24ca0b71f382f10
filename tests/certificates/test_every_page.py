"""Every page: what a browser, a keyboard and a screen reader need; pages for what went wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.demo.people import CAST, PASSWORD, make_people
from certificates.lifecycle import Status
from certificates.proving import challenges_of
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.browsing import page_of, shown
from verification import asked_looks

pytestmark = pytest.mark.django_db


class Reader(HTMLParser):
    """Collects what is wrong with a page as such."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.controls: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in {"script", "style"} and "src" not in told:
            self.wrong.append(f"inline {tag}")
        self.wrong += [f"{tag} {name}" for name in told if name == "style" or name[:2] == "on"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if told.get("id"):
            self.ids.append(str(told["id"]))
        if tag == "label":
            self.labels.add(str(told.get("for")))
        if tag in {"input", "select", "textarea"} and told.get("type") != "hidden":
            self.controls.append(told)
        if tag == "section" and told.get("aria-labelledby"):
            self.labels.add("section")

    def judge(self) -> list[str]:
        if self.headings[:1] != [1] or self.headings.count(1) != 1:
            self.wrong.append(f"headings {self.headings}")
        steps = zip(self.headings, self.headings[1:], strict=False)
        self.wrong += [f"h{a} then h{b}" for a, b in steps if b > a + 1]
        if len(set(self.ids)) != len(self.ids):
            self.wrong.append("an id twice")
        for control in self.controls:
            if str(control.get("id")) not in self.labels and not control.get("aria-label"):
                self.wrong.append(f"{control} without a label")
        return self.wrong


def faults(page: str) -> list[str]:
    reader = Reader()
    reader.feed(page)
    found = reader.judge()
    if re.search(r"\d{4}-\d\d-\d\dT\d\d", re.sub(r'datetime="[^"]*"', "", page)):
        found.append("a machine's date")
    if re.search(r"\bNone\b|\bTrue\b|\bFalse\b|\{\{|\{%", page):
        found.append("a program's word")
    return found


def test_every_page_is_well_made(world: World, client: Client) -> None:
    stale = Client()
    stale.force_login(world.alice)
    session = stale.session
    session["password_given_at"] = 0
    session.save()
    certificates = [
        world.bought(),
        world.issued(),
        world.submitted("a.example.com"),
        world.submitted("b.example.com", method="FILE"),
        world.submitted("c.example.com", method="EMAIL"),
    ]
    world.reissue(certificates[1])
    world.later(minutes=2)
    pages = {"/sign-in/": client} | {f"/certificates/{each.pk}/": stale for each in certificates}
    pages |= dict.fromkeys(("/certificates/", "/demo/dns/", "/demo/web/", "/demo/inbox/"), stale)
    # One name that cannot be given up at the moment, one that can, and a page that rests on it.
    world.issued("d.example.org")
    rests = world.issued("pay.d.example.org")
    for address in ("domains/shop.example.com/release", "domains/d.example.org/release"):
        pages[f"/{address}/"] = stale
    pages[f"/certificates/{rests.pk}/"] = stale
    confirm, prove = (
        world.order(certificates[1]).answer,
        challenges_of(world.fresh(certificates[4]).last_application)[0].answer,
    )
    assert confirm is not None
    assert prove is not None
    pages |= {f"/ca/confirm/{confirm.token()}/": client, f"/ca/prove/{prove.token()}/": client}
    # Somebody asked for a look that was not made yet.
    asked = challenges_of(world.fresh(certificates[2]).last_application)
    asked_looks.note(asked, "alice@acme.example", world.now)
    for address, reader in pages.items():
        assert faults(shown(reader, address)) == [], address
    assert 'id="looking"' in page_of(stale, certificates[2])
    assert faults(shown(client, "/nowhere/", 404)) == []
    assert faults(shown(stale, "/certificates/scs0000000000000/", 404)) == []


def test_the_browser_is_told_to_run_nothing_that_is_not_ours(client: Client) -> None:
    policy = client.get("/sign-in/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_what_people_typed_is_shown_as_text(world: World, alice: Client) -> None:
    bought = world.bought()
    hostile = "<script>alert(1)</script>"
    Certificate.objects.filter(pk=bought.pk).update(
        name=hostile, failure_code="x", failure_message=hostile, status=Status.UNPASSED
    )
    for page in (page_of(alice, bought), shown(alice, "/certificates/")):
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


def test_a_form_of_another_site_gets_a_page_that_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/")
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Nothing was done" in page
    assert faults(page) == []


def test_a_mistake_of_ours_gets_a_page_of_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Certificate, "tone", None)
    monkeypatch.setattr(Certificate, "open_application", property(lambda row: 1 / 0))
    broken = Client(raise_request_exception=False)
    broken.force_login(world.alice)
    answer = broken.get(f"/certificates/{world.bought().pk}/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "We made a mistake" in page
    assert "ZeroDivisionError" not in page
    assert faults(page) == []


def test_the_demo_shows_its_sign_ins_and_they_work(client: Client) -> None:
    make_people(datetime.now(UTC))
    page = shown(client, "/sign-in/")
    assert PASSWORD in page
    for person in CAST:
        assert person.email in page
        assert client.login(username=person.email, password=PASSWORD)


def test_outside_the_demo_nobody_is_named(client: Client, settings: Settings) -> None:
    settings.ENVIRONMENT = "production"
    page = shown(client, "/sign-in/")
    assert PASSWORD not in page
    assert "@" not in page
