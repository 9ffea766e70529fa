"""Acts of merger on screen: the list, and one act from its draft over the dry run and the cut-overs to its undoing.

A page only asks: the worker makes the dry run, writes the lists and moves the dossiers. Until it has, the page polls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import acts, browsing, cutovers, divisions
from lienthong.catalogues import queries as catalogues
from lienthong.catalogues.acts import Act
from lienthong.catalogues.cutovers import Cutover
from lienthong.catalogues.sheets import SheetRow
from lienthong.dossiers import forecasts
from lienthong.dossiers.forecasts import Total, Wanted
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.law.rerouting import QUALIFIERS_VI, RULES_VI, Rule
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page, wants_fragment
from lienthong.web.staff.mergerforms import KINDS_VI, in_words, instant_of, local, old_code_of

PAGE_SIZE = 50
UNITS_SHOWN = 30
FAULTS_SHOWN = 100
_MOST_POLLS = 150
_UNDOABLE = (acts.ENTERED, acts.APPLIED)
_PLANNABLE = (acts.DRAFT, acts.ENTERED)
_UNDER_WAY = (acts.CONFIRMED, acts.ENTERED, acts.UNDO_ASKED)
_DEEDS = {"ap-dung": acts.confirm, "huy": acts.ask_undo, "bo-nhap": acts.drop}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the act with the names of the eve and of the day."""

    line: int
    old_code: str
    old_name: str
    new_code: str
    new_name: str
    kind_vi: str
    note: str


@dataclass(frozen=True, slots=True)
class _Instant:
    """When an old unit is cut over, and what came of it; `is_own` when it differs from the act's."""

    unit_code: str
    unit_name: str
    at: datetime
    is_own: bool
    done: Cutover | None


@dataclass(frozen=True, slots=True)
class _Figures:
    """Dossiers by what becomes of them."""

    moved: int
    kept: int
    waiting: int

    @classmethod
    def of(cls, totals: Sequence[Total]) -> "_Figures":
        """Sums of the lines of a dry run, or of what was done."""
        kept = sum(it.count for it in totals if it.is_kept)
        waiting = sum(it.unitless_count for it in totals if not it.is_kept)
        return cls(sum(it.count for it in totals) - kept - waiting, kept, waiting)


@page("can-bo/sap-nhap/", name="mergers", needs=Permission.MERGER_VIEW)
def mergers(call: Call) -> Answer:
    """Every act, those that still wait first."""
    context = {
        "lines": browsing.acts(call.by),
        "may_manage": call.by.may(Permission.MERGER_MANAGE),
        "is_everywhere": call.by.everywhere,
    }
    return Show("staff/mergers.html", context)


@page("can-bo/sap-nhap/<int:act_id>/", name="merger", needs=Permission.MERGER_VIEW, posts=True)
def merger(call: Call, act_id: int) -> Answer:
    """One act. A form of it asks for a dry run or sets a unit's instant; its fragment says how far the worker is."""
    address = reverse("merger", kwargs={"act_id": act_id})
    said: Refused | None = None
    if call.is_post:
        try:
            _ask(call, act_id)
            return Go(address)
        except Refused as error:
            said = error
    it = acts.act(act_id)
    progress = _progress(call, it)
    if wants_fragment(call.request):
        if call.value("cho") != progress["mark"]:
            return Go(address)
        return Show("staff/merger.html", progress, fragment="staff/_merger_progress.html")
    context = progress | _result(call, it) | _instants(call, it) | _rows(call, it)
    context |= {"said": said, "is_known": bool(call.value("da-co")), "on": call.on}
    return Show("staff/merger.html", context)


@page(
    "can-bo/sap-nhap/<int:act_id>/xac-nhan/<str:deed>/",
    name="merger-confirm",
    needs=Permission.MERGER_MANAGE,
    posts=True,
)
def confirm(call: Call, act_id: int, deed: str) -> Answer:
    """The second form before an act is applied, undone or given up: it repeats what follows."""
    it = acts.act(act_id)
    if deed not in _DEEDS:
        raise NotFound("")
    if not _may(it, deed):
        raise Conflict("Đợt sáp nhập không còn ở bước này. Hãy mở lại trang của đợt.")
    if call.is_post:
        _DEEDS[deed](act_id, by=call.by, at=call.at)
        return Go(reverse("merger", kwargs={"act_id": act_id}))
    context = _progress(call, it) | _result(call, it) | _instants(call, it) | {"deed": deed}
    return Show("staff/merger_confirm.html", context)


def _ask(call: Call, act_id: int) -> None:
    if not call.by.may(Permission.MERGER_MANAGE):
        raise NotAllowed("Bạn không có quyền nhập và áp dụng đợt sáp nhập.")
    if call.value("thao-tac") == "chay-thu":
        acts.ask_forecast(act_id, by=call.by, at=call.at)
        return
    instant = instant_of(call.value("thoi-diem"))
    if instant is None or not call.value("don-vi"):
        raise Refused("Hãy chọn đơn vị và thời điểm chuyển.", code="E-EMPTY", field="cutover_at")
    it = acts.act(act_id)
    if it.state not in _PLANNABLE:
        raise Conflict("Đợt sáp nhập đã áp dụng xong nên không đổi được thời điểm chuyển.")
    if call.value("don-vi") not in _old_units(call, it):
        raise Refused(
            f"Đơn vị «{call.value('don-vi')}» không phụ trách xã, phường cũ nào của đợt này.",
            code="E-UNIT",
            field="unit_code",
        )
    cutovers.set_cutover(act_id, call.value("don-vi"), instant, by=call.by, at=call.at)


def _may(it: Act, deed: str) -> bool:
    if deed == "huy":
        return it.state in _UNDOABLE
    if deed == "bo-nhap":
        return it.state == acts.DRAFT
    is_ready = it.forecast is not None and not it.is_forecast_awaited
    return it.state == acts.DRAFT and is_ready and not (it.forecast or {}).get("conflicts")


# ---------------------------------------------------------------- how far it is


def _own_units(call: Call) -> frozenset[str] | None:
    """The units whose figures the officer sees; None for all of them."""
    if call.by.everywhere:
        return None
    return frozenset(unit.code for unit in catalogues.units_of(call.by, call.by.province_code))


def _progress(call: Call, it: Act) -> dict[str, Any]:
    """What is under way; `mark` changes when the page has to be read anew."""
    is_back = it.state in (acts.UNDO_ASKED, acts.UNDONE)
    kind = "undo" if is_back else "apply"
    every = [each for each in cutovers.of_act(it.id) if each.kind == kind]
    next_at = min((each.at for each in every if each.done_at is None), default=None)
    is_due = it.state != acts.ENTERED or next_at is None or next_at <= call.at
    own = _own_units(call)
    every = [each for each in every if own is None or each.unit_code in own]
    is_running = it.is_forecast_awaited or (it.state in _UNDER_WAY and is_due)
    number = call.number("lan") + 1
    return {
        "act": it,
        "mark": f"{it.state}.{int(it.is_forecast_awaited)}.{int(is_due)}",
        "is_running": is_running,
        "is_back": is_back,
        "next_poll": number if is_running and number <= _MOST_POLLS else 0,
        "unit_count": len(every),
        "done_count": sum(each.done_at is not None for each in every),
        "done": _Figures(
            sum(each.moved_count for each in every),
            sum(each.kept_count for each in every),
            sum(each.waiting_count for each in every),
        ),
        "next_at": next_at,
        "may_manage": call.by.may(Permission.MERGER_MANAGE),
        "may_apply": _may(it, "ap-dung"),
        "may_undo": it.state in _UNDOABLE,
        "is_everywhere": call.by.everywhere,
    }


# ---------------------------------------------------------------- what becomes of dossiers


def _result(call: Call, it: Act) -> dict[str, Any]:
    """The last dry run, or what was done: faults first, totals by rule, then line by line."""
    is_done = it.state in (acts.APPLIED, acts.UNDO_ASKED, acts.UNDONE)
    wanted = Wanted(
        call.value("quy-tac")[:10],
        call.value("dien-giai")[:10],
        call.value("don-vi")[:30] if not call.is_post else "",
        call.number("sau"),
    )
    lines = forecasts.lines(call.by, it.id, wanted=wanted, is_done=is_done, limit=PAGE_SIZE + 1)
    totals = forecasts.totals(call.by, it.id, is_done=is_done)
    asked = {"quy-tac": wanted.rule, "dien-giai": wanted.qualifier, "don-vi": wanted.unit_code}
    told = it.forecast or {}
    more = {"sau": lines[PAGE_SIZE - 1].key} if len(lines) > PAGE_SIZE else {}
    conflicts = [
        each | {"message_vi": in_words(each["message_vi"])} for each in told.get("conflicts", [])
    ]
    undeclared = _undeclared(call, it)
    return {
        "is_done": is_done,
        "has_result": is_done or it.forecast is not None,
        "conflicts": conflicts[:FAULTS_SHOWN],
        "conflict_count": len(conflicts),
        "undeclared": undeclared[:FAULTS_SHOWN],
        "undeclared_count": len(undeclared),
        "figures": _Figures.of(totals),
        "rules": _by_rule(call, it, totals, is_done=is_done),
        "qualifiers": _by_qualifier(totals),
        "lines": lines[:PAGE_SIZE],
        "wanted": wanted,
        "is_filtered": any(asked.values()),
        "next_query": urlencode(asked | more) if more else "",
    }


def _by_rule(
    call: Call, it: Act, totals: Sequence[Total], *, is_done: bool
) -> list[tuple[str, str, int]]:
    """Each row of the table with its sentence and count; what nothing happens to is counted by the centre's dry run."""
    counts = {str(rule): sum(t.count for t in totals if t.rule == rule) for rule in Rule}
    shown = list(Rule)
    if call.by.everywhere and not is_done:
        counts[Rule.UNCHANGED] = int((it.forecast or {}).get("totals", {}).get(Rule.UNCHANGED, 0))
    else:
        shown.remove(Rule.UNCHANGED)
    return [(str(rule), RULES_VI[rule], counts[str(rule)]) for rule in shown]


def _by_qualifier(totals: Sequence[Total]) -> list[tuple[str, str, int]]:
    counts = {key: sum(t.count for t in totals if t.qualifier == key) for key in QUALIFIERS_VI}
    return [(key, QUALIFIERS_VI[key], count) for key, count in counts.items() if count]


def _undeclared(call: Call, it: Act) -> list[dict[str, Any]]:
    """Heirs without exactly one unit; a link where the commune can be declared already."""
    if it.state != acts.DRAFT:
        return []
    found = [
        each
        for each in (it.forecast or {}).get("undeclared", [])
        if call.by.everywhere or each["province_code"] == call.by.province_code
    ]
    standing = divisions.names_on([each["code"] for each in found], it.effective)
    query = urlencode({"ngay": it.effective.isoformat()})
    return [
        each
        | {
            "url": f"{reverse('declaration', kwargs={'code': each['code']})}?{query}"
            if each["code"] in standing
            else ""
        }
        for each in found
    ]


# ---------------------------------------------------------------- when, and which rows


def _instants(call: Call, it: Act) -> dict[str, Any]:
    """The instant of each old unit: planned by somebody, or the act's own."""
    # A confirmation that comes late is the instant of all who have none of their own.
    default = it.cutover_at or acts.first_minute(it.effective)
    default = max(default, it.confirmed_at or default)
    planned = {each.unit_code: each for each in cutovers.of_act(it.id) if each.kind == "apply"}
    units = _old_units(call, it) | {code: each.unit_name for code, each in planned.items()}
    own = _own_units(call)
    instants = [
        _Instant(
            code,
            name,
            planned[code].at if code in planned else default,
            code in planned and planned[code].at != default,
            planned[code] if code in planned and planned[code].done_at else None,
        )
        for code, name in sorted(units.items(), key=lambda pair: (not pair[0], pair[0]))
        if own is None or code in own
    ]
    return {
        "instants": instants[:UNITS_SHOWN],
        "instant_count": len(instants),
        "own_count": sum(each.is_own for each in instants),
        "default_at": default,
        "default_local": local(default),
        "may_set": call.by.may(Permission.MERGER_MANAGE) and it.state in (acts.DRAFT, acts.ENTERED),
        "open_units": [each for each in instants if each.unit_code and each.done is None],
    }


def _old_units(call: Call, it: Act) -> dict[str, str]:
    """The units that answered for the act's old communes on the eve, code to name."""
    eve = it.effective - timedelta(days=1)
    found = browsing.declared_for(call.by, acts.old_codes(it.id), on=eve)
    return {unit.code: unit.name for unit in found}


def _rows(call: Call, it: Act) -> dict[str, Any]:
    """The act's rows, a page of them."""
    rows = acts.sheet_of(it.id).rows
    first = min(call.number("dong"), len(rows))
    shown = rows[first : first + PAGE_SIZE]
    last = first + len(shown)
    return {
        "rows": _named(shown, it.effective),
        "first_row": first,
        "last_row": last,
        "next_row": last if last < len(rows) else 0,
        "has_more_rows": last < len(rows),
        "are_rows_open": "dong" in call.request.GET or it.forecast is None,
    }


def _named(rows: Sequence[SheetRow], effective: date) -> list[_Row]:
    olds = divisions.names_on(
        [old_code_of(row.cells) for row in rows], effective - timedelta(days=1)
    )
    news = divisions.names_on([row.cells["new_code"] for row in rows], effective)
    return [
        _Row(
            row.line,
            old_code_of(row.cells),
            olds.get(old_code_of(row.cells), row.cells.get("old_name", "")),
            row.cells["new_code"],
            row.cells.get("new_name", "") or news.get(row.cells["new_code"], ""),
            KINDS_VI.get(row.cells["kind"], row.cells["kind"]),
            row.cells.get("note", "") or row.cells.get("note_official", ""),
        )
        for row in rows
    ]
