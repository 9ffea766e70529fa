"""Tables of oversight, by subject."""

from lienthong.oversight.agreementtables import (
    AgreementScan,
    AgreementStep,
    ConnectionStep,
)
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
from lienthong.oversight.difficultytables import (
    Article,
    ArticleVersion,
    Difficulty,
    DifficultyStep,
    Opinion,
)
from lienthong.oversight.directivetables import (
    Addendum,
    Addressee,
    Directive,
    Question,
    Reminder,
)
from lienthong.oversight.replytables import (
    Reason,
    Reply,
    ReplyLine,
)

__all__ = (
    "Addendum",
    "Addressee",
    "AgreementScan",
    "AgreementStep",
    "ArrivedDay",
    "Article",
    "ArticleVersion",
    "Book",
    "ConnectionStep",
    "Difference",
    "Difficulty",
    "DifficultyStep",
    "Directive",
    "LookedDay",
    "Opinion",
    "Question",
    "Reason",
    "Reminder",
    "Reply",
    "ReplyLine",
    "Resend",
    "Stated",
    "StatedCount",
    "Statement",
)
