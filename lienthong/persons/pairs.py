"""Suspected doubles (nghi trùng): two persons who may be one, opened by whoever finds them, decided by an officer.

Public face: `open_pairs`, `different`, `later`, `reopen`. That two are the same is said by merging them, on the floor
where cards and dossiers follow. Decided to be different, two persons are not asked about again unless their facts change.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused

REGISTER, NUMBER, OFFICER, INTAKE = "register", "number", "officer", "intake"
ORIGINS_VI: Final = {
    REGISTER: "So khớp dữ liệu",
    NUMBER: "Kiểm tra mã số",
    OFFICER: "Cán bộ báo",
    INTAKE: "Hồ sơ mới",
}
"""Who found the two, as an officer reads it."""
LATER_AT_MOST: Final = timedelta(days=30)
"""So long a question may be put off before it comes back by itself."""
MOST_NOTE: Final = 1000
BATCH: Final = 5_000
NOTE_VI = "Vui lòng ghi căn cứ của quyết định."
GONE_VI = "Không có cặp nghi trùng này trong địa bàn của bạn."
CHANGED_VI = "Cặp này vừa được cán bộ khác xử lý. Vui lòng tải lại trang."
WAITING_VI = "Đang có đề nghị gộp cặp này; hãy xác nhận hoặc trả lại đề nghị trước."

# Of two rows about the same two the surer one counts. A pair that is open, or was decided about these very facts, is
# left as it is; `persons_pair_of` leads from merged records to those that stand for them.
_OPEN = """
    WITH asked AS (
        SELECT * FROM unnest(%(ones)s::bigint[], %(others)s::bigint[], %(origins)s::text[], %(probabilities)s::float8[],
                             %(reasons)s::text[], %(scores)s::text[])
            AS asked (one, other, origin, probability, reason, score)
    ),
    found AS (
        SELECT DISTINCT ON (pair.low, pair.high) pair.*, asked.origin, asked.probability, asked.reason, asked.score
        FROM asked CROSS JOIN LATERAL persons_pair_of(asked.one, asked.other) AS pair
        ORDER BY pair.low, pair.high, asked.probability DESC NULLS LAST
    )
    INSERT INTO persons_pair (low_id, high_id, origin, probability, reason, score, mark, area_low, area_high, opened_at,
                              opened_by)
    SELECT low, high, origin, probability, reason, score::jsonb, mark, area_low, area_high, %(at)s, %(by)s FROM found
    WHERE NOT EXISTS (SELECT 1 FROM persons_pair AS known
                      WHERE known.low_id = found.low AND known.high_id = found.high
                        AND (known.state IN ('open', 'later') OR known.state = 'different' AND known.mark = found.mark))
    ON CONFLICT (low_id, high_id) WHERE state IN ('open', 'later') DO NOTHING
"""
_LOCK = "SELECT state, low_id, high_id FROM persons_pair WHERE id = %s FOR UPDATE"
_PROPOSED = """
    SELECT 1 FROM persons_merge
    WHERE pair_id = %s AND confirmed_at IS NULL AND dropped_at IS NULL AND undone_at IS NULL
"""
# The digest is that of the decision: what was registered when the officer looked.
_DECIDE = """
    UPDATE persons_pair
    SET state = %s, later_until = %s, decided_at = %s, decided_by = %s, note = %s,
        mark = coalesce((SELECT now.mark FROM persons_pair_of(low_id, high_id) AS now), mark)
    WHERE id = %s
"""
_OPEN_ANYWAY = """
    SELECT 1 FROM persons_pair WHERE low_id = %s AND high_id = %s AND state IN ('open', 'later')
"""


@dataclass(frozen=True, slots=True)
class Suspected:
    """Two persons who may be one. `reason` is a code, or an officer's words; `score` maps a field to its agreement and weight, no values."""

    one: int
    other: int
    origin: str
    probability: float | None = None
    reason: str = ""
    score: dict[str, Any] = field(default_factory=dict)


def open_pairs(rows: Iterable[Suspected], *, by: Actor, at: datetime) -> int:
    """Ask an officer about each of these pairs; how many are new. A statement for every 5,000 rows; safe to repeat.

    Rows about one person, about a pair that is open already, or about one that was found different while nothing of
    the two has changed since, open nothing. An officer opens pairs of his own area alone: others raise NotFound.
    """
    opened = 0
    waiting = iter(rows)
    while some := list(islice(waiting, BATCH)):
        parameters: dict[str, Any] = {
            "ones": [row.one for row in some],
            "others": [row.other for row in some],
            "origins": [row.origin for row in some],
            "probabilities": [row.probability for row in some],
            "reasons": [row.reason for row in some],
            "scores": [json.dumps(row.score) for row in some],
            "at": at,
            "by": by.label,
        }
        with acting(by, at=at), connection.cursor() as cursor:
            cursor.execute(_OPEN, parameters)
            opened += cursor.rowcount
    return opened


def different(pair_id: int, *, note: str, by: Actor, at: datetime) -> None:
    """They are two persons, for a written reason. Raises NotFound, NotAllowed, Conflict (decided meanwhile), Refused."""
    _decide(pair_id, "different", None, note, by=by, at=at)


def later(pair_id: int, until: date | None, *, note: str, by: Actor, at: datetime) -> None:
    """Put the question off until a day, at most `LATER_AT_MOST` from now; it comes back by itself."""
    today = vietnam_date(at)
    if until is None or not today < until <= today + LATER_AT_MOST:
        message = (
            f"Vui lòng chọn ngày xem lại trong vòng {LATER_AT_MOST.days} ngày tới, sau hôm nay."
        )
        raise Refused(message, code="UNTIL", field="den-ngay")
    _decide(pair_id, "later", until, note, by=by, at=at)


def reopen(pair_id: int, *, by: Actor, at: datetime) -> None:
    """Take back that two persons are different, or put off: the question is open again."""
    _need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        state, low, high = _locked(pair_id)
        if state not in {"different", "later"}:
            raise Conflict(CHANGED_VI, code="CHANGED")
        if state == "different":
            cursor.execute(_OPEN_ANYWAY, [low, high])
            if cursor.fetchone():
                raise Conflict(CHANGED_VI, code="CHANGED")
        cursor.execute(_DECIDE, ["open", None, None, "", "", pair_id])
        trail.record(by, "pair.reopened", at=at, subject_kind="pair", subject_id=pair_id)


def _decide(
    pair_id: int, state: str, until: date | None, note: str, *, by: Actor, at: datetime
) -> None:
    _need(by)
    said = note.strip()[:MOST_NOTE]
    if state == "different" and not said:
        raise Refused(NOTE_VI, code="NOTE", field="ghi-chu")
    with acting(by, at=at), connection.cursor() as cursor:
        if _locked(pair_id)[0] not in {"open", "later"}:
            raise Conflict(CHANGED_VI, code="CHANGED")
        cursor.execute(_PROPOSED, [pair_id])
        if cursor.fetchone():
            raise Conflict(WAITING_VI, code="PROPOSED")
        cursor.execute(_DECIDE, [state, until, at, by.label, said, pair_id])
        detail = {"state": state}
        trail.record(
            by, "pair.decided", at=at, subject_kind="pair", subject_id=pair_id, detail=detail
        )


def _locked(pair_id: int) -> tuple[str, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [pair_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(GONE_VI)
    return row[0], row[1], row[2]


def _need(by: Actor) -> None:
    if by.kind is ActorKind.SYSTEM or by.may(Permission.PERSON_REVIEW):
        return
    raise NotAllowed(
        "Bạn không có quyền xem xét hai người nghi trùng.", code=str(Permission.PERSON_REVIEW)
    )
