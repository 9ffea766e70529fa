"""The file of issuing units: one row per commune that a unit answers for, compared with the list and applied.

A row that overlaps the unit's declaration for the same place replaces its days. Two units for one place are
taken as they are and remarked upon: the dossiers there wait until an office mends the declaration.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from lienthong.catalogues.differences import (
    Change,
    Difference,
    RefusedRow,
    only_ends_sooner,
    overlap,
    written,
)
from lienthong.catalogues.places import Places
from lienthong.catalogues.sheets import RowFault, SentFile, Sheet, SheetRow, read_sheet
from lienthong.kernel.codes import is_commune_code, is_district_code, is_province_code
from lienthong.kernel.dates import DateRange, day_first
from lienthong.kernel.errors import Conflict

COLUMNS = (
    "code", "name", "agency_code", "province_code", "district_code", "commune_code", "valid_from",
    "valid_to",
)  # fmt: skip
_WIDTHS = {"province_code": 2, "district_code": 3, "commune_code": 5}
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,29}")

_KNOWN_UNITS = """
    SELECT code, name, agency_code, province_code FROM catalogues_unit WHERE code = ANY (%s)
"""
_KNOWN_WORKPLACES = """
    SELECT unit.code, workplace.district_code, workplace.commune_code, workplace.id,
           lower(workplace.valid), upper(workplace.valid)
    FROM catalogues_workplace AS workplace JOIN catalogues_unit AS unit ON unit.id = workplace.unit_id
    WHERE unit.code = ANY (%s) ORDER BY lower(workplace.valid)
"""
_OTHER_UNITS = """
    SELECT DISTINCT workplace.commune_code, unit.code, new.unit_code
    FROM catalogues_workplace AS workplace
    JOIN catalogues_unit AS unit ON unit.id = workplace.unit_id
    JOIN unnest(%(units)s::text[], %(communes)s::text[], %(firsts)s::date[], %(ends)s::date[])
        AS new (unit_code, commune_code, first, until)
      ON workplace.commune_code = new.commune_code AND unit.code <> new.unit_code
     AND workplace.valid && daterange(new.first, new.until)
    WHERE workplace.id <> ALL (%(replaced)s::bigint[])
    ORDER BY 1, 2, 3
"""
_PUT_UNITS = """
    INSERT INTO catalogues_unit (code, name, agency_code, province_code)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
    ON CONFLICT (code) DO UPDATE
    SET name = excluded.name, agency_code = excluded.agency_code, province_code = excluded.province_code
"""
_CHANGE_WORKPLACES = """
    UPDATE catalogues_workplace AS workplace
    SET valid = daterange(new.first, new.until), province_code = new.province_code
    FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::date[]) AS new (id, province_code, first, until)
    WHERE workplace.id = new.id
"""
_ADD_WORKPLACES = """
    INSERT INTO catalogues_workplace (unit_id, province_code, district_code, commune_code, valid)
    SELECT unit.id, new.province_code, new.district_code, new.commune_code, daterange(new.first, new.until)
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::date[], %s::date[])
        AS new (unit_code, province_code, district_code, commune_code, first, until)
    JOIN catalogues_unit AS unit ON unit.code = new.unit_code
"""

_Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What a unit is, apart from where."""

    code: str
    name: str
    agency_code: str
    province_code: str


@dataclass(frozen=True, slots=True)
class WorkplaceFacts:
    """One declared place of a unit on some days."""

    unit_code: str
    province_code: str
    district_code: str
    commune_code: str
    valid: DateRange

    @property
    def place(self) -> _Place:
        """Whose declaration for where."""
        return (self.unit_code, self.district_code, self.commune_code)

    def __str__(self) -> str:
        where = self.commune_code or f"huyện {self.district_code}"
        until = "" if self.valid.last is None else f" đến {self.valid.last}"
        return f"{self.unit_code} {where} từ {self.valid.start}{until}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference and the rows that make it so; `replaced` goes by the key of the row that stands."""

    difference: Difference
    units: Sequence[UnitFacts]
    replaced: Mapping[int, WorkplaceFacts]
    added: Sequence[WorkplaceFacts]


def read(source: Path | SentFile) -> Sheet:
    """The file's rows. Raises Refused when it cannot be read."""
    return read_sheet(source, columns=COLUMNS, widths=_WIDTHS)


def compare(sheet: Sheet, *, province_code: str = "") -> Plan:
    """What the file would change; nothing is written. A handful of queries for any number of rows.

    With a `province_code` rows about other provinces, and about units that stand in another, are refused.
    """
    taken, refused = _taken(sheet, province_code)
    units = {facts.code: facts for facts, _, _ in taken}
    known_units, known_places = _known_units(list(units)), _known_workplaces(list(units))
    added: list[WorkplaceFacts] = []
    replaced: dict[int, WorkplaceFacts] = {}
    changes = _unit_changes(units, known_units)
    ended: list[str] = []
    unchanged = 0
    for _, workplace, line in taken:
        met = [it for it in known_places[workplace.place] if overlap(it[1], workplace.valid)]
        if not met:
            added.append(workplace)
        elif len(met) > 1:
            refused.append(
                RefusedRow(
                    line, "valid_from", "E-OVERLAP",
                    f"Đơn vị {workplace.unit_code} đã có {len(met)} khai báo cho nơi này trong thời gian đó.",
                )
            )  # fmt: skip
        elif met[0][1] == workplace.valid:
            unchanged += 1
        else:
            replaced[met[0][0]] = workplace
            _note(met[0][1], workplace, changes, ended)
    new_units = [units[code] for code in units if known_units.get(code) != units[code]]
    difference = Difference(
        "Đơn vị cấp thẻ",
        added=(
            *(f"đơn vị {code}" for code in units if code not in known_units),
            *map(str, added),
        ),
        changed=tuple(changes),
        ended=tuple(ended),
        unchanged_count=unchanged,
        refused=tuple(sorted(refused, key=lambda row: row.line)),
        repaired=sheet.repaired,
        remarks_vi=_remarks([workplace for _, workplace, _ in taken], list(replaced)),
    )
    return Plan(difference, new_units, replaced, added)


def apply(plan: Plan) -> None:
    """Write the plan: three statements. Call inside `acting`, under the lock that `compare` ran under."""
    with connection.cursor() as cursor:
        if plan.units:
            cursor.execute(
                _PUT_UNITS,
                [
                    [it.code for it in plan.units],
                    [it.name for it in plan.units],
                    [it.agency_code for it in plan.units],
                    [it.province_code for it in plan.units],
                ],
            )
        # Shortened declarations first: a new one may begin where they now end.
        if plan.replaced:
            facts = list(plan.replaced.values())
            cursor.execute(
                _CHANGE_WORKPLACES,
                [list(plan.replaced), [it.province_code for it in facts], *_days(facts)],
            )
            # Row-level security passes over another province's rows without a word.
            if cursor.rowcount != len(facts):
                raise Conflict("Có khai báo ngoài phạm vi phụ trách của bạn; chưa có gì được ghi.")
        if plan.added:
            cursor.execute(
                _ADD_WORKPLACES,
                [
                    [it.unit_code for it in plan.added],
                    [it.province_code for it in plan.added],
                    [it.district_code for it in plan.added],
                    [it.commune_code for it in plan.added],
                    *_days(plan.added),
                ],
            )


# ---------------------------------------------------------------- reading the rows


def _taken(
    sheet: Sheet, province_code: str
) -> tuple[list[tuple[UnitFacts, WorkplaceFacts, int]], list[RefusedRow]]:
    known = _known_units(sorted({row.cells["code"] for row in sheet.rows})) if province_code else {}
    places = Places.of(
        {row.cells["commune_code"] or row.cells["district_code"] for row in sheet.rows}
    )
    taken: list[tuple[UnitFacts, WorkplaceFacts, int]] = []
    refused: list[RefusedRow] = []
    units: dict[str, UnitFacts] = {}
    seen: dict[_Place, list[DateRange]] = defaultdict(list)
    for row in sheet.rows:
        try:
            facts, workplace = _unit(row), _workplace(row, places)
            if province_code:
                _check_scope(known.get(facts.code, facts), facts, province_code)
            if units.setdefault(facts.code, facts) != facts:
                raise RowFault(
                    "name", "E-UNIT",
                    f"Đơn vị {facts.code} có tên, mã cơ quan hoặc mã tỉnh khác với dòng trước trong tệp.",
                )  # fmt: skip
            if any(overlap(it, workplace.valid) for it in seen[workplace.place]):
                raise RowFault("commune_code", "E-DUPLICATE", "Dòng này lặp lại một dòng trước.")
        except RowFault as fault:
            refused.append(fault.at(row.line))
        else:
            seen[workplace.place].append(workplace.valid)
            taken.append((facts, workplace, row.line))
    return taken, refused


def _unit(row: SheetRow) -> UnitFacts:
    facts = UnitFacts(
        row.text("code"), row.text("name"), row.cells["agency_code"], row.text("province_code")
    )
    check_unit(facts)
    return facts


def _workplace(row: SheetRow, places: Places) -> WorkplaceFacts:
    cells, valid = row.cells, row.days("valid_from", "valid_to")
    facts = WorkplaceFacts(
        cells["code"], cells["province_code"], cells["district_code"], cells["commune_code"], valid
    )
    check_workplace(facts, places)
    return facts


def _check_scope(stands: UnitFacts, wanted: UnitFacts, province_code: str) -> None:
    for facts in (wanted, stands):
        if facts.province_code != province_code:
            raise RowFault(
                "province_code", "E-PROVINCE-SCOPE",
                f"Đơn vị {facts.code} thuộc tỉnh {facts.province_code}, ngoài phạm vi phụ trách của bạn.",
            )  # fmt: skip


# ---------------------------------------------------------------- what a declaration must be


def check_unit(facts: UnitFacts) -> None:
    """Raises RowFault when a code is malformed or the name is missing."""
    if _CODE.fullmatch(facts.code) is None:
        raise RowFault("code", "E-VALUE", f"Mã đơn vị «{facts.code}» không đúng dạng.")
    if not facts.name:
        raise RowFault("name", "E-EMPTY", "Tên đơn vị không được để trống.")
    if not is_province_code(facts.province_code):
        raise RowFault(
            "province_code", "E-VALUE", f"Mã tỉnh «{facts.province_code}» phải gồm 2 chữ số."
        )


def check_workplace(facts: WorkplaceFacts, places: Places) -> None:
    """Raises RowFault when there is no such place on the first day, or not in that province and district."""
    commune, district = facts.commune_code, facts.district_code
    if not commune and not district:
        raise RowFault("commune_code", "E-EMPTY", "Cột commune_code không được để trống.")
    if commune and not is_commune_code(commune):
        raise RowFault("commune_code", "E-VALUE", f"Mã xã «{commune}» phải gồm 5 chữ số.")
    if district and not is_district_code(district):
        raise RowFault("district_code", "E-VALUE", f"Mã huyện «{district}» phải gồm 3 chữ số.")
    first = facts.valid.start
    standing = places.on(commune or district, first)
    if standing is None:
        raise RowFault(
            "commune_code", "E-DIVISION",
            f"Mã {commune or district} không có trong danh mục hành chính ngày {day_first(first)}.",
        )  # fmt: skip
    if standing.province_code != facts.province_code:
        raise RowFault(
            "province_code", "E-PROVINCE",
            f"{standing.name} ngày đó thuộc tỉnh {standing.province_code}, không thuộc {facts.province_code}.",
        )  # fmt: skip
    if commune and district != standing.district_code:
        expected = standing.district_code or "để trống (không còn cấp huyện)"
        raise RowFault(
            "district_code", "E-DISTRICT", f"{standing.name}: mã huyện phải là {expected}."
        )


# ---------------------------------------------------------------- what stands already


def _known_units(codes: list[str]) -> dict[str, UnitFacts]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_UNITS, [codes])
        return {row[0]: UnitFacts(*row) for row in cursor.fetchall()}


def _known_workplaces(codes: list[str]) -> dict[_Place, list[tuple[int, DateRange]]]:
    found: dict[_Place, list[tuple[int, DateRange]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_WORKPLACES, [codes])
        for unit, district, commune, key, first, end in cursor.fetchall():
            found[unit, district, commune].append((key, DateRange(first, end)))
    return found


def _unit_changes(units: Mapping[str, UnitFacts], known: Mapping[str, UnitFacts]) -> list[Change]:
    return [
        Change(f"đơn vị {code}", field, getattr(known[code], field), getattr(facts, field))
        for code, facts in units.items()
        if code in known
        for field in ("name", "agency_code", "province_code")
        if getattr(known[code], field) != getattr(facts, field)
    ]


def _note(
    before: DateRange, workplace: WorkplaceFacts, changes: list[Change], ended: list[str]
) -> None:
    """A declaration that only gets an earlier end is ended; any other new days are a change."""
    if only_ends_sooner(before, workplace.valid):
        ended.append(str(workplace))
    else:
        key = f"{workplace.unit_code} {workplace.commune_code or workplace.district_code}"
        changes.append(Change(key, "valid", written(before), written(workplace.valid)))


def _remarks(workplaces: Sequence[WorkplaceFacts], replaced: list[int]) -> tuple[str, ...]:
    """A sentence for each commune that several units are declared for on the same days, in file or list."""
    firsts, ends = _days(workplaces)
    parameters: dict[str, Any] = {
        "units": [it.unit_code for it in workplaces],
        "communes": [it.commune_code for it in workplaces],
        "firsts": firsts,
        "ends": ends,
        "replaced": replaced,
    }
    claims: dict[str, set[str]] = defaultdict(set)
    by_commune: dict[str, list[WorkplaceFacts]] = defaultdict(list)
    for it in workplaces:
        by_commune[it.commune_code].append(it)
    with connection.cursor() as cursor:
        cursor.execute(_OTHER_UNITS, parameters)
        for commune, *rivals in cursor.fetchall():
            claims[commune] |= set(rivals)
    for commune, found in by_commune.items():
        for it in found:
            met = {other.unit_code for other in found if overlap(it.valid, other.valid)}
            claims[commune] |= met if len(met) > 1 else set()
    return tuple(
        f"Xã {commune}: có nhiều đơn vị cùng khai báo ({', '.join(sorted(units))}); hồ sơ sẽ chờ."
        for commune, units in sorted(claims.items())
        if commune and units
    )


def _days(rows: Sequence[WorkplaceFacts]) -> tuple[list[date], list[date | None]]:
    return [it.valid.start for it in rows], [it.valid.end for it in rows]
