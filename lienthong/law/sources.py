"""Every text the rules stand on: instrument, article, days in force, and how well we know it.

One `Source` per provision used. A source is evidence, not a rule: the rules cite it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lienthong.kernel.dates import DateRange, day_first


class Standing(StrEnum):
    """How well the project knows a text; a lawyer raises it by reading the gazette."""

    SECOND_HAND = "second-hand"
    """Seen as quoted by an official page, a law portal or public software; the gazette was not read."""
    LETTER = "letter"
    """Stated in a letter of the insurance agency or of a province that the project holds."""
    ASSUMPTION = "assumption"
    """General knowledge, unconfirmed: check before relying on it."""
    DESIGN = "design"
    """A choice of this project where the texts found are silent."""


@dataclass(frozen=True, slots=True)
class Source:
    """A provision: `in_force` is half-open; `last_checked` is the day somebody compared it with what is public."""

    instrument: str
    title: str
    article: str
    clause: str
    in_force: DateRange
    standing: Standing
    last_checked: date
    note: str = ""

    @property
    def cite_vi(self) -> str:
        """As an official would cite it: `Nghị định 188/2025/NĐ-CP, Điều 12, khoản 4`."""
        return ", ".join(part for part in (self.instrument, self.article, self.clause) if part)

    @property
    def period_vi(self) -> str:
        """The days in force, as papers write them."""
        last = self.in_force.last
        start = f"từ {day_first(self.in_force.start)}"
        return start if last is None else f"{start} đến hết {day_first(last)}"


_CHECKED = date(2026, 11, 22)
_CARD_LAW = "Luật Bảo hiểm y tế 25/2008/QH12"


def _source(
    instrument: str,
    title: str,
    place: tuple[str, str],
    valid: DateRange,
    standing: Standing,
    note: str = "",
) -> Source:
    article, clause = place
    return Source(instrument, title, article, clause, valid, standing, _CHECKED, note)


_SECOND_HAND = Standing.SECOND_HAND
_LETTER = Standing.LETTER
_ASSUMPTION = Standing.ASSUMPTION
_DESIGN = Standing.DESIGN

# A table, read row by row: packed so that it stays one.
# fmt: off
# --- Who is covered, from when to when -------------------------------------------------------------------

CHILD_COVERED = _source(
    f"{_CARD_LAW} (sửa đổi 2014, 2024)", "Trẻ em dưới 6 tuổi là đối tượng tham gia",
    ("Điều 12", ""), DateRange(date(2015, 1, 1)), _SECOND_HAND,
    "Paid by the state budget; precedes the poor household group in the order of the article.",
)
CHILD_CARD_105_2014 = _source(
    "Nghị định 105/2014/NĐ-CP", "Thẻ của trẻ đủ 72 tháng tuổi mà chưa đến kỳ nhập học",
    ("Điều 2", "khoản 1 điểm e"), DateRange(date(2015, 1, 1), date(2018, 12, 1)), _SECOND_HAND,
    "With Art. 16.3.d of the Law as amended by 46/2014. To 30 September without contribution. Read"
    " with the month's end for births after 30 September, at most a month in the child's favour.",
)
CHILD_CARD_146_2018 = _source(
    "Nghị định 146/2018/NĐ-CP", "Thời hạn thẻ của trẻ em dưới 6 tuổi", ("Điều 13", "khoản 2"),
    DateRange(date(2018, 12, 1), date(2025, 7, 1)), _SECOND_HAND,
    "Born before 30/9: to 30/9 of the year of 72 months; after 30/9: to the last day of that"
    " month. The day 30/9 itself is named by neither branch; both give 30/9.",
)
CHILD_CARD_51_2024 = _source(
    "Luật 51/2024/QH15", "Luật BHYT sửa đổi, Điều 16 khoản 3 điểm d", ("Điều 1", "sửa đổi Điều 16"),
    DateRange(date(2025, 7, 1), date(2025, 8, 15)), _SECOND_HAND,
    "Six weeks: the amended Law applied, the new decree did not yet. The 2018 reading is kept.",
)
CHILD_CARD_188_2025 = _source(
    "Nghị định 188/2025/NĐ-CP", "Thời hạn thẻ của trẻ em dưới 6 tuổi", ("Điều 12", "khoản 4"),
    DateRange(date(2025, 8, 15)), _SECOND_HAND,
    "ASSUMPTION: the split at 30 September is kept word for word; safe for births up to 30/9, at"
    " most a month generous otherwise.",
)
FIVE_YEARS = _source(
    "Nghị định 146/2018/NĐ-CP", "Thời điểm đủ 05 năm liên tục", ("Điều 12", "khoản 5"),
    DateRange(date(2015, 1, 1)), _ASSUMPTION,
    "For a child covered from birth: birth date and five years. Interruptions up to three months"
    " do not count.",
)
CONTINUITY_16_3 = _source(
    _CARD_LAW, "Thẻ cấp tiếp có giá trị nối tiếp ngày hết hạn thẻ trước",
    ("Điều 16", "khoản 3 điểm b"), DateRange(date(2009, 7, 1)), _SECOND_HAND,
)
EXCHANGE_5052 = _source(
    "Công văn 5052/BHXH-CNTT", "Cấp, đổi, duyệt và in thẻ; giữ giá trị sử dụng liên tục",
    ("mục 1", ""), DateRange(date(2017, 11, 10)), _LETTER,
    "States the aim, that an exchange must not break the validity line. The split by case is ours.",
)
ONE_PERSON_ONE_CARD = _source(
    _CARD_LAW, "Mỗi người chỉ được cấp một thẻ", ("Điều 16", "khoản 2"),
    DateRange(date(2009, 7, 1)), _SECOND_HAND,
)
LATE_REGISTRATION = _source(
    "Luật Hộ tịch 60/2014/QH13", "Trong 60 ngày kể từ ngày sinh phải đăng ký khai sinh",
    ("Điều 15", "khoản 1"), DateRange(date(2015, 1, 1)), _ASSUMPTION,
    "Of 2016; before it Decree 158/2005 with the same days. A late registration is only remarked"
    " on; the card still starts on the day of birth.",
)
COVER_ENDS_AT_DEATH = _source(
    "Thiết kế của dự án", "Trẻ đã chết trước khi cấp thẻ: không phát hành thẻ", ("", ""),
    DateRange(date(2015, 1, 1)), _DESIGN,
    "The Law covers living persons; no text found says it for an unissued card.",
)

# --- Card code, number, form -----------------------------------------------------------------------------

CARD_CODE_1351 = _source(
    "Quyết định 1351/QĐ-BHXH", "Mã số ghi trên thẻ BHYT (nhóm, mức hưởng, tỉnh, mã số BHXH)",
    ("Điều 2, 3", ""), DateRange(date(2015, 1, 1)), _SECOND_HAND,
    "Of 16/11/2015, as amended by 1697/QĐ-BHXH (2023) and 1018/QĐ-BHXH (2024). Cards of 2015 are"
    " checked by the same list (ASSUMPTION).",
)
BENEFIT_261_2025 = _source(
    "Nghị quyết 261/2025/QH15",
    "Nâng mức hưởng hộ cận nghèo (CN) và người hưởng trợ cấp hưu trí xã hội (LH)", ("", ""),
    DateRange(date(2026, 1, 1)), _SECOND_HAND,
    "With letter 38/BYT-BH of 06/01/2026: CN from 3 to 2, LH from 4 to 2.",
)
SOCIAL_PENSION_GROUP = _source(
    "Luật Bảo hiểm xã hội 41/2024/QH15", "Nhóm LH: người hưởng trợ cấp hưu trí xã hội", ("", ""),
    DateRange(date(2025, 7, 1)), _ASSUMPTION,
    "The day the group code entered the list was not found.",
)
INSURANCE_NUMBER_595 = _source(
    "Quyết định 595/QĐ-BHXH", "Mã số BHXH: 10 chữ số, mỗi người một mã số duy nhất",
    ("Điều 2", "khoản 2.13"), DateRange(date(2015, 1, 1)), _SECOND_HAND,
    "No published check digit. Since 01/08/2025 the personal id may stand for it (1804/BHXH-QLT);"
    " the ten digits stay usable.",
)
WRONG_STRUCTURE_3440 = _source(
    "Thông báo 3440/TB-BHXH", "Số sổ sai cấu trúc, cấp trùng", ("", ""),
    DateRange(date(2015, 1, 1)), _LETTER,
    "Names the fault without defining it; that is ours. A prefix outside the list only warns.",
)
PROVINCES_124_2004 = _source(
    "Quyết định 124/2004/QĐ-TTg", "Danh mục mã 63 tỉnh, thành phố", ("Điều 1", ""),
    DateRange(date(2008, 8, 1), date(2025, 7, 1)), _SECOND_HAND,
    "As it stood since Hà Tây joined Hà Nội.",
)
PROVINCES_202_2025 = _source(
    "Nghị quyết 202/2025/QH15; Quyết định 19/2025/QĐ-TTg",
    "Sắp xếp còn 34 tỉnh, thành phố; danh mục mã", ("Điều 1", ""), DateRange(date(2025, 7, 1)),
    _SECOND_HAND, "Cards and personal ids issued earlier keep the old digits.",
)
CARD_FORM_1313 = _source(
    "Quyết định 1313/QĐ-BHXH", "Mẫu thẻ BHYT (in mã thẻ 15 ký tự, tên mẹ, cha hoặc người giám hộ)",
    ("", ""), DateRange(date(2015, 1, 1)), _SECOND_HAND,
    "Of 02/12/2014. Cards in this form stay valid.",
)
CARD_FORM_1666 = _source(
    "Quyết định 1666/QĐ-BHXH", "Mẫu thẻ BHYT mới (in 10 chữ số)", ("", ""),
    DateRange(date(2021, 4, 1)), _SECOND_HAND, "Of 03/12/2020.",
)
CARD_FORM_HCMC = _source(
    "Công văn 519/BHXH-CST", "Thành phố Hồ Chí Minh dùng mẫu thẻ mới từ 11/02/2022", ("", ""), DateRange(date(2022, 2, 11)), _SECOND_HAND)
PAPER_CARD_188_2025 = _source(
    "Luật 51/2024/QH15; Nghị định 188/2025/NĐ-CP",
    "Thẻ điện tử và thẻ giấy có giá trị như nhau; thẻ giấy khi có đề nghị", ("Điều 11", "khoản 1"),
    DateRange(date(2025, 7, 1)), _SECOND_HAND,
)
PAPER_CARD_168 = _source(
    "Công văn 168/BHXH-QLT", "Chỉ in thẻ giấy trong ba trường hợp", ("", ""),
    DateRange(date(2025, 6, 1), date(2025, 7, 1)), _SECOND_HAND,
    "A child under 14 has no chip card as a rule and so may still get paper (ASSUMPTION).",
)

# --- Personal id -----------------------------------------------------------------------------------------

PERSONAL_ID_137_2015 = _source(
    "Nghị định 137/2015/NĐ-CP", "Cấu trúc số định danh cá nhân: 12 số", ("Điều 13", ""),
    DateRange(date(2016, 2, 15)), _SECOND_HAND,
    "With the annexes of Circular 07/2016/TT-BCA, then 59/2021/TT-BCA; kept by Law 26/2023/QH15,"
    " Art. 12. No check digit. All findings but form and test numbers only warn.",
)
NUMBER_1804 = _source("Công văn 1804/BHXH-QLT", "Số định danh thay mã số BHXH; mã số 10 chữ số đã cấp vẫn dùng", ("", ""), DateRange(date(2025, 8, 1)), _SECOND_HAND)
PERSONAL_ID_70_2024 = _source("Nghị định 70/2024/NĐ-CP", "Hủy, xác lập lại số định danh; số cũ được lưu", ("Điều 11", "khoản 7, 8, 11"), DateRange(date(2024, 7, 1)), _SECOND_HAND)
PERSONAL_ID_ISSUING = _source(
    "Công văn 4756/BTP-HTQTCT", "Cấp số định danh khi đăng ký khai sinh: điều kiện", ("", ""),
    DateRange(date(2016, 1, 1)), _SECOND_HAND,
    "Of 18/12/2020: Vietnamese citizen, sex determined, under 14, registered from 01/01/2016.",
)
PERSONAL_ID_NOT_NEEDED = _source(
    "Công văn 2703/STP-HCTP", "Không từ chối cấp thẻ vì chưa có số định danh cá nhân",
    ("mục 3", ""), DateRange(date(2021, 10, 14)), _LETTER,
    "Applied to every province and every day: nothing found allows a refusal on that ground.",
)

# --- Dossiers, channels, reasons -------------------------------------------------------------------------

ISSUING_2703 = _source(
    "Công văn 2703/STP-HCTP", "Cấp thẻ ngay khi nhận dữ liệu; các trường hợp trả lại",
    ("mục 3", ""), DateRange(date(2021, 10, 14)), _LETTER,
    "The rows of the decision table beyond the letter are ours.",
)
PAPER_2703 = _source(
    "Công văn 2703/STP-HCTP", "Các trường hợp nhận hồ sơ giấy (Hà Nội)", ("mục 1", ""),
    DateRange(date(2021, 10, 6)), _LETTER,
    'Agreed between two agencies of one city; the letter says "như" (such as), so each province'
    " may have its own list.",
)
PAPER_ELSEWHERE = _source(
    "Thiết kế của dự án", "Áp dụng danh mục của Hà Nội cho địa phương chưa có danh mục riêng",
    ("", ""), DateRange(date(2021, 10, 6)), _DESIGN,
    "ASSUMPTION: no other province's list was found.",
)
ELECTRONIC_ONLY_680 = _source(
    "Công văn 680/BHXH-CNTT", "Chỉ tiếp nhận hồ sơ liên thông điện tử tại địa bàn đã kết nối",
    ("mục 3", ""), DateRange(date(2020, 3, 4)), _LETTER,
    "Said again by 2118/BHXH-CNTT of 30/06/2020, section 2.",
)
BIRTH_RECORD_FACTS = _source(
    "Thông tư 04/2020/TT-BTP",
    "Nội dung đăng ký khai sinh (sổ, số, ngày, họ tên, giới tính, ngày sinh, cha mẹ)", ("", ""),
    DateRange(date(2015, 1, 1)), _ASSUMPTION,
    "Facts without which no child can be told from another. The list is this project's contract"
    " with the sender.",
)
RETURN_976 = _source(
    "Quyết định 976/QĐ-BHXH",
    "Hồ sơ không hợp lệ: trả lại, nêu rõ lý do, chậm nhất 01 ngày làm việc", ("", ""),
    DateRange(date(2023, 7, 1)), _SECOND_HAND,
)

# --- Days and hours --------------------------------------------------------------------------------------

CHAIN_1299 = _source(
    "Quyết định 1299/QĐ-TTg",
    "Thí điểm liên thông: khai sinh và cấp thẻ không quá 15 ngày làm việc", ("", ""),
    DateRange(date(2014, 8, 4), date(2015, 7, 1)), _SECOND_HAND, "20 for the three procedures.",
)
CHAIN_05_2015 = _source(
    "Thông tư liên tịch 05/2015/TTLT-BTP-BCA-BYT",
    "Liên thông ba thủ tục không quá 20 ngày làm việc", ("", ""),
    DateRange(date(2015, 7, 1), date(2023, 7, 1)), _SECOND_HAND,
    "ASSUMPTION: ten of them for the card.",
)
CARD_LEG_595 = _source(
    "Quyết định 595/QĐ-BHXH", "Thời hạn cấp thẻ mới, cấp lại, đổi thẻ", ("Điều 30", ""),
    DateRange(date(2017, 5, 1)), _SECOND_HAND,
    "Of 14/04/2017; new at most 5 days, without change 2 (same day from 01/01/2019), with change"
    " 3. ASSUMPTION: in force from 01/05/2017.",
)
REISSUE_959 = _source(
    "Quyết định 959/QĐ-BHXH", "Cấp lại, đổi thẻ không quá 05 ngày làm việc", ("", ""),
    DateRange(date(2015, 12, 1), date(2017, 5, 1)), _ASSUMPTION,
)
CARD_LEG_896 = _source(
    "Quyết định 896/QĐ-BHXH", "Cấp mới 03 ngày làm việc", ("", ""),
    DateRange(date(2021, 10, 28), date(2023, 7, 1)), _SECOND_HAND,
    "Year known; ASSUMPTION: in force from 28/10/2021.",
)
CARD_LEG_976 = _source(
    "Quyết định 976/QĐ-BHXH", "Liên thông khai sinh: toàn trình 04 ngày, cấp thẻ 02 ngày làm việc",
    ("", ""), DateRange(date(2023, 7, 1)), _SECOND_HAND,
    "Of 12/06/2023. The card's two days are kept under Decree 63/2024, which states no step of its"
    " own that was found.",
)
CHAIN_63_2024 = _source(
    "Nghị định 63/2024/NĐ-CP", "Liên thông khai sinh, thường trú, thẻ BHYT: 03 ngày làm việc",
    ("", ""), DateRange(date(2024, 7, 1)), _SECOND_HAND,
    "Of 10/06/2024, applied from 01/07/2024 (ASSUMPTION). Whether Decree 301/2026/NĐ-CP changes"
    " the total is open.",
)
CLIMBING = _source("Công văn 5052/BHXH-CNTT", "Việc quá hạn được báo lên Trưởng bộ phận Sổ, thẻ, rồi Giám đốc BHXH tỉnh", ("mục 1", ""),
    DateRange(date(2017, 11, 10)), _DESIGN, "The letter names who answers; how many days each has, and the days for a task, are ours.")
APPROVAL_SAME_DAY = _source(
    "Công văn 5052/BHXH-CNTT", "Duyệt và in ngay khi nhận được yêu cầu", ("mục 1", ""),
    DateRange(date(2017, 11, 10)), _LETTER, '"Immediately" read as the same working day.',
)
OFF_PROCESS = _source(
    "Thiết kế của dự án", "Thời hạn trả thẻ sau khi in; ngưỡng cấp lại, đổi thẻ nhiều lần", ("", ""),
    DateRange(date(2017, 11, 10)), _DESIGN, "Letter 5052 asks for both without a figure.",
)
HOLIDAYS_112 = _source(
    "Bộ luật Lao động 45/2019/QH14; Nghị quyết 28/2026/QH16", "Nghỉ lễ, tết; 24/11 từ 01/07/2026",
    ("Điều 112", ""), DateRange(date(2013, 5, 1)), _SECOND_HAND,
    "Days by the PyPI package `holidays` (VN), corrected by working_days.toml. Before 2021 the"
    " Labour Code 10/2012. Tết of a year not yet announced is an estimate.",
)
COUNTING_147 = _source(
    "Bộ luật Dân sự 91/2015/QH13", "Ngày đầu tiên không tính, tính từ ngày tiếp theo",
    ("Điều 147", ""), DateRange(date(2013, 5, 1)), _ASSUMPTION,
    "The day of receipt is day 0, working or not.",
)
CUT_OFF = _source(
    "Quy định một cửa điện tử cấp tỉnh", "Tiếp nhận sau 17 giờ tính từ ngày làm việc tiếp theo",
    ("", ""), DateRange(date(2013, 5, 1)), _SECOND_HAND,
    "Seen in one province's one-stop software, with 7:00-11:30 and 13:30-17:00. ASSUMPTION: the same everywhere.",
)

# --- Money -----------------------------------------------------------------------------------------------

CONTRIBUTION_RATE = _source(
    "Nghị định 105/2014/NĐ-CP, nay là 188/2025/NĐ-CP", "Mức đóng bằng 4,5% mức lương cơ sở",
    ("Điều 2", "khoản 1 điểm e"), DateRange(date(2015, 1, 1)), _SECOND_HAND,
    "ASSUMPTION: unchanged by 146/2018 and 188/2025.",
)
CONTRIBUTION_MONTHS = _source(
    "Nghị định 105/2014/NĐ-CP", "Ngân sách đóng cho trẻ; kéo dài đến 30/9 không phải đóng",
    ("Điều 2", "khoản 1 điểm e"), DateRange(date(2015, 1, 1)), _ASSUMPTION,
    "From the month of birth to the month before the one of 72 months; the extension is free of"
    " contribution by the decree's own words, the first month is general knowledge.",
)
BASE_PAY_66_2013 = _source(
    "Nghị định 66/2013/NĐ-CP", "Mức lương cơ sở 1.150.000 đồng", ("", ""),
    DateRange(date(2013, 7, 1), date(2016, 5, 1)), _ASSUMPTION,
)
BASE_PAY_47_2016 = _source(
    "Nghị định 47/2016/NĐ-CP", "Mức lương cơ sở 1.210.000 đồng", ("", ""),
    DateRange(date(2016, 5, 1), date(2017, 7, 1)), _ASSUMPTION,
)
BASE_PAY_47_2017 = _source(
    "Nghị định 47/2017/NĐ-CP", "Mức lương cơ sở 1.300.000 đồng", ("", ""),
    DateRange(date(2017, 7, 1), date(2018, 7, 1)), _ASSUMPTION,
)
BASE_PAY_72_2018 = _source(
    "Nghị định 72/2018/NĐ-CP", "Mức lương cơ sở 1.390.000 đồng", ("", ""),
    DateRange(date(2018, 7, 1), date(2019, 7, 1)), _ASSUMPTION,
)
BASE_PAY_38_2019 = _source(
    "Nghị định 38/2019/NĐ-CP", "Mức lương cơ sở 1.490.000 đồng", ("", ""),
    DateRange(date(2019, 7, 1), date(2023, 7, 1)), _ASSUMPTION,
)
BASE_PAY_24_2023 = _source(
    "Nghị định 24/2023/NĐ-CP", "Mức lương cơ sở 1.800.000 đồng", ("", ""),
    DateRange(date(2023, 7, 1), date(2024, 7, 1)), _ASSUMPTION,
)
BASE_PAY_73_2024 = _source(
    "Nghị định 73/2024/NĐ-CP", "Mức lương cơ sở 2.340.000 đồng", ("", ""),
    DateRange(date(2024, 7, 1), date(2026, 7, 1)), _SECOND_HAND,
)
BASE_PAY_161_2026 = _source(
    "Nghị định 161/2026/NĐ-CP", "Mức lương cơ sở 2.530.000 đồng", ("Điều 3", "khoản 2"),
    DateRange(date(2026, 7, 1)), _SECOND_HAND,
    "Of 15/05/2026, as cited by several public programs.",
)

# --- Regimes ---------------------------------------------------------------------------------------------

REGISTER = _source(
    "Thiết kế của dự án", "Sổ các thời kỳ áp dụng", ("", ""), DateRange(date(2008, 8, 1)), _DESIGN,
    "Keys and dates of regimes; each entry repeats the instrument it comes from.",
)
REROUTING_680 = _source(
    "Công văn 680/BHXH-CNTT", "Xử lý hồ sơ khi thay đổi địa bàn hành chính", ("mục 2", ""),
    DateRange(date(2020, 3, 4)), _LETTER, "That an approved card, not yet printed, falls under 2.1 is our reading.",
)
TABULATION = _source("Thiết kế của dự án", "Bảng tra lập từ các quy tắc của thư viện", ("", ""), DateRange(date(2015, 1, 1)), _DESIGN, "Rows repeat the cited functions.")

# fmt: on

ALL: dict[str, Source] = {name: it for name, it in globals().items() if isinstance(it, Source)}
"""Every source by its name in this module, in the order of the file."""

CHECK_AGAIN_AFTER = timedelta(days=180)
"""A text not compared with what is public for longer than this is due again."""

_NAMES: dict[Source, str] = {source: name for name, source in ALL.items()}


def name_of(source: Source) -> str:
    """The name a source bears in this module. Raises KeyError for a source made elsewhere."""
    return _NAMES[source]


def due_for_checking(on: date) -> tuple[str, ...]:
    """The names of texts last checked more than 180 days before the day, in the order of the file."""
    return tuple(name for name, it in ALL.items() if on - it.last_checked > CHECK_AGAIN_AFTER)
