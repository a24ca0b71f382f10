"""The texts that an application accepts. A changed text gets a new version: the date it starts."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Statement

CURRENT: dict[Statement, tuple[str, Promise]] = {
    Statement.SERVICE: (
        "2026-11-01",
        _(
            "The certificate authority checks the data of this application and may refuse it."
            " A certificate that is cancelled for a reissue stays cancelled."
        ),
    ),
    Statement.PRIVACY: (
        "2026-11-01",
        _(
            "The data of this application is stored with its certificate and handed to the"
            " certificate authority that issues it. Company data becomes part of the certificate."
        ),
    ),
    Statement.AUTHORISATION: (
        "2026-11-01",
        _(
            "You act for the holder of the domain. When the key is made here, we make and keep it"
            " for you, encrypted, and hand it to nobody else."
        ),
    ),
}
