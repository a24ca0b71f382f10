"""Every table of this room, where Django looks for them."""

from authorities.calendar import Bulletin, Holiday
from authorities.hierarchy import Authority, Crl, IssuedCertificate, OcspSigner, SigningKey
from authorities.papers import Paper
from authorities.requests import BlockedKey, CaRequest
from authorities.simulated.caa_asking import CaaAsking
from authorities.simulated.caa_looks import CaaLook
from authorities.simulated.canned import CannedMessage
from authorities.simulated.checklists import Checklist
from authorities.simulated.conversation import Message
from authorities.simulated.evidence import EvidenceFile, PhoneCall
from authorities.simulated.orders import CaOrder, ReviewNote
from authorities.simulated.organizations import ValidatedOrganization

__all__ = [
    "Authority",
    "BlockedKey",
    "Bulletin",
    "CaOrder",
    "CaRequest",
    "CaaAsking",
    "CaaLook",
    "CannedMessage",
    "Checklist",
    "Crl",
    "EvidenceFile",
    "Holiday",
    "IssuedCertificate",
    "Message",
    "OcspSigner",
    "Paper",
    "PhoneCall",
    "ReviewNote",
    "SigningKey",
    "ValidatedOrganization",
]
