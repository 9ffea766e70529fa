"""Households of the demo's home province: mothers and fathers of its newest children, and what both databases say of them.

Fictional people. Some children stay without a household and some rows differ, as in every office.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection

from lienthong.births import homes
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import parse_day_first, vietnam_date
from lienthong.kernel.errors import LienthongError
from lienthong.persons import differing, entries, households, newcomers
from lienthong.persons.entries import Row
from lienthong.persons.membership import Place
from lienthong.persons.newcomers import Newcomer
from lienthong.persons.relations import Relation

_MOST = 250
_LEFT_OUT_EVERY, _GRANDPARENT_EVERY = 6, 5
_CHILDREN = """
    SELECT child.id, child.full_name, child.born_on, child.sex, coalesce(child.personal_id, '') AS personal_id,
           coalesce(dossier.insurance_number, '') AS insurance_number, child.mother_name, child.mother_born,
           child.mother_personal_id, child.father_name, child.father_born, child.father_personal_id,
           dossier.id AS dossier_id, dossier.resolved_commune_code AS commune_code, dossier.residence_text AS address
    FROM dossiers_dossier AS dossier JOIN persons_person AS child ON child.id = dossier.person_id
    WHERE dossier.province_code = %s AND dossier.kind = 'first' AND dossier.insurance_number IS NOT NULL
      AND dossier.state <> 'CANCELLED' AND dossier.resolved_commune_code <> ''
    ORDER BY dossier.id DESC LIMIT %s
"""
_HAS_ANY = "SELECT EXISTS (SELECT 1 FROM persons_household)"
_MOVED_TONES = (("oà", "òa"), ("OÀ", "ÒA"), ("uỷ", "ủy"), ("UỶ", "ỦY"), ("oá", "óa"), ("OÁ", "ÓA"))


@dataclass(frozen=True, slots=True)
class _Child:
    id: int
    full_name: str
    born_on: date
    sex: str
    personal_id: str
    insurance_number: str
    mother_name: str
    mother_born: str
    mother_personal_id: str
    father_name: str
    father_born: str
    father_personal_id: str
    dossier_id: int
    commune_code: str
    address: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who lives in a household of the demo."""

    id: int
    full_name: str
    born_on: date
    sex: str
    personal_id: str
    insurance_number: str
    commune_code: str


def settle_families(province: str, *, by: Actor, at: datetime) -> int:
    """Give the newest children's parents their households, and both databases their rows; how many households.

    Safe to run twice: the second time there are households already.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HAS_ANY)
        if cursor.fetchone()[0]:
            return 0
        cursor.execute(_CHILDREN, [province, _MOST])
        children = rows_as(_Child, cursor)
    made, of_household, of_collection = 0, [], []
    for child in children:
        if child.id % _LEFT_OUT_EVERY == 0:
            continue
        try:
            family = _settle(child, by=by, at=at)
        except LienthongError:
            # Papers that contradict themselves found no household; an officer would send them back.
            continue
        homes.place([child.dossier_id], by=by, at=at)
        made += 1
        of_household += family
        of_collection += list(_as_collected(family, child.id))
    entries.receive(of_household, source="household", by=by, at=at)
    entries.receive(of_collection, source="collection", by=by, at=at)
    differing.compare(by=by, at=at)
    return made


def _settle(child: _Child, *, by: Actor, at: datetime) -> list[Row]:
    """The household of one child; the rows that the household database has of it."""
    on = vietnam_date(at)
    since = date(on.year - 4, 3, 1)
    mother = _adult(child.mother_name, child.mother_born, "female", child.mother_personal_id)
    father = _adult(child.father_name, child.father_born, "male", child.father_personal_id)
    people = [(it, relation) for it, relation in _roles(mother, father, child.id) if it]
    keys = {newcomers.make(it, by=by, at=at): relation for it, relation in people}
    code = f"01{child.id:08}"
    place = Place(child.commune_code, on, child.address, code, "register")
    households.found(place, keys, on=since, by=by, at=at)
    rows = [
        Row(
            f"HGD-{key}",
            it.full_name,
            it.born_on.isoformat(),
            it.sex,
            it.personal_id,
            province_code="01",
            commune_code=child.commune_code,
            household_code=code,
            relation=str(relation),
        )
        for (key, relation), (it, _) in zip(keys.items(), people, strict=True)
    ]
    own = Row(
        f"HGD-{child.id}",
        child.full_name,
        child.born_on.isoformat(),
        child.sex,
        child.personal_id,
        child.insurance_number,
        child.mother_name,
        "01",
        child.commune_code,
        code,
        "08",
    )
    return [*rows, own]


def _roles(
    mother: Newcomer | None, father: Newcomer | None, number: int
) -> list[tuple[Newcomer | None, Relation]]:
    if father is None:
        return [(mother, Relation.HEAD)]
    if number % _GRANDPARENT_EVERY or mother is None:
        return [(father, Relation.HEAD), (mother, Relation.WIFE)]
    year = father.born_on.year - 27
    elder = Newcomer(father.full_name.split()[0] + " VĂN PHÚC", date(year, 9, 2), "male")
    return [
        (elder, Relation.HEAD),
        (father, Relation.CHILD),
        (mother, Relation.DAUGHTER_IN_LAW),
    ]


def _adult(name: str, born: str, sex: str, personal_id: str) -> Newcomer | None:
    """A parent as the birth names it; a bare year becomes a day of that year."""
    if not name or not born:
        return None
    try:
        day = parse_day_first(born)
    except ValueError:
        if not born.isdigit():
            return None
        day = date(int(born), 1 + len(name) % 12, 1 + sum(map(ord, name)) % 28)
    return Newcomer(name, day, sex, personal_id)


def _as_collected(family: list[Row], number: int) -> Iterator[Row]:
    """The same people as the collection database has them: mostly alike, some otherwise, some not at all."""
    for place, row in enumerate(family):
        said = replace(row, source_ref=row.source_ref.replace("HGD", "TST"), relation="")
        match (number + place * 7) % 16:
            case 3:
                said = replace(said, birth_date=_swapped(said.birth_date))
            case 5:
                said = replace(said, full_name=said.full_name.title())
            case 7:
                said = replace(said, full_name=moved_tone(said.full_name))
            case 9 if said.insurance_number:
                said = replace(said, personal_id="")
            case 11:
                said = replace(said, household_code=f"02{number:08}")
            case 13:
                continue
        yield said


def _swapped(day: str) -> str:
    """The day and the month in each other's place, where that is a day at all."""
    born = date.fromisoformat(day)
    try:
        return born.replace(month=born.day, day=born.month).isoformat()
    except ValueError:
        return day


def moved_tone(name: str) -> str:
    """The name with a tone mark in its other place, where it has two."""
    for old, new in _MOVED_TONES:
        if old in name:
            return name.replace(old, new)
    return name.title()
