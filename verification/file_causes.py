"""The causes of the catalogue that lie at the web server."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from verification.cause import Cause, Turn

FILE_CAUSES: Mapping[str, Cause] = {
    "file.wildcard": Cause(
        Turn.YOU,
        _(
            "%(domain)s is a wildcard: a file on one server cannot prove it. Choose the DNS or "
            "e-mail method for this name."
        ),
    ),
    "file.absent": Cause(
        Turn.YOU,
        _(
            "There is no file at %(url)s (%(at)s answered %(status)s). Put a file there that "
            "holds only the line %(value)s."
        ),
        {
            "not_redirected": _(
                "There is no file at %(url)s: it answered %(status)s. Put a file there that holds "
                "only the line %(value)s."
            )
        },
    ),
    "file.status": Cause(
        Turn.YOU,
        _(
            "%(at)s answered with status %(status)s instead of 200. Let everybody read %(url)s "
            "without signing in; it must hold only the line %(value)s."
        ),
    ),
    "file.html": Cause(
        Turn.YOU,
        _(
            "%(at)s answered with a web page (“%(found)s”) instead of the file. Serve the file "
            "itself at %(url)s, with no sign-in or start page before it; it must hold only the "
            "line %(value)s."
        ),
    ),
    "file.extra_text": Cause(
        Turn.YOU,
        _(
            "The file at %(at)s holds the value, but with other text on its line or in an encoding "
            "that is not UTF-8 (“%(found)s”). Save it as plain text with only the line %(value)s."
        ),
    ),
    "file.wrong_content": Cause(
        Turn.YOU,
        _(
            "The file at %(at)s begins with “%(found)s” and does not hold the value of this order "
            "on a line of its own. Replace its content by the line %(value)s."
        ),
        {
            "encoded": _(
                "%(at)s answered in an encoding that we did not ask for (%(detail)s). Serve the "
                "file uncompressed."
            )
        },
    ),
    "file.redirect_loop": Cause(
        Turn.YOU,
        _(
            "%(url)s redirects in a circle or more than five times; the last address was "
            "%(at)s. Serve the file with at most five redirects."
        ),
    ),
    "file.redirect_refused": Cause(
        Turn.YOU,
        _(
            "%(url)s redirects to %(at)s, which we do not follow (%(detail)s). Redirect only "
            "to http or https addresses on port 80 or 443."
        ),
        {
            "echoed": _(
                "%(url)s redirects to an address that holds the value itself, so that any page "
                "that repeats its address would seem to be the proof. Serve the file without that "
                "redirect."
            )
        },
    ),
    "file.port": Cause(
        Turn.YOU,
        _(
            "%(url)s redirects to another port (%(at)s; %(detail)s), which we do not follow. "
            "Serve the file on port 80 or 443 of the domain."
        ),
    ),
    "file.address_refused": Cause(
        Turn.YOU,
        _(
            "%(at)s leads to an address that is not public (%(detail)s). Let the name have "
            "only public addresses in the DNS; we look from the Internet."
        ),
        {
            "address": _(
                "%(at)s is at an address that is not public (%(detail)s). We look from the "
                "Internet: serve the file at a public address, and redirect to no other."
            )
        },
    ),
    "file.too_large": Cause(
        Turn.YOU,
        _(
            "The answer of %(at)s is larger than the proof may be (%(detail)s). Serve a file "
            "at %(url)s that holds only the line %(value)s."
        ),
    ),
    "file.timeout": Cause(
        Turn.YOU,
        _(
            "%(at)s gave no whole answer within %(seconds)s s (%(detail)s). Check that the server "
            "can be reached on port 80 or 443 from the Internet; we look again by ourselves."
        ),
    ),
    "file.tls": Cause(
        Turn.YOU,
        _(
            "%(at)s could not be read over TLS (%(detail)s). Serve the file over http, or "
            "let the server speak TLS 1.2 or later; its certificate may be of any kind."
        ),
    ),
    "file.unreachable": Cause(
        Turn.YOU,
        _(
            "%(at)s could not be reached (%(detail)s). Check that the name has a public address "
            "and that its server answers on port 80 or 443; we look again by ourselves."
        ),
    ),
}
