"""What a page of figures is asked for: which days, as of which instant, by which level, within which area.

One address says all of it, so that a number can be opened again, sent on, and gives the same answer.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from lienthong.catalogues import queries as catalogues
from lienthong.kernel.dates import VIETNAM, day_first, parse_iso_date, vietnam_date
from lienthong.reports import forms, places
from lienthong.web.page import Call

LEVELS_VI = {
    "country": "Cả nước",
    "province": "Tỉnh, thành phố",
    "district": "Huyện (trước 01/07/2025)",
    "unit": "Đơn vị cấp thẻ",
    "commune": "Xã, phường",
}
REFORM = date(2025, 7, 1)
_QUARTER = 3
_MONTHS = 12
_CODE_LENGTH = 20
_ELSEWHERE_VI = "Nơi này ngoài địa bàn của bạn; dưới đây là số liệu của địa bàn bạn."


@dataclass(frozen=True, slots=True)
class Asked:
    """`as_of` is the instant of the figures; `is_live` when it is simply now. `against` is a second one to compare.

    `within` is a province's or unit's code, '' for all that the officer sees. `said` tells what made no sense.
    """

    first: date
    last: date
    as_of: datetime
    is_live: bool
    level: str
    within: str
    against: datetime | None = None
    is_usual_level: bool = True
    said: str = ""

    @property
    def period(self) -> tuple[date, date]:
        """The days, both included."""
        return self.first, self.last

    def of_days(self, first: date, last: date) -> "Asked":
        """The same question of other days."""
        return replace(self, first=first, last=last)

    def at_its_instant(self) -> "Asked":
        """The same question, which no longer moves on with the clock."""
        return replace(self, is_live=False)

    def query(self, **changes: str) -> str:
        """The address of the same question, with changes.

        What is usual is left out: the twelve months up to the day of the instant, by the level that comes first.
        The words are those of the address: tu, den, luc, cap, trong, so-voi (written so_voi) and the page's own.
        """
        last = vietnam_date(self.as_of)
        is_usual = self.period == (_usual_first(last), last)
        words = {
            "tu": "" if is_usual else self.first.isoformat(),
            "den": "" if is_usual else self.last.isoformat(),
            "luc": "" if self.is_live else written(self.as_of),
            "so-voi": written(self.against) if self.against else "",
            "cap": "" if self.is_usual_level else self.level,
            "trong": self.within,
        }
        words |= {name.replace("_", "-"): value for name, value in changes.items()}
        return urlencode({name: value for name, value in words.items() if value})


@dataclass(frozen=True, slots=True)
class Preset:
    """Days that are asked for often, one click away."""

    label_vi: str
    first: date
    last: date
    is_here: bool = False


def asked(call: Call) -> Asked:
    """The question of this address. What makes no sense is left out and said."""
    as_of, trouble = instant(call, "luc")
    last = vietnam_date(as_of or call.at)
    within, outside = _within(call, last)
    found = Asked(
        first=_usual_first(last),
        last=last,
        as_of=as_of or call.at,
        is_live=as_of is None,
        level="",
        within=within,
        said=trouble or outside,
    )
    against, trouble = instant(call, "so-voi")
    found = replace(found, against=against, said=found.said or trouble)
    found = _with_days(call, found)
    levels = levels_of(call, found)
    level = call.value("cap")
    level = level if level in levels else levels[0]
    if level == "district" and against and vietnam_date(against) >= REFORM:
        found = replace(found, against=None, said="Từ 01/07/2025 không còn cấp huyện để so sánh.")
    return replace(found, level=level, is_usual_level=level == levels[0])


def levels_of(call: Call, found: Asked) -> list[str]:
    """The levels that make sense within the area: each one below it. The first is what an officer wants first."""
    if call.by.unit_code or is_unit(found.within):
        return ["commune", "unit"]
    before = ["district"] if vietnam_date(found.as_of) < REFORM else []
    if not call.by.everywhere or found.within:
        return ["unit", *before, "commune", "province"]
    return ["province", "unit", *before, "country"]


def is_unit(code: str) -> bool:
    """True for a card unit's code: a province's has two figures."""
    return bool(code) and not (code.isdigit() and len(code) == 2)  # noqa: PLR2004 - as the catalogue writes them


def presets(found: Asked) -> list[Preset]:
    """Weeks, months, quarter, years around the day of the figures' instant; those in force are marked."""
    today = vietnam_date(found.as_of)
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    quarter = month.replace(month=_QUARTER * ((month.month - 1) // _QUARTER) + 1)
    listed = (
        ("Tuần này", today - timedelta(days=today.weekday()), today),
        ("Tháng này", month, today),
        ("Tháng trước", last_month, month - timedelta(days=1)),
        ("Quý này", quarter, today),
        ("12 tháng", _usual_first(today), today),
        ("Năm nay", year, today),
        (
            "Năm trước",
            year.replace(year=year.year - 1),
            year - timedelta(days=1),
        ),
    )
    return [
        Preset(label, first, last, (first, last) == found.period) for label, first, last in listed
    ]


def written(at: datetime) -> str:
    """`20261125T091530.500000`, in Vietnamese time, as an address has it: to the microsecond, so that it is the same."""
    local = at.astimezone(VIETNAM)
    return local.strftime("%Y%m%dT%H%M%S.%f" if local.microsecond else "%Y%m%dT%H%M%S")


def _usual_first(last: date) -> date:
    """The first day of the twelve months of which the last is the day's own."""
    if last.month == _MONTHS:
        return last.replace(month=1, day=1)
    return date(last.year - 1, last.month + 1, 1)


def _within(call: Call, on: date) -> tuple[str, str]:
    """The area asked for, never wider than the officer's own; and a sentence when it lies elsewhere: no nought stands for it."""
    if call.by.unit_code:
        return call.by.unit_code, ""
    code, own = call.value("trong")[:_CODE_LENGTH], call.by.province_code
    if call.by.everywhere:
        return code, ""
    if not is_unit(code):
        return own, "" if code in ("", own) else _ELSEWHERE_VI
    provinces = {f"{each:02}" for each in places.within(own, on=on).provinces or ()}
    if catalogues.unit(call.by, code).province_code in provinces:
        return code, ""
    return own, _ELSEWHERE_VI


def _with_days(call: Call, found: Asked) -> Asked:
    try:
        first = parse_iso_date(call.value("tu")) if call.value("tu") else found.first
        last = parse_iso_date(call.value("den")) if call.value("den") else found.last
    except ValueError:
        return replace(found, said="Ngày không đúng; dưới đây là số liệu 12 tháng gần đây.")
    if first < forms.DAYS[0] or last > forms.DAYS[1]:
        said = f"Ngày phải từ {day_first(forms.DAYS[0])} đến {day_first(forms.DAYS[1])}; dưới đây là số liệu 12 tháng gần đây."
        return replace(found, said=said)
    if last < first:
        return replace(
            found, said="Ngày cuối sớm hơn ngày đầu; dưới đây là số liệu 12 tháng gần đây."
        )
    return replace(found, first=first, last=last)


def instant(call: Call, name: str) -> tuple[datetime | None, str]:
    """An instant of the address in Vietnamese time; None when there is none, it is no instant, or it is yet to come."""
    text = call.value(name)[: _CODE_LENGTH * 2]
    if not text:
        return None, ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None, "Thời điểm không đúng; dưới đây là số liệu lúc này."
    if at.date() <= forms.DAYS[0]:
        return None, f"Thời điểm phải sau {day_first(forms.DAYS[0])}; dưới đây là số liệu lúc này."
    at = at.replace(tzinfo=VIETNAM) if at.tzinfo is None else at
    if at > call.at:
        return None, "Thời điểm chưa đến; dưới đây là số liệu lúc này."
    return at, ""
