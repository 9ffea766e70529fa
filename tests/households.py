"""Households for tests: adults, a household of three, and what stands in the tables."""

import json
from datetime import date

from django.db import connection

from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.persons import households, newcomers
from lienthong.persons.membership import Place
from lienthong.persons.newcomers import Newcomer
from lienthong.persons.relations import Relation
from tests.births import AT, BA_DINH, rows
from tests.declared import officer
from tests.officers import SYSTEM

SINCE = date(2020, 1, 1)
MOTHER = Newcomer("TRẦN THỊ BÌNH", date(1996, 3, 1), "female", "003196000456")
FATHER = Newcomer("NGUYỄN VĂN CƯỜNG", date(1994, 5, 3), "male", "003094000123")


def thu(unit: str = "TE01001", name: str = "thu-ho-01") -> Actor:
    """An officer of Thu of a unit."""
    return officer(name, "collection", "01", unit)


def adult(
    name: str = "TRẦN THỊ BÌNH",
    born: date = date(1996, 3, 1),
    sex: str = "female",
    personal_id: str = "",
) -> int:
    """A person of his own, without a household yet."""
    return newcomers.make(Newcomer(name, born, sex, personal_id), by=SYSTEM, at=AT)


def place(commune: str = BA_DINH, code: str = "") -> Place:
    """A place in that commune."""
    return Place(commune, AT.date(), "Số 5 ngõ 2", code)


def household(
    *members: tuple[int, Relation], commune: str = BA_DINH, code: str = "", on: date = SINCE
) -> int:
    """A household of these members."""
    return households.found(place(commune, code), dict(members), on=on, by=SYSTEM, at=AT)


def couple(commune: str = BA_DINH) -> tuple[int, int, int]:
    """(household, mother, father): the father is the head, she his wife."""
    mother = newcomers.make(MOTHER, by=SYSTEM, at=AT)
    father = newcomers.make(FATHER, by=SYSTEM, at=AT)
    home = household((father, Relation.HEAD), (mother, Relation.WIFE), commune=commune)
    return home, mother, father


def living(household_id: int, on: date | None = None) -> dict[int, str]:
    """Person → relation of those who live there on the day."""
    return dict(
        rows(
            "SELECT person_id, relation FROM persons_member"
            " WHERE household_id = %s AND NOT is_void AND during @> %s::date ORDER BY id",
            household_id,
            on or AT.date(),
        )
    )


def entry(source: str, ref: str, person: int | None, **said: object) -> int:
    """What one database says of a person, in the area of the unit of Ba Đình."""
    facts: dict[str, object] = {
        "full_name": "TRẦN THỊ BÌNH",
        "birth_date": "1996-03-01",
        "sex": "female",
        "personal_id": "003196000456",
        "commune_code": BA_DINH,
    }
    row = facts | said
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_entry (source, source_ref, person_id, area, received_at, full_name, birth_date, sex,"
            " personal_id, insurance_number, mother_name, province_code, commune_code, household_code, relation)"
            " SELECT %s, %s, %s, unit.id, %s, said ->> 'full_name', said ->> 'birth_date', said ->> 'sex',"
            " said ->> 'personal_id', coalesce(said ->> 'insurance_number', ''), coalesce(said ->> 'mother_name', ''),"
            " '01', said ->> 'commune_code', coalesce(said ->> 'household_code', ''), coalesce(said ->> 'relation', '')"
            " FROM (SELECT %s::jsonb AS said) AS told, catalogues_unit AS unit WHERE unit.code = 'TE01001' RETURNING id",
            [source, ref, person, AT, json.dumps(row)],
        )
        return int(cursor.fetchone()[0])
