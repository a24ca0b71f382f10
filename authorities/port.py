"""The counter: everything the rest of the house may say to a certificate authority.

An adapter knows no customer models. It takes a request with our own id, is idempotent on that id,
and is never called inside a transaction. It takes a CSR only: no certificate authority behind this
port ever makes or sees a subscriber's key (BR 6.1.1.3).
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

ADAPTERS = {"simulated": "authorities.simulated.adapter.SimulatedAuthority"}


class Kind(StrEnum):
    ISSUE = "ISSUE"
    REISSUE = "REISSUE"


class Reason(StrEnum):
    """Why a certificate is reissued; it decides how the original is revoked."""

    KEY_COMPROMISE = "KEY_COMPROMISE"
    DOMAIN_CHANGE = "DOMAIN_CHANGE"
    WRONG_INFORMATION = "WRONG_INFORMATION"


REASON_LABELS = {
    Reason.KEY_COMPROMISE: _("The key leaked or was lost"),
    Reason.DOMAIN_CHANGE: _("The domain changed"),
    Reason.WRONG_INFORMATION: _("The information is wrong"),
}


class Stage(StrEnum):
    """What happened at the certificate authority, in the order in which it can happen."""

    RECEIVED = "RECEIVED"
    HELD = "HELD"  # people look at the names first
    ASKED = "ASKED"  # the mail that asks to confirm the cancellation has left
    CANCELLED = "CANCELLED"  # the original is revoked
    REUSED = "REUSED"  # names that were proved before are not asked for again
    PROVING = "PROVING"
    REVIEWING = "REVIEWING"
    ISSUING = "ISSUING"
    ISSUED = "ISSUED"
    DECLINED = "DECLINED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


ENDED = {Stage.ISSUED, Stage.DECLINED, Stage.REFUSED, Stage.WITHDRAWN}


@dataclass(frozen=True)
class Request:
    """One submission, frozen when it was made.

    `certificate` is our own reference, shown in the authority's mails. `customer` is the account
    under which proofs may be used again. `keep_until` is the end date of the original that the new
    certificate keeps where the rules allow. `is_changed` says that names or people differ from the
    original's, so that proof (and for OV and EV the organization) is looked at anew. `proves_anew`
    says that its product asks for a fresh proof each time. `months` is how long it may run at most;
    zero is as long as the rules allow.
    """

    kind: str
    brand: str
    type: str
    domain_type: str
    names: tuple[str, ...]
    csr: str  # base64 of the DER
    method: str
    mailbox: str
    customer: int
    certificate: str
    requested_by: str
    contact_name: str
    contact_email: str
    organization: dict[str, str]
    caa_identities: tuple[str, ...]
    authorizer: dict[str, str] = field(default_factory=dict)  # name, email, phone; empty: contact
    technical: dict[str, str] = field(default_factory=dict)  # name, phone, email; may be empty
    contact_phone: str = ""
    root_hash: str = "DEFAULT"  # or SHA-256: the hash of the root's signature, where one can choose
    papers: tuple[int, ...] = ()  # pictures that the customer handed in for the organization
    review_days: int = 5  # working days that an organization review takes at most
    keep_until: str = ""
    replaces: str = ""  # serial of the original
    reason: str = ""
    is_changed: bool = True
    proves_anew: bool = False
    months: int = 0
    is_automatic: bool = False  # the customer's portal publishes the DNS records

    @property
    def level(self) -> str:
        """DV, OV or EV: the word in front of the type's name."""
        return self.type[:2]

    @property
    def csr_der(self) -> bytes:
        return base64.b64decode(self.csr)

    @property
    def keeps_until(self) -> datetime | None:
        return datetime.fromisoformat(self.keep_until) if self.keep_until else None

    def payload(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, payload: dict[str, Any]) -> Request:
        names = ("names", "caa_identities", "papers")
        lists = {key: tuple(payload.get(key, ())) for key in names}
        return cls(**{**payload, **lists})


@dataclass(frozen=True)
class Milestone:
    """One thing that happened, once; a list of them only ever grows."""

    stage: Stage
    at: datetime
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Waiting:
    """Why nothing moves at this moment, whose turn it is, and when it is looked at next."""

    code: str
    message: str
    until: datetime | None = None


LONGEST_MESSAGE = 2000  # letters


@dataclass(frozen=True)
class Message:
    """Something that the authority asks, or that the customer said to it; `id` tells repeats."""

    id: str
    is_question: bool
    author: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Answer:
    """All that the authority has to say about one request."""

    reference: str
    milestones: tuple[Milestone, ...]
    waiting: Waiting | None = None
    proof_id: int | None = None
    confirm_until: datetime | None = None
    revocation_reason: str = ""
    chain: tuple[bytes, ...] = field(default=())  # DER, leaf first, the root last
    messages: tuple[Message, ...] = ()  # the oldest first; the list only ever grows

    @property
    def is_final(self) -> bool:
        return bool(self.milestones) and self.milestones[-1].stage in ENDED


class AuthorityError(Exception):
    """The authority could not be asked, or would not take the request.

    `retryable`: the same call may succeed later. Otherwise the request is refused for good with
    the code and sentence given here.
    """

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


class CertificateAuthority(Protocol):
    """What an adapter does. Every method raises AuthorityError."""

    def submit(self, request_id: str, request: Request, now: datetime) -> Answer:
        """Take a request. A repeat with the same id finds what the first one made."""

    def fetch(self, request_id: str, now: datetime) -> Answer:
        """Tell the present state of a request."""

    def withdraw(self, request_id: str, now: datetime, *, even_approved: bool) -> Answer:
        """Stop a request that is not yet issued; what was issued first stays issued.

        A request that is approved already goes on, and the answer lacks WITHDRAWN, unless
        `even_approved`: the caller has given it up, and nobody would take its certificate.
        """

    def change_method(
        self,
        request_id: str,
        domain: str,
        method: str,
        mailbox: str,
        now: datetime,
        *,
        is_automatic: bool = False,
    ) -> Answer:
        """Ask for the proof of one name in another way. A repeat changes nothing.

        Refused for good with `method.too_late` when it is proved already and stays so, and with the
        code of verification.ways when that way cannot prove it.
        """

    def look_again(self, request_id: str, now: datetime) -> None:
        """The customer may have changed what keeps a waiting request from its certificate, such as
        CAA records: look at it soon. What is found is told like all else."""

    def say(
        self, request_id: str, message_id: str, text: str, author: str, now: datetime
    ) -> Answer:
        """Say something to the people who decide the request, at most LONGEST_MESSAGE letters.

        A repeat with the same `message_id` changes nothing.
        """

    def revoke(self, brand: str, serial: str, reason: str, now: datetime) -> None:
        """Revoke a certificate that this authority issued. A repeat changes nothing."""


def open_counter(adapter: str) -> CertificateAuthority:
    """The adapter of that name."""
    counter: CertificateAuthority = import_string(ADAPTERS[adapter])()
    return counter
