"""Signing in, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Person, sign_in

pytestmark = pytest.mark.browser


def test_a_person_signs_in_and_sees_their_certificates(page: Page) -> None:
    sign_in(page, Person.ALICE)
    expect(page.get_by_role("heading", level=1)).to_have_text("SSL certificates")
