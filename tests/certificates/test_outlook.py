"""What is ahead, with the calendar's dates: working days, holidays and suspensions counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from authorities.calendar import REAL_DAY, Bulletin, Holiday
from certificates.catalogue import Type
from certificates.outlook import (
    ISSUE_TAKES,
    Ahead,
    Outlook,
    Stage,
    confirm_by,
    of_application,
    of_reissue,
)
from certificates.steps import takes
from tests.cast import World

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def world(settings: Settings) -> World:
    settings.CA_WORKING_DAY = REAL_DAY
    return World(now=MONDAY)


def ahead(world: World, kind: str = Type.OV_SSL_CERT, **facts: bool) -> Outlook:
    asked = {"is_changed": True, "must_prove": False, "is_compromise": False} | facts
    return of_reissue(world.product(kind=kind), now=world.now, **asked)


def test_a_changed_ov_certificate_goes_all_the_way(world: World) -> None:
    outlook = ahead(world)
    assert [(each.stage, each.is_yours) for each in outlook.ahead] == [
        (Stage.MAIL, False),
        (Stage.CONFIRM, True),
        (Stage.PROVE, True),
        (Stage.REVIEW, False),
        (Stage.ISSUE, False),
    ]
    mail, confirm, _prove, review, issue = outlook.ahead
    # One to two working days; then three to five: the weekend of 28 and 29 November between.
    assert (mail.earliest.day, mail.latest.day) == (24, 25)
    assert (confirm.earliest, confirm.latest) == (mail.earliest, mail.latest)
    assert (review.earliest.day, review.latest.day) == (27, 2)
    assert issue.latest == review.latest + ISSUE_TAKES
    assert confirm_by(mail) == mail.latest + timedelta(days=30)


def test_a_new_key_alone_is_issued_once_it_is_confirmed(world: World) -> None:
    outlook = ahead(world, is_changed=False)
    assert [each.stage for each in outlook.ahead] == [Stage.MAIL, Stage.CONFIRM, Stage.ISSUE]
    assert outlook.without_certificate == (ISSUE_TAKES, ISSUE_TAKES)


def test_a_proof_that_is_too_old_is_asked_for_again(world: World) -> None:
    stages = [each.stage for each in ahead(world, is_changed=False, must_prove=True).ahead]
    assert Stage.PROVE in stages
    assert Stage.REVIEW not in stages


def test_dv_has_no_review(world: World) -> None:
    stages = [each.stage for each in ahead(world, Type.DV_SSL_CERT).ahead]
    assert stages == [Stage.MAIL, Stage.CONFIRM, Stage.PROVE, Stage.ISSUE]


def test_a_leaked_key_is_asked_about_at_once(world: World) -> None:
    mail = ahead(world, is_compromise=True).ahead[0]
    assert mail.earliest == mail.latest == world.now


def test_holidays_and_suspensions_are_counted_and_named(world: World) -> None:
    Holiday.objects.create(day=datetime(2026, 11, 24, tzinfo=UTC).date(), name="A holiday")
    pause = Bulletin.objects.create(
        brand="GEOTRUST",
        starts_at=datetime(2026, 11, 26, tzinfo=UTC),
        ends_at=datetime(2026, 11, 28, tzinfo=UTC),
        suspends=True,
        title="No reviews on 26 and 27 November",
    )
    mail, _confirm, _prove, review, _issue = ahead(world).ahead
    assert (mail.earliest.day, mail.latest.day) == (25, 30)
    assert review.closed == (pause,)
    least, most = ahead(world).without_certificate or (timedelta(), timedelta())
    assert least.days == 7
    assert most.days == 7


def test_a_suspension_that_holds_the_issue_alone_is_named_once(world: World) -> None:
    pause = Bulletin.objects.create(
        brand="GEOTRUST",
        starts_at=world.now,
        ends_at=world.now + timedelta(days=5),
        suspends=True,
        title="Nothing is issued",
    )
    certificate = world.submitted("held.example.com")
    world.publish(certificate)
    world.look(certificate)
    application = world.fresh(certificate).open_application
    assert application is not None
    assert application.certificate.status == "ISSUING"
    (issue,) = of_application(application, certificate.product, world.now).ahead
    assert (issue.stage, issue.closed) == (Stage.ISSUE, (pause,))
    assert issue.latest == pause.ends_at + ISSUE_TAKES
    assert takes(issue) == f"suspended until {pause.ends_at:%-d %b %Y}"
    # Where people wait for it too, it is counted with them and not again.
    named = [each for ahead in ahead_of(world) for each in ahead.closed]
    assert named == [pause]


def ahead_of(world: World) -> tuple[Ahead, ...]:
    return ahead(world).ahead


def test_what_is_left_of_an_application_shrinks_as_it_goes_on(world: World) -> None:
    certificate = world.issued(product=world.product(kind=Type.OV_SSL_CERT))
    world.reissue(certificate, domain="new.example.com")
    assert stages_left(world, certificate.pk)[0] == Stage.MAIL
    world.later(days=4)
    assert stages_left(world, certificate.pk)[0] == Stage.CONFIRM


def stages_left(world: World, certificate_id: str) -> list[Stage]:
    from certificates.story import Certificate

    row = Certificate.objects.get(pk=certificate_id)
    application = row.open_application
    assert application is not None
    return [each.stage for each in of_application(application, row.product, world.now).ahead]
