"""A merger of divisions as a dated act: which division went where, with how many of its people.

An act is taken whole or not at all. On a day whose successions are known (01/07/2025) it settles their shares
and edges; on a new day it ends the divisions it names, continues those that keep their code and begins new ones.
Dossiers are rerouted elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from lienthong.catalogues.differences import Change, Difference, RefusedRow
from lienthong.catalogues.divisions import ALL, ALL_PEOPLE, LAND_ONLY, PART
from lienthong.catalogues.places import Places
from lienthong.catalogues.sheets import RowFault, Sheet, SheetRow, read_sheet
from lienthong.kernel.codes import is_commune_code, is_district_code, is_province_code
from lienthong.kernel.errors import Refused

COLUMNS = ("old_code", "new_code", "kind")
OPTIONAL = ("note", "note_official", "old_district_code", "new_name", "new_province_code")
_WIDTHS = {"old_code": 5, "new_code": 5, "old_district_code": 3, "new_province_code": 2}
_SHARES = {"whole": ALL, "part": PART, "land_only": LAND_ONLY, "all_people": ALL_PEOPLE}
_KINDS = ("phường", "xã", "thị trấn", "đặc khu")

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
    SELECT code, level, name, kind, parent_code, province_code, daterange(%(effective)s, until), %(source)s
    FROM unnest(%(codes)s::text[], %(levels)s::text[], %(names)s::text[], %(kinds)s::text[], %(parents)s::text[],
                %(provinces)s::text[], %(untils)s::date[])
        AS new (code, level, name, kind, parent_code, province_code, until)
"""

_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Edge:
    """One row of the act: the share of `old_code` that went to `new_code`. `share` as in `models.Succession`."""

    line: int
    old_code: str
    new_code: str
    share: str
    note: str
    new_name: str
    new_province_code: str

    @property
    def pair(self) -> _Pair:
        """Its two codes."""
        return (self.old_code, self.new_code)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A division that begins on the act's day: formed anew, or continued under its code. `until` is exclusive."""

    code: str
    level: str
    name: str
    kind: str
    parent_code: str
    province_code: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference and what makes it so."""

    difference: Difference
    effective: date
    source: str
    settled: Sequence[Edge]
    added: Sequence[Edge]
    dropped: Sequence[_Pair]
    ended: Sequence[str]
    begun: Sequence[NewVersion]


def read(path: Path) -> Sheet:
    """The act's rows, in either of the two shapes of contracts §8. Raises Refused when it cannot be read."""
    return read_sheet(path, columns=COLUMNS, widths=_WIDTHS, optional=OPTIONAL)


def compare(sheet: Sheet, effective: date, *, source: str) -> Plan:
    """What the act would change; nothing is written. A handful of queries for any number of rows."""
    edges, refused = _edges(sheet)
    places = Places.of({code for edge in edges for code in edge.pair})
    edges, more = _sound(edges, places, effective)
    known = _known({edge.old_code for edge in edges}, effective)
    settled = [it for it in edges if it.pair in known and known[it.pair] != it.share]
    added = [it for it in edges if it.pair not in known]
    dropped = sorted(set(known) - {it.pair for it in edges} - _pairs_of(more, sheet, known))
    untold = {it.old_code for it in added} - {old for old, _ in known}
    ended, begun = _versions(edges, untold, places, effective)
    difference = Difference(
        "Chuyển đổi đơn vị hành chính",
        added=(
            *(f"{it.old_code}→{it.new_code} {it.share}" for it in added),
            *(f"{it.code} {it.name} từ {effective}" for it in begun),
        ),
        changed=tuple(
            Change(f"{it.old_code}→{it.new_code}", "share", known[it.pair], it.share)
            for it in settled
        ),
        ended=(*(f"{old}→{new}" for old, new in dropped), *ended),
        unchanged_count=len(edges) - len(settled) - len(added),
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
                    "untils": [it.until for it in plan.begun],
                },
            )


# ---------------------------------------------------------------- reading the rows


def _edges(sheet: Sheet) -> tuple[list[Edge], list[RefusedRow]]:
    edges: list[Edge] = []
    refused: list[RefusedRow] = []
    seen: set[_Pair] = set()
    for row in sheet.rows:
        try:
            edge = _edge(row)
            if edge.pair in seen:
                raise RowFault("new_code", "E-DUPLICATE", "Dòng này lặp lại một dòng trước.")
        except RowFault as fault:
            refused.append(fault.at(row.line))
        else:
            seen.add(edge.pair)
            edges.append(edge)
    return edges, refused


def _edge(row: SheetRow) -> Edge:
    cells = row.cells
    old = cells["old_code"] or cells.get("old_district_code", "")
    if not is_commune_code(old) and not is_district_code(old):
        raise RowFault("old_code", "E-VALUE", f"Mã cũ «{old}» không phải mã xã hoặc mã huyện đảo.")
    new = row.text("new_code")
    if not is_commune_code(new):
        raise RowFault("new_code", "E-VALUE", f"Mã mới «{new}» phải gồm 5 chữ số.")
    kind = row.text("kind")
    if kind not in _SHARES:
        raise RowFault("kind", "E-VALUE", f"Cột kind: «{kind}» không thuộc {', '.join(_SHARES)}.")
    note = cells.get("note") or cells.get("note_official", "")
    name, province = cells.get("new_name", ""), cells.get("new_province_code", "")
    return Edge(row.line, old, new, _SHARES[kind], note, name, province)


def _sound(
    edges: Sequence[Edge], places: Places, effective: date
) -> tuple[list[Edge], list[RefusedRow]]:
    """The edges that agree with the list and with each other, and the others with the reason."""
    heirs: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        heirs[edge.old_code].append(edge)
    sound: list[Edge] = []
    refused: list[RefusedRow] = []
    for edge in edges:
        try:
            _check_ends(edge, places, effective)
            _check_shares(edge, heirs[edge.old_code])
        except RowFault as fault:
            refused.append(fault.at(edge.line))
        else:
            sound.append(edge)
    return sound, refused


def _check_ends(edge: Edge, places: Places, effective: date) -> None:
    if places.on(edge.old_code, effective - timedelta(days=1)) is None:
        raise RowFault(
            "old_code", "E-DIVISION",
            f"Mã cũ {edge.old_code} không có trong danh mục ngay trước ngày {effective}.",
        )  # fmt: skip
    if places.on(edge.new_code, effective) is None and not (
        edge.new_name.lower().startswith(_KINDS) and is_province_code(edge.new_province_code)
    ):
        raise RowFault(
            "new_code", "E-DIVISION",
            f"Mã mới {edge.new_code} chưa có trong danh mục; cần thêm cột new_name (kèm loại hình) và "
            "new_province_code.",
        )  # fmt: skip


def _check_shares(edge: Edge, heirs: Sequence[Edge]) -> None:
    counts = Counter(it.share for it in heirs)
    contradiction = ""
    if counts[ALL] and len(heirs) > 1:
        contradiction = f"có {len(heirs)} nơi nhận nhưng có dòng ghi whole"
    elif counts[ALL_PEOPLE] > 1:
        contradiction = "có nhiều nơi nhận cùng ghi all_people"
    elif counts[ALL_PEOPLE] and counts[PART]:
        contradiction = "có dòng ghi all_people và có dòng ghi part"
    elif len(heirs) == 1 and edge.share in {PART, LAND_ONLY}:
        contradiction = f"chỉ có một nơi nhận và ghi {edge.share}; cần thêm dòng cho phần còn lại"
    elif counts[LAND_ONLY] == len(heirs):
        contradiction = "không nơi nào nhận dân"
    if contradiction:
        raise RowFault("kind", "E-CROSSWALK", f"Mã {edge.old_code} {contradiction}.")


# ---------------------------------------------------------------- what follows from them


def _known(olds: set[str], effective: date) -> dict[_Pair, str]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [effective, sorted(olds)])
        return {(old, new): share for old, new, share in cursor.fetchall()}


def _pairs_of(
    refused: Sequence[RefusedRow], sheet: Sheet, known: Mapping[_Pair, str]
) -> set[_Pair]:
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
    kind = next(
        (it for it in _KINDS if edge.new_name.lower().startswith(it)), before.kind if before else ""
    )
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
