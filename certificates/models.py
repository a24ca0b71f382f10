"""The customer's certificate: what was bought, each application for it, each version issued."""

from certificates.applications import Application
from certificates.applied_names import AppliedName
from certificates.catalogue import Product, Terms
from certificates.delay_mail import BulletinNews, DelayTold
from certificates.drafts import Draft
from certificates.keys import StoredKey
from certificates.purchases import Invoice, Payment, Purchase, Refund
from certificates.sensitive_words import SensitiveWord
from certificates.story import Certificate, Event
from certificates.subscriptions import Subscription
from certificates.taken_proofs import TakenProof
from certificates.versions import Version

__all__ = [
    "Application",
    "AppliedName",
    "BulletinNews",
    "Certificate",
    "DelayTold",
    "Draft",
    "Event",
    "Invoice",
    "Payment",
    "Product",
    "Purchase",
    "Refund",
    "SensitiveWord",
    "StoredKey",
    "Subscription",
    "TakenProof",
    "Terms",
    "Version",
]
