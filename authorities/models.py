"""Every table of this room, where Django looks for them."""

from authorities.calendar import Bulletin, Holiday
from authorities.hierarchy import Authority, Crl, IssuedCertificate, OcspSigner, SigningKey
from authorities.papers import Paper
from authorities.requests import BlockedKey, CaRequest
from authorities.simulated.orders import CaOrder, ReviewNote

__all__ = [
    "Authority",
    "BlockedKey",
    "Bulletin",
    "CaOrder",
    "CaRequest",
    "Crl",
    "Holiday",
    "IssuedCertificate",
    "OcspSigner",
    "Paper",
    "ReviewNote",
    "SigningKey",
]
