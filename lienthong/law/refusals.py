"""The closed lists of reasons for which a dossier may go back or be refused, with their sentences.

What is not in a list is no ground. A missing personal id is in none of them, by law and by a test.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from lienthong.law import sources
from lienthong.law.dated import Dated, cites


class Reason(StrEnum):
    """Every permitted ground."""

    DATA_INCOMPLETE = "DATA_INCOMPLETE"
    DATA_CONTRADICTORY = "DATA_CONTRADICTORY"
    NOT_TE = "NOT_TE"
    PREVIOUS_AGENCY_ERROR = "PREVIOUS_AGENCY_ERROR"
    DUPLICATE_CONFIRMED = "DUPLICATE_CONFIRMED"
    PAPER_NOT_ALLOWED = "PAPER_NOT_ALLOWED"

    @property
    def message_vi(self) -> str:
        """The sentence that goes with the dossier."""
        return _MESSAGES_VI[self]


class Ending(StrEnum):
    """How a dossier may leave the ordinary way."""

    RETURN = "return"
    """Back to the sender, who mends it and sends it again (yêu cầu bổ sung)."""
    REFUSE = "refuse"
    """Closed with a reasoned notice (từ chối)."""


_MESSAGES_VI: Mapping[Reason, str] = {
    Reason.DATA_INCOMPLETE: "Dữ liệu khai sinh còn thiếu; đề nghị bổ sung các mục đã nêu.",
    Reason.DATA_CONTRADICTORY: "Dữ liệu khai sinh mâu thuẫn; đề nghị kiểm tra các mục đã nêu.",
    Reason.NOT_TE: "Trẻ không thuộc diện cấp thẻ BHYT trẻ em dưới 6 tuổi.",
    Reason.PREVIOUS_AGENCY_ERROR: "Sai sót ở cơ quan thực hiện bước trước; đề nghị kiểm tra và gửi lại.",
    Reason.DUPLICATE_CONFIRMED: "Trẻ đã có mã số và thẻ BHYT; hồ sơ được gắn vào thẻ đã cấp.",
    Reason.PAPER_NOT_ALLOWED: "Trường hợp này chỉ tiếp nhận hồ sơ liên thông điện tử.",
}

_BY_ENDING: Mapping[Ending, tuple[Dated[tuple[Reason, ...]], ...]] = {
    Ending.RETURN: (
        Dated(
            sources.CHILD_COVERED.in_force,
            (Reason.DATA_INCOMPLETE, Reason.DATA_CONTRADICTORY, Reason.PREVIOUS_AGENCY_ERROR),
            sources.ISSUING_2703,
        ),
    ),
    Ending.REFUSE: (
        Dated(
            sources.CHILD_COVERED.in_force,
            (Reason.NOT_TE, Reason.DUPLICATE_CONFIRMED),
            sources.ISSUING_2703,
        ),
        Dated(
            sources.ELECTRONIC_ONLY_680.in_force,
            (Reason.PAPER_NOT_ALLOWED,),
            sources.ELECTRONIC_ONLY_680,
        ),
    ),
}


@cites(sources.ISSUING_2703, sources.ELECTRONIC_ONLY_680, sources.PERSONAL_ID_NOT_NEEDED)
def permitted_reasons(ending: Ending, *, on: date) -> tuple[Reason, ...]:
    """The grounds open on the day for returning, or for refusing, a dossier. There are no others.

    Source: sources.ISSUING_2703, sources.ELECTRONIC_ONLY_680, sources.PERSONAL_ID_NOT_NEEDED.
    """
    return tuple(reason for row in _BY_ENDING[ending] if on in row.valid for reason in row.value)


@cites(sources.ISSUING_2703, sources.PERSONAL_ID_NOT_NEEDED)
def is_permitted(code: str, ending: Ending, *, on: date) -> bool:
    """True when the code names a ground open on the day. False for any other text, `NO_PERSONAL_ID` included.

    Source: sources.ISSUING_2703, sources.PERSONAL_ID_NOT_NEEDED.
    """
    return code in permitted_reasons(ending, on=on)
