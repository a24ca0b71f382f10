"""Logs and error reports hold no answer links and no keys."""

import io
import logging

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from config.scrubbing import ReportFilter, ScrubFilter, scrub

TOKEN = "17-hX3_q8mVb0example"


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(printed: io.StringIO) -> logging.Logger:
    handler = logging.StreamHandler(printed)
    handler.addFilter(ScrubFilter())
    logger = logging.Logger("under test")  # noqa: LOG001  # of this test alone
    logger.addHandler(handler)
    return logger


@pytest.mark.parametrize("purpose", ["confirm", "prove"])
def test_the_token_of_an_answer_link_is_cut_out(purpose: str) -> None:
    text = f'"GET /ca/{purpose}/{TOKEN}/ HTTP/1.1" http://x/ca/{purpose}/{TOKEN}?a=1'
    assert scrub(text) == f'"GET /ca/{purpose}/…/ HTTP/1.1" http://x/ca/{purpose}/…?a=1'


def test_a_link_for_a_new_password_is_cut_out() -> None:
    path = "/account/password/new/2f-czqx1k-0123456789abcdef"
    assert scrub(f"Not Found: {path}/") == "Not Found: /account/password/new/…/"


def test_message_arguments_and_traceback_are_scrubbed(
    log: logging.Logger, printed: io.StringIO
) -> None:
    try:
        raise RuntimeError(f"/ca/prove/{TOKEN}")
    except RuntimeError:
        log.exception("Not Found: %s", f"/ca/confirm/{TOKEN}", stack_info=True)
    assert TOKEN not in printed.getvalue()
    assert "Not Found: /ca/confirm/…" in printed.getvalue()
    assert "RuntimeError: /ca/prove/…" in printed.getvalue()


def test_a_private_key_is_cut_out_even_when_its_end_is_missing() -> None:
    block = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n"
    assert scrub(f"a {block}-----END EC PRIVATE KEY----- b") == "a [private key] b"
    assert scrub(f"a {block}") == "a [private key]"


def test_other_text_stays_as_it_is(log: logging.Logger, printed: io.StringIO) -> None:
    log.warning("%d of %s", 3, "/ca/confirm/")
    assert printed.getvalue() == "3 of /ca/confirm/\n"


def test_an_error_report_shows_no_posted_value_header_cookie_or_variable() -> None:
    kinds = ("posted", "header", "cookie", "variable")
    posted, header, cookie, variable = (f"{kind}-secret" for kind in kinds)
    request = RequestFactory().post("/certificates/", {"key": posted}, HTTP_AUTHORIZATION=header)
    request.COOKIES["sessionid"] = cookie
    try:
        raise ValueError(len(variable))
    except ValueError as error:
        reporter = ExceptionReporter(request, type(error), error, error.__traceback__)
        reporter.filter = ReportFilter()
        report = reporter.get_traceback_text() + reporter.get_traceback_html()
    assert "ValueError" in report
    assert [kind for kind in kinds if f"{kind}-secret" in report] == []
