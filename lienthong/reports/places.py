"""The rows of the figures: provinces, units, communes and districts of an instant, by the numbers the lines hold.

A province that has become part of another is counted with its heir, as its officers are; a commune keeps the code that the
dossier stood under.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from lienthong.kernel.errors import NotFound, Refused

LEVELS = ("country", "province", "district", "unit", "commune")
COUNTRY_VI = "Toàn quốc"
NOWHERE_VI = "Chưa xác định đơn vị, địa bàn"
NOWHERE = {"province": "00", "unit": "0", "commune": "00000", "district": "00000"}
"""The code of the row of what stands nowhere yet, by level."""
_NO_AREA = "0"
_LAST_DISTRICTS = date(2025, 6, 30)
_PROVINCE_DIGITS, _DISTRICT_DIGITS, _COMMUNE_DIGITS = 2, 3, 5
_MERGED = """
    WITH RECURSIVE merged AS (
        SELECT old_code, new_code FROM catalogues_succession
        WHERE length(old_code) = 2 AND effective <= %(on)s AND old_code <> new_code
        UNION
        SELECT merged.old_code, later.new_code FROM merged JOIN catalogues_succession AS later
            ON later.old_code = merged.new_code AND later.effective <= %(on)s AND later.old_code <> later.new_code
    )
    SELECT old_code, new_code FROM merged
    WHERE NOT EXISTS (SELECT 1 FROM catalogues_succession AS later
                      WHERE later.old_code = merged.new_code AND later.effective <= %(on)s
                        AND later.old_code <> later.new_code)
"""
_PROVINCES = """
    SELECT DISTINCT ON (code) code, name FROM catalogues_division
    WHERE level = 'province' AND lower(valid) <= %s ORDER BY code, lower(valid) DESC
"""
_PROVINCES_NOW = """
    SELECT code, name FROM catalogues_division WHERE level = 'province' AND valid @> %s::date ORDER BY code
"""
_UNITS = "SELECT id, code, name, province_code FROM catalogues_unit WHERE id = ANY (%s)"
_OF_DISTRICT = (
    "SELECT DISTINCT code FROM catalogues_division WHERE level = 'commune' AND parent_code = %s"
)
_UNIT = "SELECT id FROM catalogues_unit WHERE code = %s"
_COMMUNES = """
    SELECT DISTINCT ON (commune.code) commune.code, commune.name, commune.parent_code, coalesce(district.name, ''),
           commune.province_code
    FROM catalogues_division AS commune
    LEFT JOIN catalogues_division AS district
        ON district.code = commune.parent_code AND district.level = 'district' AND district.valid && commune.valid
    WHERE commune.level = 'commune' AND commune.code = ANY (%s) AND lower(commune.valid) <= %s
    ORDER BY commune.code, lower(commune.valid) DESC
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A row's head; `code` is '' for the country; any other is what `within` takes."""

    code: str
    name: str
    province_code: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """Where to count: a province with those that became part of it, one area, or some communes; None is everywhere.

    `area` below 0 is whatever of the provinces no unit answers for yet.
    """

    provinces: list[int] | None = None
    area: int | None = None
    communes: list[int] | None = None


def within(code: str, *, on: date) -> Within:
    """What a row's code means: two digits a province, three a district, five a commune, else a unit; '' everywhere.

    `-` and a province: what no unit of it answers for yet; one of `NOWHERE`: what stands nowhere yet. Codes joined by `/`
    narrow each other: `TE01001/00004` is the commune's part in the unit. Raises NotFound.
    """
    found = Within()
    for each in code.split("/"):
        one = _of_code(each, on)
        found = Within(
            _both(found.provinces, one.provinces),
            found.area if one.area is None else one.area,
            _both(found.communes, one.communes),
        )
    return found


def _both(wider: list[int] | None, narrower: list[int] | None) -> list[int] | None:
    if wider is None or narrower is None:
        return wider if narrower is None else narrower
    return [each for each in narrower if each in wider]


def _of_code(code: str, on: date) -> Within:
    if not code:
        return Within()
    if not (code.isascii() and code.isprintable()):
        raise _unknown()
    if code == _NO_AREA:
        return Within(area=0)
    is_unitless, digits = code[0] == "-", code.removeprefix("-")
    if digits.isdigit() and len(digits) == _PROVINCE_DIGITS:
        parts = [old for old, heir in _heirs(on).items() if heir == digits]
        return Within([int(each) for each in (digits, *parts)], -1 if is_unitless else None)
    if code.isdigit() and len(code) == _COMMUNE_DIGITS:
        return Within(communes=[int(code)])
    if code.isdigit() and len(code) == _DISTRICT_DIGITS:
        return Within(communes=_communes_of(code))
    with connection.cursor() as cursor:
        cursor.execute(_UNIT, [code])
        row = cursor.fetchone()
    if row is None:
        raise _unknown()
    return Within(area=int(row[0]))


def _unknown() -> NotFound:
    return NotFound("Không có tỉnh, đơn vị hoặc xã mang mã này.", code="E-PLACE", field="within")


def _communes_of(district: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_OF_DISTRICT, [district])
        return [int(row[0]) for row in cursor.fetchall()]


def check_level(level: str, *, on: date) -> None:
    """Raises Refused for a level that no figure is counted by on that day."""
    if level == "district" and on > _LAST_DISTRICTS:
        raise Refused("Từ 01/07/2025 không còn cấp huyện.", code="E-LEVEL", field="level")
    if level not in LEVELS:
        raise Refused(
            f"Cấp số liệu phải là một trong: {', '.join(LEVELS)}.", code="E-LEVEL", field="level"
        )


def places(level: str, numbers: Iterable[int], *, on: date) -> Mapping[int, Place]:
    """The place behind each number of a level; several numbers may be one place. At most two queries."""
    wanted = sorted(set(numbers))
    if level == "country":
        return dict.fromkeys(wanted, Place("", COUNTRY_VI))
    found = _OF_LEVEL[level](wanted, on)
    return {number: found.get(number, Place(NOWHERE[level], NOWHERE_VI)) for number in wanted}


def _provinces(numbers: Sequence[int], on: date) -> dict[int, Place]:
    names, heirs = province_names(on), _heirs(on)
    found = {}
    for number in filter(None, numbers):
        code = f"{number:02}"
        heir = heirs.get(code, code)
        found[number] = Place(heir, names.get(heir, heir), heir)
    return found


def _units(numbers: Sequence[int], on: date) -> dict[int, Place]:
    heirs = _heirs(on)
    with connection.cursor() as cursor:
        cursor.execute(_UNITS, [[number for number in numbers if number > 0]])
        found = {
            row[0]: Place(row[1], row[2], heirs.get(row[3], row[3])) for row in cursor.fetchall()
        }
    # What no unit answers for yet lies with its province.
    for number, place in _provinces([-each for each in numbers if each < 0], on).items():
        found[-number] = Place(f"-{place.code}", f"{place.name}: {NOWHERE_VI.lower()}", place.code)
    return found


def _communes(numbers: Sequence[int], on: date) -> dict[int, Place]:
    return {
        int(code): Place(code, name, province) for code, name, _, _, province in _read(numbers, on)
    }


def _districts(numbers: Sequence[int], on: date) -> dict[int, Place]:
    return {
        int(code): Place(parent, district, province)
        for code, _, parent, district, province in _read(numbers, on)
        if district
    }


def _read(numbers: Sequence[int], on: date) -> list[tuple[str, str, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_COMMUNES, [[f"{number:05}" for number in numbers if number], on])
        return list(cursor.fetchall())


def provinces(on: date) -> list[Place]:
    """Every province of the day, by code. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PROVINCES_NOW, [on])
        return [Place(code, name, code) for code, name in cursor.fetchall()]


def province_names(on: date) -> dict[str, str]:
    """The name of each province there was up to the day, as it was called last. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PROVINCES, [on])
        return dict(cursor.fetchall())


def _heirs(on: date) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_MERGED, {"on": on})
        return dict(cursor.fetchall())


_OF_LEVEL = {"province": _provinces, "unit": _units, "commune": _communes, "district": _districts}
