"""The file of health facilities: one row per facility and contract, compared with the list and applied.

A row that overlaps a known contract of the same facility replaces it.
"""

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
from lienthong.kernel.codes import is_commune_code, is_facility_code, is_province_code
from lienthong.kernel.dates import DateRange, day_first

COLUMNS = (
    "code", "name", "province_code", "commune_code", "level", "registers_children", "contract_from",
    "contract_to",
)  # fmt: skip
_WIDTHS = {"code": 5, "province_code": 2, "commune_code": 5}
_KNOWN = """
    SELECT id, code, name, province_code, commune_code, level, registers_children,
           lower(contract), upper(contract), declared_on
    FROM catalogues_facility WHERE code = ANY (%s)
"""
_CHANGE = """
    UPDATE catalogues_facility AS facility
    SET name = new.name, province_code = new.province_code, commune_code = new.commune_code, level = new.level,
        registers_children = new.registers, contract = daterange(new.first, new.until),
        declared_on = new.declared_on
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::date[],
                %s::date[], %s::date[])
        AS new (id, name, province_code, commune_code, level, registers, first, until, declared_on)
    WHERE facility.id = new.id
"""
_ADD = """
    INSERT INTO catalogues_facility (code, name, province_code, commune_code, level, registers_children, contract,
                                     declared_on)
    SELECT code, name, province_code, commune_code, level, registers, daterange(first, until), declared_on
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::date[],
                %s::date[], %s::date[])
        AS new (code, name, province_code, commune_code, level, registers, first, until, declared_on)
"""
_COMPARED = ("name", "province_code", "commune_code", "level", "registers_children")


@dataclass(frozen=True, slots=True)
class FacilityFacts:
    """A facility during one contract. `declared_on` is the day on which its commune code is meant."""

    code: str
    name: str
    province_code: str
    commune_code: str
    level: str
    registers_children: bool
    contract: DateRange
    declared_on: date

    def __str__(self) -> str:
        return f"{self.code} {self.name} từ {self.contract.start}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference and the rows that make it so; `replaced` goes by the key of the row that stands."""

    difference: Difference
    replaced: Mapping[int, FacilityFacts]
    added: Sequence[FacilityFacts]


def read(source: Path | SentFile) -> Sheet:
    """The file's rows. Raises Refused when it cannot be read."""
    return read_sheet(source, columns=COLUMNS, widths=_WIDTHS)


def compare(sheet: Sheet, *, today: date) -> Plan:
    """What the file would change; nothing is written. Two queries for any number of rows."""
    places = Places.of({row.cells["commune_code"] for row in sheet.rows})
    taken, refused = _taken(sheet, places, today)
    known = _known({facts.code for facts, _ in taken})
    added: list[FacilityFacts] = []
    replaced: dict[int, FacilityFacts] = {}
    changes: list[Change] = []
    ended: list[str] = []
    unchanged = 0
    for facts, line in taken:
        met = [it for it in known[facts.code] if overlap(it[1].contract, facts.contract)]
        if not met:
            added.append(facts)
        elif len(met) > 1:
            refused.append(
                RefusedRow(
                    line, "contract_from", "E-OVERLAP",
                    f"Cơ sở {facts.code} đã có {len(met)} hợp đồng trong thời gian đó.",
                )
            )  # fmt: skip
        elif not (found := _changes(met[0][1], facts, places)):
            unchanged += 1
        else:
            replaced[met[0][0]] = facts
            if _only_ends(found, met[0][1], facts):
                ended.append(f"{facts.code} {facts.name} đến {facts.contract.last}")
            else:
                changes += found
    difference = Difference(
        "Cơ sở khám, chữa bệnh",
        added=tuple(map(str, added)),
        changed=tuple(changes),
        ended=tuple(ended),
        unchanged_count=unchanged,
        refused=tuple(sorted(refused, key=lambda row: row.line)),
        repaired=sheet.repaired,
    )
    return Plan(difference, replaced, added)


def apply(plan: Plan) -> None:
    """Write the plan: two statements. Call inside `acting`, under the lock that `compare` ran under."""
    with connection.cursor() as cursor:
        if plan.replaced:
            columns = _columns(list(plan.replaced.values()))
            cursor.execute(_CHANGE, [list(plan.replaced), *columns[1:]])
        if plan.added:
            cursor.execute(_ADD, _columns(plan.added))


def _columns(rows: Sequence[FacilityFacts]) -> list[list[Any]]:
    return [
        [it.code for it in rows],
        [it.name for it in rows],
        [it.province_code for it in rows],
        [it.commune_code for it in rows],
        [it.level for it in rows],
        [it.registers_children for it in rows],
        [it.contract.start for it in rows],
        [it.contract.end for it in rows],
        [it.declared_on for it in rows],
    ]


def _taken(
    sheet: Sheet, places: Places, today: date
) -> tuple[list[tuple[FacilityFacts, int]], list[RefusedRow]]:
    taken: list[tuple[FacilityFacts, int]] = []
    refused: list[RefusedRow] = []
    seen: dict[str, list[DateRange]] = defaultdict(list)
    for row in sheet.rows:
        try:
            facts = _facility(row, places, today)
            if any(overlap(it, facts.contract) for it in seen[facts.code]):
                raise RowFault("code", "E-DUPLICATE", "Dòng này lặp lại một dòng trước.")
        except RowFault as fault:
            refused.append(fault.at(row.line))
        else:
            seen[facts.code].append(facts.contract)
            taken.append((facts, row.line))
    return taken, refused


def _facility(row: SheetRow, places: Places, today: date) -> FacilityFacts:
    code = row.text("code").upper()
    if not is_facility_code(code):
        raise RowFault(
            "code", "E-VALUE", f"Mã cơ sở «{code}» phải gồm 2 chữ số rồi 3 chữ số hoặc chữ in hoa."
        )
    province, commune = row.text("province_code"), row.cells["commune_code"]
    if not is_province_code(province):
        raise RowFault("province_code", "E-VALUE", f"Mã tỉnh «{province}» phải gồm 2 chữ số.")
    contract = row.days("contract_from", "contract_to")
    return FacilityFacts(
        code,
        row.text("name"),
        province,
        commune,
        row.cells["level"],
        row.flag("registers_children"),
        contract,
        meant_on(commune, province, places, (today, contract.start)),
    )


def meant_on(commune: str, province: str, places: Places, days: Sequence[date]) -> date:
    """The first of the days on which the commune code stands in that province: a list may be old or fresh.

    Raises RowFault (E-VALUE, E-DIVISION, E-PROVINCE) when it stands on none of them.
    """
    if not commune:
        return days[0]
    if not is_commune_code(commune):
        raise RowFault("commune_code", "E-VALUE", f"Mã xã «{commune}» phải gồm 5 chữ số.")
    standings = [(day, places.on(commune, day)) for day in days]
    for day, standing in standings:
        if standing is not None and standing.province_code == province:
            return day
    named = next((it for _, it in standings if it is not None), None)
    if named is None:
        raise RowFault(
            "commune_code", "E-DIVISION",
            f"Mã xã {commune} không có trong danh mục hành chính ngày {day_first(days[0])}.",
        )  # fmt: skip
    raise RowFault(
        "province_code", "E-PROVINCE",
        f"{named.name} ({commune}) thuộc tỉnh {named.province_code}, không thuộc {province}.",
    )  # fmt: skip


def _known(codes: set[str]) -> dict[str, list[tuple[int, FacilityFacts]]]:
    found: dict[str, list[tuple[int, FacilityFacts]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [sorted(codes)])
        for row in cursor.fetchall():
            key, code, name, province, commune, level, registers, first, end, declared_on = row
            contract = DateRange(first, end)
            it = FacilityFacts(
                code, name, province, commune, level, registers, contract, declared_on
            )
            found[code].append((key, it))
    return found


def _changes(before: FacilityFacts, after: FacilityFacts, places: Places) -> list[Change]:
    changes = [
        Change(after.code, field, str(getattr(before, field)), str(getattr(after, field)))
        for field in _COMPARED
        if getattr(before, field) != getattr(after, field)
    ]
    if before.contract != after.contract:
        changes.append(
            Change(after.code, "contract", written(before.contract), written(after.contract))
        )
    # The same code may have come to mean another commune since.
    meant = [
        it.name if (it := places.on(after.commune_code, day)) else ""
        for day in (before.declared_on, after.declared_on)
    ]
    if before.commune_code == after.commune_code and meant[0] != meant[1]:
        changes.append(Change(after.code, "commune_code", meant[0], meant[1]))
    return changes


def _only_ends(changes: Sequence[Change], before: FacilityFacts, after: FacilityFacts) -> bool:
    return [it.field for it in changes] == ["contract"] and only_ends_sooner(
        before.contract, after.contract
    )
