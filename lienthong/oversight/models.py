"""Tables of oversight, by subject."""

from lienthong.oversight.agreementtables import AgreementScan, AgreementStep, ConnectionStep
from lienthong.oversight.booktables import (
    ArrivedDay,
    Book,
    Difference,
    LookedDay,
    Resend,
    Stated,
    StatedCount,
    Statement,
)

__all__ = [
    "AgreementScan",
    "AgreementStep",
    "ArrivedDay",
    "Book",
    "ConnectionStep",
    "Difference",
    "LookedDay",
    "Resend",
    "Stated",
    "StatedCount",
    "Statement",
]
