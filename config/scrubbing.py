"""What must never reach a log or an error report: mail answer links, key material, posted forms."""

from __future__ import annotations

import logging
import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.views.debug import SafeExceptionReporterFilter

# The link of a mailed question is the right to answer it; one that was asked for by who forgot the
# password is the right to set a new one.
ANSWER_LINK = re.compile(r"(/ca/(?:confirm|prove)/|/account/password/new/)[^\s/?#\"'<>\\)\]]+")
PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)


def scrub(text: str) -> str:
    """The text without answer links' tokens and private keys."""
    return PRIVATE_KEY.sub("[private key]", ANSWER_LINK.sub(r"\1…", text))


class ScrubFilter(logging.Filter):
    """Rewrites each record that is about to be printed: its message, arguments and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = scrub(record.exc_text)
        if record.stack_info:
            record.stack_info = scrub(record.stack_info)
        return True


class ReportFilter(SafeExceptionReporterFilter):
    """Error reports show no settings beyond the harmless, no posted values and no local variables.

    Any view may hold a key, a password or a token in a variable, so none is shown: a traceback
    names the lines, and that is enough to find a bug.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_safe_settings(self) -> dict[str, Any]:
        return {}

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        harmless = ("REQUEST_METHOD", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_USER_AGENT")
        return {name: request.META[name] for name in harmless if name in request.META}

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        return dict.fromkeys(request.COOKIES, self.cleansed_substitute)

    def get_post_parameters(self, request: HttpRequest | None) -> MultiValueDict[str, Any]:
        return MultiValueDict()

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        return {}.items()
