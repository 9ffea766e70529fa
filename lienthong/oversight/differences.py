"""Every read of differences that pages ask for (chênh lệch với Bộ Tư pháp): lists, counts by reason, one with its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.catalogues.sheets import write_sheet
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, day_first, vietnam_date
from lienthong.kernel.errors import NotFound
from lienthong.oversight.reasons import BOOKS_VI, FINAL, REASONS, UNEXPLAINED, Weight, code_vi

_COLUMNS = """
    SELECT known.id, known.day, known.commune_code, known.province_code, coalesce(commune.name, '') AS commune_name,
           coalesce(province.name, '') AS province_name, known.source, known.message_id, known.book, known.reason,
           known.code, known.message_ref, known.dossier_id, known.opened_at, known.closed_at,
           coalesce(asked.asked_count, 0) AS asked_count, asked.asked_at
    FROM oversight_difference AS known
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = known.commune_code AND division.level = 'commune'
        ORDER BY division.valid @> known.day DESC, lower(division.valid) DESC LIMIT 1) AS commune ON true
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = known.province_code AND division.level = 'province'
        ORDER BY division.valid @> known.day DESC, lower(division.valid) DESC LIMIT 1) AS province ON true
    LEFT JOIN oversight_resend AS asked
        ON known.book = 'sent' AND asked.source = known.source AND asked.message_id = known.message_id
"""
_WHERE = """
    WHERE known.day BETWEEN %(first)s AND %(last)s AND known.opened_at <= %(as_of)s
      AND (known.closed_at IS NULL OR known.closed_at > %(as_of)s)
      AND (%(province_code)s = '' OR known.province_code = %(province_code)s OR known.province_code = ANY (ARRAY(
            SELECT merged.old_code FROM catalogues_succession AS merged
            WHERE merged.new_code = %(province_code)s AND length(merged.old_code) = 2 AND merged.effective <= %(on)s)))
      AND (NOT %(is_one_commune)s OR known.commune_code = %(commune_code)s)
      AND (%(reason)s = '' OR known.reason = %(reason)s)
      AND (%(book)s = '' OR known.book = %(book)s)
"""
_LINES = (
    _COLUMNS
    + _WHERE
    + """
      AND (%(weight)s = '' OR known.reason = ANY (%(reasons)s))
      AND known.id > %(after)s
    ORDER BY known.id LIMIT %(limit)s
"""
)
_COUNT = "SELECT known.book, known.reason, count(*) FROM oversight_difference AS known"
_EACH = " GROUP BY known.book, known.reason"
_COUNTS = _COUNT + _WHERE + _EACH
_UNEXPLAINED_COUNT = """
    SELECT count(*) FROM oversight_difference WHERE closed_at IS NULL AND reason = ANY (%s)
"""
_ONE = _COLUMNS + " WHERE known.id = %(id)s"
_HISTORY = (
    _COLUMNS
    + """
    WHERE known.source = %(source)s AND known.message_id = %(message_id)s AND known.message_id <> ''
       OR known.message_id = '' AND %(message_id)s = '' AND known.day = %(day)s AND known.book = %(book)s
          AND known.province_code = %(province_code)s AND known.commune_code = %(commune_code)s
    ORDER BY known.id
"""
)


@dataclass(frozen=True, slots=True)
class DifferenceFilter:
    """Which differences; `commune_code` None for every commune, `weight` and `book` '' for every one, `after` the last id shown."""

    first: date
    last: date
    province_code: str = ""
    commune_code: str | None = None
    reason: str = ""
    weight: str = ""
    book: str = ""
    after: int = 0


class _Explained:
    """Two sides that differ, and why: in words, and what it means for who must act."""

    __slots__ = ()
    book: str
    reason: str

    @property
    def book_vi(self) -> str:
        """Which two sides differ."""
        return BOOKS_VI[self.book]

    @property
    def reason_vi(self) -> str:
        """Why, in words."""
        return REASONS[self.reason].label_vi

    @property
    def todo_vi(self) -> str:
        """What is to be done about it."""
        return REASONS[self.reason].todo_vi

    @property
    def weight(self) -> Weight:
        """Final, passing or unexplained."""
        return REASONS[self.reason].weight


@dataclass(frozen=True, slots=True)
class DifferenceLine(_Explained):
    """One difference. `message_ref` is set where the message is here; `closed_at` once both sides agree or its reason changed."""

    id: int
    day: date
    commune_code: str
    province_code: str
    commune_name: str
    province_name: str
    source: str
    message_id: str
    book: str
    reason: str
    code: str
    message_ref: int | None
    dossier_id: int | None
    opened_at: datetime
    closed_at: datetime | None
    asked_count: int
    asked_at: datetime | None

    @property
    def code_vi(self) -> str:
        """The reason's detail in words; '' for none."""
        return code_vi(self.code)

    @property
    def is_missing(self) -> bool:
        """True when the ministry can be asked to send it again."""
        return self.book == "sent" and self.message_ref is None and self.reason != "STATED_TWICE"

    @property
    def place_vi(self) -> str:
        """The commune, or the province where no commune is concerned."""
        commune = self.commune_name or (f"Mã xã {self.commune_code}" if self.commune_code else "")
        return commune or self.province_name or "Chưa rõ nơi gửi"


@dataclass(frozen=True, slots=True)
class ReasonCount(_Explained):
    """How many differences of one reason between two sides."""

    book: str
    reason: str
    count: int


def lines(
    by: Actor, wanted: DifferenceFilter, *, as_of: datetime, limit: int = 50
) -> list[DifferenceLine]:
    """Differences in the actor's area that stood at `as_of`, the longest known first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {**_words(wanted, as_of), "limit": limit})
        return rows_as(DifferenceLine, cursor)


def counts(by: Actor, wanted: DifferenceFilter, *, as_of: datetime) -> list[ReasonCount]:
    """How many of each reason stood at `as_of`: what nobody can explain first, then what passes, then the rest. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, _words(wanted, as_of))
        found = [ReasonCount(*row) for row in cursor.fetchall()]
    order = [Weight.UNEXPLAINED, Weight.PASSING, Weight.FINAL]
    books = list(BOOKS_VI)
    return sorted(
        found, key=lambda it: (order.index(it.weight), books.index(it.book), -it.count, it.reason)
    )


def unexplained_count(by: Actor) -> int:
    """How many open differences in the actor's area nobody can explain. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_UNEXPLAINED_COUNT, [UNEXPLAINED])
        return int(cursor.fetchone()[0])


def one(by: Actor, difference_id: int) -> DifferenceLine:
    """One difference. Raises NotFound outside the actor's area. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_ONE, {"id": difference_id})
        found = rows_as(DifferenceLine, cursor)
    if not found:
        raise NotFound("Không có chênh lệch này.")
    return found[0]


def history(by: Actor, line: DifferenceLine) -> list[DifferenceLine]:
    """Every difference there ever was about the same message, or the same province and day, in order. One statement."""
    del by
    words: dict[str, Any] = {
        "source": line.source,
        "message_id": line.message_id,
        "day": line.day,
        "book": line.book,
        "province_code": line.province_code,
        "commune_code": line.commune_code,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, words)
        return rows_as(DifferenceLine, cursor)


_HEADS = (
    "Ngày",
    "Mã tỉnh",
    "Tỉnh, thành phố",
    "Mã xã",
    "Xã, phường",
    "Mã thông điệp",
    "Hai bên so sánh",
    "Lý do",
    "Chi tiết",
    "Việc phải làm",
    "Có từ",
    "Số lần đề nghị gửi lại",
)


def as_xlsx(found: Sequence[DifferenceLine]) -> bytes:
    """The list as a workbook for the Department of Justice: ids, places and reasons; no name of anybody."""
    return write_sheet("Chênh lệch", _HEADS, (_cells(it) for it in found))


def _cells(it: DifferenceLine) -> list[str | float]:
    opened = it.opened_at.astimezone(VIETNAM)
    return [
        *(day_first(it.day), it.province_code, it.province_name, it.commune_code, it.commune_name),
        *(it.message_id, it.book_vi, it.reason_vi, it.code_vi, it.todo_vi),
        f"{day_first(opened.date())} {opened:%H:%M}",
        it.asked_count,
    ]


def _words(wanted: DifferenceFilter, as_of: datetime) -> dict[str, Any]:
    by_weight = {
        Weight.UNEXPLAINED: UNEXPLAINED,
        Weight.FINAL: FINAL,
        Weight.PASSING: [name for name in REASONS if name not in {*FINAL, *UNEXPLAINED}],
    }
    return {
        "first": wanted.first,
        "last": wanted.last,
        "as_of": as_of,
        "on": vietnam_date(as_of),
        "province_code": wanted.province_code,
        "is_one_commune": wanted.commune_code is not None,
        "commune_code": wanted.commune_code or "",
        "reason": wanted.reason,
        "weight": wanted.weight,
        "book": wanted.book,
        "reasons": by_weight[Weight(wanted.weight)] if wanted.weight else [],
        "after": wanted.after,
    }
