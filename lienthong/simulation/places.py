"""Fictional card units and facilities over the real map: one unit for about nine communes, a station in each.

Codes and names of units and facilities are invented; the divisions are those the release ships. A few communes
are left without a unit, and two have two, so that the queues can be seen. Same day, same lists.
"""

import csv
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from lienthong.catalogues import facility_file, loading, queries, unit_file
from lienthong.kernel.actor import Actor, system_actor
from lienthong.kernel.dates import vietnam_date
from lienthong.simulation.geography import CAPITAL
from lienthong.simulation.geography import Places as Known

REFORM = date(2025, 7, 1)
SHOWN_COMMUNE = "00004"
"""Phường Ba Đình: examples in the documents are registered here, so its unit is always declared."""
_DISTRICTS_FROM, _DISTRICTS_TO = "2020-01-01", "2025-06-30"
_HOSPITALS_SINCE = "2020-01-01"
_KINDS = ("Phường ", "Xã ", "Thị trấn ", "Đặc khu ")
_COMMUNES_A_UNIT = 9
_SEED = "fictional places"
_FIRST_UNIT = "TE01001"
_STATIONS_A_LETTER = 99
_FIRST_REGIONAL, _CLOSED, _MISSING = 100, 999, 888
MISSING_FACILITY = f"{CAPITAL}{_MISSING}"
"""A facility under contract that families choose and the list lacks (letter 2703 §2)."""
_ENDING_DAYS = (10, 45)
_CAPITAL_HOSPITALS = (("01013", "Bệnh viện đa khoa mẫu số 13"), ("01929", "Bệnh viện mẫu 01929"))


@cache
def _shipped() -> loading.Shipped:
    return loading.shipped()


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune on one day, as the shipped list has it; `district_code` is empty since 01/07/2025."""

    code: str
    name: str
    province_code: str
    district_code: str

    @property
    def short_name(self) -> str:
        """The name without its kind."""
        for kind in _KINDS:
            if self.name.startswith(kind):
                return self.name.removeprefix(kind)
        return self.name


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One row of a file of issuing units, in the order of its columns."""

    code: str
    name: str
    agency_code: str
    province_code: str
    district_code: str
    commune_code: str
    valid_from: str
    valid_to: str


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """One row of a file of facilities, in the order of its columns."""

    code: str
    name: str
    province_code: str
    commune_code: str
    level: str
    registers_children: str
    contract_from: str
    contract_to: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """The communes whose declaration an office has forgotten, or made twice."""

    undeclared: frozenset[str]
    ambiguous: frozenset[str]


def communes(on: date) -> list[Commune]:
    """The communes of the day, by code, from the shipped list."""
    return [
        Commune(code, name, province, parent if parent != province else "")
        for code, level, name, _, parent, province, first, end, _ in _shipped().divisions
        if level == "commune" and first <= on.isoformat() and (not end or on.isoformat() < end)
    ]


def gaps(present: Sequence[Commune]) -> Gaps:
    """Two undeclared and one doubled commune in Hà Nội, four and one elsewhere."""
    chance = random.Random(f"{_SEED} gaps")
    capital = [
        it.code for it in present if it.province_code == CAPITAL and it.code != SHOWN_COMMUNE
    ]
    others = [it.code for it in present if it.province_code != CAPITAL]
    here, there = chance.sample(capital, 3), chance.sample(others, 5)
    return Gaps(frozenset([*here[:2], *there[:4]]), frozenset([here[2], there[4]]))


def unit_rows(on: date) -> Iterator[UnitRow]:
    """A file of issuing units: today's inter-commune units, then the district units that ended in June 2025."""
    present = communes(on)
    chosen = gaps(present)
    for units in _units_by_province(present).values():
        for unit, members in units:
            yield from _declared(unit, members, chosen)
        # The unit next door claims it too.
        for (unit, _), (_, neighbours) in zip(units, [*units[1:], units[0]], strict=True):
            yield from (_unit_row(unit, it) for it in neighbours if it.code in chosen.ambiguous)
    yield from _former_unit_rows()


_Members = tuple[UnitRow, Sequence[Commune]]


def _units_by_province(present: Iterable[Commune]) -> Mapping[str, list[_Members]]:
    by_province: dict[str, list[Commune]] = defaultdict(list)
    for commune in present:
        by_province[commune.province_code].append(commune)
    units: dict[str, list[_Members]] = {}
    for province, found in sorted(by_province.items()):
        count = max(1, round(len(found) / _COMMUNES_A_UNIT))
        groups = [
            found[len(found) * at // count : len(found) * (at + 1) // count] for at in range(count)
        ]
        units[province] = [
            (_new_unit(province, number, members), members)
            for number, members in enumerate(groups, start=1)
        ]
    return units


def _new_unit(province: str, number: int, members: Sequence[Commune]) -> UnitRow:
    return UnitRow(
        f"TE{province}{number:03}",
        f"Đơn vị cấp thẻ TE – BHXH cơ sở {members[0].short_name}",
        f"{province}{number:02}",
        province,
        "",
        "",
        REFORM.isoformat(),
        "",
    )


def _declared(unit: UnitRow, members: Iterable[Commune], chosen: Gaps) -> Iterator[UnitRow]:
    return (_unit_row(unit, it) for it in members if it.code not in chosen.undeclared)


def _unit_row(unit: UnitRow, commune: Commune) -> UnitRow:
    return UnitRow(
        unit.code,
        unit.name,
        unit.agency_code,
        unit.province_code,
        "",
        commune.code,
        unit.valid_from,
        "",
    )


def _former_unit_rows() -> Iterator[UnitRow]:
    """The units of the districts, until the districts ended; their codes sort behind today's."""
    eve = date.fromisoformat(_DISTRICTS_TO)
    by_district: dict[str, list[Commune]] = defaultdict(list)
    for commune in communes(eve):
        by_district[commune.district_code].append(commune)
    for code, level, name, _, _, province, _, _, _ in _shipped().divisions:
        if level != "district":
            continue
        for place in [it.code for it in by_district[code]] or [""]:
            yield UnitRow(
                f"TEQ{code}",
                f"Đơn vị cấp thẻ TE – BHXH {name[0].lower()}{name[1:]}",
                f"{province}{code}",
                province,
                code,
                place,
                _DISTRICTS_FROM,
                _DISTRICTS_TO,
            )


# ---------------------------------------------------------------- facilities


def facility_rows(on: date) -> Iterator[FacilityRow]:
    """A file of facilities: a station in each commune; hospitals for each province and unit; a closed one each."""
    for province, units in _units_by_province(communes(on)).items():
        members = [commune for _, group in units for commune in group]
        yield from _stations(province, members)
        yield _hospital(province, 1, "Bệnh viện đa khoa mẫu", members[0], "1")
        for number, (_, group) in enumerate(units, start=_FIRST_REGIONAL):
            yield _hospital(province, number, "Trung tâm y tế khu vực", group[0], "3")
        yield _closed(province, members[-1])
        if province == CAPITAL:
            yield from _capital_hospitals(members, on)


def _stations(province: str, members: Iterable[Commune]) -> Iterator[FacilityRow]:
    for number, commune in enumerate(members):
        letter = chr(ord("C") + number // _STATIONS_A_LETTER)
        code = f"{province}{letter}{number % _STATIONS_A_LETTER + 1:02}"
        name = f"Trạm y tế {commune.name[0].lower()}{commune.name[1:]}"
        yield _facility(code, name, commune, "4")


def _hospital(province: str, number: int, words: str, commune: Commune, level: str) -> FacilityRow:
    return _facility(f"{province}{number:03}", f"{words} {commune.short_name}", commune, level)


def _closed(province: str, commune: Commune) -> FacilityRow:
    """A facility whose contract has ended: a wish for it gives way to the commune's own."""
    return FacilityRow(
        f"{province}{_CLOSED}",
        f"Phòng khám mẫu {commune.short_name} (đã thôi hợp đồng)",
        province,
        commune.code,
        "3",
        "1",
        _HOSPITALS_SINCE,
        "2025-12-31",
    )


def _capital_hospitals(members: Sequence[Commune], on: date) -> Iterator[FacilityRow]:
    """The hospitals that the demo speaks of, and two whose contracts are about to end."""
    shown = next(it for it in members if it.code == SHOWN_COMMUNE)
    yield from (_facility(code, name, shown, "2") for code, name in _CAPITAL_HOSPITALS)
    for number, days in enumerate(_ENDING_DAYS, start=1):
        row = _facility(f"{CAPITAL}Z{number:02}", f"Phòng khám đa khoa mẫu {number}", shown, "3")
        yield replace(row, contract_to=str(on + timedelta(days=days)))


def _facility(code: str, name: str, commune: Commune, level: str) -> FacilityRow:
    since = REFORM.isoformat() if level == "4" else _HOSPITALS_SINCE
    return FacilityRow(code, name, commune.province_code, commune.code, level, "1", since, "")


# ---------------------------------------------------------------- declaring them


def declare(*, by: Actor, at: datetime) -> bool:
    """Import the fictional lists through the same door as an office's files; False when they are there already.

    What has been imported or mended since the first time is left alone.
    """
    if queries.unit_id(_FIRST_UNIT) is not None:
        return False
    on = vietnam_date(at)
    with tempfile.TemporaryDirectory() as folder:
        units, facilities = Path(folder) / "units.csv", Path(folder) / "facilities.csv"
        _write(units, unit_file.COLUMNS, unit_rows(on))
        _write(facilities, facility_file.COLUMNS, facility_rows(on))
        loading.import_units(units, by=by, at=at)
        loading.import_facilities(facilities, by=by, at=at)
    return True


def _write(
    path: Path, columns: Sequence[str], rows: Iterable[UnitRow] | Iterable[FacilityRow]
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(astuple(row) for row in rows)


def known(on: date) -> Known:
    """The map as the twin ministries know it on the day: communes, what became of the old ones, facilities."""
    present = communes(on)
    province_of = {it.code: it.province_code for it in present}
    facilities: dict[str, list[str]] = defaultdict(list)
    for row in facility_rows(on):
        if row.registers_children == "1" and row.contract_to in ("", *_ends(on)):
            facilities[row.commune_code].append(row.code)
    heirs: dict[str, list[str]] = defaultdict(list)
    old = {it.code for it in communes(date.fromisoformat(_DISTRICTS_TO))}
    for code, heir, *_ in _shipped().successions:
        if code in old and heir in province_of:
            heirs[code].append(heir)
    return Known(
        communes=[(it.code, it.province_code) for it in present],
        facilities=facilities,
        former=[(code, province_of[to[0]]) for code, to in heirs.items() if len(to) == 1],
        split=[(code, province_of[to[0]]) for code, to in heirs.items() if len(to) > 1],
        merged_on=REFORM,
    )


def _ends(on: date) -> list[str]:
    return [str(on + timedelta(days=days)) for days in _ENDING_DAYS]


def declare_places(*, at: datetime) -> Known:
    """Declare the fictional lists if they are not there, and tell what the ministries know of them."""
    declare(by=system_actor(frozenset()), at=at)
    return known(vietnam_date(at))
