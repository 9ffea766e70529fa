"""What every step of a difficulty shares: the row under lock, its next standing, who is told. Not for pages.

The database knows the steps there are and who may make them (`migrations/difficulties.sql`); here they get their words.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.dossiers.clocks import task_due
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.notices import actions as notices
from lienthong.notices.actions import News
from lienthong.notices.kinds import KINDS
from lienthong.oversight.difficulties import (
    CENTRE,
    LEVELS,
    LEVELS_VI,
    PROVINCE,
    TOPICS_VI,
    UNIT,
    Topic,
    number_of,
)
from lienthong.oversight.masking import Known, masked

LONGEST_TITLE, LONGEST_TEXT = 200, 4000
_LOCK = """
    SELECT id, area, province_code, unit_code, facility_code, asker_id, topic, level, state, since, due_on, taker_id, taken_at,
           answer, basis, answered_at, answered_by, article_id, same_as_id
    FROM oversight_difficulty WHERE id = ANY (%s) ORDER BY id FOR UPDATE
"""
_WRITE = """
    UPDATE oversight_difficulty
    SET level = %(level)s, state = %(state)s, since = %(since)s, due_on = %(due_on)s, taker_id = %(taker_id)s,
        taken_at = %(taken_at)s, answer = %(answer)s, basis = %(basis)s, answered_at = %(answered_at)s,
        answered_by = %(answered_by)s, article_id = %(article_id)s, same_as_id = %(same_as_id)s, act = %(act)s,
        said = %(said)s, changed_at = %(at)s
    WHERE id = %(id)s
"""
# Who answers at a level for this place: heads of the unit and of the whole province; the province; the centre.
_TAKERS = """
    SELECT officer.id FROM accounts_officer AS officer
    WHERE officer.is_active AND CASE %(level)s
        WHEN 'unit' THEN officer.role = 'head' AND officer.province_code = %(province)s
                         AND officer.unit_code IN ('', %(unit)s)
        WHEN 'province' THEN officer.role = 'province' AND officer.unit_code = ''
                             AND officer.province_code = catalogues_province_on(%(province)s, %(on)s)
        ELSE officer.role IN ('centre', 'administrator') AND officer.province_code = '' END
    ORDER BY officer.id
"""
_PLACE = """
    SELECT coalesce(
        (SELECT facility.name FROM catalogues_facility AS facility WHERE facility.code = %(facility)s
         ORDER BY facility.id DESC LIMIT 1),
        (SELECT unit.name FROM catalogues_unit AS unit WHERE unit.code = %(unit)s ORDER BY unit.id DESC LIMIT 1),
        (SELECT province.name FROM catalogues_division AS province
         WHERE province.code = %(province)s AND province.level = 'province' ORDER BY province.id DESC LIMIT 1),
        'BHXH Việt Nam')
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a difficulty stands, as far as steps change or need it."""

    id: int = 0
    area: int = 0
    province_code: str = ""
    unit_code: str = ""
    facility_code: str = ""
    asker_id: int | None = None
    topic: str = Topic.OTHER
    level: str = PROVINCE
    state: str = "new"
    since: datetime | None = None
    due_on: date | None = None
    taker_id: int | None = None
    taken_at: datetime | None = None
    answer: str = ""
    basis: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""
    article_id: int | None = None
    same_as_id: int | None = None

    def running(self, level: str, *, at: datetime) -> "Standing":
        """The same at `level`, whose days begin now."""
        return replace(
            self,
            level=level,
            state="new",
            since=at,
            due_on=task_due(at),
            taker_id=None,
            taken_at=None,
        )

    def resting(self, state: str) -> "Standing":
        """The same in `state`, with no clock."""
        return replace(self, state=state, since=None, due_on=None)


def locked(difficulty_ids: Sequence[int]) -> dict[int, Standing]:
    """Those in reach of the transaction's actor, by id, until it ends."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(set(difficulty_ids))])
        return {it.id: it for it in rows_as(Standing, cursor)}


def locked_one(difficulty_id: int, *states: str) -> Standing:
    """One in reach. Raises NotFound, and Conflict when it stands in none of `states`."""
    found = locked([difficulty_id]).get(difficulty_id)
    if found is None:
        raise NotFound("Không tìm thấy vướng mắc này trong địa bàn của bạn.", code="NOT_FOUND")
    if found.state not in states:
        raise Conflict(
            "Vướng mắc này vừa được người khác xử lý. Hãy xem lại tình trạng mới nhất.",
            code="CHANGED",
        )
    return found


def write(now: Standing, act: str, *, said: str = "", by: Actor, at: datetime) -> None:
    """Write the step and log it; the database keeps it, or refuses what is none."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {**asdict(now), "act": act, "said": said, "at": at})
    detail = {"level": now.level, "state": now.state}
    trail.record(
        by,
        f"difficulty.{act}",
        at=at,
        subject_kind="difficulty",
        subject_id=now.id,
        detail=detail,
    )


def said_in(
    text: str, *, field: str, what_vi: str, longest: int = LONGEST_TEXT, known: Known | None = None
) -> str:
    """The text without what names somebody, or one of the `known`. Raises Refused for none, or too much of it."""
    clean = masked(text, known).text
    if not clean:
        raise Refused(f"Vui lòng ghi {what_vi}.", code="TEXT_MISSING", field=field)
    if len(clean) > longest:
        raise Refused(
            f"Vui lòng rút gọn {what_vi}: tối đa {longest} ký tự, đang có {len(clean)}.",
            code="TEXT_LONG",
            field=field,
        )
    return clean


def takers(now: Standing, level: str, *, at: datetime) -> tuple[int, ...]:
    """The accounts that answer for it at `level`, the asker's own left out."""
    asked: dict[str, Any] = {
        "level": level,
        "province": now.province_code,
        "unit": now.unit_code,
        "on": vietnam_date(at),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKERS, asked)
        return tuple(row[0] for row in cursor.fetchall() if row[0] != now.asker_id)


def next_level(now: Standing, above: str, *, at: datetime) -> str:
    """The first level above `above` ('' for any) at which somebody answers; the centre in any case."""
    first = LEVELS.index(above) + 1 if above else 0
    levels = [it for it in LEVELS[first:] if it != UNIT or now.unit_code or now.province_code]
    for level in levels:
        if level == CENTRE or (now.province_code and takers(now, level, at=at)):
            return level
    return CENTRE


def tell(
    now: Standing, kind: str, officers: Sequence[int | None], *, by: Actor, at: datetime
) -> None:
    """Tell these accounts: number, subject, place and day, and none of the words that were written."""
    recipients = tuple(it for it in officers if it is not None and it != by.account_id)
    if not recipients:
        return
    words = {
        "number": number_of(now.id),
        "topic": TOPICS_VI[Topic(now.topic)],
        "place": _place(now),
        "level": LEVELS_VI[now.level],
        "until": day_first(now.due_on) if now.due_on else "–",
    }
    needed = {name: words[name] for name in KINDS[kind].words}
    news = News(
        kind,
        f"{kind}:{now.id}:{at.isoformat()}",
        ("difficulty", now.id),
        now.area,
        needed,
        recipients,
    )
    notices.tell([news], by=by, at=at)


def common_level(one: Standing, other: Standing) -> str:
    """The lowest level that answers for both places, and below neither's own."""
    if one.province_code != other.province_code:
        return CENTRE
    shared = UNIT if one.unit_code == other.unit_code else PROVINCE
    return max((one.level, other.level, shared), key=LEVELS.index)


def _place(now: Standing) -> str:
    with connection.cursor() as cursor:
        asked = {
            "facility": now.facility_code,
            "unit": now.unit_code,
            "province": now.province_code,
        }
        cursor.execute(_PLACE, asked)
        return str(cursor.fetchone()[0])
