"""Reads about print runs: which there were, which sheets each had, how many were spoilt. In the actor's area only."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotFound

_RUNS = """
    SELECT run.id, run.number, run.at, run.by, coalesce(unit.name, '') AS unit_name, run.card_count,
           count(copy.id) FILTER (WHERE copy.spoilt_at IS NOT NULL) AS spoilt_count, run.reason
    FROM cards_printrun AS run
    JOIN cards_copy AS copy ON copy.run_id = run.id
    LEFT JOIN catalogues_unit AS unit ON unit.id = run.unit_id
    WHERE %(run_id)s = 0 OR run.id = %(run_id)s
    GROUP BY run.id, unit.name
    ORDER BY run.id DESC LIMIT %(limit)s
"""
_SHEETS = """
    SELECT copy.card_id, card.code, card.full_name, card.born_on AS birth_date, card.commune_code,
           dossier.code AS dossier_code, dossier.message_id, copy.copy_number, copy.spoilt_at, copy.spoilt_reason
    FROM cards_copy AS copy
    JOIN cards_card AS card ON card.id = copy.card_id
    JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    WHERE copy.run_id = %s
    ORDER BY card.commune_code, card.full_name, card.id
"""


@dataclass(frozen=True, slots=True)
class RunLine:
    """One print run; `card_count` sheets, `spoilt_count` of them spoilt."""

    id: int
    number: str
    at: datetime
    by: str
    unit_name: str
    card_count: int
    spoilt_count: int
    reason: str


@dataclass(frozen=True, slots=True)
class RunSheet:
    """One sheet of a run, in the order of the PDF."""

    card_id: int
    code: str
    full_name: str
    birth_date: date
    commune_code: str
    dossier_code: str
    message_id: str
    copy_number: int
    spoilt_at: datetime | None
    spoilt_reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run with its sheets."""

    line: RunLine
    sheets: list[RunSheet]


def latest(by: Actor, *, limit: int = 50) -> list[RunLine]:
    """The latest runs, newest first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, {"run_id": 0, "limit": limit})
        return rows_as(RunLine, cursor)


def one(by: Actor, run_id: int) -> Run:
    """One run with its sheets. Two statements. Raises NotFound."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, {"run_id": run_id, "limit": 1})
        lines = rows_as(RunLine, cursor)
        if run_id == 0 or not lines:
            raise NotFound("Không tìm thấy lô in.")
        cursor.execute(_SHEETS, [run_id])
        return Run(lines[0], rows_as(RunSheet, cursor))
