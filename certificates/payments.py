"""The ways to pay: what the customer is told to do, and whether money moves by itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.conf import settings

from certificates.purchases import Purchase, Refund


@dataclass(frozen=True)
class Receipt:
    """Money that has come in."""

    amount: Decimal
    reference: str


class PaymentWay(Protocol):
    """One way to pay. Nothing is recorded here; the verbs of `buying.py` do."""

    @property
    def name(self) -> str: ...

    @property
    def account(self) -> str:
        """Where people transfer to; empty where they need not know."""

    def charge(self, purchase: Purchase) -> Receipt | None:
        """Collect what is left to pay now. None: the customer brings it."""

    def give_back(self, refund: Refund) -> str | None:
        """Send it back now and answer with the reference. None: people transfer it."""


@dataclass(frozen=True)
class BankTransfer:
    """The customer transfers; staff record what the bank statement shows."""

    account: str
    name: str = "bank"

    def charge(self, purchase: Purchase) -> Receipt | None:
        return None

    def give_back(self, refund: Refund) -> str | None:
        return None


@dataclass(frozen=True)
class DemoMoney:
    """The demo's: it is there when it is asked for, and so is what goes back."""

    account: str = ""
    name: str = "demo"

    def charge(self, purchase: Purchase) -> Receipt | None:
        return Receipt(purchase.left_to_pay, f"demo {purchase.pk}")

    def give_back(self, refund: Refund) -> str | None:
        return f"demo refund {refund.pk}"


def payment_way() -> PaymentWay:
    """The way that this portal takes: `PAYMENT`."""
    return DemoMoney() if settings.PAYMENT == "demo" else BankTransfer(settings.BANK_ACCOUNT)
