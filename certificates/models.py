"""The customer's certificate: what was bought, each application for it, each version issued."""

from certificates.applications import Application
from certificates.catalogue import Product, Terms
from certificates.drafts import Draft
from certificates.keys import StoredKey
from certificates.purchases import Invoice, Payment, Purchase, Refund
from certificates.story import Certificate, Event
from certificates.subscriptions import Subscription
from certificates.versions import Version

__all__ = [
    "Application",
    "Certificate",
    "Draft",
    "Event",
    "Invoice",
    "Payment",
    "Product",
    "Purchase",
    "Refund",
    "StoredKey",
    "Subscription",
    "Terms",
    "Version",
]
