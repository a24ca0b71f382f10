"""Proof of control over names: what was asked, every look, and what each look saw."""

from verification.answers import MailAnswer
from verification.challenges import Attempt, Challenge, Proof
from verification.demo_records import DemoRecord
from verification.demo_sites import DemoSite
from verification.giving_up import GivenUp, ProvedName
from verification.mail import OutgoingMail
from verification.publishing import Publication
from verification.reuse import Reused
from verification.zones import Zone

__all__ = [
    "Attempt",
    "Challenge",
    "DemoRecord",
    "DemoSite",
    "GivenUp",
    "MailAnswer",
    "OutgoingMail",
    "Proof",
    "ProvedName",
    "Publication",
    "Reused",
    "Zone",
]
