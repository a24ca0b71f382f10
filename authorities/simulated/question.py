"""What is asked before an original is cancelled: one set of facts for the mail and for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from authorities.brands import Brand
from authorities.hierarchy import IssuedCertificate
from authorities.port import REASON_LABELS, Reason
from authorities.simulated import judge
from authorities.simulated.caa_looks import permitted_again
from authorities.simulated.orders import CaOrder


@dataclass(frozen=True)
class Question:
    """Shall the original be cancelled? `certificate` is the customer's id for both versions.

    `new_names` is empty when the new certificate is for the same names. `review_days`: working days
    that the look at the organization takes at most, 0 when there is none.
    """

    brand: str
    reference: str
    certificate: str
    requested_by: str
    requested_at: datetime
    domain: str
    names: tuple[str, ...]
    serial: str
    not_before: datetime
    not_after: datetime
    organization: str
    reason: Promise
    is_domain_change: bool
    new_names: tuple[str, ...]
    is_compromise: bool
    must_prove: bool
    review_days: int

    @classmethod
    def about(cls, order: CaOrder, original: IssuedCertificate, now: datetime) -> Question:
        request = order.request()
        names = tuple(original.names)
        is_same = sorted(request.names) == sorted(names)
        return cls(
            brand=str(Brand(request.brand).label),
            reference=order.reference,
            certificate=request.certificate,
            requested_by=request.requested_by,
            requested_at=order.received_at,
            domain=names[0],
            names=names,
            serial=original.serial,
            not_before=original.not_before,
            not_after=original.not_after,
            organization=_organization(original),
            reason=REASON_LABELS[Reason(request.reason)],
            is_domain_change=request.reason == Reason.DOMAIN_CHANGE,
            new_names=() if is_same else request.names,
            is_compromise=order.is_compromise(),
            must_prove=len(permitted_again(order, now)) < len(request.names),
            review_days=request.review_days if judge.needs_review(request, now) else 0,
        )

    @property
    def reason_given(self) -> str:
        """The reason as a line, with the new names where there are any."""
        if not self.new_names:
            return str(self.reason)
        names = ", ".join(self.new_names)
        if self.is_domain_change:
            return _("%(reason)s, to %(names)s") % {"reason": self.reason, "names": names}
        return _("%(reason)s; the new one is for %(names)s") % {
            "reason": self.reason,
            "names": names,
        }

    @property
    def what_follows(self) -> str:
        """What stands between a confirmation and the new certificate, as far as we know it."""
        words = {"brand": self.brand, "days": self.review_days}
        names = {"names": ", ".join(self.new_names or self.names)}
        if self.must_prove and self.review_days:
            return _(
                "You prove %(names)s next; then %(brand)s checks the organization, which takes up"
                " to %(days)d working days."
            ) % (words | names)
        if self.must_prove:
            return _("You prove %(names)s next; then it is issued.") % names
        if self.review_days:
            return (
                _(
                    "%(brand)s checks the organization next, which takes up to %(days)d working"
                    " days."
                )
                % words
            )
        return _("%(brand)s issues the new one next.") % words


def _organization(original: IssuedCertificate) -> str:
    """Whom the original names; DV names nobody."""
    order = CaOrder.objects.filter(request_id=original.order).first()
    if order is None:
        return ""
    request = order.request()
    is_named = request.level != "DV"
    return request.organization.get("name", "") if is_named else ""


def declined(silent: bool, refused: bool, bounced: bool, contact: str) -> tuple[str, str]:
    """Code and sentence of a question that did not end in a confirmation."""
    if silent and bounced:
        message = _(
            "The authority's mail to %(contact)s came back: it could not be delivered. Correct the"
            " contact's address and ask again; the original stays valid."
        )
        return "mail.bounced", message % {"contact": contact}
    if silent and refused:
        message = _(
            "The authority's mail to %(contact)s was refused. Correct the contact's address and"
            " ask again; the original stays valid."
        )
        return "mail.refused", message % {"contact": contact}
    if silent:
        return "confirmation.expired", _(
            "Nobody answered the authority's mail for 30 days, which counts as declined. The"
            " original stays valid."
        )
    return "confirmation.declined", _("You declined the cancellation. The original stays valid.")
