"""The timeline: drawn from Events and from looks that somebody asked for, and from nothing else."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Consent
from authorities.calendar import Bulletin
from certificates.catalogue import Type
from certificates.lifecycle import Status
from certificates.story import Certificate, Event
from certificates.telling import SENTENCES, told
from certificates.timeline import LINES, happened
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.listed import words
from verification.challenges import Attempt

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent


def timeline(page: str) -> str:
    """The words of the timeline alone."""
    found = re.search(r'aria-labelledby="timeline".*?</section>', page, re.DOTALL)
    assert found is not None
    return words(found[0])


def verbs_in_the_code() -> set[str]:
    found = set()
    for file in (ROOT / "certificates").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {
                "turning",
                "tell",
                "_keep",
            }:
                given = node.args[1] if len(node.args) > 1 else None
                if isinstance(given, ast.Constant):
                    found.add(str(given.value))
    return found


def test_every_verb_of_the_code_is_told_and_no_other() -> None:
    assert verbs_in_the_code() == set(SENTENCES) == set(LINES)


def test_every_sentence_names_who_and_ends() -> None:
    for verb, sentence in SENTENCES.items():
        event = Event(verb=verb, actor="GeoTrust")
        assert told(event).startswith("GeoTrust "), sentence
        assert told(event)[-1] in ".?"


def test_every_icon_of_the_timeline_exists() -> None:
    sprite = (ROOT / "static" / "icons.svg").read_text()
    for icon, _tone, _words in LINES.values():
        assert f'id="{icon}"' in sprite


def test_the_story_is_told_newest_first_with_who_and_why(world: World, alice: Client) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    page = timeline(page_of(alice, certificate))
    lines = [
        "Now",
        "Application received",
        "· GeoTrust",
        "Reissue asked for",
        "· alice@acme.example “The information is wrong”, 3 consents stored",
        "Certificate issued",
        "Everything there, certificate in preparation",
        "Proof of the domain asked for",
        "Application received",
        "Applied for",
        "3 consents stored",
        "Certificate bought",
    ]
    at = 0
    for line in lines:
        at = page.index(line, at)


def test_the_timeline_comes_from_events_and_not_from_the_status(
    world: World, alice: Client
) -> None:
    certificate = world.issued()
    before = timeline(page_of(alice, certificate))
    assert "Certificate issued" in before
    Certificate.objects.filter(pk=certificate.pk).update(status=Status.UNPASSED)
    assert timeline(page_of(alice, certificate)) == before
    Event.objects.filter(certificate=certificate, verb="issue")._raw_delete("default")
    assert "Certificate issued" not in timeline(page_of(alice, certificate))


def test_what_is_to_come_stands_above_now_the_furthest_first(world: World, alice: Client) -> None:
    certificate = world.issued(product=world.product(kind=Type.OV_SSL_CERT))
    world.reissue(certificate, domain="www.new.example.com", reason="DOMAIN_CHANGE")
    page = timeline(page_of(alice, certificate))
    at = [
        page.index(line)
        for line in (
            "version 2 is issued GeoTrust",
            "As soon as proved : organization review GeoTrust, 3–5 working days",
            "the domain is proved",
            "the original is cancelled",
            "mail to the contact",
            "Now",
        )
    ]
    assert at == sorted(at)


def test_a_suspension_that_is_counted_in_leads_to_its_bulletin(world: World, alice: Client) -> None:
    bulletin = Bulletin.objects.create(
        brand="GEOTRUST",
        starts_at=world.now,
        ends_at=world.now + timedelta(days=5),
        suspends=True,
        title="Audit",
    )
    certificate = world.submitted(product=world.product(kind=Type.OV_SSL_CERT))
    page = page_of(alice, certificate)
    assert f'href="/bulletins/{bulletin.pk}/"' in page
    days = f"{bulletin.starts_at:%-d %b} – {bulletin.ends_at:%-d %b %Y}"
    assert f"Includes {days}, closed by bulletin Audit" in timeline(page)


def test_nothing_is_to_come_when_nothing_is_open(world: World, alice: Client) -> None:
    page = timeline(page_of(alice, world.issued()))
    assert "Now" not in page
    assert "About" not in page


def test_a_look_that_somebody_asked_for_is_told_when_it_found_a_problem(
    world: World, alice: Client
) -> None:
    certificate = world.submitted()
    assert "does not exist" not in timeline(page_of(alice, certificate)), "nobody asked"
    for _again in range(3):
        world.look(certificate)
    page = timeline(page_of(alice, certificate))
    assert page.count("does not exist in the DNS") == 1, "equal looks in a row are one line"
    assert "dns.nxdomain" in page
    first = happened([], Attempt.objects.filter(code="dns.nxdomain"))[0]
    assert first.tone == "you", "nothing is wrong with what is not published yet"
    world.publish(certificate)
    world.look(certificate)
    assert Attempt.objects.filter(asked_by="alice@acme.example", proved=True).count() == 1
    assert "dns.ok" not in timeline(page_of(alice, certificate))


def test_consents_count_for_the_application_that_they_were_given_for(world: World) -> None:
    certificate = world.submitted()
    Consent.objects.filter(statement="PRIVACY").delete()
    entries = happened(certificate.events.all(), [])
    assert [each.consents for each in entries if each.what == "Applied for"] == [2]
    assert sum(each.consents for each in entries) == 2
