"""Coordination with the Departments of Justice (Phối hợp với Sở Tư pháp): agreements, and which provinces are connected.

Letter 2118/BHXH-CNTT §3 and 680/BHXH-CNTT. The centre sees every province with its gaps; a province keeps its own right.
"""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import scans
from lienthong.catalogues.sheets import write_sheet
from lienthong.kernel.dates import day_first
from lienthong.kernel.errors import Conflict, NotFound, Refused, Unavailable
from lienthong.oversight import agreements, connections
from lienthong.oversight.agreements import Standing, Step
from lienthong.oversight.connections import Connection, Declaration
from lienthong.web.answers import XLSX, Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.declarations import day_of

_MOST_TEXT = 300
_DONE_VI = {
    "quy-che": "Đã ghi quy chế phối hợp.",
    "bo-quy-che": "Đã bỏ bước ghi nhầm; bước này vẫn còn trong lịch sử.",
    "lien-thong": "Đã ghi tình trạng liên thông.",
    "bo-lien-thong": "Đã bỏ khai báo ghi nhầm; khai báo này vẫn còn trong lịch sử.",
}
_HEADS = (
    "Mã tỉnh",
    "Tỉnh, thành phố",
    "Quy chế phối hợp",
    "Số quy chế",
    "Ngày ký",
    "Phạm vi",
    "Đã liên thông",
    "Dữ liệu đầu tiên",
    "Dữ liệu gần nhất",
    "Số ngày không có dữ liệu kể từ ngày gần nhất",
    "Số thông điệp đã nhận",
    "Lý do chưa liên thông",
    "Kế hoạch",
    "Ngày dự kiến",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One province: its agreement and its connection."""

    standing: Standing
    connection: Connection

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, str]:
        """What needs urging comes first: unexplained, passed plans, not connected, no agreement; then by code."""
        it = self.connection
        needs = it.is_unexplained or it.is_plan_passed or it.is_silent
        return (not needs, it.is_connected, not self.standing.is_gap, True, it.province_code)


@page("can-bo/phoi-hop/", name="coordination", needs=Permission.COORDINATION_VIEW)
def coordination(call: Call) -> Answer:
    """Every province of the day: agreement and connection, what needs urging first. A province's officer sees his own."""
    on = day_of(call, "ngay") or call.on
    said = ""
    if on > call.on:
        on, said = call.on, "Ngày chưa đến. Đang hiện hôm nay."
    country = connections.connected(call.by, on=on)
    rows = _rows(call, country)
    gaps = [it for it in rows if it.standing.is_gap]
    context = {
        "country": country,
        "rows": sorted(rows, key=lambda it: it.rank),
        "gap_count": len(gaps),
        "in_force_count": len(rows) - len(gaps),
        "passed_count": sum(it.connection.is_plan_passed for it in rows),
        "silent_count": sum(it.connection.is_silent for it in rows),
        "unexplained_count": sum(it.connection.is_unexplained for it in rows),
        "silent_after": connections.SILENT_AFTER.days,
        "is_bounded": not call.by.everywhere,
        "day": on,
        "today": call.on,
        "said": said,
        "at": call.at,
    }
    return Show("staff/coordination.html", context)


@page("can-bo/phoi-hop/tep/", name="coordination-file", needs=Permission.COORDINATION_VIEW)
def coordination_file(call: Call) -> Answer:
    """The same as a workbook."""
    on = min(day_of(call, "ngay") or call.on, call.on)
    rows = _rows(call, connections.connected(call.by, on=on))
    body = write_sheet("Phối hợp", _HEADS, (_cells(it) for it in rows))
    return File(body, f"phoi-hop-so-tu-phap-{on}.xlsx", XLSX)


@page(
    "can-bo/phoi-hop/<str:province_code>/",
    name="coordination-province",
    needs=Permission.COORDINATION_VIEW,
    posts=True,
)
def province(call: Call, province_code: str) -> Answer:
    """One province: where its agreement and its connection stand, their history, and the forms of its director."""
    said, field = "", ""
    if call.is_post:
        try:
            _save(call, province_code)
            address = reverse("coordination-province", kwargs={"province_code": province_code})
            return Go(f"{address}?da-ghi={call.value('thao-tac')}")
        except (Refused, Conflict, Unavailable) as error:
            said, field = error.message_vi, error.field
    row = _row_of(call, province_code)
    steps = agreements.history(call.by, province_code, on=call.on)
    declared = connections.steps(call.by, province_code)
    own = [it for it in steps if it.province_code == province_code and it.withdrawn_at is None]
    latest = own[0] if own else None
    context = {
        "standing": row.standing,
        "connection": row.connection,
        "steps": steps,
        "declared": declared,
        "latest": latest,
        "latest_declared": next((it for it in declared if it.withdrawn_at is None), None),
        "next_steps": [
            (it, agreements.STEPS_VI[it])
            for it in agreements.NEXT[latest.state if latest else agreements.NONE]
        ],
        "scopes": agreements.SCOPES_VI,
        "grounds": connections.grounds(call.on),
        "form": {name: call.value(name) for name in _NAMES} if call.is_post else {},
        "done_vi": "" if call.is_post else _DONE_VI.get(call.value("da-ghi"), ""),
        "said": said,
        "field": field,
        "may_edit": agreements.may_edit_in(call.by, province_code),
        "most_files": scans.MOST_FILES,
        "most_mb": scans.MOST_BYTES // 2**20,
        "longest": agreements.LONGEST,
        "on": call.on,
        "at": call.at,
    }
    return Show("staff/coordination_province.html", context)


@page(
    "can-bo/phoi-hop/ban-quet/<int:scan_id>/",
    name="agreement-scan",
    needs=Permission.COORDINATION_VIEW,
)
def agreement_scan(call: Call, scan_id: int) -> Answer:
    """The bytes of a scan, to be saved and never opened by the page itself."""
    line, body = agreements.scan(call.by, scan_id)
    return File(body, line.file_name, scans.MEDIA_TYPES[line.form], is_saved=True)


_NAMES = (
    *("thao-tac", "buoc", "tu-ngay", "so", "nguoi-ky", "nguoi-ky-stp", "pham-vi", "ghi-chu"),
    *("lt", "lt-tu-ngay", "ly-do", "ghi-ro", "ke-hoach", "ngay-du-kien"),
)


def _save(call: Call, province_code: str) -> None:
    """Do what the form says. Raises NotAllowed, Refused and Conflict with a sentence."""
    deed, by, at = call.value("thao-tac"), call.by, call.at
    seen = call.number("da-xem")
    if deed == "quy-che":
        step = Step(
            call.value("buoc"),
            _day(call, "tu-ngay"),
            call.value("so")[:_MOST_TEXT],
            call.value("nguoi-ky")[:_MOST_TEXT],
            call.value("nguoi-ky-stp")[:_MOST_TEXT],
            call.value("pham-vi"),
            call.value("ghi-chu")[:_MOST_TEXT],
        )
        agreements.enter(province_code, step, _files(call), seen=seen, by=by, at=at)
    elif deed == "bo-quy-che":
        agreements.withdraw(seen, province_code, by=by, at=at)
    elif deed == "lien-thong":
        said = Declaration(
            is_connected=call.value("lt") == "1",
            since=_day(call, "lt-tu-ngay"),
            reason=call.value("ly-do"),
            note=call.value("ghi-ro")[:_MOST_TEXT],
            plan=call.value("ke-hoach")[:_MOST_TEXT],
            planned_on=day_of(call, "ngay-du-kien"),
        )
        connections.declare(province_code, said, seen=seen, by=by, at=at)
    elif deed == "bo-lien-thong":
        connections.withdraw(seen, province_code, by=by, at=at)
    else:
        raise Refused("Thao tác không hợp lệ.", code="E-VALUE", field="thao-tac")


def _day(call: Call, name: str) -> date:
    found = day_of(call, name)
    if found is None:
        raise Refused("Hãy chọn ngày.", code="E-DATE", field=name)
    return found


def _files(call: Call) -> list[bytes]:
    sent = call.request.FILES.getlist("ban-quet")[: scans.MOST_FILES + 1]
    return [one.read(scans.MOST_BYTES + 1) for one in sent]


def _rows(call: Call, country: connections.Connected) -> list[Row]:
    """The provinces that the officer answers for: all of them at the centre, else his own."""
    found = {it.province_code: it for it in agreements.standings(call.by, on=country.on)}
    own = [
        it
        for it in country.lines
        if call.by.everywhere or it.province_code == call.by.province_code
    ]
    return [Row(found[it.province_code], it) for it in own if it.province_code in found]


def _row_of(call: Call, province_code: str) -> Row:
    rows = _rows(call, connections.connected(call.by, on=call.on))
    found = next((it for it in rows if it.connection.province_code == province_code), None)
    if found is None:
        raise NotFound("")
    return found


def _cells(row: Row) -> list[str | float]:
    standing, it = row.standing, row.connection
    step = it.step if it.step and not it.is_connected else None
    return [
        *(it.province_code, it.province_name, standing.state_vi, standing.number),
        day_first(standing.signed_on) if standing.signed_on else "",
        standing.scope_vi,
        "Có" if it.is_connected else "Chưa",
        day_first(it.first_on) if it.first_on else "",
        day_first(it.last_on) if it.last_on else "",
        it.silent_days,
        it.message_count,
        step.reason_vi if step else "",
        step.plan if step else "",
        day_first(step.planned_on) if step and step.planned_on else "",
    ]
