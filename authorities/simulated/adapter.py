"""The simulated brands behind the port. Every call commits on its own."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from authorities import engine
from authorities.brands import Brand
from authorities.calendar import Bulletin, suspension
from authorities.hierarchy import IssuedCertificate
from authorities.port import Answer, AuthorityError, Milestone, Request, Stage, Waiting
from authorities.simulated import caa_asking, conversation
from authorities.simulated.held_names import look_by
from authorities.simulated.orders import Alarm, CaOrder, State, locked
from authorities.simulated.steps import REVOKED_FOR, let_go, letter, mail_time
from verification import asking
from work.nudge import wake


class SimulatedAuthority:
    """A CertificateAuthority (see the port) over our own orders and signing keys."""

    def submit(self, request_id: str, request: Request, now: datetime) -> Answer:
        # durable: refuses to be called inside a transaction, where our commit would be theirs
        with transaction.atomic(durable=True):
            order, is_new = CaOrder.objects.get_or_create(
                request_id=request_id,
                defaults={
                    "payload": request.payload(),
                    "reference": f"{Brand(request.brand).slug[:2].upper()}-{request_id[:10]}",
                    "received_at": now,
                },
            )
            if is_new:
                order.note(Stage.RECEIVED, now)
                order.save(update_fields=["history"])
                wake(CaOrder, order.pk, now)
        return _answer(order, now)

    def fetch(self, request_id: str, now: datetime) -> Answer:
        with transaction.atomic(durable=True):
            order = _known(request_id)
        return _answer(order, now)

    def say(
        self, request_id: str, message_id: str, text: str, author: str, now: datetime
    ) -> Answer:
        with transaction.atomic(durable=True):
            order = _known(request_id)
            with locked(order.pk, now) as row:
                conversation.hear(row, message_id, text, author, now)
            order.refresh_from_db()
        return _answer(order, now)

    def withdraw(self, request_id: str, now: datetime, *, even_approved: bool) -> Answer:
        with transaction.atomic(durable=True):
            order = _known(request_id)
            with locked(order.pk, now) as row:
                if row.is_open() and (even_approved or row.state != State.ISSUING):
                    row.state = State.WITHDRAWN
                    row.note(Stage.WITHDRAWN, now)
                    wake(CaOrder, row.pk, now)  # lets go of proof and answer if we are killed here
            order.refresh_from_db()
        if not order.is_open():
            let_go(order, now)
            order.refresh_from_db()
        return _answer(order, now)

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
        with transaction.atomic(durable=True):
            order = _known(request_id)
            wrong = asking.change_method(
                order.proof_id,
                domain,
                method=method,
                mailbox=mailbox,
                is_automatic=is_automatic,
                letter=letter(order.request()),
                now=now,
            )
            if wrong is not None:
                raise AuthorityError(wrong.code, wrong.message, retryable=False)
            caa_asking.ways_changed(order, now)
        return _answer(order, now)

    def look_again(self, request_id: str, now: datetime) -> None:
        with transaction.atomic(durable=True):
            caa_asking.look_again(_known(request_id), now)

    def revoke(self, brand: str, serial: str, reason: str, now: datetime) -> None:
        with transaction.atomic(durable=True):
            issued = (
                IssuedCertificate.objects.select_for_update()
                .filter(serial=serial, authority__brand=brand)
                .first()
            )
            if issued is None:
                message = _("The authority never issued this certificate.")
                raise AuthorityError("ca.unknown_certificate", message, retryable=False)
            engine.revoke(issued, reason, now)


def _known(request_id: str) -> CaOrder:
    order = CaOrder.objects.filter(request_id=request_id).first()
    if order is None:
        message = _("The authority does not know this request.")
        raise AuthorityError("ca.unknown_request", message, retryable=True)
    return order


def _answer(order: CaOrder, now: datetime) -> Answer:
    request = order.request()
    milestones = tuple(
        Milestone(
            Stage(told["stage"]), datetime.fromisoformat(told["at"]), told["code"], told["message"]
        )
        for told in order.history
    )
    return Answer(
        reference=order.reference,
        milestones=milestones,
        waiting=_waiting(order, request, now),
        proof_id=order.proof_id,
        confirm_until=order.answer.expires_at if order.answer else None,
        revocation_reason=REVOKED_FOR.get(request.reason, ""),  # type: ignore[call-overload]
        chain=engine.chain(order.issued) if order.issued else (),
        messages=conversation.told(order),
    )


def _waiting(order: CaOrder, request: Request, now: datetime) -> Waiting | None:
    until: datetime | None
    if order.problem_code:
        next_at = look_by(order) if order.state == State.HELD else order.due_at
        return Waiting(order.problem_code, order.problem_message, next_at)
    brand = Brand(request.brand).label
    if order.state == State.SCHEDULED:
        message = _("%(brand)s mails %(contact)s within one to two working days.")
        until = mail_time(order)
    elif order.state == State.ASKING and order.alarm == Alarm.DECLINED:
        message, until = _("%(brand)s looks at the report that the key leaked."), None
    elif order.state == State.ASKING:
        message = _("%(brand)s waits for the answer to its mail to %(contact)s.")
        until = order.answer.expires_at if order.answer else None
    elif order.state == State.REVIEWING and order.asked_customer_at is not None:
        message, until = _("%(brand)s asked you something and waits for your answer."), None
    elif order.state == State.REVIEWING:
        message, until = _("%(brand)s looks at the organization."), None
    elif order.state == State.ISSUING and (held := _held(request, now)) is not None:
        message, until = _("%(brand)s issues nothing until its suspension ends."), held.ends_at
    else:
        return None
    filled = message % {"brand": brand, "contact": request.contact_email}
    return Waiting(f"ca.{order.state.lower()}", filled, until)


def _held(request: Request, now: datetime) -> Bulletin | None:
    return suspension(request.brand, now, request.type)
