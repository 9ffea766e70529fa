"""Linkages of whole registers as officers order, watch, confirm and take them back (liên kết dữ liệu).

Public face: `order`, `stop`, `confirm`, `undo`, `lines`, `one`. The worker does the work (`linkagerunning`,
`linkageapplying`); what came of it stands in `linkageresults`. What is certain is written only after a second officer said so; what is doubtful goes to the review
desk; nothing is merged here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused

SIDES_VI: Final = {
    "household": "Dữ liệu hộ gia đình",
    "collection": "Dữ liệu thu",
    "persons": "Người tham gia trong hệ thống",
}
STATES_VI: Final = {
    "waiting": "Chờ chạy",
    "running": "Đang chạy",
    "done": "Đã có kết quả, chờ xác nhận",
    "failed": "Không chạy được",
    "stopped": "Đã dừng",
    "confirmed": "Đang ghi",
    "applied": "Đã ghi",
    "undo_asked": "Đang hủy",
    "undone": "Đã hủy",
}
UNDER_WAY: Final = frozenset({"waiting", "running", "confirmed", "undo_asked"})
ENGINES_VI: Final = {"duckdb": "Trên máy chủ này (DuckDB)", "spark": "Trên cụm máy (Spark)"}
CERTAIN: Final = (0.99, 0.999, 0.9999)
"""From which probability on a link may be written; the first unless the officer is stricter."""
_CHANGED_VI = "Lần liên kết này đã chuyển sang bước khác. Vui lòng tải lại trang."
_GONE_VI = "Không có lần liên kết này trong địa bàn của bạn."
_MOST_NOTE = 500
_COLUMNS = """
    SELECT id, "left", "right", engine, certain_from, memory_mb, province_code, state, stage, stage_no, stage_count, asked_by, asked_person,
           asked_at, started_at, ended_at, stop_asked_by, figures::text AS figures_text, error, confirmed_by, confirmed_at, written_count,
           undone_by, undone_at, undone_note
    FROM persons_linkage
"""
_LINES = _COLUMNS + "ORDER BY id DESC LIMIT %s"
_ONE = _COLUMNS + "WHERE id = %s"
_ORDER = """
    INSERT INTO persons_linkage ("left", "right", engine, certain_from, province_code, state, asked_by, asked_person,
                                 asked_at)
    VALUES (%s, %s, %s, %s, %s, 'waiting', %s, %s, %s) RETURNING id
"""
_SAME_UNDER_WAY = """
    SELECT 1 FROM persons_linkage
    WHERE state IN ('waiting', 'running') AND "left" = %s AND "right" = %s AND province_code = %s
"""
_STOP = """
    UPDATE persons_linkage
    SET stop_asked_by = %s, state = CASE state WHEN 'waiting' THEN 'stopped' ELSE state END,
        ended_at = CASE state WHEN 'waiting' THEN %s ELSE ended_at END
    WHERE id = %s AND state IN ('waiting', 'running') AND stop_asked_by = ''
"""
_CONFIRM = """
    UPDATE persons_linkage
    SET state = 'confirmed', confirmed_by = %s, confirmed_person = %s, confirmed_at = %s, written_count = 0
    WHERE id = %s AND state = 'done'
"""
_UNDO = """
    UPDATE persons_linkage SET state = 'undo_asked', undone_by = %s, undone_note = %s, written_count = 0
    WHERE id = %s AND (state = 'applied' OR state = 'failed' AND confirmed_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Linkage:
    """One linkage as its page shows it."""

    id: int
    left: str
    right: str
    engine: str
    certain_from: float
    memory_mb: int
    province_code: str
    state: str
    stage: str
    stage_no: int
    stage_count: int
    asked_by: str
    asked_person: int
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    stop_asked_by: str
    figures_text: str
    error: str
    confirmed_by: str
    confirmed_at: datetime | None
    written_count: int
    undone_by: str
    undone_at: datetime | None
    undone_note: str

    @property
    def figures(self) -> dict[str, Any]:
        """The counts and the sample of `linkage.report`, and `…_count` of what was written."""
        return dict(json.loads(self.figures_text))

    @property
    def state_vi(self) -> str:
        """How far it is, in words."""
        return STATES_VI[self.state]

    @property
    def left_vi(self) -> str:
        """The first register, in words."""
        return SIDES_VI[self.left]

    @property
    def right_vi(self) -> str:
        """The second register, in words."""
        return SIDES_VI[self.right]

    @property
    def is_under_way(self) -> bool:
        """True while the worker has something to do for it."""
        return self.state in UNDER_WAY


@dataclass(frozen=True, slots=True)
class Order:
    """Two registers to link, keys of `SIDES_VI`; by what, a key of `ENGINES_VI`; from which of `CERTAIN` on links are sure."""

    left: str
    right: str
    engine: str = "duckdb"
    certain_from: float = CERTAIN[0]


def order(asked: Order, *, by: Actor, at: datetime) -> int:
    """Have two registers linked; the id of the linkage. A province's officer links what lies in his province.

    That are its own rows, and of the persons those for whom its units answer. Raises NotAllowed, Refused (one register
    twice; an officer of neither a province nor the centre), Conflict when the same is waiting or running already.
    """
    _need(by)
    if asked.left not in SIDES_VI or asked.right not in SIDES_VI or asked.left == asked.right:
        raise Refused("Vui lòng chọn hai dữ liệu khác nhau.", code="SIDES", field="ben-phai")
    if asked.engine not in ENGINES_VI:
        raise Refused("Vui lòng chọn cách chạy.", code="ENGINE", field="may")
    if asked.certain_from not in CERTAIN:
        raise Refused("Vui lòng chọn mức chắc chắn.", code="CERTAIN", field="muc")
    province = "" if by.everywhere else by.province_code
    if not by.everywhere and not province:
        raise Refused(
            "Chỉ BHXH tỉnh, thành phố và BHXH Việt Nam liên kết dữ liệu.",
            code="SCOPE",
            field="ben-phai",
        )
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_SAME_UNDER_WAY, [asked.left, asked.right, province])
        if cursor.fetchone():
            raise Conflict("Lần liên kết như vậy đang chờ hoặc đang chạy.", code="UNDER_WAY")
        said: list[Any] = [asked.left, asked.right, asked.engine, asked.certain_from, province]
        cursor.execute(_ORDER, [*said, by.label, by.person_key, at])
        linkage_id = int(cursor.fetchone()[0])
        _record("linkage.ordered", linkage_id, by, at)
    return linkage_id


def stop(linkage_id: int, *, by: Actor, at: datetime) -> None:
    """Stop what waits or runs; the worker ends it within seconds. Raises NotAllowed, Conflict when it is over."""
    _need(by)
    _move(_STOP, [by.label, at, linkage_id], "linkage.stopped", linkage_id, by=by, at=at)


def confirm(linkage_id: int, *, by: Actor, at: datetime) -> None:
    """Have the certain links written and the doubtful pairs put to the review desk, by another officer than ordered.

    Raises NotAllowed, Refused (FOUR_EYES), Conflict when it is not at this step.
    """
    _need(by)
    with acting(by, at=at):
        asked_person = one(linkage_id, by=by).asked_person
    if asked_person == by.person_key:
        raise Refused(
            "Người yêu cầu liên kết không được tự xác nhận. Vui lòng chuyển cán bộ khác xác nhận.",
            code="FOUR_EYES",
        )
    parameters = [by.label, by.person_key, at, linkage_id]
    _move(_CONFIRM, parameters, "linkage.confirmed", linkage_id, by=by, at=at)


def undo(linkage_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Have all that was written taken back, for a written reason. Suspected doubles stay at the review desk.

    Raises NotAllowed, Refused without a reason, Conflict when it is not at this step.
    """
    _need(by)
    said = note.strip()[:_MOST_NOTE]
    if not said:
        raise Refused("Vui lòng ghi lý do hủy.", code="NOTE", field="ghi-chu")
    _move(_UNDO, [by.label, said, linkage_id], "linkage.undo_asked", linkage_id, by=by, at=at)


def lines(by: Actor, *, limit: int = 50) -> list[Linkage]:
    """The linkages that the actor may see, the newest first. One statement."""
    _need_view(by)
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [limit])
        return rows_as(Linkage, cursor)


def one(linkage_id: int, *, by: Actor) -> Linkage:
    """One linkage. Raises NotFound outside the actor's area."""
    _need_view(by)
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [linkage_id])
        found = rows_as(Linkage, cursor)
    if not found:
        raise NotFound(_GONE_VI)
    return found[0]


def _move(
    statement: str,
    parameters: Sequence[Any],
    action: str,
    linkage_id: int,
    *,
    by: Actor,
    at: datetime,
) -> None:
    try:
        with acting(by, at=at), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            if cursor.rowcount == 0:
                raise Conflict(_CHANGED_VI, code="CHANGED")
            _record(action, linkage_id, by, at)
    except IntegrityError as error:
        raise Conflict(_CHANGED_VI, code="CHANGED") from error


def _record(action: str, linkage_id: int, by: Actor, at: datetime) -> None:
    trail.record(by, action, at=at, subject_kind="linkage", subject_id=linkage_id)


def _need(by: Actor) -> None:
    if not by.may(Permission.LINKAGE_START):
        raise NotAllowed("Bạn không có quyền liên kết dữ liệu.", code=str(Permission.LINKAGE_START))


def _need_view(by: Actor) -> None:
    if not by.may(Permission.LINKAGE_VIEW):
        raise NotAllowed(
            "Bạn không có quyền xem liên kết dữ liệu.", code=str(Permission.LINKAGE_VIEW)
        )
