"""What is true of a fictional stream: every child, and what must come of every message, in the order of arrival.

Written while the stream is read, beside it; never part of a message. Tests count against it.
"""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Expectation:
    """One message that was sent. `outcomes` are the permitted words of contracts §3; `code` a finding or empty."""

    message_id: str
    case: str
    outcomes: tuple[str, ...]
    code: str = ""
    child: int = 0


@dataclass(slots=True)
class ChildTruth:
    """One distinct child as it ends up when every message is in.

    `fate`: `card`, `cancelled`, `quarantined`, `held`, `not_entitled`, or `review` where officers must choose.
    `true_personal_id` is what the population database knows; `id_cause` why the message lacks it.
    """

    number: int
    full_name: str
    sex: str
    born_on: date
    commune_code: str
    residence_code: str
    province_code: str
    true_personal_id: str
    sent_personal_id: str
    id_cause: str
    mother_name: str
    message_id: str
    fate: str = "card"


@dataclass(slots=True)
class Truth:
    """Children in the order of registration, messages in the order of arrival."""

    children: list[ChildTruth] = field(default_factory=list)
    messages: list[Expectation] = field(default_factory=list)

    def fates(self) -> dict[str, int]:
        """How many children end in which way."""
        counts: dict[str, int] = {}
        for child in self.children:
            counts[child.fate] = counts.get(child.fate, 0) + 1
        return counts

    def cases(self) -> dict[str, int]:
        """How many messages of which case were sent."""
        counts: dict[str, int] = {}
        for sent in self.messages:
            counts[sent.case] = counts.get(sent.case, 0) + 1
        return counts
