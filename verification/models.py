"""Proof of control over names: what was asked, every look, and what each look saw."""

from verification.answers import MailAnswer
from verification.challenges import Attempt, Challenge, Proof
from verification.demo_records import DemoRecord
from verification.mail import OutgoingMail
from verification.publishing import Publication
from verification.zones import Zone

__all__ = [
    "Attempt",
    "Challenge",
    "DemoRecord",
    "MailAnswer",
    "OutgoingMail",
    "Proof",
    "Publication",
    "Zone",
]
