"""The verbs of buying: order, pay, cancel. Each is called the same way by console, admin and
command; permission and every other obstacle are judged inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import kept_sentences, staff
from accounts.access import Action, may
from accounts.models import Project, User
from accounts.refusals import Obstacle, Refused
from certificates import buying_mails
from certificates.catalogue import Product
from certificates.invoicing import bill
from certificates.lapsing import reminds_at
from certificates.payments import payment_way
from certificates.prices import Cart, price
from certificates.purchases import Cause, Payment, Purchase, State, on_order
from certificates.refunding import owe
from certificates.story import Certificate, tell
from certificates.subscriptions import Subscription

MOST_CERTIFICATES = 100
MOST_YEARS = 3
FREE_QUOTA = 20  # of each project, counted for ever
MOST_TAGS = 20
NAME = re.compile(r"[0-9A-Za-z-]{0,59}")  # a hyphen and up to three digits come behind it
TAG_KEY = re.compile(r"[\w .:/=+\-@]{1,128}")
TAG_VALUE = re.compile(r"[\w .:/=+\-@]{0,255}")


def buy(
    *,
    project: Project,
    product: Product,
    actor: User,
    now: datetime,
    domain_count: int = 1,
    name: str = "",
) -> Certificate:
    """One certificate without an order: it waits for its application."""
    certificate = Certificate(
        project=project,
        product=product,
        name=name,
        domain_count=domain_count,
        bought_by=actor,
        created_at=now,
        changed_at=now,
    )
    if not may(actor, Action.BUY, certificate):
        raise Refused([_forbidden()])
    with transaction.atomic():
        certificate.save(force_insert=True)
        tell(certificate, "buy", "", actor=actor, now=now)
    return certificate


def order(
    *,
    project: Project,
    product: Product,
    cart: Cart,
    actor: User,
    now: datetime,
    token: str = "",
) -> Purchase:
    """Order goods at the price of today. What costs nothing is there at once.

    `token` names the form that was sent: sent twice, it makes one order.
    """
    if token and (found := _ordered_before(project, token)):
        return found
    terms = product.terms(now)
    unit = price(terms, cart)
    pay_until = now + timedelta(days=settings.PAY_WITHIN_DAYS)
    with kept_sentences.in_the_portals_language():
        called = product.called(now)
    purchase = Purchase(
        project=project,
        product=product,
        label=called,
        name=cart.name,
        quantity=cart.quantity,
        domain_count=cart.names,
        wildcard_count=cart.wildcards,
        years=cart.years,
        unit_price=unit,
        total=unit * cart.quantity,
        currency=settings.CURRENCY,
        tags=cart.tags,
        state=State.UNPAID,
        ordered_by=actor,
        ordered_at=now,
        pay_until=pay_until,
        token=token,
    )
    purchase.due_at = reminds_at(purchase)
    try:
        with transaction.atomic():
            # Of two free orders at once the second waits here, and counts the first.
            Project.objects.select_for_update().get(pk=project.pk)
            obstacles = order_obstacles(project, product, cart, actor, now)
            if obstacles:
                raise Refused(obstacles)
            purchase.save(force_insert=True)
            if purchase.total == 0:
                _deliver(purchase, now)
                purchase.save()
    except IntegrityError:
        found = _ordered_before(project, token)
        if found is None:
            raise
        return found
    return purchase


def _ordered_before(project: Project, token: str) -> Purchase | None:
    return Purchase.objects.filter(project=project, token=token).first()


def order_obstacles(
    project: Project, product: Product, cart: Cart, actor: User, now: datetime
) -> list[Obstacle]:
    """All reasons why this cannot be ordered; `about` names the part of the cart."""
    found = []
    if not may(actor, Action.BUY, Purchase(project=project)):
        found.append(_forbidden())
    if not product.terms(now).is_sold:
        message = _("%(product)s is not sold any more. Take another one from the list.")
        found.append(Obstacle("order.not_sold", message % {"product": product.called(now)}))
    found += _free_obstacles(project, cart) if product.is_free else _paid_obstacles(cart)
    found += _names_obstacles(product, cart, now)
    found += _tag_obstacles(cart)
    if not NAME.fullmatch(cart.name):
        message = _("A name has at most 59 letters, digits and hyphens.")
        found.append(Obstacle("order.certificate_name", message, "name"))
    return found


def _forbidden() -> Obstacle:
    message = _("Your role does not buy certificates; ask an administrator of the project.")
    return Obstacle("buy.forbidden", message)


def free_used(project: Project) -> int:
    """How many free test certificates the project ever had; what was given back counts."""
    return Certificate.objects.filter(project=project, product__is_free=True).count()


def _free_obstacles(project: Project, cart: Cart) -> Iterator[Obstacle]:
    if cart.quantity != 1 or cart.years:
        message = _("A free test certificate is ordered one at a time and runs for 3 months.")
        yield Obstacle("free.one", message, "quantity")
    used = free_used(project)
    if used >= FREE_QUOTA:
        message = _(
            "This project has had its %(used)d free test certificates; each counts for ever."
            " Order a paid one."
        )
        yield Obstacle("free.quota_used", message % {"used": used})


def _paid_obstacles(cart: Cart) -> Iterator[Obstacle]:
    if not 1 <= cart.quantity <= MOST_CERTIFICATES:
        message = _("Order from 1 to %(most)d certificates at a time.")
        yield Obstacle("order.quantity", message % {"most": MOST_CERTIFICATES}, "quantity")
    if not 1 <= cart.years <= MOST_YEARS:
        message = _("Order for 1 to %(most)d years.")
        yield Obstacle("order.years", message % {"most": MOST_YEARS}, "years")


def _names_obstacles(product: Product, cart: Cart, now: datetime) -> Iterator[Obstacle]:
    terms, singles = product.terms(now), cart.names - cart.wildcards
    if not terms.names_least <= cart.names <= terms.names_most:
        message = _("One certificate of it holds %(least)d to %(most)d names, not %(names)d.")
        words = {"least": terms.names_least, "most": terms.names_most, "names": cart.names}
        if terms.names_most == 1:
            message = _("One certificate of it holds one name.")
        yield Obstacle("order.name_count", message % words, "names")
    if cart.wildcards and not terms.allows_wildcard_names:
        message = _("It holds no wildcards among its names. Take an OV product for that.")
        yield Obstacle("order.wildcards", message, "wildcards")
    elif singles < terms.singles_least:
        message = _("At least %(least)d of its names are no wildcards.")
        yield Obstacle("order.singles", message % {"least": terms.singles_least}, "names")


def _tag_obstacles(cart: Cart) -> Iterator[Obstacle]:
    if len(cart.tags) > MOST_TAGS:
        message = _("A certificate has at most %(most)d tags.") % {"most": MOST_TAGS}
        yield Obstacle("order.tags", message, "tags")
    for key, value in cart.tags.items():
        is_known = TAG_KEY.fullmatch(key) and key == key.strip() and not key.startswith("_sys_")
        if not is_known or not TAG_VALUE.fullmatch(value):
            message = _(
                "The tag %(key)s cannot be kept: letters, digits, spaces and _ . : / = + - @ only,"
                " the name up to 128 characters, the value up to 255."
            )
            yield Obstacle("order.tags", message % {"key": key[:40] or "–"}, "tags")
            return


def cancel_order(number: str, *, actor: User, now: datetime) -> None:
    """Take back an order that nobody paid yet."""
    with on_order(number) as row:
        if not may(actor, Action.BUY, row):
            raise Refused([_forbidden()])
        if not row.is_unpaid:
            message = _("This order is %(state)s; only an unpaid one can be cancelled.")
            words = {"state": str(row.get_state_display()).lower()}
            raise Refused([Obstacle("order.not_unpaid", message % words)])
        row.state, row.ended_at, row.due_at = State.CANCELLED, now, None
        if row.balance > 0:
            owe(row, Cause.TOO_LITTLE, row.balance, now)


def pay_now(number: str, *, actor: User, now: datetime) -> None:
    """Collect the money where the way to pay can. Pressed twice, it pays once."""
    way = payment_way()
    with on_order(number) as row:
        if not may(actor, Action.BUY, row):
            raise Refused([_forbidden()])
        if not row.is_unpaid:
            return
        receipt = way.charge(row)
        if receipt is None:
            message = _("Transfer the money with the order's number; nothing is collected here.")
            raise Refused([Obstacle("payment.by_transfer", message)])
        _book(row, receipt.amount, receipt.reference, now.date(), way.name, actor, now)


def record_payment(
    number: str, *, amount: Decimal, reference: str, received_on: date, actor: User, now: datetime
) -> Purchase:
    """Staff saw the money on the bank statement. The same reference again changes nothing.

    With the whole price there the order is paid and its certificates are made. What comes in too
    late, or beyond the price, is kept in the books and owed back.
    """
    staff.demand(actor, Action.RECORD_PAYMENT)
    if received_on > now.date():
        message = _("The money cannot have come in on a day that is still to come.")
        raise Refused([Obstacle("payment.future", message, "received_on")])
    with on_order(number) as row:
        if not row.payments.filter(way="bank", reference=reference).exists():
            _book(row, amount, reference, received_on, "bank", actor, now)
    return row


def _book(
    row: Purchase,
    amount: Decimal,
    reference: str,
    received_on: date,
    way: str,
    actor: User,
    now: datetime,
) -> None:
    Payment.objects.create(
        purchase=row,
        way=way,
        reference=reference,
        amount=amount,
        received_on=received_on,
        recorded_at=now,
        recorded_by=actor,
    )
    # Written down late is not paid late.
    is_in_time = row.state == State.LAPSED and received_on <= row.pay_until.date()
    if not row.is_unpaid and not is_in_time:
        owe(row, Cause.TOO_LATE, amount, now)
        return
    balance = row.balance
    if balance < row.total:
        if not row.is_unpaid:  # it lapsed: a part of the price buys nothing any more
            owe(row, Cause.TOO_LATE, amount, now)
        return
    if balance > row.total:
        owe(row, Cause.TOO_MUCH, balance - row.total, now)
    _deliver(row, now)
    bill(row, now)
    buying_mails.paid(row, now)


def _deliver(row: Purchase, now: datetime) -> None:
    """The order is paid: its certificates are there, each with its term."""
    row.state, row.paid_at, row.due_at, row.ended_at = State.PAID, now, None, None
    for position in range(1, row.quantity + 1):
        term = None
        if row.years:
            term = Subscription.objects.create(purchase=row, position=position)
        numbered = f"{row.name}-{position}" if row.name and row.quantity > 1 else row.name
        certificate = Certificate.objects.create(
            project_id=row.project_id,
            product_id=row.product_id,
            name=numbered,
            domain_count=row.domain_count,
            wildcard_count=row.wildcard_count,
            bought_by_id=row.ordered_by_id,
            purchase=row,
            subscription=term,
            tags=row.tags,
            created_at=now,
            changed_at=now,
        )
        tell(certificate, "buy", "", actor=row.ordered_by, now=now)
