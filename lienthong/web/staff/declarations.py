"""Which communes have no card unit or several (địa bàn chưa khai báo), and the form that mends one of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.catalogues import coverage, declaring, sheets
from lienthong.catalogues import queries as catalogues
from lienthong.catalogues.coverage import Gap
from lienthong.catalogues.places import Places, Standing
from lienthong.catalogues.queries import DeclarationLine
from lienthong.catalogues.unit_file import UnitFacts, WorkplaceFacts
from lienthong.catalogues.units import UnitFault
from lienthong.dossiers import queries as dossiers
from lienthong.dossiers.queries import UndeclaredCommune
from lienthong.kernel.dates import DateRange, day_first, parse_iso_date
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.web.answers import XLSX, Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.tiles import tiles

ROWS_SHOWN = 100
_MOST_POLLS = 60
_NEW_UNIT = "*"
_DEEDS_VI = {
    "declared": "Khai báo",
    "ended": "Kết thúc",
    "corrected": "Sửa ngày",
    "moved_away": "Chuyển cho đơn vị khác",
    "shortened": "Kết thúc khi khai báo lại",
}
_CODE_WIDTH = 5
_COLUMNS = (
    "Mã xã, phường", "Tên xã, phường", "Mã tỉnh", "Tỉnh, thành phố", "Nội dung", "Từ ngày",
    "Đến hết ngày", "Đơn vị đang khai báo", "Số hồ sơ đang chờ",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A commune that lacks exactly one unit, or that dossiers wait behind; `url` leads to its form."""

    gap: Gap | None
    waiting: UndeclaredCommune | None
    waiting_count: int
    oldest_received_at: datetime | None
    url: str

    @property
    def is_moving_on(self) -> bool:
        """True when the commune is in order again and the dossiers are about to leave."""
        waiting = self.waiting
        return waiting is not None and not self.url and waiting.reason in frozenset(UnitFault)


@dataclass(frozen=True, slots=True)
class _Deed:
    """What was done to a declaration, by whom and when."""

    label_vi: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Asked:
    """The period and the province that the check screen is asked for; `said` when the days make no sense."""

    period: DateRange
    province_code: str
    said: str

    @property
    def query(self) -> dict[str, str]:
        last = self.period.last
        return {"tu-ngay": str(self.period.start), "den-ngay": str(last) if last else ""}


@page("can-bo/dia-ban-chua-khai-bao/", name="undeclared", needs=Permission.UNIT_DECLARATION_VIEW)
def undeclared(call: Call) -> Answer:
    """The country as tiles, and the communes to mend: the longest wait first. Counts only, no child."""
    asked = _asked(call)
    gaps = coverage.gaps(call.by, asked.period)
    waiting = dossiers.waiting_by_commune(call.by, on=call.on)
    rows, others = _rows(call, asked, gaps, waiting)
    own = "" if call.by.everywhere else call.by.province_code
    by_province: Counter[tuple[str, str]] = Counter()
    for line in waiting:
        by_province[line.province_code, line.province_name] += line.waiting_count

    def url_of(code: str) -> str:
        is_open = code == own if own else call.by.everywhere
        return f"?{urlencode(asked.query | {'tinh': code})}#danh-sach" if is_open else ""

    provinces = catalogues.provinces(call.by, on=asked.period.start)
    context = {
        "asked": asked,
        "tiles": tiles(provinces, gaps, by_province, url_of=url_of, here=asked.province_code),
        "provinces": provinces if call.by.everywhere else [],
        "rows": rows[:ROWS_SHOWN],
        "row_count": len(rows),
        "others": others,
        "undeclared_count": _communes(rows, UnitFault.NOT_DECLARED),
        "ambiguous_count": _communes(rows, UnitFault.AMBIGUOUS),
        "waiting_count": sum(row.waiting_count for row in [*_once(rows), *others]),
        "file_query": urlencode(asked.query | {"tinh": asked.province_code}),
        "may_declare": call.by.may(Permission.UNIT_DECLARE) and not call.by.unit_code,
        "on": call.on,
    }
    return Show("staff/undeclared.html", context)


@page(
    "can-bo/dia-ban-chua-khai-bao/tai-ve/",
    name="undeclared-file",
    needs=Permission.UNIT_DECLARATION_VIEW,
)
def undeclared_file(call: Call) -> Answer:
    """The same list as XLSX, all of it."""
    asked = _asked(call)
    gaps = coverage.gaps(call.by, asked.period)
    rows, _ = _rows(call, asked, gaps, dossiers.waiting_by_commune(call.by, on=call.on))
    lines = [
        (
            it.commune_code, it.commune_name, it.province_code, it.province_name, it.fault.message_vi,
            day_first(it.first), day_first(it.last) if it.last else "", ", ".join(it.unit_codes),
            row.waiting_count,
        )
        for row in rows
        if (it := row.gap)
    ]  # fmt: skip
    body = sheets.write_sheet("Chưa khai báo", _COLUMNS, lines)
    return File(body, f"dia-ban-chua-khai-bao-{asked.period.start}.xlsx", XLSX)


@page(
    "can-bo/dia-ban-chua-khai-bao/<str:code>/",
    name="declaration",
    needs=Permission.UNIT_DECLARATION_VIEW,
    posts=True,
)
def declaration(call: Call, code: str) -> Answer:
    """One commune: who answers for it when, and the form to declare, move or correct. Polled until nobody waits."""
    places = Places.of({code})
    day = day_of(call, "ngay") or call.on
    standing = places.on(code, day)
    if standing is None:
        raise NotFound("")
    said: Refused | None = None
    if call.is_post:
        need_declare(call)
        try:
            key = _save(call, code, places, standing)
            address = reverse("declaration", kwargs={"code": code})
            return Go(f"{address}?{urlencode({'ngay': str(day), 'da-ghi': key})}")
        except Refused as error:
            said = error
    return Show(
        "staff/declaration.html",
        _context(call, code, day, standing) | {"said": said},
        fragment="staff/_released.html",
    )


def need_declare(call: Call) -> None:
    """Raises NotAllowed for who may look but not change."""
    if not call.by.may(Permission.UNIT_DECLARE):
        raise NotAllowed("Bạn không có quyền khai báo nơi làm việc của đơn vị cấp thẻ.")


def day_of(call: Call, name: str) -> date | None:
    """A day of a form or an address; None when empty or no day."""
    try:
        return parse_iso_date(call.value(name))
    except ValueError:
        return None


def days_of(call: Call) -> DateRange:
    """The days of a form, the last one included. Raises Refused (E-DATE)."""
    first, last = day_of(call, "tu-ngay"), day_of(call, "den-ngay")
    if first is None:
        raise Refused("Hãy chọn «Từ ngày».", code="E-DATE", field="tu-ngay")
    if last is None and call.value("den-ngay"):
        raise Refused("«Đến hết ngày» không hợp lệ.", code="E-DATE", field="den-ngay")
    if last is not None and last < first:
        raise Refused("«Đến hết ngày» phải từ «Từ ngày» trở đi.", code="E-DATE", field="den-ngay")
    return DateRange(first) if last is None else DateRange.closed(first, last)


# ---------------------------------------------------------------- the check screen


def _asked(call: Call) -> _Asked:
    own = "" if call.by.everywhere else call.by.province_code
    first, last = day_of(call, "tu-ngay") or call.on, day_of(call, "den-ngay")
    province = own or call.value("tinh")[:2]
    if last is not None and last < first:
        said = (
            "«Đến hết ngày» phải từ «Từ ngày» trở đi; danh sách dưới đây không giới hạn ngày cuối."
        )
        return _Asked(DateRange(first), province, said)
    period = DateRange(first) if last is None else DateRange.closed(first, last)
    return _Asked(period, province, "")


def _rows(
    call: Call, asked: _Asked, gaps: list[Gap], waiting: list[UndeclaredCommune]
) -> tuple[list[Row], list[Row]]:
    """The gaps with what waits behind each; then the waiting ones that stand behind no gap of the period."""
    today = coverage.gaps(call.by, DateRange.closed(call.on, call.on))
    faulty_today = {it.commune_code for it in today}
    behind: dict[str, list[UndeclaredCommune]] = {}
    for line in waiting:
        behind.setdefault(line.commune_code, []).append(line)
    wanted = [it for it in gaps if asked.province_code in ("", it.province_code)]
    rows = [_row(it, behind.get(it.commune_code, []), it.first) for it in wanted]
    rows.sort(key=lambda row: (row.oldest_received_at is None, row.oldest_received_at or call.at))
    listed = {it.commune_code for it in gaps}
    others = [
        _row(None, [line], call.on if line.commune_code in faulty_today else None)
        for line in waiting
        if line.commune_code not in listed and asked.province_code in ("", line.province_code)
    ]
    return rows, others


def _row(gap: Gap | None, behind: list[UndeclaredCommune], day: date | None) -> Row:
    code = gap.commune_code if gap else behind[0].commune_code
    address = f"{reverse('declaration', kwargs={'code': code})}?ngay={day}" if day else ""
    oldest = min((line.oldest_received_at for line in behind), default=None)
    waiting = behind[0] if behind else None
    return Row(gap, waiting, sum(line.waiting_count for line in behind), oldest, address)


def _once(rows: list[Row]) -> list[Row]:
    """One row a commune: several gaps of it stand before the same dossiers."""
    return list({row.gap.commune_code: row for row in rows if row.gap}.values())


def _communes(rows: list[Row], fault: UnitFault) -> int:
    return len({row.gap.commune_code for row in rows if row.gap and row.gap.fault is fault})


# ---------------------------------------------------------------- one commune


def _save(call: Call, code: str, places: Places, standing: Standing) -> int:
    """Do what the form says; the key of the declaration that was written or kept."""
    deed, valid = call.value("thao-tac"), days_of(call)
    if deed == "sua":
        key = call.number("khai-bao")
        declaring.correct(key, valid, by=call.by, at=call.at)
        return key
    first = places.on(code, valid.start) or standing
    unit_code, new_unit = call.value("don-vi"), None
    if unit_code == _NEW_UNIT:
        unit_code = call.value("ma-don-vi")
        name, agency = call.value("ten-don-vi"), call.value("ma-co-quan")
        new_unit = UnitFacts(unit_code, name, agency, first.province_code)
    if not unit_code:
        raise Refused("Hãy chọn đơn vị cấp thẻ.", code="E-EMPTY", field="don-vi")
    new = workplace(code, unit_code, first, valid)
    write = declaring.move if deed == "chuyen" else declaring.declare
    return write(new, by=call.by, at=call.at, new_unit=new_unit)


def workplace(code: str, unit_code: str, place: Standing, valid: DateRange) -> WorkplaceFacts:
    """The declaration of a unit for a commune, or for an island district of three digits."""
    is_commune = len(code) == _CODE_WIDTH
    return WorkplaceFacts(
        unit_code,
        place.province_code,
        place.district_code if is_commune else code,
        code if is_commune else "",
        valid,
    )


def _context(call: Call, code: str, day: date, standing: Standing) -> dict[str, object]:
    by, today = call.by, DateRange.closed(call.on, call.on)
    gap = next(iter(coverage.gaps(by, DateRange(day), commune_code=code)), None)
    waiting = dossiers.waiting_by_commune(by, on=call.on)
    declared = catalogues.declarations(by, place_code=code)
    days = gap.days if gap else DateRange.closed(day, day)
    rivals = [it for it in declared if it.counted and it.counted.overlaps(days)]
    claiming = {it.unit_code for it in rivals}
    units = catalogues.units_of(by, standing.province_code)
    names = {it.code: it.name for it in catalogues.provinces(by, on=day)}
    deeds = _deeds(call, declared)
    return {
        "code": code,
        "day": day,
        "on": call.on,
        "standing": standing,
        "province_name": names.get(standing.province_code, standing.province_code),
        "gap": gap,
        "is_faulty_today": bool(coverage.gaps(by, today, commune_code=code)),
        "waiting_count": sum(it.waiting_count for it in waiting if it.commune_code == code),
        "next_poll": call.number("lan") + 1 if call.number("lan") < _MOST_POLLS else 0,
        "history": [(it, deeds.get(it.id, [])) for it in declared],
        "saved": next((it for it in declared if it.id == call.number("da-ghi")), None),
        "rivals": rivals,
        "claiming": [it for it in units if it.code in claiming],
        "others": [it for it in units if it.code not in claiming],
        "new_unit": _NEW_UNIT,
        "form": _form(call, gap.days if gap else DateRange(day)),
        "may_declare": by.may(Permission.UNIT_DECLARE)
        and declaring.may_declare_in(by, standing.province_code),
    }


def _form(call: Call, days: DateRange) -> dict[str, str]:
    """What stood in the form that was refused; at first the days of the gap."""
    names = {"unit": "don-vi", "code": "ma-don-vi", "name": "ten-don-vi", "agency": "ma-co-quan"}
    if call.is_post and call.value("thao-tac") != "sua":
        sent = {key: call.value(name) for key, name in names.items()}
        return {**sent, "first": call.value("tu-ngay"), "last": call.value("den-ngay")}
    return {"first": str(days.start), "last": str(days.last) if days.last else ""}


def _deeds(call: Call, declared: list[DeclarationLine]) -> dict[int, list[_Deed]]:
    """What was done to each on screen, the latest first; one that came by file has none."""
    found: dict[int, list[_Deed]] = {}
    for line in trail.history_of_many([("workplace", it.id) for it in declared], by=call.by):
        label = _DEEDS_VI.get(line.action.rpartition(".")[2], line.action)
        found.setdefault(line.subject_id, []).append(_Deed(label, line.by, line.at))
    return found
