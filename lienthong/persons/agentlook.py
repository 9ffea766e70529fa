"""Whom a collection agent finds: people and households of his communes, and which facts are missing of them.

Whom he does not reach is not there: one answer for strangers and for other communes. Every look is counted, and logged with
its purpose by the page that shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from lienthong.accounts import agencies
from lienthong.accounts.permissions import Permission
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.codes import is_insurance_number, is_personal_id
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.kernel.names import match_key

PURPOSES_VI: Final[Mapping[str, str]] = {
    "tra-ma-so": "Tra cứu mã số BHXH theo đề nghị của người dân",
    "thu-bhyt": "Lập danh sách thu BHYT hộ gia đình",
    "thu-bhxh": "Lập danh sách thu BHXH tự nguyện",
    "bo-sung": "Rà soát, bổ sung thông tin hộ gia đình",
}
"""Why an agent may look at a person; the words stand in the log, and the person reads them."""
FIELDS_VI: Final[Mapping[str, str]] = {
    "full_name": "Họ và tên",
    "sex": "Giới tính",
    "personal_id": "Số định danh cá nhân",
    "insurance_number": "Mã số BHXH",
    "parent": "Họ tên mẹ",
    "household": "Hộ gia đình",
    "relation": "Quan hệ với chủ hộ",
    "address": "Địa chỉ của hộ",
    "member": "Thêm thành viên",
}
_BY_NUMBER = """
    SELECT DISTINCT persons_survivor(found.id) FROM (
        SELECT ledger.person_id FROM persons_number AS ledger WHERE ledger.number = %(digits)s
        UNION ALL
        SELECT person.id FROM persons_person AS person WHERE person.personal_id = %(digits)s) AS found (id)
"""
_BY_NAME = """
    SELECT person.id FROM persons_person AS person
    WHERE person.born_on = %(born)s AND name_match_key(person.full_name) = %(name)s AND person.merged_into_id IS NULL
    ORDER BY person.id LIMIT 20
"""
_BY_HOUSEHOLD = "SELECT id FROM persons_household WHERE code = %s AND closed_on IS NULL"
_PERSONS = """
    SELECT person.id, person.full_name, person.born_on, person.sex, coalesce(person.personal_id, '') AS personal_id,
           coalesce(ledger.number, '') AS insurance_number, NOT isempty(person.entitled) AS is_registered,
           person.mother_name, known.commune_code, coalesce(commune.name, '') AS commune_name, known.area,
           known.household_id, coalesce(home.code, '') AS household_code, coalesce(home.address, '') AS address,
           coalesce(living.relation, '') AS relation, known.is_head,
           ARRAY(SELECT criterion.code FROM persons_criterion AS criterion
                 WHERE criterion.valid @> %(day)s::date AND NOT criterion.field = ANY (known.told)
                   AND persons_applies(criterion.applies_to, known.born_on, known.is_head, %(day)s::date)
                 ORDER BY criterion.weight DESC, criterion.code) AS missing
    FROM persons_told(%(day)s::date) AS known
    JOIN persons_person AS person ON person.id = known.person_id
    LEFT JOIN persons_number AS ledger ON ledger.person_id = person.id AND ledger.status = 'active'
    LEFT JOIN persons_household AS home ON home.id = known.household_id
    LEFT JOIN persons_member AS living
        ON living.person_id = person.id AND NOT living.is_void AND living.during @> %(day)s::date
    LEFT JOIN catalogues_division AS commune
        ON commune.code = known.commune_code AND commune.level = 'commune'
       AND commune.valid @> coalesce(home.commune_on, %(day)s::date)
    WHERE known.person_id = ANY (%(ids)s)
    ORDER BY living.relation NULLS LAST, person.born_on, person.id
"""
_MEMBERS = """
    SELECT member.person_id FROM persons_member AS member
    WHERE member.household_id = %s AND NOT member.is_void AND member.during @> %s::date
"""
_HOUSE = """
    SELECT home.id, home.code, home.commune_code, home.area, home.address, coalesce(commune.name, '') AS commune_name
    FROM persons_household AS home
    LEFT JOIN catalogues_division AS commune
        ON commune.code = home.commune_code AND commune.level = 'commune' AND commune.valid @> home.commune_on
    WHERE home.id = %s AND home.closed_on IS NULL
"""
_CRITERIA = """
    SELECT code, words_vi, field, is_direct FROM persons_criterion WHERE valid @> %s::date ORDER BY weight DESC, code
"""
OUTSIDE_VI = "Không thuộc địa bàn của đại lý. Hãy kiểm tra lại thông tin trên giấy tờ."
SLOW_VI = (
    "Tài khoản này vừa tra cứu quá số lần cho phép trong một phút, một giờ hoặc hôm nay, hoặc tra không thấy quá nhiều lần."
    " Hãy đợi ít phút rồi thử lại; nếu vẫn vậy, hãy liên hệ đơn vị BHXH quản lý đại lý."
)
PURPOSE_VI = "Hãy chọn mục đích tra cứu."
DAY_VI = "Ngày sinh phải đủ ngày, tháng, năm và không sau hôm nay."
ASK_VI = "Hãy nhập số, hoặc họ tên và ngày sinh, hoặc mã hộ."


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agent looks for: a number (10 or 12 digits), or a name with a birth date, or a household's code."""

    number: str = ""
    full_name: str = ""
    born_on: str = ""
    household_code: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: persons, or one household. Neither when it is not in the agent's communes, or nothing was looked for."""

    person_ids: Sequence[int] = ()
    household_id: int | None = None
    is_too_often: bool = False


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person as an agent sees him; `missing` are codes of the criteria of the day, the heaviest first."""

    id: int
    full_name: str
    born_on: date
    sex: str
    personal_id: str
    insurance_number: str
    is_registered: bool
    mother_name: str
    commune_code: str
    commune_name: str
    area: int
    household_id: int | None
    household_code: str
    address: str
    relation: str
    is_head: bool
    missing: Sequence[str]

    @property
    def personal_id_end(self) -> str:
        """The last four digits of the personal id: enough to compare with a paper in the hand."""
        return f"•••• {self.personal_id[-4:]}" if self.personal_id else ""

    def value_of(self, field: str) -> str:
        """What the record says of a field today, as a proposal writes it."""
        said = {
            "full_name": self.full_name,
            "sex": self.sex,
            "personal_id": self.personal_id,
            "parent": self.mother_name,
            "relation": self.relation,
            "address": self.address,
        }
        return said[field]


@dataclass(frozen=True, slots=True)
class HouseLine:
    """A household in the agent's communes."""

    id: int
    code: str
    commune_code: str
    area: int
    address: str
    commune_name: str


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A criterion of the day, as the desk asks it."""

    code: str
    words_vi: str
    field: str
    is_direct: bool


def need_purpose(code: str) -> str:
    """The words of a purpose of the closed list. Raises Refused for anything else."""
    if code not in PURPOSES_VI:
        raise Refused(PURPOSE_VI, code="PURPOSE", field="muc-dich")
    return PURPOSES_VI[code]


def look(asked: Asked, *, by: Actor, on: date) -> Found:
    """Whom the agent means, within his communes; one that is elsewhere and one that does not exist are the same nobody.

    Counted, and not answered when a minute's, an hour's or the day's look-ups are used up. Raises Refused when too little was asked.
    """
    need(by)
    digits = "".join(asked.number.split())
    born = day_of(asked.born_on, on) if asked.full_name and not digits else None
    if not (digits or asked.full_name or asked.household_code):
        raise Refused(ASK_VI, code="ASK", field="so")
    if digits and not (is_personal_id(digits) or is_insurance_number(digits)):
        said = "Mã số BHXH có 10 chữ số, số định danh có 12 chữ số."
        raise Refused(said, code="NUMBER", field="so")
    if not agencies.count_look(by):
        return Found(is_too_often=True)
    if digits:
        found = Found(tuple(_keys(_BY_NUMBER, {"digits": digits})))
    elif born is not None:
        found = Found(tuple(_keys(_BY_NAME, {"born": born, "name": match_key(asked.full_name)})))
    else:
        homes = _keys(_BY_HOUSEHOLD, [asked.household_code.upper()])
        found = Found(household_id=homes[0]) if homes else Found()
    seen = [it.id for it in persons(by, found.person_ids, on=on)]
    if not seen and found.household_id is None:
        agencies.count_miss()
        return Found()
    return Found(tuple(seen), found.household_id)


def persons(by: Actor, person_ids: Sequence[int], *, on: date) -> list[PersonLine]:
    """These persons as far as the agent reaches them, those of one household in its order. One query."""
    need(by)
    if not person_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_PERSONS, {"ids": list(person_ids), "day": on})
        return rows_as(PersonLine, cursor)


def person(by: Actor, person_id: int, *, on: date) -> PersonLine:
    """One person. Raises NotFound, also for whoever lives elsewhere."""
    found = persons(by, [person_id], on=on)
    if not found:
        raise NotFound(OUTSIDE_VI)
    return found[0]


def household(by: Actor, household_id: int, *, on: date) -> tuple[HouseLine, list[PersonLine]]:
    """An open household and who lives there today. Raises NotFound, also for one of another commune. Three queries."""
    need(by)
    with connection.cursor() as cursor:
        cursor.execute(_HOUSE, [household_id])
        found = rows_as(HouseLine, cursor)
    if not found:
        raise NotFound(OUTSIDE_VI)
    return found[0], persons(by, _keys(_MEMBERS, [household_id, on]), on=on)


def criteria(on: date) -> dict[str, CriterionLine]:
    """The criteria of the day by code, the heaviest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CRITERIA, [on])
        return {it.code: it for it in rows_as(CriterionLine, cursor)}


def asked_of(line: PersonLine, listed: Mapping[str, CriterionLine]) -> list[CriterionLine]:
    """The missing facts of a person that an agent can bring; what a birth registered is the civil register's to change."""
    return [
        listed[code]
        for code in line.missing
        if code in listed and _is_brought(listed[code].field, line)
    ]


def need(by: Actor) -> None:
    """Raise NotAllowed unless the actor is an agent."""
    if not by.may(Permission.AGENT_DESK):
        raise NotAllowed("Bạn không có quyền tra cứu tại đại lý.", code=str(Permission.AGENT_DESK))


def _is_brought(field: str, line: PersonLine) -> bool:
    if field == "personal_id":
        return True
    if field == "relation":
        return line.household_id is not None and not line.is_head
    if field == "address":
        return line.household_id is not None
    return field in {"full_name", "sex", "parent"} and not line.is_registered


def day_of(text: str, on: date) -> date:
    """A birth date as a form gives it. Raises Refused for none, or one that is still to come."""
    try:
        day = parse_iso_date(text)
    except ValueError as error:
        raise Refused(DAY_VI, code="DAY", field="ngay-sinh") from error
    if day > on:
        raise Refused(DAY_VI, code="DAY", field="ngay-sinh")
    return day


def _keys(statement: str, told: Any) -> list[int]:  # noqa: ANN401 - as psycopg takes it
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        return [int(row[0]) for row in cursor.fetchall() if row[0] is not None]
