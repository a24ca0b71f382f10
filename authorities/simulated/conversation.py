"""What the desk asks a customer about an order, and what they say. While an answer is awaited, the
clock of the desk stands still.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorities import port
from authorities.brands import Brand
from authorities.calendar import Calendar
from authorities.port import LONGEST_MESSAGE, AuthorityError
from authorities.simulated.orders import AppendOnly, CaOrder


class Side(models.TextChoices):
    DESK = "DESK", gettext_lazy("the desk")
    CUSTOMER = "CUSTOMER", gettext_lazy("the customer")


class Message(AppendOnly):
    """One message of an order. `message_id` is made by who says it: said twice, it stands once."""

    order = models.ForeignKey(CaOrder, on_delete=models.PROTECT, related_name="messages")
    message_id = models.CharField(max_length=32)
    side = models.CharField(max_length=8, choices=Side.choices)
    author = models.CharField(max_length=254)
    text = models.TextField(max_length=LONGEST_MESSAGE)
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = gettext_lazy("messages of an order")
        constraints = (
            models.UniqueConstraint(fields=["order", "message_id"], name="a_message_once"),
        )

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:60]}"


def ask(order: CaOrder, text: str, author: str, now: datetime) -> Message:
    """The desk asks (inside `locked`): the clock stands from the first question on."""
    order.asked_customer_at = order.asked_customer_at or now
    order.customer_said_at = None
    return _add(order, uuid.uuid4().hex, Side.DESK, author, text, now)


def hear(order: CaOrder, message_id: str, text: str, author: str, now: datetime) -> None:
    """The customer says something (inside `locked`); a repeat with the same id adds nothing.

    Raises AuthorityError where the order is over, or what is said is empty or too long.
    """
    if order.messages.filter(message_id=message_id).exists():
        return
    if not text.strip() or len(text) > LONGEST_MESSAGE:
        message = _("The authority cannot take this message.")
        raise AuthorityError("ca.message_refused", message, retryable=False)
    if not order.is_open():
        message = _("The authority has decided this request and takes no more messages.")
        raise AuthorityError("ca.request_over", message, retryable=False)
    if order.asked_customer_at is not None:
        order.pauses = [*order.pauses, [order.asked_customer_at.isoformat(), now.isoformat()]]
    order.asked_customer_at, order.customer_said_at = None, now
    _add(order, message_id, Side.CUSTOMER, author, text, now)


def _add(
    order: CaOrder, message_id: str, side: Side, author: str, text: str, now: datetime
) -> Message:
    order.message_count += 1
    return Message.objects.create(
        order=order, message_id=message_id, side=side, author=author[:254], text=text, at=now
    )


def told(order: CaOrder) -> tuple[port.Message, ...]:
    """The thread as the customer's side reads it: the desk speaks with its brand's name."""
    if not order.message_count:
        return ()
    brand = str(Brand(order.request().brand).label)
    return tuple(
        port.Message(
            id=each.message_id,
            is_question=each.side == Side.DESK,
            author=brand if each.side == Side.DESK else each.author,
            text=each.text,
            at=each.at,
        )
        for each in order.messages.all()
    )


def paused_days(order: CaOrder, now: datetime, calendar: Calendar) -> float:
    """Working days in which the desk waited for the customer: they do not count as used."""
    request = order.request()
    spans = [
        (datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in order.pauses
    ]
    if order.asked_customer_at is not None:
        spans.append((order.asked_customer_at, now))
    return sum(
        calendar.working_days_between(start, end, request.brand, request.type)
        for start, end in spans
    )
