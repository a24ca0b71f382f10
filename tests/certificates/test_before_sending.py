"""The look before anything is sent in: it tells, keeps nobody from submitting, and has a limit."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from authorities.simulated.steps import letter
from certificates import preview
from certificates.applications import Application
from certificates.drafts import Draft
from certificates.rules_ahead import ends_soon, rules_ahead
from certificates.wishes import method_obstacles
from pki import schedule
from tests.cast import World
from tests.certificates.test_proved_before import asked
from tests.certificates.wizarding import ACCEPTED, Walk
from verification import asking, precheck
from verification.dictionary import DictionaryNetwork
from verification.network import CaaAnswer, CaaRecord, DnsStatus

pytestmark = pytest.mark.django_db
NAME = "www.newname.org"
AT = "_dnsauth.newname.org"


class Broken(DictionaryNetwork):
    """The name servers of the domain do not answer."""

    def __init__(self) -> None:
        super().__init__(statuses={AT: DnsStatus.TIMEOUT})


@pytest.fixture
def walk(world: World, alice: Client, settings: Settings) -> Walk:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    return Walk(alice, world.bought(), "apply").to("review")


def test_the_button_looks_again_and_sends_nothing(walk: Walk, settings: Settings) -> None:
    page = walk.page("review")
    assert "newname.org does not exist in the DNS" in page
    settings.WORK_NETWORK = f"{__name__}.Broken"
    answer = walk.client.post(walk.at("review"), {"look": "1"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == walk.at("review")
    page = walk.page("review")
    assert f"No answer for {AT} came in time" in page
    assert "dns.timeout" in page
    assert not Application.objects.exists()
    # It keeps nobody from sending it in.
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    assert walk.post("review", **ACCEPTED).status_code == 302
    assert Application.objects.count() == 1


class Forbidding(DictionaryNetwork):
    """CAA of the domain lets only another authority sign."""

    def __init__(self) -> None:
        super().__init__(caa={"newname.org": [CaaRecord(0, "issue", "other-ca.example")]})


def test_what_would_be_refused_is_not_told_as_harmless(walk: Walk, settings: Settings) -> None:
    harmless, refused = "Nothing here keeps you from submitting.", "This would be refused now."
    page = walk.page("review")
    assert harmless in page
    assert refused not in page
    settings.WORK_NETWORK = f"{__name__}.Forbidding"
    walk.client.post(walk.at("review"), {"look": "1"})
    page = walk.page("review")
    assert "caa.forbids" in page
    assert refused in page
    assert harmless not in page


def test_the_button_has_a_limit(walk: Walk) -> None:
    for _press in range(preview.MOST_PRESSES + 1):
        assert walk.client.post(walk.at("review"), {"look": "1"}).status_code == 302
    kept = Draft.objects.get().steps["extra"]
    assert len(kept["presses"]) == preview.MOST_PRESSES
    page = walk.page("review")
    assert "You asked for ten looks within an hour." in page
    assert 'name="look"' not in walk.get("review").content.decode()
    free = preview.free_at(kept["presses"])
    assert free == datetime.fromisoformat(kept["presses"][0]) + preview.COUNTED_FOR
    assert preview.presses_that_count(kept, free) == kept["presses"][1:]


def test_names_that_no_time_was_left_for_are_not_looked_at_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precheck, "in_time", partial(precheck.in_time, longest=0.3))

    class Hanging(DictionaryNetwork):
        def caa(self, name: str) -> CaaAnswer:
            time.sleep(1)
            return super().caa(name)

    names = [f"www.newname{number}.org" for number in range(6)]
    found = preview.look(names, "DNS", world.bought(), Hanging(), world.now, is_changed=False)
    told = [each["text"] for each in found["seen"] if each["subject"] == "DNS"]
    assert [text.partition(":")[0] for text in told] == names
    assert sum("no answer in 10 seconds" in text for text in told) == precheck.AT_ONCE
    assert sum("not looked at yet" in text for text in told) == 2


def test_whoever_may_not_apply_has_no_look(walk: Walk, world: World) -> None:
    viewer, stranger = Client(), Client()
    viewer.force_login(world.victor)
    stranger.force_login(world.mallory)
    assert stranger.post(walk.at("review"), {"look": "1"}).status_code == 404
    viewer.post(walk.at("review"), {"look": "1"})
    assert not Draft.objects.filter(person=world.victor).exists()


def test_what_was_proved_is_not_looked_for(world: World, alice: Client, settings: Settings) -> None:
    settings.WORK_NETWORK = f"{__name__}.Broken"
    world.issued(NAME)
    page = Walk(alice, world.bought(), "apply").to("review").page("review")
    assert "came in time" not in page
    assert "Proved on" in page


# The dated rules.


def test_the_rules_of_the_next_year_are_told_with_their_day(walk: Walk) -> None:
    ahead = rules_ahead(datetime.now(UTC))
    page = walk.page("review")
    assert all(line in page for line in ahead)
    (told,) = rules_ahead(schedule.day(2026, 11, 29))
    assert told.startswith("From 15 Mar 2027 a certificate runs for at most 100 days")
    assert rules_ahead(schedule.day(2027, 4, 1)) == [
        "From 15 Mar 2028 no authority takes a mail as proof of a domain."
    ]
    (told,) = rules_ahead(schedule.day(2028, 3, 15))
    assert told.startswith("From 15 Mar 2029 a certificate runs for at most 47 days")
    assert told.endswith("used again for 10 days, earlier proofs too.")


def test_mail_is_offered_with_its_end_and_then_no_more(world: World) -> None:
    ends, certificate = schedule.MAIL_METHOD_ENDS, world.bought()
    assert ends_soon("EMAIL", schedule.day(2027, 3, 1)) == ""
    assert "Until 15 Mar 2028" in ends_soon("EMAIL", schedule.day(2027, 4, 1))
    assert ends_soon("DNS", schedule.day(2027, 4, 1)) == ""
    assert method_obstacles("EMAIL", "", certificate, [NAME], schedule.day(2028, 3, 14)) == []
    (refused,) = method_obstacles("EMAIL", "", certificate, [NAME], ends)
    assert (refused.code, refused.about) == ("method.ended", "method")
    assert refused.message.startswith("Since 15 Mar 2028 no authority takes a mail as proof.")


def test_a_mail_that_nobody_answered_by_then_is_told_and_another_way_is_open(db: None) -> None:
    world = World(now=schedule.day(2028, 3, 1))
    certificate = world.submitted(NAME, method="EMAIL")
    asked_for = world.fresh(certificate).applications.get().proof
    assert asked_for is not None
    challenge = asked_for.challenges.get()
    assert challenge.answer is not None
    assert challenge.answer.expires_at == schedule.MAIL_METHOD_ENDS
    world.live(schedule.day(2028, 3, 16))
    challenge.refresh_from_db()
    assert (challenge.status, challenge.problem_code) == ("OPEN", "method.ended")
    assert "Since 15 Mar 2028" in challenge.problem_message
    assert world.fresh(certificate).status == "CHECKING_DOMAIN"


def test_what_would_be_asked_by_mail_after_the_end_is_asked_by_dns(db: None) -> None:
    world = World(now=schedule.day(2028, 3, 13))
    certificate = world.submitted(NAME, method="EMAIL")
    order = world.order(certificate)
    request = order.request()
    proof = asking.demand(
        project_id=request.customer,
        domains=request.names,
        method=request.method,
        mailbox=request.mailbox,
        letter=letter(request),
        now=schedule.day(2028, 3, 20),
    )
    assert {each.method for each in proof.challenges.all()} == {"DNS"}
    assert asked(world, certificate) == [NAME]
