"""The score of any place on a day that was counted, the months before it, and who lacks what: what pages read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.catalogues.sheets import write_sheet
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first
from lienthong.kernel.errors import NotAllowed
from lienthong.persons.agentlook import FIELDS_VI

_DAY = "SELECT day, made_at FROM persons_tallyrun WHERE day <= %s ORDER BY day DESC LIMIT 1"
_SCORES = """
    SELECT {place} AS place, max({name}) AS name, tally.criterion, sum(tally.person_count)::bigint AS person_count,
           sum(tally.missing_count)::bigint AS missing_count, sum(tally.met_weight)::bigint AS met_weight,
           sum(tally.whole_weight)::bigint AS whole_weight
    FROM persons_tally AS tally
    {joins}
    WHERE tally.day = %(day)s AND (%(unit)s = 0 OR tally.area = %(unit)s)
    GROUP BY 1, tally.criterion
"""
_UNIT_JOIN = "LEFT JOIN catalogues_unit AS unit ON unit.id = tally.area"
_PLACES = {
    "province": (
        "coalesce(unit.province_code, lpad((-tally.area)::text, 2, '0'))",
        "coalesce(province.name, '')",
        _UNIT_JOIN
        + """ LEFT JOIN catalogues_division AS province
        ON province.code = coalesce(unit.province_code, lpad((-tally.area)::text, 2, '0'))
       AND province.level = 'province' AND province.valid @> %(day)s::date""",
    ),
    "unit": ("tally.area::text", "coalesce(unit.name, '')", _UNIT_JOIN),
    "commune": (
        "tally.commune_code",
        "coalesce(commune.name, '')",
        """LEFT JOIN catalogues_division AS commune
        ON commune.code = tally.commune_code AND commune.level = 'commune' AND commune.valid @> %(day)s::date""",
    ),
    "agency": (
        "agency.id::text",
        "agency.name",
        """JOIN accounts_agencycommune AS given ON given.commune_code = tally.commune_code AND given.ended_at IS NULL
        JOIN accounts_agency AS agency ON agency.id = given.agency_id AND agency.is_active""",
    ),
}
_TREND = """
    SELECT run.day, sum(tally.person_count)::bigint AS person_count, sum(tally.missing_count)::bigint AS missing_count,
           sum(tally.met_weight)::bigint AS met_weight, sum(tally.whole_weight)::bigint AS whole_weight
    FROM (SELECT max(day) AS day FROM persons_tallyrun WHERE day <= %(day)s AND day > %(day)s::date - 400
          GROUP BY date_trunc('month', day)) AS run
    JOIN persons_tally AS tally ON tally.day = run.day AND tally.criterion = ''
    WHERE %(unit)s = 0 OR tally.area = %(unit)s
    GROUP BY run.day ORDER BY run.day DESC LIMIT 12
"""
_MISSING = """
    SELECT person.id, person.full_name, person.born_on, person.sex, coalesce(home.code, '') AS household_code,
           known.household_id, known.commune_code, coalesce(home.address, person.residence_text) AS address,
           ARRAY(SELECT criterion.field FROM persons_criterion AS criterion
                 WHERE criterion.valid @> %(day)s::date AND NOT criterion.field = ANY (known.told)
                   AND persons_applies(criterion.applies_to, known.born_on, known.is_head, %(day)s::date)
                 ORDER BY criterion.weight DESC, criterion.code) AS missing
    FROM persons_told(%(day)s::date) AS known
    JOIN persons_person AS person ON person.id = known.person_id
    LEFT JOIN persons_household AS home ON home.id = known.household_id
    WHERE person.id > %(after)s
      AND (%(unit)s = 0 OR known.area = %(unit)s) AND (%(commune)s = '' OR known.commune_code = %(commune)s)
      AND EXISTS (
          SELECT 1 FROM persons_criterion AS criterion
          WHERE criterion.valid @> %(day)s::date AND (%(criterion)s = '' OR criterion.code = %(criterion)s)
            AND NOT criterion.field = ANY (known.told)
            AND persons_applies(criterion.applies_to, known.born_on, known.is_head, %(day)s::date))
    ORDER BY person.id LIMIT %(limit)s
"""


LEVELS_VI = {"province": "Tỉnh", "unit": "Đơn vị", "commune": "Xã", "agency": "Đại lý thu"}
"""By what a table of scores may be drawn."""
SHORT_VI = {
    "full_name": "Họ tên",
    "sex": "Giới tính",
    "personal_id": "Số định danh",
    "insurance_number": "Mã số",
    "parent": "Cha mẹ",
    "household": "Hộ",
    "relation": "Quan hệ",
    "address": "Địa chỉ",
}
"""Of each field, the head of its column."""


@dataclass(frozen=True, slots=True)
class Share:
    """Counts of one place and one criterion ('' for all): persons, those who lack it, and the weights."""

    person_count: int
    missing_count: int
    met_weight: int
    whole_weight: int

    @property
    def score(self) -> float | None:
        """The share of the weight that is known, in percent; None where there is nobody."""
        return 100 * self.met_weight / self.whole_weight if self.whole_weight else None

    @property
    def complete(self) -> float | None:
        """The share of the persons who lack nothing, in percent; None where there is nobody."""
        if not self.person_count:
            return None
        return 100 * (self.person_count - self.missing_count) / self.person_count


@dataclass(frozen=True, slots=True)
class Score:
    """The completeness of one place: all criteria together, and of each who lacks it."""

    place: str
    name: str
    whole: Share
    by_criterion: dict[str, Share]


@dataclass(frozen=True, slots=True)
class TrendLine:
    """The last count of one month."""

    day: date
    share: Share


@dataclass(frozen=True, slots=True)
class MissingLine:
    """One person who lacks something; `missing` are fields, the heaviest first."""

    id: int
    full_name: str
    born_on: date
    sex: str
    household_code: str
    household_id: int | None
    commune_code: str
    address: str
    missing: Sequence[str]

    @property
    def missing_vi(self) -> str:
        """What is missing, in words."""
        return ", ".join(FIELDS_VI[it].lower() for it in self.missing)


@dataclass(frozen=True, slots=True)
class MissingFilter:
    """Which of those who lack something: of a unit (by id), a commune, a criterion; after a person."""

    unit_id: int = 0
    commune_code: str = ""
    criterion: str = ""
    after: int = 0


@dataclass(frozen=True, slots=True)
class _ScoreRow:
    place: str
    name: str
    criterion: str
    person_count: int
    missing_count: int
    met_weight: int
    whole_weight: int


def counted_on(by: Actor, day: date) -> tuple[date, datetime] | None:
    """The latest day counted not after `day`, and when that was; None before the first. One query."""
    need(by)
    with connection.cursor() as cursor:
        cursor.execute(_DAY, [day])
        row = cursor.fetchone()
    return None if row is None else (row[0], row[1])


def scores(by: Actor, level: str, *, day: date, unit_id: int = 0) -> list[Score]:
    """The score of each province, unit, commune or agency within reach on a counted day, the least complete first."""
    need(by)
    place, name, joins = _PLACES[level]
    statement = _SCORES.format(place=place, name=name, joins=joins)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"day": day, "unit": unit_id})
        rows = rows_as(_ScoreRow, cursor)
    found: dict[str, dict[str, _ScoreRow]] = {}
    for row in rows:
        found.setdefault(row.place, {})[row.criterion] = row
    made = [
        Score(
            key,
            held[""].name,
            _share(held[""]),
            {code: _share(row) for code, row in held.items() if code},
        )
        for key, held in found.items()
        if "" in held
    ]
    return sorted(made, key=lambda it: (it.whole.score or 0.0, it.place))


def together(found: Sequence[Score]) -> Score:
    """All places of a list as one. An agency's communes may be another's too: not for lists of agencies."""
    codes = sorted({code for it in found for code in it.by_criterion})
    by_criterion = {
        code: _sum([it.by_criterion[code] for it in found if code in it.by_criterion])
        for code in codes
    }
    return Score("", "", _sum([it.whole for it in found]), by_criterion)


def trend(by: Actor, *, day: date, unit_id: int = 0) -> list[TrendLine]:
    """The last count of each of twelve months up to the day, the latest first. One query."""
    need(by)
    with connection.cursor() as cursor:
        cursor.execute(_TREND, {"day": day, "unit": unit_id})
        return [TrendLine(row[0], Share(*row[1:])) for row in cursor.fetchall()]


def missing(by: Actor, asked: MissingFilter, *, on: date, limit: int = 50) -> list[MissingLine]:
    """Who lacks something now, within reach, in the order of their keys: the list behind a number. One query."""
    need(by)
    told: dict[str, Any] = {
        "day": on,
        "unit": asked.unit_id,
        "commune": asked.commune_code,
        "criterion": asked.criterion,
        "after": asked.after,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, told)
        return rows_as(MissingLine, cursor)


def as_xlsx(found: Sequence[Score], criteria: Sequence[tuple[str, str]], place_vi: str) -> bytes:
    """A table of scores as a workbook of one sheet; `criteria` are codes with their words, the columns of who lacks what."""
    heads = (
        "Mã",
        place_vi,
        "Số người",
        "Điểm (%)",
        "Đủ mọi tiêu chí (%)",
        *(words for _, words in criteria),
    )
    return write_sheet("Day du du lieu", heads, (_cells(it, criteria) for it in found))


def missing_as_xlsx(lines: Sequence[MissingLine]) -> bytes:
    """Who lacks what, as a workbook of one sheet."""
    heads = ("Họ tên", "Ngày sinh", "Mã hộ", "Xã", "Địa chỉ", "Còn thiếu")
    rows: list[list[str | float]] = [
        [it.full_name, day_first(it.born_on), it.household_code, it.commune_code, it.address, it.missing_vi]
        for it in lines
    ]  # fmt: skip
    return write_sheet("Con thieu", heads, rows)


def _cells(score: Score, criteria: Sequence[tuple[str, str]]) -> list[str | float]:
    missing = [score.by_criterion.get(code) for code, _ in criteria]
    return [
        score.place,
        score.name,
        score.whole.person_count,
        round(score.whole.score or 0, 1),
        round(score.whole.complete or 0, 1),
        *(it.missing_count if it else 0 for it in missing),
    ]


def need(by: Actor) -> None:
    """Raise NotAllowed unless the actor may read how complete the data are."""
    if not by.may(Permission.COMPLETENESS_VIEW):
        raise NotAllowed(
            "Bạn không có quyền xem mức độ đầy đủ của dữ liệu.",
            code=str(Permission.COMPLETENESS_VIEW),
        )


def _share(row: _ScoreRow) -> Share:
    return Share(row.person_count, row.missing_count, row.met_weight, row.whole_weight)


def _sum(shares: Sequence[Share]) -> Share:
    return Share(
        sum(it.person_count for it in shares),
        sum(it.missing_count for it in shares),
        sum(it.met_weight for it in shares),
        sum(it.whole_weight for it in shares),
    )
