"""What a collection agent brings from a family: missing facts of a person, and members of a household.

Everything is a proposal, which an officer of the unit decides (`agentproposals`); where nothing stood and the criterion
lets it, it stands at once.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, Refused
from lienthong.kernel.names import stored_form
from lienthong.law.personal_id import contradictions, usable
from lienthong.persons.agentlook import (
    CriterionLine,
    PersonLine,
    asked_of,
    criteria,
    day_of,
    household,
    need,
    person,
)
from lienthong.persons.relations import Relation, relation_of

SEXES: Final = ("male", "female")
_MOST_NAME, _MOST_ADDRESS, _MOST_NOTE = 200, 300, 300

_WRITE = """
    INSERT INTO persons_proposal (person_id, household_id, field, value, value_before, criterion, note, agency_id,
                                  commune_code, area, state, made_by, made_at)
    VALUES (%(person)s, %(household)s, %(field)s, %(value)s, %(before)s, %(criterion)s, %(note)s, authz.agency(),
            %(commune)s, %(area)s, 'proposed', %(by)s, %(at)s)
    RETURNING id
"""
_FILL = "SELECT persons_fill(%s, %s)"
_WITHDRAW = """
    UPDATE persons_proposal SET state = 'withdrawn', decided_by = %(by)s, decided_at = %(at)s
    WHERE id = %(id)s AND state = 'proposed' AND made_by = %(by)s
"""

NAME_VI = "Hãy ghi đủ họ và tên như trên giấy tờ."
SEX_VI = "Hãy chọn giới tính."
FORM_VI = "Số định danh phải đủ 12 chữ số, ghi đúng như trên giấy tờ."
RELATION_VI = "Hãy chọn quan hệ với chủ hộ."
ADDRESS_VI = "Hãy ghi địa chỉ của hộ."
NOTHING_VI = "Hãy nhập ít nhất một thông tin."
WAITING_VI = "Thông tin này đã được gửi và đang chờ cơ quan BHXH xác nhận."
NOT_ASKED_VI = "Thông tin này không cần bổ sung, hoặc chỉ thay đổi theo khai sinh."


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody who lives in a household and is not in it yet, as his papers state him."""

    full_name: str
    born_on: str
    sex: str
    relation: str
    personal_id: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """How many facts stand at once, and how many wait for an officer."""

    direct_count: int
    waiting_count: int


def propose(
    person_id: int, values: Mapping[str, str], *, note: str = "", by: Actor, at: datetime
) -> Written:
    """Bring facts of a person, by field (`full_name`, `sex`, `personal_id`, `parent`, `relation`, `address`).

    All of them or none. Raises Refused with the field, NotFound, Conflict when one of them already waits.
    """
    need(by)
    on = vietnam_date(at)
    said = {field: value for field, value in values.items() if value.strip()}
    if not said:
        raise Refused(NOTHING_VI, code="NOTHING")
    try:
        with acting(by, at=at), transaction.atomic():
            line, listed = person(by, person_id, on=on), criteria(on)
            asked = {it.field: it for it in asked_of(line, listed)}
            done = [
                _propose_one(line, asked.get(field), (field, value, note), by=by, at=at)
                for field, value in said.items()
            ]
            trail.record(
                by,
                "person.proposed",
                at=at,
                subject_kind="person",
                subject_id=person_id,
                detail={"fields": sorted(said)},
            )
    except IntegrityError as error:
        raise Conflict(WAITING_VI, code="WAITING") from error
    return Written(sum(done), len(done) - sum(done))


def propose_member(
    household_id: int, new: NewMember, *, note: str = "", by: Actor, at: datetime
) -> None:
    """Bring somebody into a household; an officer finds him by his papers or enters him. Raises Refused, NotFound."""
    need(by)
    checked = _checked_member(new, vietnam_date(at))
    with acting(by, at=at), connection.cursor() as cursor:
        house, _ = household(by, household_id, on=vietnam_date(at))
        told: dict[str, Any] = {
            "person": None,
            "household": house.id,
            "field": "member",
            "value": json.dumps(asdict(checked), ensure_ascii=False),
            "before": "",
            "criterion": "",
            "note": note.strip()[:_MOST_NOTE],
            "commune": house.commune_code,
            "area": house.area,
            "by": by.label,
            "at": at,
        }
        cursor.execute(_WRITE, told)
        trail.record(
            by, "household.member_proposed", at=at, subject_kind="household", subject_id=house.id
        )


def withdraw(proposal_id: int, *, by: Actor, at: datetime) -> None:
    """Take back one's own proposal while it waits. Raises Conflict when it was decided, or is not one's own."""
    need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, {"id": proposal_id, "by": by.label, "at": at})
        if not cursor.rowcount:
            raise Conflict("Đề nghị này đã được xử lý.", code="DECIDED")


def _propose_one(
    line: PersonLine,
    criterion: CriterionLine | None,
    said: tuple[str, str, str],
    *,
    by: Actor,
    at: datetime,
) -> bool:
    """Write one; True when it stands at once."""
    field, value, note = said
    if criterion is None:
        raise Refused(NOT_ASKED_VI, code="NOT_ASKED", field=field)
    told: dict[str, Any] = {
        "person": line.id,
        "household": line.household_id,
        "field": field,
        "value": checked(field, value, line),
        "before": line.value_of(field),
        "criterion": criterion.code,
        "note": note.strip()[:_MOST_NOTE],
        "commune": line.commune_code,
        "area": line.area,
        "by": by.label,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, told)
        key = cursor.fetchone()[0]
        if not criterion.is_direct:
            return False
        cursor.execute(_FILL, [key, vietnam_date(at)])
        return bool(cursor.fetchone()[0])


def checked(field: str, value: str, line: PersonLine) -> str:
    """The value as it would be kept. Raises Refused with the field when it cannot be."""
    if field in {"full_name", "parent"}:
        return _name(value, field)
    if field == "sex":
        if value not in SEXES:
            raise Refused(SEX_VI, code="SEX", field="sex")
        return value
    if field == "personal_id":
        return _personal_id(value, born_on=line.born_on, sex=line.sex)
    if field == "relation":
        relation = relation_of(value)
        if relation is None or relation in {Relation.HEAD, Relation.OTHER}:
            raise Refused(RELATION_VI, code="RELATION", field="relation")
        return str(relation)
    address = " ".join(value.split())[:_MOST_ADDRESS]
    if not address:
        raise Refused(ADDRESS_VI, code="ADDRESS", field="address")
    return address


def _checked_member(new: NewMember, on: date) -> NewMember:
    born = day_of(new.born_on, on)
    if new.sex not in SEXES:
        raise Refused(SEX_VI, code="SEX", field="sex")
    relation = relation_of(new.relation)
    if relation is None or relation is Relation.HEAD:
        raise Refused(RELATION_VI, code="RELATION", field="relation")
    number = _personal_id(new.personal_id, born_on=born, sex=new.sex) if new.personal_id else ""
    name = _name(new.full_name, "full_name")
    return NewMember(name, born.isoformat(), new.sex, str(relation), number)


def _name(value: str, field: str) -> str:
    name = stored_form(value)[:_MOST_NAME]
    if " " not in name or any(letter.isdigit() for letter in name):
        raise Refused(NAME_VI, code="NAME", field=field)
    return name


def _personal_id(value: str, *, born_on: date, sex: str) -> str:
    digits = "".join(value.split())
    if usable(digits) is None:
        raise Refused(FORM_VI, code="E-PID-FORMAT", field="personal_id")
    odd = contradictions(digits, birth_date=born_on, sex=sex)
    if odd:
        raise Refused(odd[0].message_vi, code=str(odd[0]), field="personal_id")
    return digits
