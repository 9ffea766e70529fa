"""Liên kết dữ liệu: order a linkage of two whole registers, watch it, read what it found, confirm it or take it back.

A page only asks: the worker links and writes. While it does, the page polls.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.dates import day_first, parse_iso_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.persons import linkageresults, linkages
from lienthong.persons.linkageresults import REASONS_VI, Beside, Side
from lienthong.persons.linkages import CERTAIN, ENGINES_VI, SIDES_VI, Linkage, Order
from lienthong.web.answers import Answer, File, Go, Show
from lienthong.web.page import Call, page, wants_fragment
from lienthong.web.staff.people import people

_MOST_POLLS = 1_000
_CSV = "text/csv; charset=utf-8"
_FIELDS = (
    "full_name",
    "birth_date",
    "sex",
    "personal_id",
    "insurance_number",
    "parents",
    "commune",
    "household",
)
_SEXES_VI = {"male": "nam", "female": "nữ"}
_CERTAIN_VI = {
    0.99: "Thông thường, từ 99 %",
    0.999: "Chặt hơn, từ 99,9 %",
    0.9999: "Chặt nhất, từ 99,99 %",
}
_EFFECTS_VI = {
    0.99: "đo trên 100.000 người mô phỏng: ghép được 99,1 % số cặp đúng, không cặp nào sai",
    0.999: "cũng phép đo đó: cứ 10.000 cặp thì thêm 6 cặp để lại cho cán bộ xem",
    0.9999: "cũng phép đo đó: cứ 10.000 cặp thì thêm 14 cặp để lại cho cán bộ xem",
}
_OVER_VI = {
    "doubtful": "Có cặp nghi ngờ, chờ cán bộ xem",
    "bare": "Thiếu họ tên hoặc ngày sinh",
    "nobody": "Không có ai giống ở bên kia",
}


@dataclass(frozen=True, slots=True)
class _Cell:
    """One fact on both sides; `differs` when both say something and not the same."""

    label_vi: str
    left: str
    right: str
    differs: bool


@page("can-bo/lien-ket-du-lieu/", name="linkages", needs=Permission.LINKAGE_VIEW, posts=True)
def listed(call: Call) -> Answer:
    """The linkages so far, and the form that orders another."""
    said: Refused | Conflict | None = None
    typed = {name: call.value(name) for name in ("ben-trai", "ben-phai", "may", "muc")}
    if call.is_post:
        try:
            linkage_id = linkages.order(_asked(typed), by=call.by, at=call.at)
            return Go(reverse("linkage", kwargs={"linkage_id": linkage_id}))
        except (Refused, Conflict) as error:
            said = error
    found = linkages.lines(call.by)
    own_vi = "" if call.by.everywhere else ", thuộc địa bàn của tỉnh"
    sides = [
        (key, label + own_vi if key == "persons" else label) for key, label in SIDES_VI.items()
    ]
    context = {
        "lines": [(it, _percent(it.figures.get("links"), it.figures.get("left"))) for it in found],
        "sides": sides,
        "engines": ENGINES_VI.items(),
        "levels": [(str(each), _CERTAIN_VI[each], _EFFECTS_VI[each]) for each in CERTAIN],
        "typed": typed,
        "said": said,
        "may_start": call.by.may(Permission.LINKAGE_START),
        "is_everywhere": call.by.everywhere,
        "people": people(call, {it.asked_by for it in found}),
    }
    return Show("staff/linkages.html", context)


@page(
    "can-bo/lien-ket-du-lieu/<int:linkage_id>/",
    name="linkage",
    needs=Permission.LINKAGE_VIEW,
    reveals="person",
    posts=True,
)
def one(call: Call, linkage_id: int) -> Answer:
    """One linkage: how far it is, what it found with a sample side by side, and the next step."""
    address = reverse("linkage", kwargs={"linkage_id": linkage_id})
    said: Refused | Conflict | None = None
    if call.is_post:
        try:
            _act(call, linkage_id)
            return Go(address)
        except (Refused, Conflict) as error:
            said = error
    it = linkages.one(linkage_id, by=call.by)
    progress = _progress(call, it)
    if wants_fragment(call.request):
        if call.value("cho") != it.state:
            return Go(address)
        return Show(
            "staff/linkage.html", progress, subjects=[], fragment="staff/_linkage_progress.html"
        )
    shown = _samples(call, it)
    context = progress | _results(it) | shown | {"said": said, "note": call.value("ghi-chu")[:500]}
    context |= _next_step(call, it)
    labels = {it.asked_by, it.confirmed_by, it.undone_by, it.stop_asked_by}
    context["people"] = people(call, labels)
    rows: list[Beside] = [*shown["sure_rows"], *shown["doubtful_rows"]]
    subjects = [("linkage", it.id)] if rows else []
    subjects += [("person", each) for each in sorted(_persons(rows))]
    return Show("staff/linkage.html", context, subjects=subjects, fields=_FIELDS if rows else ())


@page(
    "can-bo/lien-ket-du-lieu/<int:linkage_id>/tep/<str:which>/",
    name="linkage-file",
    needs=Permission.LINKAGE_VIEW,
    reveals="person",
)
def file(call: Call, linkage_id: int, which: str) -> Answer:
    """All links, or all doubtful pairs, as CSV with the marks that both registers gave their rows."""
    names = {"ket-qua": False, "nghi-ngo": True}
    if which not in names:
        raise NotFound("")
    it = linkages.one(linkage_id, by=call.by)
    folder = linkageresults.folder_of(settings.LINKAGES, it.id)
    try:
        body = linkageresults.as_csv(folder, (it.left, it.right), doubtful=names[which])
    except FileNotFoundError:
        raise NotFound("Lần liên kết này không còn tệp kết quả.") from None
    name = f"lien-ket-{it.id}-{which}.csv"
    return File(body, name, _CSV, subjects=[("linkage", it.id)], fields=("full_name",))


def _asked(typed: dict[str, str]) -> Order:
    level = {str(each): each for each in CERTAIN}.get(typed["muc"] or str(CERTAIN[0]), 0.0)
    return Order(typed["ben-trai"], typed["ben-phai"], typed["may"] or "duckdb", level)


def _act(call: Call, linkage_id: int) -> None:
    if not call.by.may(Permission.LINKAGE_START):
        raise NotAllowed("Bạn không có quyền liên kết dữ liệu.")
    deed = call.value("thao-tac")
    if deed == "dung":
        linkages.stop(linkage_id, by=call.by, at=call.at)
    elif deed == "xac-nhan":
        linkages.confirm(linkage_id, by=call.by, at=call.at)
    elif deed == "huy":
        linkages.undo(linkage_id, call.value("ghi-chu"), by=call.by, at=call.at)
    else:
        raise Refused("Vui lòng chọn việc cần làm.", code="E-EMPTY")


def _progress(call: Call, it: Linkage) -> dict[str, Any]:
    number = call.number("lan") + 1
    figures = it.figures
    writes = int(figures.get("links", 0)) + int(figures.get("doubtful", 0))
    ran = (it.ended_at or call.at) - it.started_at if it.started_at else None
    return {
        "it": it,
        "next_poll": number if it.is_under_way and number <= _MOST_POLLS else 0,
        "done_stages": range(it.stage_no),
        "stage_number": min(it.stage_no + 1, it.stage_count),
        "ran_vi": "" if ran is None else _ran_vi(ran),
        "write_count": writes,
        "may_start": call.by.may(Permission.LINKAGE_START),
    }


def _ran_vi(ran: timedelta) -> str:
    """«2 giờ 5 phút», «48 giây»."""
    hours, rest = divmod(max(0, int(ran.total_seconds())), 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours} giờ {minutes} phút"
    return f"{minutes} phút {seconds} giây" if minutes else f"{seconds} giây"


def _results(it: Linkage) -> dict[str, Any]:
    figures = it.figures
    if "links" not in figures:
        return {"figures": None}
    links, doubtful = int(figures["links"]), int(figures["doubtful"])
    return {
        "figures": figures,
        "left_share": _percent(links, figures["left"]),
        "right_share": _percent(links, figures["right"]),
        "reasons": _by_reason(figures["reasons"], links),
        "doubtful_reasons": _by_reason(figures["doubtful_reasons"], doubtful),
        "over": [
            (label, figures["left_over"][key], figures["right_over"][key])
            for key, label in _OVER_VI.items()
        ],
        "level_vi": _CERTAIN_VI[it.certain_from],
    }


def _by_reason(counts: dict[str, int], total: int) -> list[tuple[str, int, str]]:
    return [
        (REASONS_VI.get(code, code), count, _percent(count, total))
        for code, count in sorted(counts.items(), key=lambda it: -it[1])
    ]


def _percent(part: int | None, whole: int | None) -> str:
    if part is None or not whole:
        return ""
    return f"{100 * part / whole:.1f} %".replace(".", ",")


def _samples(call: Call, it: Linkage) -> dict[str, list[Any]]:
    """The sample with its rows as the officer may see them now; empty before there is a result."""
    shown: dict[str, list[Any]] = {}
    for key, name in (("sure", "sample"), ("doubtful", "doubtful_sample")):
        found = linkageresults.sampled(it.figures.get(name, ()))
        rows = linkageresults.beside(found, (it.left, it.right), by=call.by) if found else []
        shown[f"{key}_rows"] = rows
        shown[f"{key}_lines"] = [
            (
                row.found.reason_vi,
                f"{100 * row.found.probability:.2f} %".replace(".", ","),
                _cells(row),
            )
            for row in rows
            if row.left and row.right
        ]
    return shown


def _cells(row: Beside) -> list[_Cell]:
    left, right = _told(row.left), _told(row.right)
    return [
        _Cell(label, left[label], right[label], bool(_differ(left[label], right[label])))
        for label in left
    ]


def _differ(left: str, right: str) -> bool:
    return bool(left and right and left.casefold() != right.casefold())


def _told(side: Side | None) -> dict[str, str]:
    if side is None:
        return {}
    try:
        day = day_first(parse_iso_date(side.birth_date))
    except ValueError:
        # As the database wrote it.
        day = side.birth_date
    return {
        "Họ tên": side.full_name,
        "Ngày sinh": ", ".join(each for each in (day, _SEXES_VI.get(side.sex, "")) if each),
        "Số định danh": side.personal_id,
        "Mã số BHXH": side.insurance_number,
        "Họ tên mẹ": side.mother_name,
        "Mã xã": side.commune_code,
    }


def _persons(rows: list[Beside]) -> set[int]:
    sides = (side for row in rows for side in (row.left, row.right))
    return {side.person_id for side in sides if side is not None and side.person_id is not None}


def _next_step(call: Call, it: Linkage) -> dict[str, Any]:
    may = call.by.may(Permission.LINKAGE_START)
    is_mine = it.asked_person == call.by.person_key
    is_undoable = it.state == "applied" or (it.state == "failed" and it.confirmed_at is not None)
    return {
        "may_confirm": may and it.state == "done" and not is_mine,
        "waits_for_another": it.state == "done" and is_mine,
        "may_undo": may and is_undoable,
    }
