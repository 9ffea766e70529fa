"""Mergers as dated acts: entered as a draft, confirmed, written into the lists, cut over unit by unit, taken back.

An act's state is the request: pages confirm, the step `merge` of the enrolment finds it. What a cut-over does to
dossiers is `births.rerouting`; what the lists say of codes is `mergers`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, connection

from lienthong.audit import trail
from lienthong.catalogues import edges
from lienthong.catalogues.sheets import Sheet, SheetRow
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, day_first
from lienthong.kernel.errors import Conflict, NotFound, Refused

DRAFT, CONFIRMED, ENTERED, APPLIED = "draft", "confirmed", "entered", "applied"
UNDO_ASKED, UNDONE, DROPPED = "undo_asked", "undone", "dropped"
STATES_VI = {
    DRAFT: "Bản nháp",
    CONFIRMED: "Đã xác nhận, đang ghi vào danh mục",
    ENTERED: "Đã vào danh mục, chờ thời điểm chuyển",
    APPLIED: "Đã áp dụng",
    UNDO_ASKED: "Đang hủy đợt sáp nhập",
    UNDONE: "Đã hủy sau khi áp dụng",
    DROPPED: "Đã bỏ bản nháp",
}

_INSERT = """
    INSERT INTO catalogues_act (number, effective, source, rows, rows_sha256, state, corrects_id, cutover_at, entered_at,
                                entered_by, confirmed_by, undo_asked_by, trouble_vi)
    VALUES (%s, %s, %s, %s, %s, 'draft', %s, %s, %s, %s, '', '', '') RETURNING id
"""
_SAME = """
    SELECT id FROM catalogues_act
    WHERE effective = %s AND rows_sha256 = %s AND state NOT IN ('dropped', 'undone')
"""
_ACT = """
    SELECT id, number, effective, source, state, corrects_id, cutover_at, entered_at, entered_by, forecast_asked_at,
           forecast_at, forecast, confirmed_at, confirmed_by, applied_at, undo_asked_at, undo_asked_by, undone_at,
           trouble_vi, jsonb_array_length(rows) AS row_count
    FROM catalogues_act
"""
_ROWS = "SELECT rows FROM catalogues_act WHERE id = %s"
_OLDS = """
    SELECT DISTINCT coalesce(nullif(line ->> 'old_code', ''), line ->> 'old_district_code')
    FROM catalogues_act, jsonb_array_elements(rows) AS line WHERE id = %s
"""
_REVISE = """
    UPDATE catalogues_act
    SET number = %s, effective = %s, source = %s, rows = %s, rows_sha256 = %s, cutover_at = %s, forecast = NULL,
        forecast_at = NULL, forecast_asked_at = NULL, trouble_vi = ''
    WHERE id = %s AND state = 'draft'
"""
# An instant set for an earlier day of the draft would come before its day.
_NOT_BEFORE = """
    UPDATE catalogues_cutover SET at = %(at)s WHERE act_id = %(act)s AND at < %(at)s AND done_at IS NULL
"""
_ASK_FORECAST = "UPDATE catalogues_act SET forecast_asked_at = %s WHERE id = %s AND state = 'draft'"
_PUT_FORECAST = """
    UPDATE catalogues_act SET forecast_at = %s, forecast = %s, trouble_vi = %s WHERE id = %s
"""
_CONFIRM = """
    UPDATE catalogues_act SET state = 'confirmed', confirmed_at = %s, confirmed_by = %s, trouble_vi = ''
    WHERE id = %s AND state = 'draft'
"""
_DROP = "UPDATE catalogues_act SET state = 'dropped' WHERE id = %s AND state = 'draft'"
_ASK_UNDO = """
    UPDATE catalogues_act SET state = 'undo_asked', undo_asked_at = %s, undo_asked_by = %s, trouble_vi = ''
    WHERE id = %s AND state IN ('entered', 'applied')
"""
_PUT_STATE = "UPDATE catalogues_act SET state = %s, trouble_vi = %s WHERE id = %s"
_APPLIED = "UPDATE catalogues_act SET state = 'applied', applied_at = %s WHERE id = %s AND state = 'entered'"
_UNDONE = "UPDATE catalogues_act SET state = 'undone', undone_at = %s WHERE id = %s"
_IN_STATE = "SELECT id FROM catalogues_act WHERE state = %s ORDER BY effective, id"
_FORECASTS = """
    SELECT id FROM catalogues_act
    WHERE state = 'draft' AND forecast_asked_at IS NOT NULL
      AND (forecast_at IS NULL OR forecast_at < forecast_asked_at)
    ORDER BY id
"""
_TROUBLED_VI = "Đợt sáp nhập đã được người khác xử lý. Vui lòng tải lại trang."


@dataclass(frozen=True, slots=True)
class Act:
    """One act and how far it has come; `forecast` is the summary of its last dry run."""

    id: int
    number: str
    effective: date
    source: str
    state: str
    corrects_id: int | None
    cutover_at: datetime | None
    entered_at: datetime
    entered_by: str
    forecast_asked_at: datetime | None
    forecast_at: datetime | None
    forecast: dict[str, Any] | None
    confirmed_at: datetime | None
    confirmed_by: str
    applied_at: datetime | None
    undo_asked_at: datetime | None
    undo_asked_by: str
    undone_at: datetime | None
    trouble_vi: str
    row_count: int

    @property
    def state_vi(self) -> str:
        """How far it has come, in words."""
        return STATES_VI[self.state]

    @property
    def is_forecast_awaited(self) -> bool:
        """True while a dry run was asked for and is not there."""
        return self.forecast_asked_at is not None and (
            self.forecast_at is None or self.forecast_at < self.forecast_asked_at
        )


@dataclass(frozen=True, slots=True)
class Heading:
    """What an act is called and when it counts. `cutover_at` None: from the first minute of its day."""

    number: str
    effective: date
    source: str
    cutover_at: datetime | None = None
    corrects_id: int | None = None


def act(act_id: int) -> Act:
    """One act. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_ACT + " WHERE id = %s", [act_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("Không có đợt sáp nhập này.", field="act")
    return _read(row)


def acts(*, limit: int = 200) -> list[Act]:
    """The acts, those that still wait first, then the newest."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ACT
            + " ORDER BY state IN ('applied', 'undone', 'dropped'), effective DESC, id DESC LIMIT %s",
            [limit],
        )
        return [_read(row) for row in cursor.fetchall()]


def _read(row: Sequence[Any]) -> Act:
    values = list(row)
    values[11] = json.loads(row[11]) if isinstance(row[11], str) else row[11]
    return Act(*values)


def sheet_of(act_id: int) -> Sheet:
    """The act's rows as its file had them."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [act_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("Không có đợt sáp nhập này.", field="act")
    lines = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    rows = tuple(
        SheetRow(int(line["line"]), {k: v for k, v in line.items() if k != "line"})
        for line in lines
    )
    return Sheet((*edges.COLUMNS, *edges.OPTIONAL), rows, ())


def old_codes(act_id: int) -> list[str]:
    """The codes whose people the act moves, island districts included."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDS, [act_id])
        return sorted(row[0] for row in cursor.fetchall())


# ---------------------------------------------------------------- by officers


def enter(sheet: Sheet, heading: Heading, *, by: Actor, at: datetime) -> int:
    """Keep an act as a draft; its id. The same rows for the same day are the same act.

    Refused (E-EMPTY, E-ACT-NUMBER) without rows or a number. What contradicts the lists is told by the dry run, and
    again when the act is confirmed.
    """
    lines, digest = _lines(sheet, heading)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_SAME, [heading.effective, digest])
        if known := cursor.fetchone():
            return int(known[0])
        cursor.execute(
            _INSERT,
            [
                heading.number,
                heading.effective,
                heading.source,
                lines,
                digest,
                heading.corrects_id,
                heading.cutover_at,
                at,
                by.label,
            ],
        )
        act_id = int(cursor.fetchone()[0])
        trail.record(by, "act.enter", at=at, detail={"act": act_id, "rows": len(sheet.rows)})
    return act_id


def revise(act_id: int, sheet: Sheet, heading: Heading, *, by: Actor, at: datetime) -> None:
    """Replace a draft's rows and heading; its dry run is forgotten. Raises Conflict when it is no draft any more."""
    lines, digest = _lines(sheet, heading)
    words = [heading.number, heading.effective, heading.source, lines, digest, heading.cutover_at]
    try:
        with acting(by, at=at), connection.cursor() as cursor:
            _write(_REVISE, [*words, act_id], "act.revise", act_id, by=by, at=at)
            cursor.execute(_NOT_BEFORE, {"act": act_id, "at": first_minute(heading.effective)})
    except IntegrityError as error:
        raise Refused(
            "Một đợt sáp nhập khác đã có đúng những dòng này cho ngày đó.",
            code="E-DUPLICATE",
            field="rows",
        ) from error


def _lines(sheet: Sheet, heading: Heading) -> tuple[str, bytes]:
    if not heading.number.strip():
        raise Refused("Cần ghi số nghị quyết hoặc quyết định.", code="E-ACT-NUMBER", field="number")
    if not sheet.rows:
        raise Refused("Đợt sáp nhập chưa có dòng nào.", code="E-EMPTY", field="rows")
    check_instant(heading.cutover_at, heading.effective)
    told = [{"line": row.line, **row.cells} for row in sheet.rows]
    # Typed or sent, with or without the columns it leaves empty: the same rows are the same act.
    plain = sorted(
        json.dumps({k: v for k, v in row.cells.items() if v}, sort_keys=True, ensure_ascii=False)
        for row in sheet.rows
    )
    return json.dumps(told, ensure_ascii=False), hashlib.sha256("\n".join(plain).encode()).digest()


def check_instant(at: datetime | None, effective: date) -> None:
    """Raises Refused (E-CUTOVER) for an instant before the act's day."""
    if at is not None and at < first_minute(effective):
        raise Refused(
            f"Thời điểm chuyển không được trước ngày hiệu lực {day_first(effective)}: cơ quan cũ còn làm việc đến hết"
            " ngày trước đó.",
            code="E-CUTOVER",
            field="cutover_at",
        )


def first_minute(day: date) -> datetime:
    """Midnight, Vietnam time."""
    return datetime.combine(day, time(), VIETNAM)


def ask_forecast(act_id: int, *, by: Actor, at: datetime) -> None:
    """Ask for a dry run of a draft; the worker answers. Raises Conflict when it is no draft any more."""
    _write(_ASK_FORECAST, [at, act_id], "act.ask_forecast", act_id, by=by, at=at)


def confirm(act_id: int, *, by: Actor, at: datetime) -> None:
    """Let the act be applied, each unit at its instant. Raises Conflict when it is no draft any more."""
    _write(_CONFIRM, [at, by.label, act_id], "act.confirm", act_id, by=by, at=at)


def drop(act_id: int, *, by: Actor, at: datetime) -> None:
    """Give a draft up. Raises Conflict when it is no draft any more."""
    _write(_DROP, [act_id], "act.drop", act_id, by=by, at=at)


def ask_undo(act_id: int, *, by: Actor, at: datetime) -> None:
    """Take an act back after it came into the lists; events stay. Raises Conflict when it has not come that far."""
    _write(_ASK_UNDO, [at, by.label, act_id], "act.ask_undo", act_id, by=by, at=at)


def _write(
    statement: str, words: list[Any], action: str, act_id: int, *, by: Actor, at: datetime
) -> None:
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(statement, words)
        if cursor.rowcount != 1:
            raise Conflict(_TROUBLED_VI, code="E-ACT-STATE", field="act")
        trail.record(by, action, at=at, detail={"act": act_id})


# ---------------------------------------------------------------- by the system


def waiting(state: str) -> list[int]:
    """The acts in a state, in the order of their days: a chain is entered from its beginning."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_STATE, [state])
        return [row[0] for row in cursor.fetchall()]


def forecasts_asked() -> list[int]:
    """Drafts whose dry run is awaited."""
    with connection.cursor() as cursor:
        cursor.execute(_FORECASTS)
        return [row[0] for row in cursor.fetchall()]


def put_forecast(
    act_id: int, summary: Mapping[str, Any] | None, *, trouble_vi: str, by: Actor, at: datetime
) -> None:
    """Keep the summary of a dry run, or why there is none."""
    told = None if summary is None else json.dumps(summary, ensure_ascii=False)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_PUT_FORECAST, [at, told, trouble_vi, act_id])


def stop(act_id: int, error: Refused, *, to: str, by: Actor, at: datetime) -> None:
    """The act cannot go on: back to where it was, with the sentence for the officer."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_PUT_STATE, [to, error.message_vi, act_id])


def finish(act_id: int, *, is_undone: bool, by: Actor, at: datetime) -> None:
    """Every cut-over is done: the act is applied, or undone."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_UNDONE if is_undone else _APPLIED, [at, act_id])
        trail.record(
            by, "act.undone" if is_undone else "act.applied", at=at, detail={"act": act_id}
        )
