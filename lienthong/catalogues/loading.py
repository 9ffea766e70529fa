"""Fills the lists: the shipped divisions and code lists, and the files that offices send.

Every import first says what it would change. What a file does not name stays as it is; refused rows are left
out and reported; running it twice changes nothing.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.db import connection

from lienthong.audit import trail
from lienthong.catalogues import facility_file, lists, mergers, unit_file
from lienthong.catalogues.differences import Change, Difference
from lienthong.catalogues.sheets import SentFile, Sheet
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date

_SHIPPED = "divisions.json.gz"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.catalogues'))"
_COPY_DIVISIONS = """
    COPY catalogues_division (code, level, name, kind, parent_code, province_code, valid, instrument) FROM STDIN
"""
_COPY_SUCCESSIONS = """
    COPY catalogues_succession (old_code, new_code, effective, share, source, instrument) FROM STDIN
"""
_KNOWN_DIVISIONS = """
    SELECT code, lower(valid)::text, level, name, kind, parent_code, province_code,
           coalesce(upper(valid)::text, ''), instrument
    FROM catalogues_division
"""
_KNOWN_SUCCESSIONS = "SELECT old_code, new_code, effective::text FROM catalogues_succession"
_CHANGE_DIVISIONS = """
    UPDATE catalogues_division AS division
    SET level = new.level, name = new.name, kind = new.kind, parent_code = new.parent_code,
        province_code = new.province_code, instrument = new.instrument,
        valid = daterange(new.valid_from, new.valid_to)
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::date[], %s::date[],
                %s::text[])
        AS new (code, level, name, kind, parent_code, province_code, valid_from, valid_to, instrument)
    WHERE division.code = new.code AND lower(division.valid) = new.valid_from
"""


def import_units(
    source: Path | SentFile, *, by: Actor, at: datetime, dry_run: bool = False
) -> Difference:
    """The card units and their declared workplaces of a file (contracts §8) against the list, then applied.

    One row per commune; an officer of a province has the rows of others refused. Raises Refused when the file as
    a whole cannot be read.
    """
    sheet = unit_file.read(source)
    scope = "" if by.everywhere else by.province_code
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(LOCK)
        plan = unit_file.compare(sheet, province_code=scope)
        if dry_run or plan.difference.is_empty:
            return plan.difference
        unit_file.apply(plan)
        return _recorded(plan.difference, "catalogues.units.import", source.name, by=by, at=at)


def import_facilities(path: Path, *, by: Actor, at: datetime, dry_run: bool = False) -> Difference:
    """The health facilities of a file (contracts §8) against the list, then applied. Refused as above."""
    sheet = facility_file.read(path)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(LOCK)
        plan = facility_file.compare(sheet, today=vietnam_date(at))
        if dry_run or plan.difference.is_empty:
            return plan.difference
        facility_file.apply(plan)
        return _recorded(plan.difference, "catalogues.facilities.import", path.name, by=by, at=at)


def import_act(
    sheet: Sheet, effective: date, *, source: str, by: Actor, at: datetime, dry_run: bool = False
) -> Difference:
    """A merger act, or the statistics office's table of 2025, against the successions of that day, then applied.

    On a day whose successions are known it sets their shares; otherwise it ends and begins divisions.
    Raises Refused (E-CROSSWALK) when a row contradicts the list: an act is taken whole or not at all.
    """
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(LOCK)
        plan = mergers.compare(sheet, effective, source=source)
        if dry_run:
            return plan.difference
        mergers.check(plan)
        if plan.difference.is_empty:
            return plan.difference
        mergers.apply(plan)
        return _recorded(plan.difference, "catalogues.act.import", source, by=by, at=at)


def _recorded(
    difference: Difference, action: str, name: str, *, by: Actor, at: datetime
) -> Difference:
    detail: dict[str, Any] = {"file": name, **difference.counts}
    trail.record(by, action, at=at, detail=detail)
    return difference.applied()


# ---------------------------------------------------------------- the shipped divisions


@dataclass(frozen=True, slots=True)
class Shipped:
    """The divisions file of this release, parsed; the columns are those of `divisions.json.gz`."""

    digest: str
    divisions: list[list[str]]
    successions: list[list[str]]


def shipped() -> Shipped:
    """The divisions and successions that stand in the package."""
    packed = files("lienthong.catalogues").joinpath("data", _SHIPPED).read_bytes()
    document = json.loads(gzip.decompress(packed))
    return Shipped(
        hashlib.sha256(packed).hexdigest(), document["divisions"], document["successions"]
    )


def load_lists(*, by: Actor, at: datetime) -> Difference:
    """Ethnic groups, nationalities and benefit groups of this release, as tables. Safe to run twice."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(LOCK)
        difference = lists.load()
        if difference.is_empty:
            return difference
        return _recorded(difference, "catalogues.lists.load", "", by=by, at=at)


def load_divisions(*, by: Actor, at: datetime) -> Difference:
    """The shipped divisions and successions. Nothing happens when this release's list is loaded already.

    A newer list adds versions and mends names; what merger acts have added or settled since is kept.
    """
    ours = shipped()
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute("SELECT divisions_digest FROM catalogues_version WHERE id = 1")
        if cursor.fetchone() == (ours.digest,):
            return Difference(
                "Đơn vị hành chính", unchanged_count=len(ours.divisions) + len(ours.successions)
            )
        difference = _put_divisions(ours)
        cursor.execute(
            "UPDATE catalogues_version SET divisions_digest = %s WHERE id = 1", [ours.digest]
        )
        return _recorded(difference, "catalogues.divisions.load", _SHIPPED, by=by, at=at)


def _put_divisions(ours: Shipped) -> Difference:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_DIVISIONS)
        known = {(row[0], row[1]): list(row) for row in cursor.fetchall()}
        cursor.execute(_KNOWN_SUCCESSIONS)
        edges = set(cursor.fetchall())
    new, changed, changes = [], [], []
    for row in ours.divisions:
        code, level, name, kind, parent, province, first, end, act = row
        before = known.get((code, first))
        if before is None:
            new.append(row)
            continue
        # An end that a merger act has set since this list was made stays.
        end = end or before[7]
        if before != [code, first, level, name, kind, parent, province, end, act]:
            changed.append([*row[:7], end, act])
            changes.append(Change(f"{code} {first}", "name", str(before[3]), name))
    new_edges = [row for row in ours.successions if (row[0], row[1], row[2]) not in edges]
    # Before the new versions, which begin where a changed one now ends.
    if changed:
        _change_divisions(changed)
    _copy_divisions(new)
    _copy_successions(new_edges)
    return Difference(
        "Đơn vị hành chính",
        added=(
            *(f"{row[0]} {row[6]} {row[2]}" for row in new),
            *(f"{row[0]}→{row[1]} {row[2]}" for row in new_edges),
        ),
        changed=tuple(changes),
        unchanged_count=len(ours.divisions) + len(ours.successions)
        - len(new) - len(changed) - len(new_edges),
    )  # fmt: skip


def _change_divisions(rows: Iterable[list[str]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    columns[7] = [end or None for end in columns[7]]
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE_DIVISIONS, columns)


def _copy_divisions(rows: Iterable[list[str]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(_COPY_DIVISIONS) as copy,
    ):
        for code, level, name, kind, parent, province, first, end, act in rows:
            copy.write_row((code, level, name, kind, parent, province, f"[{first},{end})", act))


def _copy_successions(rows: Iterable[list[str]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(_COPY_SUCCESSIONS) as copy,
    ):
        for old, new, effective, share, act in rows:
            copy.write_row((old, new, effective, share, "shipped", act))
