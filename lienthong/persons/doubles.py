"""Rows of a register that may be about somebody we know: weighed by the score, and put before an officer as pairs.

Nothing is linked here: a row that is merely alike makes its own person, and two persons are asked about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from lienthong.kernel.actor import Actor
from lienthong.persons import matching, pairs
from lienthong.persons.likeness import Facts, Score, Verdict
from lienthong.persons.pairs import Suspected

TWO_KEYS: Final = "two_keys"
"""Reason of a pair: one row's id is the one person's and its number the other's, and both are like the row."""
_ALIKE = """
    SELECT row.id, row.asked_ids, row.found_id, row.link, row.full_name, row.born_on, row.sex, row.personal_id,
           row.insurance_number, row.mother_name, row.commune_code, row.household_code
    FROM persons_importrow AS row
    WHERE row.source_id = %(import)s AND row.line > %(after)s AND row.line <= %(upto)s
      AND row.outcome IN ('new', 'changed') AND row.asked_ids <> '{}' AND row.link IN ('made', 'linked', 'asked')
    ORDER BY row.line
"""
_WEIGHED = """
    UPDATE persons_importrow AS row SET asked_ids = said.ids::bigint[], link = said.link
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS said (id, ids, link) WHERE row.id = said.id
"""


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    asked_ids: list[int]
    found_id: int | None
    link: str
    full_name: str
    born_on: date | None
    sex: str
    personal_id: str
    insurance_number: str
    mother_name: str
    commune_code: str
    household_code: str

    def facts(self, day: date) -> Facts:
        """The row as the score compares it."""
        return Facts(
            full_name=self.full_name,
            born_on=self.born_on,
            sex=self.sex or "undetermined",
            personal_id=self.personal_id,
            insurance_number=self.insurance_number,
            mother_name=self.mother_name,
            commune_code=self.commune_code,
            commune_day=day,
            household_code=self.household_code,
        )


def weigh(wanted: Mapping[str, Any], *, by: Actor) -> int:
    """Of the rows of a stretch that would make a person, keep as asked those that the score asks about; how many rows."""
    rows = [row for row in _alike(wanted) if row.link == "made"]
    scores = _scores(rows, wanted["on"], by=by)
    told = []
    for row in rows:
        ids = [other for other, it in scores[row.id].items() if it.verdict is not Verdict.NEW]
        written = "{" + ",".join(str(other) for other in ids) + "}"
        told.append((row.id, written, "asked" if ids else "made"))
    if told:
        with connection.cursor() as cursor:
            cursor.execute(_WEIGHED, [list(column) for column in zip(*told, strict=True)])
    return len(told)


def ask(wanted: Mapping[str, Any], *, by: Actor, at: datetime) -> int:
    """Open the pairs of a stretch that was written; how many are new. Safe to repeat."""
    rows = [row for row in _alike(wanted) if row.link in {"asked", "linked"} and row.found_id]
    scores = _scores([row for row in rows if row.link == "asked"], wanted["on"], by=by)
    suspected = []
    for row in rows:
        for other in row.asked_ids:
            score = scores.get(row.id, {}).get(other)
            if row.found_id is not None and (score is not None or row.link == "linked"):
                suspected.append(_suspected(row.found_id, other, score))
    return pairs.open_pairs(suspected, by=by, at=at) if suspected else 0


def _suspected(one: int, other: int, score: Score | None) -> Suspected:
    if score is None:
        return Suspected(one, other, pairs.NUMBER, reason=TWO_KEYS)
    told = {it.field: [str(it.agreement), round(it.weight, 2)] for it in score.fields}
    return Suspected(one, other, pairs.REGISTER, score.probability, score.rule, told)


def _alike(wanted: Mapping[str, Any]) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, dict(wanted))
        return [_Row(*row) for row in cursor.fetchall()]


def _scores(rows: list[_Row], day: date, *, by: Actor) -> dict[int, dict[int, Score]]:
    """For each row the score against each person it is asked about."""
    if not rows:
        return {}
    known = matching.facts_of_person(
        sorted({other for row in rows for other in row.asked_ids}), by=by
    )
    mine = matching.with_kin({row.id: row.facts(day) for row in rows})
    return {
        row.id: {
            other: matching.score(mine[row.id], known[other])
            for other in row.asked_ids
            if other in known
        }
        for row in rows
    }
