"""The register of regimes (sổ các thời kỳ áp dụng): which of them hold on a day, as keys for settings and reports.

The rules do not branch on these keys; they carry their own dated rows. A test holds the two together.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lienthong.kernel.dates import DateRange
from lienthong.law import sources
from lienthong.law.dated import cites


class Regime(StrEnum):
    """A key of the register."""

    NUMBER_10 = "NUMBER_10"
    NUMBER_PID = "NUMBER_PID"
    CODE_15_BHXH = "CODE_15_BHXH"
    CARD_1313 = "CARD_1313"
    CARD_1666 = "CARD_1666"
    PAPER_EXCEPTION = "PAPER_EXCEPTION"
    REISSUE_SAME_DAY = "REISSUE_SAME_DAY"
    CHAIN_20WD = "CHAIN_20WD"
    CHAIN_4WD = "CHAIN_4WD"
    CHAIN_3WD = "CHAIN_3WD"
    PORTAL_INTEGRATED = "PORTAL_INTEGRATED"
    GCS_18 = "GCS_18"
    BENEFIT_2026 = "BENEFIT_2026"
    ADMIN_63 = "ADMIN_63"
    ADMIN_34 = "ADMIN_34"
    PDP_13_2023 = "PDP_13_2023"
    PDP_91_2025 = "PDP_91_2025"
    HOLIDAY_24_11 = "HOLIDAY_24_11"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the register; `valid` is half-open, `instrument` the text it comes from."""

    regime: Regime
    valid: DateRange
    title_vi: str
    instrument: str


_REGISTER = (
    Entry(
        Regime.NUMBER_10,
        DateRange(date(2017, 1, 1)),
        "Mã số BHXH 10 chữ số",
        "Quyết định 595/QĐ-BHXH",
    ),
    Entry(
        Regime.NUMBER_PID,
        DateRange(date(2025, 8, 1)),
        "Số định danh cá nhân thay mã số BHXH (mã 10 số vẫn dùng được)",
        "Công văn 1804/BHXH-QLT",
    ),
    Entry(
        Regime.CODE_15_BHXH,
        DateRange(date(2017, 11, 1)),
        "Mã thẻ 15 ký tự, 10 số cuối là mã số BHXH",
        "Công văn 4955/BHXH-ST",
    ),
    Entry(
        Regime.CARD_1313,
        DateRange(date(2015, 1, 1), date(2021, 4, 1)),
        "Mẫu thẻ in mã thẻ và tên cha mẹ (Thành phố Hồ Chí Minh đến 10/02/2022)",
        "Quyết định 1313/QĐ-BHXH",
    ),
    Entry(
        Regime.CARD_1666,
        DateRange(date(2021, 4, 1)),
        "Mẫu thẻ in 10 chữ số",
        "Quyết định 1666/QĐ-BHXH",
    ),
    Entry(
        Regime.PAPER_EXCEPTION,
        DateRange(date(2025, 6, 1)),
        "Thẻ giấy là ngoại lệ; từ 01/07/2025 khi có đề nghị",
        "Công văn 168/BHXH-QLT; Luật 51/2024/QH15",
    ),
    Entry(
        Regime.REISSUE_SAME_DAY,
        DateRange(date(2019, 1, 1)),
        "Cấp lại thẻ không đổi thông tin trong ngày",
        "Quyết định 595/QĐ-BHXH",
    ),
    Entry(
        Regime.CHAIN_20WD,
        DateRange(date(2015, 7, 1), date(2023, 7, 1)),
        "Liên thông không quá 20 ngày làm việc",
        "Thông tư liên tịch 05/2015/TTLT-BTP-BCA-BYT",
    ),
    Entry(
        Regime.CHAIN_4WD,
        DateRange(date(2023, 7, 1), date(2024, 7, 1)),
        "Liên thông không quá 04 ngày làm việc",
        "Quyết định 976/QĐ-BHXH",
    ),
    Entry(
        Regime.CHAIN_3WD,
        DateRange(date(2024, 7, 1)),
        "Liên thông không quá 03 ngày làm việc",
        "Nghị định 63/2024/NĐ-CP",
    ),
    Entry(
        Regime.PORTAL_INTEGRATED,
        DateRange(date(2026, 9, 1)),
        "Cổng Dịch vụ công quốc gia thay phần mềm liên thông (song song đến 01/01/2027)",
        "Nghị định 301/2026/NĐ-CP",
    ),
    Entry(
        Regime.GCS_18,
        DateRange(date(2025, 10, 1)),
        "Mã giấy chứng sinh 18 ký tự",
        "Thông tư 22/2025/TT-BYT",
    ),
    Entry(
        Regime.BENEFIT_2026,
        DateRange(date(2026, 1, 1)),
        "Nhóm CN từ mức 3 lên 2, nhóm LH từ mức 4 lên 2",
        "Nghị quyết 261/2025/QH15",
    ),
    Entry(
        Regime.ADMIN_63,
        DateRange(date(2008, 8, 1), date(2025, 7, 1)),
        "63 tỉnh, thành phố; ba cấp",
        "Quyết định 124/2004/QĐ-TTg",
    ),
    Entry(
        Regime.ADMIN_34,
        DateRange(date(2025, 7, 1)),
        "34 tỉnh, thành phố; hai cấp",
        "Nghị quyết 202/2025/QH15",
    ),
    Entry(
        Regime.PDP_13_2023,
        DateRange(date(2023, 7, 1), date(2026, 1, 1)),
        "Bảo vệ dữ liệu cá nhân theo nghị định",
        "Nghị định 13/2023/NĐ-CP",
    ),
    Entry(
        Regime.PDP_91_2025,
        DateRange(date(2026, 1, 1)),
        "Bảo vệ dữ liệu cá nhân theo luật",
        "Luật 91/2025/QH15",
    ),
    Entry(
        Regime.HOLIDAY_24_11,
        DateRange(date(2026, 7, 1)),
        "Nghỉ Ngày Văn hóa Việt Nam 24/11",
        "Nghị quyết 28/2026/QH16",
    ),
)


@cites(sources.REGISTER)
def regimes(*, on: date) -> tuple[Entry, ...]:
    """The entries of the register that hold on the day, in its order.

    Source: sources.REGISTER.
    """
    return tuple(entry for entry in _REGISTER if on in entry.valid)


@cites(sources.REGISTER)
def holds(regime: Regime, *, on: date) -> bool:
    """True when the regime holds on the day.

    Source: sources.REGISTER.
    """
    return any(entry.regime is regime for entry in regimes(on=on))


@cites(sources.REGISTER)
def register() -> tuple[Entry, ...]:
    """The whole register, past regimes included, in its order.

    Source: sources.REGISTER.
    """
    return _REGISTER
