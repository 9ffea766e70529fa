"""The hand that writes memberships: lock, end, begin, move, and the words for what is refused. Not for pages.

`households` says what an officer may do and `newborns` what the system does; both write by this.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.codes import is_commune_code
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.persons.relations import Relation

_AREA = """
    SELECT coalesce(route.unit_id, -nullif(route.province_code, '')::integer, 0)
    FROM catalogues_route AS route WHERE route.commune_code = %s AND route.registered @> %s
"""
_FOUND = """
    INSERT INTO persons_household (code, commune_code, commune_on, area, address, origin, made_by, made_at)
    VALUES (coalesce(nullif(%(code)s, ''), 'LT' || lpad(nextval('persons_household_serial')::text, 8, '0')),
            %(commune_code)s, %(commune_on)s, %(area)s, %(address)s, %(origin)s, %(by)s, %(at)s)
    RETURNING id
"""
_LOCK_HOUSEHOLDS = """
    SELECT id, closed_on FROM persons_household
    WHERE id = %(household)s OR id IN (
        SELECT member.household_id FROM persons_member AS member
        WHERE member.person_id = ANY (%(persons)s) AND NOT member.is_void AND upper_inf(member.during))
    ORDER BY id FOR UPDATE
"""
_LOCK_PERSONS = "SELECT persons_lock(%s)"
_LIVING = """
    SELECT member.id, member.household_id, member.person_id, member.relation, lower(member.during) AS since
    FROM persons_member AS member
    WHERE NOT member.is_void AND upper_inf(member.during)
      AND (member.household_id = %(household)s OR member.person_id = ANY (%(persons)s))
    ORDER BY member.id
"""
_END = """
    UPDATE persons_member
    SET during = CASE WHEN lower(during) < %(on)s THEN daterange(lower(during), %(on)s) ELSE during END,
        is_void = lower(during) >= %(on)s, ended_by = %(why)s, ended_said_by = %(by)s, ended_said_at = %(at)s
    WHERE id = ANY (%(ids)s)
"""
_BEGIN = """
    INSERT INTO persons_member (household_id, person_id, relation, during, origin, began_by, said_by, said_at)
    SELECT %(household)s, person_id, relation, daterange(%(on)s, NULL), %(origin)s, %(why)s, %(by)s, %(at)s
    FROM unnest(%(persons)s::bigint[], %(relations)s::text[]) AS member (person_id, relation)
"""
_LEAVE = "SELECT persons_leave(%s, %s, %s)"
_UNPLACED = (
    "UPDATE persons_unplaced SET closed_at = %s WHERE person_id = ANY (%s) AND closed_at IS NULL"
)
MOST_ADDRESS = 300

Seen = Mapping[int, int | None]
"""In which household each person was seen; None for none."""

GONE_VI = "Không tìm thấy hộ gia đình này trong địa bàn của bạn."
CLOSED_VI = "Hộ này đã đóng. Hãy lập hộ mới hoặc chọn hộ khác."
ELSEWHERE_VI = (
    "Người này vừa được ghi vào một hộ khác, hoặc đã ở một hộ khác vào ngày đó."
    " Vui lòng tải lại và xem quá trình của người này."
)
NOT_MEMBER_VI = "Người này không ở trong hộ vào ngày đó. Vui lòng tải lại."
HEAD_LEAVES_VI = "Đây là chủ hộ. Hãy đổi chủ hộ trước, hoặc đóng hộ khi không còn ai."
FUTURE_VI = "Ngày không được sau hôm nay."
COMMUNE_VI = "Mã xã không có trong danh mục của ngày đó."
CODE_VI = "Mã hộ này đã có."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a household is: the commune's code as of the day `commune_on`, the address, and the code it brings, if any."""

    commune_code: str
    commune_on: date
    address: str
    code: str = ""
    origin: str = "officer"


@dataclass(frozen=True, slots=True)
class Living:
    """A membership that goes on."""

    id: int
    household_id: int
    person_id: int
    relation: str
    since: date


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, when, as of which day, and why."""

    by: Actor
    at: datetime
    on: date
    why: str
    origin: str = "officer"


def area_of(commune_code: str, day: date) -> int:
    """The unit that answers for the commune as written on the day, minus its province's code when none does, or 0.

    Raises Refused for a code that meant no commune on that day.
    """
    with connection.cursor() as cursor:
        cursor.execute(_AREA, [commune_code, day])
        row = cursor.fetchone()
    if row is None or not is_commune_code(commune_code):
        raise Refused(COMMUNE_VI, code="COMMUNE", field="xa")
    return int(row[0])


def made(place: Place, act: Act) -> int:
    """Make the household; its key. Raises Refused for a commune that is none and a code that is taken."""
    told: dict[str, Any] = {
        "code": place.code.strip().upper(),
        "commune_code": place.commune_code,
        "commune_on": place.commune_on,
        "area": area_of(place.commune_code, place.commune_on),
        "address": place.address.strip()[:MOST_ADDRESS],
        "origin": act.origin,
        "by": act.by.label,
        "at": act.at,
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FOUND, told)
            return int(cursor.fetchone()[0])
    except IntegrityError as error:
        raise Refused(CODE_VI, code="HOUSEHOLD_CODE", field="ma-ho") from error


def move(
    household_id: int, members: Mapping[int, Relation], act: Act, seen: Seen | None = None
) -> None:
    """These persons live there from the day, and no longer where they lived.

    Whoever is in reach leaves by this act's own hand; who is not, by the function that may.
    """
    persons = list(members)
    with connection.cursor() as cursor:
        cursor.execute(_LIVING, {"household": 0, "persons": persons})
        living = rows_as(Living, cursor)
    homes = {it.person_id: it.household_id for it in living}
    if household_id in homes.values():
        raise Conflict("Người này đã ở trong hộ. Vui lòng tải lại.", code="ALREADY_HERE")
    _no_head_left_behind(living)
    left = Act(act.by, act.at, act.on, "moved_in")
    end([it.id for it in living], left)
    homes |= _left_elsewhere([it for it in persons if it not in homes], household_id, act)
    if seen is not None and any(homes.get(it) != seen.get(it) for it in persons):
        raise Conflict(ELSEWHERE_VI, code="ELSEWHERE")
    for person, home in homes.items():
        record(left, "household.let_go", home, [person])
    answered(persons, at=act.at)
    begin(household_id, members, act)


def answered(person_ids: Collection[int], *, at: datetime) -> None:
    """These children no longer stand on the list of those without a place."""
    with connection.cursor() as cursor:
        cursor.execute(_UNPLACED, [at, list(person_ids)])


def _left_elsewhere(persons: Sequence[int], joined: int, act: Act) -> dict[int, int]:
    """What a page does not reach. The system and the console reach everything: nothing is elsewhere for them."""
    left: dict[int, int] = {}
    if not act.by.token:
        return left
    with connection.cursor() as cursor:
        for person in persons:
            cursor.execute(_LEAVE, [person, joined, act.on])
            home = cursor.fetchone()[0]
            if home is not None:
                left[person] = home
    return left


def _no_head_left_behind(living: Sequence[Living]) -> None:
    for head in (it for it in living if it.relation == Relation.HEAD):
        going = {it.id for it in living}
        if any(it.id not in going for it in members_of(head.household_id)):
            raise Refused(HEAD_LEAVES_VI, code="HEAD_LEAVES")


def begin(household_id: int, members: Mapping[int, Relation], act: Act) -> None:
    """These persons live there from the day. Raises Conflict when the tables say that it cannot be."""
    told: dict[str, Any] = {
        "household": household_id,
        "persons": list(members),
        "relations": [str(it) for it in members.values()],
        "on": act.on,
        "origin": act.origin,
        "why": act.why,
        "by": act.by.label,
        "at": act.at,
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_BEGIN, told)
    except IntegrityError as error:
        raise Conflict(ELSEWHERE_VI, code="ELSEWHERE") from error


def end(member_ids: Sequence[int], act: Act) -> None:
    """End these memberships with the day; one that had not begun by then is void."""
    with connection.cursor() as cursor:
        told: dict[str, Any] = {"ids": list(member_ids), "on": act.on, "why": act.why}
        cursor.execute(_END, told | {"by": act.by.label, "at": act.at})


def members_of(household_id: int) -> list[Living]:
    """Who lives there until further notice."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVING, {"household": household_id, "persons": []})
        return rows_as(Living, cursor)


def head_of(household_id: int) -> int | None:
    """The head's key; None while there is none."""
    living = members_of(household_id)
    return next((it.person_id for it in living if it.relation == Relation.HEAD), None)


def those(living: Sequence[Living], person_ids: Sequence[int]) -> list[Living]:
    """The memberships of these persons among the living. Raises Conflict when one is not there."""
    found = [it for it in living if it.person_id in set(person_ids)]
    if len(found) < len(set(person_ids)):
        raise Conflict(NOT_MEMBER_VI, code="NOT_MEMBER")
    return found


def lock_persons(person_ids: Collection[int]) -> None:
    """Lock these persons, in one order everywhere: the first lock of every act."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_PERSONS, [sorted(set(person_ids))])


def lock_open(household_id: int, person_ids: Collection[int] = ()) -> None:
    """Lock it and where these persons live, so that two acts on one household come one after the other.

    The caller has locked the persons. Raises NotFound, Refused when it is closed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_HOUSEHOLDS, {"household": household_id, "persons": list(person_ids)})
        found = dict(cursor.fetchall())
    if household_id not in found:
        raise NotFound(GONE_VI)
    if found[household_id] is not None:
        raise Refused(CLOSED_VI, code="HOUSEHOLD_CLOSED")


def record(
    act: Act,
    action: str,
    household_id: int,
    person_ids: Collection[int] = (),
) -> None:
    """Write the act into the log, of the household with its day and of each person it moved."""
    day = {"on": act.on.isoformat()}
    told = {**day, "persons": sorted(person_ids)}
    trail.record(
        act.by,
        action,
        at=act.at,
        subject_kind="household",
        subject_id=household_id,
        detail=told,
    )
    if person_ids:
        trail.record_each(
            act.by,
            action,
            at=act.at,
            subject_kind="person",
            subject_ids=sorted(person_ids),
            detail=day,
        )


def not_after(on: date, at: datetime) -> None:
    """Raise Refused for a day that has not come."""
    if on > vietnam_date(at):
        raise Refused(FUTURE_VI, code="DAY", field="ngay")
