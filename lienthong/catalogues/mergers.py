"""A merger of divisions as a dated act: which division went where, with how many of its people.

An act is taken whole or not at all. On a day whose successions are known (01/07/2025) it settles their shares
and edges; on a new day it ends the divisions it names, continues those that keep their code and begins new ones.
A division that only goes on is no succession, whoever joins it; one that only gets another name or kind is a new
version of its code. Dossiers are rerouted elsewhere.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from lienthong.catalogues.differences import Change, Difference, RefusedRow
from lienthong.catalogues.divisions import ALL
from lienthong.catalogues.edges import KINDS, Edge, Pair, edges_of, kind_of, sound
from lienthong.catalogues.places import Places
from lienthong.catalogues.sheets import Sheet
from lienthong.kernel.codes import is_commune_code, is_province_code
from lienthong.kernel.errors import Refused

_LISTS_BEGIN = date(2008, 8, 1)
"""Since when the shipped divisions are told; an older one that only an act knows is taken to stand from then."""

_KNOWN = """
    SELECT old_code, new_code, share FROM catalogues_succession
    WHERE effective = %s AND old_code = ANY (%s)
"""
_STANDING = """
    SELECT code, level, name, kind, parent_code, province_code, upper(valid)
    FROM catalogues_division
    WHERE code = ANY (%(codes)s) AND valid @> (%(effective)s::date - 1)
"""
_SETTLE = """
    UPDATE catalogues_succession AS succession SET share = new.share, source = %(source)s
    FROM unnest(%(olds)s::text[], %(news)s::text[], %(shares)s::text[]) AS new (old_code, new_code, share)
    WHERE succession.effective = %(effective)s AND succession.old_code = new.old_code
      AND succession.new_code = new.new_code
"""
_ADD = """
    INSERT INTO catalogues_succession (old_code, new_code, effective, share, source, instrument)
    SELECT old_code, new_code, %(effective)s, share, %(source)s, note
    FROM unnest(%(olds)s::text[], %(news)s::text[], %(shares)s::text[], %(notes)s::text[])
        AS new (old_code, new_code, share, note)
"""
_DROP = """
    DELETE FROM catalogues_succession AS succession
    USING unnest(%(olds)s::text[], %(news)s::text[]) AS gone (old_code, new_code)
    WHERE succession.effective = %(effective)s AND succession.old_code = gone.old_code
      AND succession.new_code = gone.new_code
"""
_END = """
    UPDATE catalogues_division SET valid = daterange(lower(valid), %(effective)s)
    WHERE code = ANY (%(codes)s) AND valid @> %(effective)s::date AND lower(valid) < %(effective)s
"""
_BEGIN = """
    INSERT INTO catalogues_division (code, level, name, kind, parent_code, province_code, valid, instrument)
    SELECT code, level, name, kind, parent_code, province_code, daterange(first, until), %(source)s
    FROM unnest(%(codes)s::text[], %(levels)s::text[], %(names)s::text[], %(kinds)s::text[], %(parents)s::text[],
                %(provinces)s::text[], %(firsts)s::date[], %(untils)s::date[])
        AS new (code, level, name, kind, parent_code, province_code, first, until)
"""
_EVER_KNOWN = "SELECT DISTINCT code FROM catalogues_division WHERE code = ANY (%s)"


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version that the act adds: formed anew or continued from its day, or known to it alone and ending there.

    `first` is None for the act's day, `until` exclusive, None when open.
    """

    code: str
    level: str
    name: str
    kind: str
    parent_code: str
    province_code: str
    until: date | None
    first: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference and what makes it so."""

    difference: Difference
    effective: date
    source: str
    settled: Sequence[Edge]
    added: Sequence[Edge]
    dropped: Sequence[Pair]
    ended: Sequence[str]
    begun: Sequence[NewVersion]


def compare(sheet: Sheet, effective: date, *, source: str) -> Plan:
    """What the act would change; nothing is written. A handful of queries for any number of rows."""
    edges, refused = edges_of(sheet)
    places = Places.of({code for edge in edges for code in edge.pair})
    unheard = _unheard_of(edges)
    edges, more = sound(edges, places, effective, unheard)
    known = _known({edge.old_code for edge in edges}, effective)
    settled = [it for it in edges if it.pair in known and known[it.pair] != it.share]
    told = {old for old, _ in known}
    going_on, renamed = _without_succession(
        [it for it in edges if it.old_code not in told], places, effective
    )
    added = [
        it for it in edges if it.pair not in known and it not in going_on and it not in renamed
    ]
    dropped = sorted(set(known) - {it.pair for it in edges} - _pairs_of(more, sheet, known))
    untold = {it.old_code for it in (*added, *renamed)} - told
    ended, begun = _versions([it for it in edges if it not in going_on], untold, places, effective)
    begun += [_of_old(it) for it in _first_of_each(edges) if it.old_code in unheard]
    difference = Difference(
        "Chuyển đổi đơn vị hành chính",
        added=(
            *(f"{it.old_code}→{it.new_code} {it.share}" for it in added),
            *(f"{it.code} {it.name} từ {it.first or effective}" for it in begun),
        ),
        changed=tuple(
            Change(f"{it.old_code}→{it.new_code}", "share", known[it.pair], it.share)
            for it in settled
        ),
        ended=(*(f"{old}→{new}" for old, new in dropped), *ended),
        unchanged_count=len(edges) - len(settled) - len(added) - len(renamed),
        refused=tuple(sorted((*refused, *more), key=lambda row: row.line)),
        repaired=sheet.repaired,
    )
    return Plan(difference, effective, source, settled, added, dropped, ended, begun)


def check(plan: Plan) -> None:
    """Raises Refused (E-CROSSWALK) when any row was refused."""
    refused = plan.difference.refused
    if refused:
        raise Refused(
            f"Không áp dụng: {len(refused)} dòng có lỗi. Dòng {refused[0].line}: {refused[0].message_vi}",
            code="E-CROSSWALK",
            field=refused[0].field,
        )


def apply(plan: Plan) -> None:
    """Write the plan. Call inside `acting`, under the lock that `compare` ran under."""
    day: dict[str, Any] = {"effective": plan.effective, "source": plan.source}
    with connection.cursor() as cursor:
        if plan.settled:
            cursor.execute(_SETTLE, day | _columns(plan.settled))
        if plan.added:
            cursor.execute(_ADD, day | _columns(plan.added))
        if plan.dropped:
            olds, news = (list(column) for column in zip(*plan.dropped, strict=True))
            cursor.execute(_DROP, day | {"olds": olds, "news": news})
        if plan.ended:
            cursor.execute(_END, day | {"codes": list(plan.ended)})
        if plan.begun:
            cursor.execute(
                _BEGIN,
                day
                | {
                    "codes": [it.code for it in plan.begun],
                    "levels": [it.level for it in plan.begun],
                    "names": [it.name for it in plan.begun],
                    "kinds": [it.kind for it in plan.begun],
                    "parents": [it.parent_code for it in plan.begun],
                    "provinces": [it.province_code for it in plan.begun],
                    "firsts": [it.first or plan.effective for it in plan.begun],
                    "untils": [
                        it.until or (plan.effective if it.first else None) for it in plan.begun
                    ],
                },
            )


# ---------------------------------------------------------------- what follows from them


def _unheard_of(edges: Sequence[Edge]) -> set[str]:
    """Old communes of which no day is told, but of which the act itself says name and province."""
    described = {
        it.old_code
        for it in edges
        if is_commune_code(it.old_code)
        and it.old_name.lower().startswith(KINDS)
        and is_province_code(it.old_province_code)
    }
    with connection.cursor() as cursor:
        cursor.execute(_EVER_KNOWN, [sorted(described)])
        return described - {row[0] for row in cursor.fetchall()}


def _first_of_each(edges: Sequence[Edge]) -> list[Edge]:
    return list({it.old_code: it for it in reversed(edges)}.values())


def _of_old(edge: Edge) -> NewVersion:
    return NewVersion(
        edge.old_code,
        "commune",
        edge.old_name,
        kind_of(edge.old_name),
        edge.old_district_code or edge.old_province_code,
        edge.old_province_code,
        None,
        _LISTS_BEGIN,
    )


def _without_succession(
    edges: Sequence[Edge], places: Places, effective: date
) -> tuple[list[Edge], list[Edge]]:
    """Of edges of a new day, those from a code wholly to itself: it goes on as it was, or only gets another name."""
    joined = Counter(it.new_code for it in edges if it.old_code != it.new_code)
    going_on: list[Edge] = []
    renamed: list[Edge] = []
    for edge in edges:
        before = places.on(edge.old_code, effective - timedelta(days=1))
        if edge.old_code != edge.new_code or edge.share != ALL or before is None:
            continue
        if edge.new_name in {"", before.name}:
            going_on.append(edge)
        elif not joined[edge.new_code]:
            renamed.append(edge)
    return going_on, renamed


def _known(olds: set[str], effective: date) -> dict[Pair, str]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [effective, sorted(olds)])
        return {(old, new): share for old, new, share in cursor.fetchall()}


def _pairs_of(refused: Sequence[RefusedRow], sheet: Sheet, known: Mapping[Pair, str]) -> set[Pair]:
    """Known edges of divisions that have a refused row: nothing is dropped on the word of a faulty act."""
    lines = {row.line for row in refused}
    olds = {
        row.cells["old_code"] or row.cells.get("old_district_code", "")
        for row in sheet.rows
        if row.line in lines
    }
    return {pair for pair in known if pair[0] in olds}


def _versions(
    edges: Sequence[Edge], untold: set[str], places: Places, effective: date
) -> tuple[list[str], list[NewVersion]]:
    """Which divisions of an act of a new day end, and which begin or go on, in the order of their codes."""
    standing = _standing({code for edge in edges for code in edge.pair}, effective)
    formed: dict[str, Edge] = {}
    for edge in edges:
        goes_on = edge.new_code in untold
        if goes_on or places.on(edge.new_code, effective) is None:
            formed.setdefault(edge.new_code, edge)
    begun = [_begun(edge, standing.get(code)) for code, edge in sorted(formed.items())]
    return sorted(untold), begun


def _begun(edge: Edge, before: NewVersion | None) -> NewVersion:
    if before is not None and not edge.new_name:
        return before
    province = edge.new_province_code or (before.province_code if before else "")
    kind = kind_of(edge.new_name, before.kind if before else "")
    until = before.until if before else None
    return NewVersion(edge.new_code, "commune", edge.new_name, kind, province, province, until)


def _standing(codes: set[str], effective: date) -> dict[str, NewVersion]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"codes": sorted(codes), "effective": effective})
        return {row[0]: NewVersion(*row) for row in cursor.fetchall()}


def _columns(edges: Sequence[Edge]) -> dict[str, Any]:
    return {
        "olds": [it.old_code for it in edges],
        "news": [it.new_code for it in edges],
        "shares": [it.share for it in edges],
        "notes": [it.note for it in edges],
    }
