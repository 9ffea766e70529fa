"""What the demo's officers find to decide: adults entered twice, one number told of two children, a number of an old book.

Fictional people of the home province. Made once; the second time there are suspected doubles already.
"""

from datetime import date, datetime

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.persons import entries, households, newcomers, numberwatch, pairs
from lienthong.persons.entries import Row
from lienthong.persons.membership import Place
from lienthong.persons.newcomers import Newcomer
from lienthong.persons.pairs import Suspected
from lienthong.persons.relations import Relation
from lienthong.simulation.households import Member, moved_tone

_MOST = 4
_PROBABILITY = 0.94
_HAS_ANY = "SELECT EXISTS (SELECT 1 FROM persons_pair)"
_MEMBERS = """
    SELECT person.id, person.full_name, person.born_on, person.sex, coalesce(person.personal_id, '') AS personal_id,
           coalesce(ledger.number, '') AS insurance_number, home.commune_code
    FROM persons_person AS person
    JOIN persons_member AS living ON living.person_id = person.id AND NOT living.is_void
    JOIN persons_household AS home ON home.id = living.household_id
    LEFT JOIN persons_number AS ledger ON ledger.person_id = person.id AND ledger.status = 'active'
    WHERE isempty(person.entitled) = %s AND person.personal_id IS NOT NULL AND home.code LIKE '01%%'
    ORDER BY person.id LIMIT %s
"""


def suspect_some(*, by: Actor, at: datetime) -> int:
    """Enter a few adults a second time, and tell of numbers that cannot be; how many suspected doubles there are."""
    with connection.cursor() as cursor:
        cursor.execute(_HAS_ANY)
        if cursor.fetchone()[0]:
            return 0
        cursor.execute(_MEMBERS, [True, _MOST])
        adults = rows_as(Member, cursor)
        cursor.execute(_MEMBERS, [False, _MOST])
        children = [it for it in rows_as(Member, cursor) if it.insurance_number]
    suspected = [_again(it, by=by, at=at) for it in adults]
    opened = pairs.open_pairs(suspected, by=by, at=at)
    entries.receive(list(_told(children)), source="collection", by=by, at=at)
    numberwatch.look(by=by, at=at)
    return opened


def _again(adult: Member, *, by: Actor, at: datetime) -> Suspected:
    """The same adult as another office entered her: no id, the tone mark elsewhere, a household of her own."""
    on = vietnam_date(at)
    twice = Newcomer(moved_tone(adult.full_name).title(), adult.born_on, adult.sex)
    key = newcomers.make(twice, by=by, at=at)
    place = Place(adult.commune_code, on, "Nhà trọ số 3, ngõ 7", f"07{adult.id:08}", "register")
    households.found(place, {key: Relation.HEAD}, on=date(on.year - 1, on.month, 1), by=by, at=at)
    return Suspected(adult.id, key, "register", _PROBABILITY, "LINKAGE")


def _told(children: list[Member]) -> list[Row]:
    """One row says another child's number; one has a number of an old book."""
    if len(children) < 2:  # noqa: PLR2004 - two children for one number
        return []
    one, other = children[0], children[1]
    return [
        _row("THU-CU-1", other, one.insurance_number),
        _row("THU-CU-2", one, f"SO 4512/{one.id:04}"),
    ]


def _row(reference: str, child: Member, number: str) -> Row:
    return Row(
        reference,
        child.full_name,
        child.born_on.isoformat(),
        child.sex,
        child.personal_id,
        number,
        province_code="01",
        commune_code=child.commune_code,
    )
