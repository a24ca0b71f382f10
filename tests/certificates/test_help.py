"""Each state and each refusal leads to a short page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from accounts.security_words import WORDS
from certificates.help import SUBJECTS, TOPICS, topic_path
from certificates.lifecycle import Status
from tests.certificates.browsing import shown

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("pki", "accounts", "verification", "authorities", "certificates")
PREFIXES = (
    "reissue|apply|buy|check|contact|authorizer|organization|method|mailbox|domain|csr|dns|file"
    "|mail|proof|caa|ca|order|free|payment|unsubscribe|confirmation|compromise|people|invitation|project|reply"
    "|technical|zone|name|paper|picture|root_hash"
)
CODE = re.compile(rf'"((?:{PREFIXES})\.[a-z0-9_]+)"')
# Names of places where a test kills a worker, of files, and of findings about our own data.
NO_REFUSALS = {
    "ca.committed",
    "ca.message_refused",  # the answer that follows says how the request ended
    "ca.request_over",
    "organization.ended",  # these two are told to staff only
    "organization.no_reason",
    "ca.signed",
    "caa.asked",  # where a test kills a worker
    "ca.crt",
    "invitation.mailed",
    "mail.not_asked",  # told to operators only
    "mail.sent",
    "mail.waiting",  # these two too
    "mail.question_over",
    "order.asleep",
    "order.given_back",
    "order.goods",
    "order.invoice",
    "order.issued",
    "order.kept",
    "order.left_open",
    "order.money",
    "order.not_revoked",
    "order.proof",
    "order.rests_on",
    "project.not_found",  # these two are told to operators only
    "project.which",
    "proof.proved",
}


def codes_in_the_code() -> set[str]:
    return (
        {
            code
            for room in ROOMS
            for path in (ROOT / room).rglob("*.py")
            if "help" not in path.parts
            for code in CODE.findall(path.read_text(encoding="utf-8"))
        }
        - NO_REFUSALS
        - set(WORDS)
    )  # what the security log calls what was done


def test_each_refusal_has_a_page() -> None:
    assert {code for code in codes_in_the_code() if not topic_path(code)} == set()


@pytest.mark.parametrize("status", Status)
def test_each_state_has_a_page(status: Status) -> None:
    assert topic_path(status).startswith("/help/state-")


def test_no_code_leads_to_two_pages() -> None:
    codes = [code for topic in TOPICS.values() for code in topic.codes]
    assert len(codes) == len(set(codes))
    assert len(TOPICS) == sum(len(topics) for _subject, topics in SUBJECTS)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", TOPICS)
def test_each_page_says_what_it_means_what_to_do_and_how_long(client: Client, slug: str) -> None:
    page = shown(client, f"/help/{slug}/")
    for heading in ("What it means", "What to do", "How long it takes"):
        assert f"<h2>{heading}</h2>" in page


@pytest.mark.django_db
def test_the_index_leads_to_each_page(client: Client) -> None:
    page = shown(client, "/help/")
    assert {slug for slug in TOPICS if f"/help/{slug}/" not in page} == set()


@pytest.mark.django_db
def test_an_unknown_page_is_not_there(client: Client) -> None:
    shown(client, "/help/nothing/", 404)
