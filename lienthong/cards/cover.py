"""The line of cover of one child (quá trình tham gia): the stretches of active cards, before and after a further card.

Pure: days in, days out. The database says the same at commit (`cards_no_gap`); this says it in a sentence, beforehand.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Refused
from lienthong.law.continuity import Continuity

_KEEPS_OLD = frozenset({"002-3", "002-4"})
"""The card before runs, or ran, to its own end and stays part of the line."""
RULES_VI = {
    "002-2": (
        "Thẻ cũ còn giá trị: thẻ mới giữ nguyên thời hạn và thời điểm đủ 05 năm liên tục."
        " Thẻ cũ hết giá trị đúng lúc thẻ mới được duyệt, không sớm hơn."
    ),
    "002-3": (
        "Thẻ cũ còn giá trị, thời hạn được hưởng mới bắt đầu sau: thẻ mới nối tiếp từ ngày ngay sau thẻ cũ."
        " Thẻ cũ vẫn dùng đến hết hạn; thời điểm đủ 05 năm giữ nguyên."
    ),
    "002-4": (
        "Thẻ cũ đã hết hạn nhưng trẻ vẫn được hưởng trong thời gian trống: thẻ mới bắt đầu từ ngày ngay sau thẻ cũ,"
        " quá trình tham gia liên tục; thời điểm đủ 05 năm giữ nguyên."
    ),
    "002-5": (
        "Có thời gian không được hưởng sau thẻ cũ: thẻ mới bắt đầu từ ngày được hưởng lại,"
        " thời gian 05 năm liên tục tính lại từ đầu."
    ),
    "002-6": (
        "Ngày sinh được điều chỉnh: thời hạn thẻ và thời điểm đủ 05 năm tính lại theo ngày sinh đúng."
        " Thẻ cũ hết giá trị đúng lúc thẻ mới được duyệt, không sớm hơn."
    ),
}
"""What each rule does to the days and to the card before, as an officer reads it (letter 5052)."""
NEW = 0
"""In place of the id of a card that is not there yet."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One card of the line: half-open days and a status of `cards.lifecycle`."""

    card_id: int
    status: str
    valid: DateRange


def entitled_after(decision: Continuity, held: DateRange) -> DateRange:
    """The child's entitlement once the further card is approved; `held` is that of now."""
    if decision.rule in {"002-5", "002-6"}:
        return decision.valid
    if decision.rule in _KEEPS_OLD:
        return DateRange(held.start, decision.valid.end)
    return held


def line_after(
    line: Sequence[Stretch], ended: Collection[int], new: Sequence[DateRange]
) -> tuple[Stretch, ...]:
    """The line once further cards of these days are approved and those of `ended` are not counted; new ones have the id `NEW`."""
    kept = (it for it in line if it.card_id not in ended)
    issued = (Stretch(NEW, "requested", days) for days in new)
    return tuple(sorted((*kept, *issued), key=lambda it: it.valid.start))


def check(line: Sequence[Stretch], entitled: DateRange) -> None:
    """Raise Refused (002-7) unless the stretches follow each other day by day through the whole entitlement."""
    ends = [entitled.start, *(it.valid.end for it in line)]
    for it, day in zip(line, ends, strict=False):
        if it.valid.start != day:
            raise Refused(
                "Thẻ mới sẽ để trống hoặc chồng thời gian với thẻ khác của trẻ; chưa lập yêu cầu.",
                code="002-7",
                field="valid",
            )
    if ends[-1] != entitled.end:
        raise Refused(
            "Thẻ mới không phủ đúng thời gian trẻ được hưởng; chưa lập yêu cầu.",
            code="002-7",
            field="valid",
        )
