"""What pages read of households: find one, who lives or lived in it on a day, the changes over time, who stands in none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.kernel.names import match_key
from lienthong.persons.membership import GONE_VI
from lienthong.persons.relations import Kin, Relation, relation_of

_LINES = Statement.load("lienthong.persons", "household_lines.sql")
_CODED = "SELECT id FROM persons_household WHERE code = %s AND closed_on IS NULL"
_ONE = """
    SELECT household.id, household.code, household.commune_code, household.commune_on,
           coalesce(commune.name, '') AS commune_name, household.address, household.origin, household.made_by,
           household.made_at, household.closed_on, household.closed_by, coalesce(unit.name, '') AS unit_name
    FROM persons_household AS household
    LEFT JOIN catalogues_division AS commune
        ON commune.code = household.commune_code AND commune.valid @> household.commune_on AND commune.level = 'commune'
    LEFT JOIN catalogues_unit AS unit ON unit.id = household.area
    WHERE household.id = %s
"""
_MEMBERS = """
    SELECT member.id, member.person_id, person.full_name, person.born_on, person.sex, member.relation,
           lower(member.during) AS since, upper(member.during) AS until, member.origin, member.began_by, member.said_by,
           member.said_at, member.ended_by, member.ended_said_by, member.ended_said_at, member.is_void,
           coalesce(person.personal_id, '') AS personal_id, coalesce(ledger.number, '') AS insurance_number,
           persons_survivor(person.mother_id) AS mother_id, coalesce(mother.full_name, '') AS mother_name, NOT isempty(person.entitled) AS is_child,
           person.merged_into_id, person.died_on,
           (SELECT count(*) FROM persons_difference AS difference
            WHERE difference.person_id = person.id AND difference.state = 'open') AS difference_count
    FROM persons_member AS member
    JOIN persons_person AS person ON person.id = member.person_id
    LEFT JOIN persons_person AS mother ON mother.id = persons_survivor(person.mother_id)
    LEFT JOIN persons_number AS ledger ON ledger.person_id = person.id AND ledger.status = 'active'
    WHERE member.household_id = %s
    ORDER BY member.relation, person.born_on, member.id
"""
_OF_PERSONS = """
    SELECT asked.id AS person_id, household.id AS household_id, household.code, member.relation,
           lower(member.during) AS since
    FROM unnest(%s::bigint[]) AS asked (id)
    JOIN persons_member AS member ON member.person_id = persons_survivor(asked.id)
    JOIN persons_household AS household ON household.id = member.household_id
    WHERE NOT member.is_void AND member.during @> %s::date
"""
_UNPLACED = """
    SELECT unplaced.person_id, person.full_name, person.born_on, person.sex, person.mother_name, unplaced.why,
           unplaced.since, coalesce(unit.name, '') AS unit_name, home.id AS household_id, coalesce(home.code, '') AS code
    FROM persons_unplaced AS unplaced
    JOIN persons_person AS person ON person.id = unplaced.person_id
    LEFT JOIN catalogues_unit AS unit ON unit.id = unplaced.area
    LEFT JOIN persons_member AS living
        ON living.person_id = unplaced.person_id AND NOT living.is_void AND upper_inf(living.during)
    LEFT JOIN persons_household AS home ON home.id = living.household_id
    WHERE unplaced.closed_at IS NULL AND (%(why)s = '' OR unplaced.why = %(why)s)
      AND (unplaced.since, unplaced.person_id) > (%(since)s::timestamptz, %(after)s)
    ORDER BY unplaced.since, unplaced.person_id LIMIT %(limit)s
"""
_UNPLACED_COUNTS = """
    SELECT why, count(*) FROM persons_unplaced WHERE closed_at IS NULL GROUP BY why ORDER BY count(*) DESC, why
"""
WHYS_VI = {
    "MOTHER_NOT_NAMED": "Khai sinh không ghi số định danh hay mã số BHXH của mẹ",
    "MOTHER_NOT_FOUND": "Chưa có người mẹ nào mang số này",
    "MOTHER_DOUBTFUL": "Có người mang số này nhưng họ tên, giới tính hoặc tuổi không phù hợp",
    "MOTHER_NO_HOUSEHOLD": "Đã tìm thấy mẹ nhưng mẹ chưa ở trong hộ nào",
    "MOTHER_CORRECTED": "Thông tin mẹ vừa được cải chính, đang xếp lại",
    "HOUSEHOLD_BUSY": "Hộ của mẹ đang được sửa, hệ thống tự xếp lại",
    "RELATION_ASKED": "Đã vào hộ, cần chọn quan hệ với chủ hộ",
}
"""Why a child is on the list of those without a household, and what that means for the officer."""
LONG_AGO = "2000-01-01"


@dataclass(frozen=True, slots=True)
class HouseholdLine:
    """One household of a list, with its head of the day; `head_name` is None while it has none in reach."""

    id: int
    code: str
    commune_code: str
    commune_name: str
    address: str
    closed_on: date | None
    head_name: str | None
    member_count: int
    unit_name: str


@dataclass(frozen=True, slots=True)
class House:
    """A household itself."""

    id: int
    code: str
    commune_code: str
    commune_on: date
    commune_name: str
    address: str
    origin: str
    made_by: str
    made_at: datetime
    closed_on: date | None
    closed_by: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One stay of a person in a household; `until` is the first day on which he no longer lived there."""

    id: int
    person_id: int
    full_name: str
    born_on: date
    sex: str
    relation: str
    since: date
    until: date | None
    origin: str
    began_by: str
    said_by: str
    said_at: datetime
    ended_by: str
    ended_said_by: str
    ended_said_at: datetime | None
    is_void: bool
    personal_id: str
    insurance_number: str
    mother_id: int | None
    mother_name: str
    is_child: bool
    merged_into_id: int | None
    died_on: date | None
    difference_count: int

    def lives_on(self, day: date) -> bool:
        """True when he lived there on the day."""
        return not self.is_void and self.since <= day and (self.until is None or day < self.until)

    @property
    def kin(self) -> Kin:
        """The member as the questions about a household need him."""
        relation = relation_of(self.relation) or Relation.OTHER
        return Kin(self.person_id, self.full_name, relation, self.born_on, self.sex, self.mother_id)


@dataclass(frozen=True, slots=True)
class HomeOf:
    """Where a person lives on a day."""

    person_id: int
    household_id: int
    code: str
    relation: str
    since: date


@dataclass(frozen=True, slots=True)
class UnplacedLine:
    """A child that stands in no household, or whose relation to the head is asked for."""

    person_id: int
    full_name: str
    born_on: date
    sex: str
    mother_name: str
    why: str
    since: datetime
    unit_name: str
    household_id: int | None
    code: str


@dataclass(frozen=True, slots=True)
class HouseholdFilter:
    """What is looked for: a household's code, a member's number of any time, or a name; in a commune or anywhere."""

    text: str = ""
    commune_code: str = ""
    after: int = 0


def find(by: Actor, asked: HouseholdFilter, *, on: date, limit: int = 50) -> list[HouseholdLine]:
    """Households within reach, in the order of their keys. At most two queries.

    Raises Refused for a bare name without a commune, unless the asker is of one unit: a name alone is too many people.
    """
    need(by)
    text = asked.text.strip()
    told: dict[str, Any] = {
        "on": on,
        "limit": limit,
        "commune": asked.commune_code,
        "after": asked.after,
        "name": match_key(text),
        "text": text.upper(),
    }
    # What has digits is a household's code or a member's number, of now or of an old book: both are looked for.
    if any(letter.isdigit() for letter in text):
        return _lines(told | {"way": "number"}) or _lines(told | {"way": "code"})
    if told["name"] and not asked.commune_code and not by.unit_code:
        said = "Hãy nhập thêm mã xã khi tìm theo họ tên."
        raise Refused(said, code="COMMUNE", field="xa")
    return _lines(told | {"way": "name" if told["name"] else "commune"})


def _lines(told: dict[str, Any]) -> list[HouseholdLine]:
    with connection.cursor() as cursor:
        cursor.execute(_LINES.text, told)
        return rows_as(HouseholdLine, cursor)


def coded(by: Actor, code: str) -> int | None:
    """The open household of that very code within reach; None when there is none."""
    need(by)
    with connection.cursor() as cursor:
        cursor.execute(_CODED, [code])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def household(by: Actor, household_id: int) -> House:
    """One household. Raises NotFound, also for another area's."""
    need(by)
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [household_id])
        found = rows_as(House, cursor)
    if not found:
        raise NotFound(GONE_VI)
    return found[0]


def members(by: Actor, household_id: int) -> list[MemberLine]:
    """Every stay in the household, past, present and void, by relation and age. One query."""
    need(by)
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [household_id])
        return rows_as(MemberLine, cursor)


def homes_of(by: Actor, person_ids: Sequence[int], *, on: date) -> dict[int, HomeOf]:
    """Where these persons live on the day, as far as it is in reach. One query."""
    need(by)
    with connection.cursor() as cursor:
        cursor.execute(_OF_PERSONS, [list(person_ids), on])
        return {it.person_id: it for it in rows_as(HomeOf, cursor)}


def unplaced(
    by: Actor, *, why: str = "", since: str = LONG_AGO, after: int = 0, limit: int = 50
) -> list[UnplacedLine]:
    """Children without a household, those who wait longest first; `since` and `after` are those of the last line seen."""
    need(by)
    told: dict[str, Any] = {"why": why, "since": since, "after": after, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_UNPLACED, told)
        return rows_as(UnplacedLine, cursor)


def unplaced_counts(by: Actor) -> dict[str, int]:
    """Why → how many children, the most frequent first. One query."""
    need(by)
    with connection.cursor() as cursor:
        cursor.execute(_UNPLACED_COUNTS)
        return dict(cursor.fetchall())


def need(by: Actor) -> None:
    """Raise NotAllowed unless the actor may look at households."""
    if not by.may(Permission.HOUSEHOLD_VIEW):
        raise NotAllowed("Bạn không có quyền xem hộ gia đình.", code=str(Permission.HOUSEHOLD_VIEW))
