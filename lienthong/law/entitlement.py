"""Who is covered as a child (nhóm TE), and why somebody is not.

Nothing here asks for a personal id: its absence never weighs (`completeness`).
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from lienthong.kernel.errors import Refused
from lienthong.law import sources
from lienthong.law.dated import cites
from lienthong.law.groups import CHILD_UNDER_SIX
from lienthong.law.parameters import Figure, figure
from lienthong.law.validity import card_validity


class NotEntitled(StrEnum):
    """Why no child's card can be issued. The value is the outcome's code."""

    DECEASED = "N-DECEASED"
    AGE = "N-AGE"
    NOT_BORN = "E-DATE-FUTURE"

    @property
    def message_vi(self) -> str:
        """The sentence the sender and the family read."""
        return _MESSAGES_VI[self]


_MESSAGES_VI: Mapping[NotEntitled, str] = {
    NotEntitled.DECEASED: "Trẻ đã mất, không phát hành thẻ BHYT.",
    NotEntitled.AGE: "Trẻ không còn thuộc diện cấp thẻ BHYT trẻ em dưới 6 tuổi.",
    NotEntitled.NOT_BORN: "Ngày sinh ở tương lai.",
}


class Payer(StrEnum):
    """Who pays the contribution."""

    STATE_BUDGET = "state budget"


@cites(sources.CHILD_COVERED, sources.CHILD_CARD_188_2025, sources.COVER_ENDS_AT_DEATH)
def reason_not_entitled(
    birth_date: date, *, on: date, died_on: date | None = None
) -> NotEntitled | None:
    """Why a child gets no card issued on the day; None when the child is covered.

    A recorded death comes first, then a birth in the future, then the age gate: the last day of a child's
    card, not the sixth birthday. Refused before 2015.

    Source: sources.CHILD_COVERED, sources.CHILD_CARD_188_2025, sources.COVER_ENDS_AT_DEATH.
    """
    if died_on is not None:
        return NotEntitled.DECEASED
    if birth_date > on:
        return NotEntitled.NOT_BORN
    return None if on in card_validity(birth_date, on=on) else NotEntitled.AGE


@cites(sources.CHILD_COVERED)
def child_group(birth_date: date, *, on: date) -> str:
    """`TE`, for a child covered on the day. Refused with the reason's code and sentence for any other.

    Source: sources.CHILD_COVERED.
    """
    reason = reason_not_entitled(birth_date, on=on)
    if reason is not None:
        raise Refused(reason.message_vi, code=reason.value, field="birth_date")
    return CHILD_UNDER_SIX


@cites(sources.CHILD_COVERED)
def payer(group: str) -> Payer:
    """Who pays for the group: the state budget for `TE`. Refused for groups this library does not serve.

    Source: sources.CHILD_COVERED.
    """
    if group != CHILD_UNDER_SIX:
        message = f"Hệ thống chỉ tính đóng BHYT cho nhóm {CHILD_UNDER_SIX}."
        raise Refused(message, code="E-GROUP", field="group")
    return Payer.STATE_BUDGET


@cites(sources.LATE_REGISTRATION)
def is_registered_late(birth_date: date, registered_on: date) -> bool:
    """True when more than 60 days lie between birth and registration: a remark, never a refusal.

    Refused for a registration before 2015.

    Source: sources.LATE_REGISTRATION.
    """
    return (registered_on - birth_date).days > figure(
        Figure.LATE_REGISTRATION_DAYS, on=registered_on
    )
