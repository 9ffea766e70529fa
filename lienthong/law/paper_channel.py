"""When a paper dossier (hồ sơ giấy) may be taken instead of the electronic one: closed lists by province and date.

Whether the child is already known is the matching's business; this only says which reasons exist and what they need.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lienthong.law import sources
from lienthong.law.dated import Dated, cites
from lienthong.law.sources import Source


class PaperReason(StrEnum):
    """Why a dossier comes on paper."""

    ERROR_CORRECTED = "A1"
    CIVIL_STATUS_CHANGED = "A2"
    EARLIER_DATA_CANCELLED = "A3"
    REGISTERED_ELSEWHERE = "B"
    REGISTERED_BY_FOREIGN_AUTHORITY = "C1"
    REGISTERED_AT_MISSION_ABROAD = "C2"
    NUMBER_LATE_AND_URGENT = "C3"
    LOCAL_ADDITION = "K"
    """Agreed between the two agencies of one province; open only where its list says so, and always with a note."""


class ExistingRecord(StrEnum):
    """What our data must hold about the child for a reason to be accepted."""

    MUST_EXIST = "must exist"
    MUST_BE_CANCELLED = "must be cancelled"
    MUST_NOT_EXIST = "must not exist"


@dataclass(frozen=True, slots=True)
class PaperRule:
    """What a reason means and needs. `creates` is False where the existing record is changed instead."""

    reason: PaperReason
    title_vi: str
    existing: ExistingRecord
    creates: bool
    condition_vi: str
    evidence_vi: tuple[str, ...]
    needs_note: bool = False


_RULES: Mapping[PaperReason, PaperRule] = {
    rule.reason: rule
    for rule in (
        PaperRule(
            PaperReason.ERROR_CORRECTED,
            "Dữ liệu đã gửi, nay đính chính sai sót",
            ExistingRecord.MUST_EXIST,
            creates=False,
            condition_vi="Trẻ đã có hồ sơ điện tử còn hiệu lực trên địa bàn; hồ sơ giấy sửa chính hồ sơ đó, không lập hồ sơ mới.",
            evidence_vi=("Giấy khai sinh đã sửa", "Văn bản đính chính"),
        ),
        PaperRule(
            PaperReason.CIVIL_STATUS_CHANGED,
            "Dữ liệu đã gửi, nay cải chính, thay đổi, bổ sung hộ tịch hoặc xác định lại dân tộc",
            ExistingRecord.MUST_EXIST,
            creates=False,
            condition_vi="Trẻ đã có hồ sơ điện tử còn hiệu lực trên địa bàn; hồ sơ giấy sửa chính hồ sơ đó, không lập hồ sơ mới.",
            evidence_vi=("Quyết định của cơ quan hộ tịch",),
        ),
        PaperRule(
            PaperReason.EARLIER_DATA_CANCELLED,
            "Dữ liệu đã gửi bị hủy do sai năm sinh, giới tính, thẩm quyền hoặc trái pháp luật",
            ExistingRecord.MUST_BE_CANCELLED,
            creates=True,
            condition_vi="Đăng ký trước của trẻ đã bị hủy. Nếu hệ thống chưa ghi nhận việc hủy, ghi nhận theo văn bản hủy trước.",
            evidence_vi=("Văn bản hủy đăng ký trước", "Giấy khai sinh mới"),
        ),
        PaperRule(
            PaperReason.REGISTERED_ELSEWHERE,
            "Đăng ký khai sinh nơi khác, nay cư trú tại địa bàn và chưa có thẻ",
            ExistingRecord.MUST_NOT_EXIST,
            creates=True,
            condition_vi="Trẻ cư trú tại tỉnh, thành phố này và chưa có hồ sơ, mã số hay thẻ nào trên toàn quốc.",
            evidence_vi=("Giấy khai sinh", "Giấy tờ chứng minh nơi cư trú"),
        ),
        PaperRule(
            PaperReason.REGISTERED_BY_FOREIGN_AUTHORITY,
            "Đã đăng ký khai sinh tại cơ quan nước ngoài, ghi vào sổ hộ tịch",
            ExistingRecord.MUST_NOT_EXIST,
            creates=True,
            condition_vi="Việc khai sinh đã ghi vào sổ hộ tịch trong nước; trẻ chưa có hồ sơ nào. Chưa cần số định danh.",
            evidence_vi=("Trích lục ghi vào sổ hộ tịch", "Giấy khai sinh do nước ngoài cấp"),
        ),
        PaperRule(
            PaperReason.REGISTERED_AT_MISSION_ABROAD,
            "Đăng ký khai sinh tại cơ quan đại diện Việt Nam ở nước ngoài, nay về nước cư trú",
            ExistingRecord.MUST_NOT_EXIST,
            creates=True,
            condition_vi="Trẻ đã về nước cư trú và chưa có hồ sơ nào. Số định danh bổ sung sau.",
            evidence_vi=("Giấy khai sinh do cơ quan đại diện cấp",),
        ),
        PaperRule(
            PaperReason.NUMBER_LATE_AND_URGENT,
            "Chưa có số định danh cá nhân mà gia đình cần thẻ gấp",
            ExistingRecord.MUST_NOT_EXIST,
            creates=True,
            condition_vi="Giấy khai sinh đã cấp, chưa có số định danh, và dữ liệu điện tử chưa đến.",
            evidence_vi=("Giấy khai sinh chưa có số định danh cá nhân",),
        ),
        PaperRule(
            PaperReason.LOCAL_ADDITION,
            "Trường hợp khác do BHXH tỉnh và Sở Tư pháp thống nhất",
            ExistingRecord.MUST_NOT_EXIST,
            creates=True,
            condition_vi="Có văn bản thống nhất của hai cơ quan; trẻ chưa có hồ sơ nào. Phải ghi rõ lý do và số văn bản.",
            evidence_vi=("Văn bản thống nhất của hai cơ quan", "Giấy khai sinh"),
            needs_note=True,
        ),
    )
}

TITLES_VI: Mapping[PaperReason, str] = {reason: rule.title_vi for reason, rule in _RULES.items()}
"""What each reason says, as officials read it."""

_OF_THE_LETTER = tuple(reason for reason in PaperReason if reason is not PaperReason.LOCAL_ADDITION)
_EVERYWHERE_ELSE = ""
# Province of the day (two digits) to its list; a province without a row uses the last line. A local list, or an end of
# the list, is a further row with its own days and its own source: only here.
_LISTS: Mapping[str, tuple[Dated[tuple[PaperReason, ...]], ...]] = {
    "01": (Dated(sources.PAPER_2703.in_force, _OF_THE_LETTER, sources.PAPER_2703),),
    _EVERYWHERE_ELSE: (
        Dated(sources.PAPER_ELSEWHERE.in_force, _OF_THE_LETTER, sources.PAPER_ELSEWHERE),
    ),
}


@cites(sources.PAPER_2703, sources.PAPER_ELSEWHERE, sources.ELECTRONIC_ONLY_680)
def paper_reasons(province: str, *, on: date) -> tuple[PaperRule, ...]:
    """The reasons for which the province takes a paper dossier on the day, in the order of the letter.

    Empty before the lists began: electronic only.

    Source: sources.PAPER_2703, sources.PAPER_ELSEWHERE, sources.ELECTRONIC_ONLY_680.
    """
    rows = _LISTS.get(province, _LISTS[_EVERYWHERE_ELSE])
    return tuple(_RULES[reason] for row in rows if on in row.valid for reason in row.value)


@cites(sources.PAPER_2703, sources.PAPER_ELSEWHERE, sources.ELECTRONIC_ONLY_680)
def paper_texts(province: str, *, on: date) -> tuple[Source, ...]:
    """The texts that `paper_reasons` applies to the same arguments, so that a page can say whose list it shows.

    Empty before the lists began.

    Source: sources.PAPER_2703, sources.PAPER_ELSEWHERE, sources.ELECTRONIC_ONLY_680.
    """
    rows = _LISTS.get(province, _LISTS[_EVERYWHERE_ELSE])
    return tuple(row.source for row in rows if on in row.valid)


@cites(sources.PAPER_2703, sources.ELECTRONIC_ONLY_680)
def may_take_paper(
    reason: PaperReason,
    *,
    province: str,
    on: date,
    record_exists: bool,
    is_record_cancelled: bool = False,
) -> bool:
    """True when the reason is open in the province that day and our data are as it demands.

    `record_exists`: an electronic record, dossier or card of this child was found; `is_record_cancelled`:
    that record was cancelled. False means: refuse with `PAPER_NOT_ALLOWED` and point to the electronic way.

    Source: sources.PAPER_2703, sources.ELECTRONIC_ONLY_680.
    """
    rule = _RULES[reason]
    is_open = rule in paper_reasons(province, on=on)
    found = ExistingRecord.MUST_NOT_EXIST
    if record_exists:
        cancelled, standing = ExistingRecord.MUST_BE_CANCELLED, ExistingRecord.MUST_EXIST
        found = cancelled if is_record_cancelled else standing
    return is_open and rule.existing is found
