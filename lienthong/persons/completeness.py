"""How complete people's data are: the dated criteria and who sets them, and the count of a day. Scores are read by `scores`.

The count of a day is made once by the worker and kept, so that a month's trend is read and not computed; it names nobody.
A score is the share of the weight of the facts that are known; more known facts never lower it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, joining_by_hash
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.persons.agentlook import FIELDS_VI
from lienthong.persons.completetables import APPLIES, FIELDS

_TALLY = Statement.load("lienthong.persons", "tally.sql")
# Made anew when a criterion was set since, or a household or person might have come: once a day, and after a change.
_IS_DUE = """
    SELECT NOT EXISTS (
        SELECT 1 FROM persons_tallyrun AS run
        WHERE run.day = %(day)s AND run.made_at >= coalesce((SELECT max(made_at) FROM persons_criterion), run.made_at))
"""
_CLEAR = "DELETE FROM persons_tally WHERE day = %s"
_NOTE = """
    INSERT INTO persons_tallyrun (day, made_at) VALUES (%s, %s)
    ON CONFLICT (day) DO UPDATE SET made_at = excluded.made_at
"""
_LISTED = """
    SELECT id, code, words_vi, field, applies_to, weight, is_direct, lower(valid) AS first, upper(valid) AS until,
           basis_vi, made_by, made_at, ended_by
    FROM persons_criterion
    WHERE %(day)s::date IS NULL OR valid @> %(day)s::date
    ORDER BY upper(valid) NULLS FIRST, weight DESC, code
"""
_SET = """
    INSERT INTO persons_criterion (code, words_vi, field, applies_to, weight, is_direct, valid, basis_vi, made_by, made_at)
    VALUES (%(code)s, %(words)s, %(field)s, %(applies)s, %(weight)s, %(direct)s, daterange(%(first)s, NULL), %(basis)s,
            %(by)s, %(at)s)
    RETURNING id
"""
_END = """
    UPDATE persons_criterion SET valid = daterange(lower(valid), %(until)s::date), ended_by = %(by)s
    WHERE (code = %(code)s OR id = %(id)s) AND upper_inf(valid) AND lower(valid) < %(until)s::date
"""
_EFFECT = "SELECT person_count, missing_count FROM persons_criterion_effect(%s, %s, %s)"
APPLIES_VI = {
    "everyone": "Mọi người",
    "child": "Trẻ dưới 6 tuổi",
    "older": "Người từ đủ 6 tuổi",
    "head": "Chủ hộ",
}
DIRECT_FIELDS = frozenset({"parent", "address"})
_MOST_WEIGHT, _MOST_WORDS = 100, 300

GROUNDS_VI = "Hãy ghi căn cứ của tiêu chí."
WORDS_VI = "Hãy ghi nội dung tiêu chí."
FIELD_VI = "Hãy chọn thông tin và đối tượng của tiêu chí."
WEIGHT_VI = "Trọng số là số nguyên từ 1 đến 100."
DAY_VI = "Ngày áp dụng phải là hôm nay hoặc sau hôm nay."
CODE_VI = "Mã tiêu chí gồm 2 đến 24 chữ hoa không dấu, số hoặc dấu gạch nối."
TWICE_VI = "Đã có tiêu chí khác về cùng thông tin và đối tượng trong thời gian này."
DIRECT_VI = "Chỉ họ tên mẹ và địa chỉ được ghi thẳng khi đang trống."


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion; `until` is the first day on which it no longer holds, None while it has no end."""

    id: int
    code: str
    words_vi: str
    field: str
    applies_to: str
    weight: int
    is_direct: bool
    first: date
    until: date | None
    basis_vi: str
    made_by: str
    made_at: datetime
    ended_by: str

    @property
    def field_vi(self) -> str:
        """The fact, in words."""
        return FIELDS_VI[self.field]

    @property
    def applies_vi(self) -> str:
        """Whom it is about, in words."""
        return APPLIES_VI[self.applies_to]


@dataclass(frozen=True, slots=True)
class NewCriterion:
    """A criterion as it is set from a day on; one of the same code ends the day before."""

    code: str
    words_vi: str
    field: str
    applies_to: str
    weight: int
    is_direct: bool
    first: date
    basis_vi: str


@dataclass(frozen=True, slots=True)
class Effect:
    """How many persons a criterion would be about today, and how many lack the fact."""

    person_count: int
    missing_count: int


def tally(*, by: Actor, at: datetime) -> int:
    """Count the day, when that is due; how many rows. The same day again gives the same rows but for what changed."""
    day = vietnam_date(at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('persons tally'))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_IS_DUE, {"day": day})
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_CLEAR, [day])
        with joining_by_hash():
            count = _TALLY.run({"day": day})
        cursor.execute(_NOTE, [day, at])
    return count


def criteria(by: Actor, *, day: date | None = None) -> list[CriterionLine]:
    """The criteria of a day, or every one there ever was; those without an end first, the heaviest first. One query."""
    if not (by.may(Permission.COMPLETENESS_VIEW) or by.may(Permission.COMPLETENESS_SET)):
        raise NotAllowed("Bạn không có quyền xem tiêu chí.", code=str(Permission.COMPLETENESS_VIEW))
    with connection.cursor() as cursor:
        cursor.execute(_LISTED, {"day": day})
        return rows_as(CriterionLine, cursor)


def effect(new: NewCriterion, *, by: Actor, on: date) -> Effect:
    """What a criterion would find in the whole country today. Raises Refused when it cannot be set."""
    need_set(by)
    _check(new, on)
    with connection.cursor() as cursor:
        cursor.execute(_EFFECT, [new.field, new.applies_to, on])
        return Effect(*cursor.fetchone())


def set_criterion(new: NewCriterion, *, by: Actor, at: datetime) -> int:
    """Set it from its day on, in the place of the one of the same code; its key. Raises Refused with the field, Conflict."""
    need_set(by)
    _check(new, vietnam_date(at))
    told: dict[str, Any] = {
        "code": new.code,
        "words": new.words_vi,
        "field": new.field,
        "applies": new.applies_to,
        "weight": new.weight,
        "direct": new.is_direct,
        "first": new.first,
        "until": new.first,
        "basis": new.basis_vi,
        "id": 0,
        "by": by.label,
        "at": at,
    }
    try:
        with acting(by, at=at), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_END, told)
            cursor.execute(_SET, told)
            key = int(cursor.fetchone()[0])
            _record(by, "criterion.set", key, at=at, detail={"code": new.code})
    except IntegrityError as error:
        raise Conflict(TWICE_VI, code="CRITERION_TWICE", field="thong-tin") from error
    return key


def end_criterion(criterion_id: int, last: date, *, by: Actor, at: datetime) -> None:
    """It holds up to and with the day `last`, today or later. Raises Refused, NotFound."""
    need_set(by)
    if last < vietnam_date(at):
        raise Refused(DAY_VI, code="CRITERION_DAY", field="ngay")
    told: dict[str, Any] = {
        "id": criterion_id,
        "code": "",
        "until": last + timedelta(days=1),
        "by": by.label,
    }
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_END, told)
        if not cursor.rowcount:
            raise NotFound("Không tìm thấy tiêu chí đang áp dụng này.")
        _record(by, "criterion.ended", criterion_id, at=at, detail={"last": last.isoformat()})


def need_set(by: Actor) -> None:
    """Raise NotAllowed unless the actor may set criteria."""
    if not by.may(Permission.COMPLETENESS_SET):
        raise NotAllowed("Bạn không có quyền đặt tiêu chí.", code=str(Permission.COMPLETENESS_SET))


def _check(new: NewCriterion, on: date) -> None:
    is_code = new.code.replace("-", "").isalnum() and new.code.isascii() and new.code.isupper()
    if not (is_code and new.code[0].isalpha() and 1 < len(new.code) <= 24):  # noqa: PLR2004 - the table's check
        raise Refused(CODE_VI, code="CRITERION_CODE", field="ma")
    if not new.words_vi or len(new.words_vi) > _MOST_WORDS:
        raise Refused(WORDS_VI, code="CRITERION_WORDS", field="noi-dung")
    if not new.basis_vi:
        raise Refused(GROUNDS_VI, code="CRITERION_BASIS", field="can-cu")
    if new.field not in FIELDS or new.applies_to not in APPLIES:
        raise Refused(FIELD_VI, code="CRITERION_FIELD", field="thong-tin")
    if not 1 <= new.weight <= _MOST_WEIGHT:
        raise Refused(WEIGHT_VI, code="CRITERION_WEIGHT", field="trong-so")
    if new.is_direct and new.field not in DIRECT_FIELDS:
        raise Refused(DIRECT_VI, code="CRITERION_DIRECT", field="ghi-thang")
    if new.first < on:
        raise Refused(DAY_VI, code="CRITERION_DAY", field="tu-ngay")


def _record(by: Actor, action: str, key: int, *, at: datetime, detail: dict[str, object]) -> None:
    trail.record(by, action, at=at, subject_kind="criterion", subject_id=key, detail=detail)
