"""Every write of a household: found, take in, let go, change head or relation, split, close, and say that it was a mistake.

One household a person and one head a household at a time is the tables' own rule; who comes second reads Conflict. Each
act is of a day, which may lie in the past, and never rewrites what was true before it. Reading is in `householdviews`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.persons import membership
from lienthong.persons.membership import HEAD_LEAVES_VI, NOT_MEMBER_VI, Act, Place, Seen
from lienthong.persons.relations import Relation, relation_of

_VOID = """
    UPDATE persons_member SET is_void = true, ended_by = 'mistake', ended_said_by = %s, ended_said_at = %s
    WHERE id = %s AND NOT is_void RETURNING household_id
"""
_CLOSE = "UPDATE persons_household SET closed_on = %s, closed_by = %s WHERE id = %s"
_RESTATE = """
    UPDATE persons_household
    SET address = %(address)s, commune_code = %(commune_code)s, commune_on = %(commune_on)s, area = %(area)s
    WHERE id = %(id)s
"""
_MOTHER = """
    UPDATE persons_person SET mother_id = %(mother)s
    WHERE id = %(person)s AND EXISTS (SELECT 1 FROM persons_person WHERE id = %(mother)s AND sex <> 'male')
"""

HEAD_TAKEN_VI = "Hộ đã có chủ hộ vào ngày đó. Hãy dùng «Đổi chủ hộ»."
RELATION_VI = "Hãy chọn quan hệ với chủ hộ."
MOTHER_VI = "Không ghi được người mẹ này: không tìm thấy, hoặc không phải nữ."


def found(
    place: Place,
    members: Mapping[int, Relation],
    *,
    on: date,
    by: Actor,
    at: datetime,
    seen: Seen | None = None,
) -> int:
    """Make a household with these members from the day `on`; its key. Whoever lived elsewhere leaves there.

    `seen` says in which household the officer saw each of them. Raises Refused (no head, unknown commune, a code that is taken), Conflict when somebody was faster.
    """
    _need(by)
    if Relation.HEAD not in members.values():
        raise Refused("Hộ phải có chủ hộ.", code="HEAD_MISSING", field="chu-ho")
    membership.not_after(on, at)
    act = Act(by, at, on, "found", place.origin)
    with acting(by, at=at):
        membership.lock_persons(members)
        household_id = membership.made(place, act)
        membership.move(household_id, members, act, seen)
        membership.record(act, "household.found", household_id, members)
    return household_id


def take_in(
    household_id: int,
    members: Mapping[int, Relation],
    *,
    on: date,
    by: Actor,
    at: datetime,
    seen: Seen | None = None,
) -> None:
    """These persons live here from the day `on`; whoever lived elsewhere leaves there, in reach or not.

    `seen` says in which household the officer saw each of them. Raises NotFound, Refused (closed, a second head),
    Conflict when somebody was faster or they are no longer there.
    """
    _need(by)
    membership.not_after(on, at)
    act = Act(by, at, on, "moved_in")
    with acting(by, at=at):
        membership.lock_persons(members)
        membership.lock_open(household_id, members)
        if Relation.HEAD in members.values() and membership.head_of(household_id) is not None:
            raise Refused(HEAD_TAKEN_VI, code="HEAD_TAKEN", field="quan-he")
        membership.move(household_id, members, act, seen)
        membership.record(act, "household.taken_in", household_id, members)


def let_go(
    household_id: int,
    person_ids: Sequence[int],
    *,
    on: date,
    by: Actor,
    at: datetime,
    why: str = "moved_out",
) -> None:
    """These persons live here no more from the day `on`. Raises Refused for the head while others stay."""
    _need(by)
    membership.not_after(on, at)
    act = Act(by, at, on, why)
    with acting(by, at=at):
        membership.lock_persons(person_ids)
        membership.lock_open(household_id)
        living = membership.members_of(household_id)
        going = membership.those(living, person_ids)
        stays = len(living) > len(going)
        if stays and any(it.relation == Relation.HEAD for it in going):
            raise Refused(HEAD_LEAVES_VI, code="HEAD_LEAVES")
        membership.end([it.id for it in going], act)
        membership.record(act, "household.let_go", household_id, person_ids)


def change_head(
    household_id: int,
    head_id: int,
    relations: Mapping[int, Relation],
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> None:
    """Another head from the day `on`, and what every other member is to him. All stay, each with a new row.

    Raises Refused unless `relations` names every other member, and none of them as head.
    """
    _need(by)
    membership.not_after(on, at)
    act = Act(by, at, on, "head_changed")
    with acting(by, at=at):
        membership.lock_persons([head_id, *relations])
        membership.lock_open(household_id)
        living = membership.members_of(household_id)
        membership.those(living, [head_id])
        others = {it.person_id for it in living} - {head_id}
        if others != set(relations) or Relation.HEAD in relations.values():
            said = "Hãy chọn quan hệ với chủ hộ mới cho từng thành viên."
            raise Refused(said, code="RELATIONS", field="quan-he")
        membership.end([it.id for it in living], act)
        membership.begin(household_id, {head_id: Relation.HEAD, **relations}, act)
        membership.record(act, "household.head_changed", household_id, [head_id])


def change_relation(
    household_id: int, person_id: int, relation: Relation, *, on: date, by: Actor, at: datetime
) -> None:
    """Another relation to the same head from the day `on`. Raises Refused for the head himself, or to become it."""
    _need(by)
    membership.not_after(on, at)
    act = Act(by, at, on, "relation")
    with acting(by, at=at):
        membership.lock_persons([person_id])
        membership.lock_open(household_id)
        (held,) = membership.those(membership.members_of(household_id), [person_id])
        if Relation.HEAD in (relation, relation_of(held.relation)):
            raise Refused(HEAD_TAKEN_VI, code="HEAD_TAKEN", field="quan-he")
        if relation == held.relation:
            return
        membership.end([held.id], act)
        membership.begin(household_id, {person_id: relation}, act)
        membership.answered([person_id], at=at)
        membership.record(act, "household.relation", household_id, [person_id])


def split(
    household_id: int,
    place: Place,
    members: Mapping[int, Relation],
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> int:
    """Some members found a household of their own from the day `on`; its key. Raises Refused when the head goes along."""
    _need(by)
    membership.not_after(on, at)
    if Relation.HEAD not in members.values():
        raise Refused("Hộ mới phải có chủ hộ.", code="HEAD_MISSING", field="chu-ho")
    act = Act(by, at, on, "split")
    with acting(by, at=at):
        membership.lock_persons(members)
        membership.lock_open(household_id)
        going = membership.those(membership.members_of(household_id), list(members))
        if any(it.relation == Relation.HEAD for it in going):
            raise Refused(HEAD_LEAVES_VI, code="HEAD_LEAVES")
        membership.end([it.id for it in going], act)
        made = membership.made(place, act)
        membership.begin(made, members, act)
        membership.record(act, "household.split", household_id, members)
        membership.record(act, "household.found", made)
    return made


def close(household_id: int, *, on: date, by: Actor, at: datetime) -> None:
    """Nobody lives here any more from the day `on`: who still does is let go. A closed household takes nobody in."""
    _need(by)
    membership.not_after(on, at)
    act = Act(by, at, on, "closed")
    with acting(by, at=at), connection.cursor() as cursor:
        membership.lock_persons([it.person_id for it in membership.members_of(household_id)])
        membership.lock_open(household_id)
        membership.end([it.id for it in membership.members_of(household_id)], act)
        cursor.execute(_CLOSE, [on, by.label, household_id])
        membership.record(act, "household.closed", household_id)


def restate(household_id: int, place: Place, *, by: Actor, at: datetime) -> None:
    """Another address or commune of the same household. Raises Refused for an unknown commune."""
    _need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        membership.lock_open(household_id)
        area = membership.area_of(place.commune_code, place.commune_on)
        told: dict[str, Any] = {
            "address": place.address.strip()[: membership.MOST_ADDRESS],
            "commune_code": place.commune_code,
            "commune_on": place.commune_on,
            "area": area,
            "id": household_id,
        }
        cursor.execute(_RESTATE, told)
        trail.record(
            by, "household.restated", at=at, subject_kind="household", subject_id=household_id
        )


def void(member_id: int, *, by: Actor, at: datetime) -> None:
    """This row was never true. It stays readable and binds nothing. Raises NotFound."""
    _need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_VOID, [by.label, at, member_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound(NOT_MEMBER_VI)
        trail.record(by, "household.voided", at=at, subject_kind="household", subject_id=row[0])


def set_mother(person_id: int, mother_id: int, *, by: Actor, at: datetime) -> None:
    """Say whose child a member is. Raises Refused when she is a man, out of reach, or the person himself."""
    _need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        if person_id == mother_id:
            raise Refused(MOTHER_VI, code="MOTHER", field="me")
        cursor.execute(_MOTHER, {"person": person_id, "mother": mother_id})
        if not cursor.rowcount:
            raise Refused(MOTHER_VI, code="MOTHER", field="me")
        trail.record(by, "person.mother", at=at, subject_kind="person", subject_id=person_id)


def _need(by: Actor) -> None:
    if not by.may(Permission.HOUSEHOLD_EDIT):
        raise NotAllowed("Bạn không có quyền sửa hộ gia đình.", code=str(Permission.HOUSEHOLD_EDIT))
