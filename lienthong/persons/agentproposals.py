"""What agents have brought, for the officers of the unit: confirmed in bulk or returned with a reason; and how much each brought.

Nothing is overwritten silently: a proposal whose fact has changed since it was written is refused, and says so.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import parse_iso_date, vietnam_date
from lienthong.kernel.errors import LienthongError, NotAllowed, NotFound, Refused
from lienthong.kernel.outcomes import Outcome, Refusal
from lienthong.persons import actions, households, newcomers
from lienthong.persons.agentdesk import NewMember
from lienthong.persons.membership import Place
from lienthong.persons.newcomers import Newcomer
from lienthong.persons.relations import RELATIONS_VI, relation_of

_LINES = """
    SELECT proposal.id, proposal.person_id, coalesce(person.full_name, '') AS full_name, person.born_on,
           proposal.household_id, coalesce(home.code, '') AS household_code, proposal.field, proposal.value,
           proposal.value_before, proposal.note, proposal.agency_id, coalesce(agency.name, '') AS agency_name,
           proposal.state, proposal.made_by, proposal.made_at, proposal.decided_by, proposal.decided_at,
           proposal.decided_note
    FROM persons_proposal AS proposal
    LEFT JOIN persons_person AS person ON person.id = proposal.person_id
    LEFT JOIN persons_household AS home ON home.id = proposal.household_id
    LEFT JOIN accounts_agency AS agency ON agency.id = proposal.agency_id
"""
_OPEN = (
    _LINES
    + """
    WHERE proposal.state = 'proposed' AND (%(agency)s = 0 OR proposal.agency_id = %(agency)s)
      AND (proposal.made_at, proposal.id) > (%(since)s::timestamptz, %(after)s)
    ORDER BY proposal.made_at, proposal.id LIMIT %(limit)s
"""
)
_OWN = (
    _LINES
    + """
    WHERE proposal.made_by = %(by)s AND proposal.made_at >= %(since)s::timestamptz
    ORDER BY proposal.made_at DESC, proposal.id DESC LIMIT %(limit)s
"""
)
_OF_SUBJECT = (
    _LINES
    + """
    WHERE proposal.state = 'proposed' AND (proposal.person_id = ANY (%(persons)s) OR proposal.household_id = %(household)s)
    ORDER BY proposal.made_at, proposal.id
"""
)
_LOCK = """
    SELECT proposal.id, proposal.person_id, proposal.household_id, proposal.field, proposal.value, proposal.value_before,
           proposal.state, proposal.commune_code
    FROM persons_proposal AS proposal WHERE proposal.id = %s FOR UPDATE
"""
_HELD = """
    SELECT person.full_name, person.born_on, person.sex, coalesce(person.personal_id, '') AS personal_id,
           person.mother_name AS parent, isempty(person.entitled) AND person.merged_into_id IS NULL AS is_free,
           living.household_id, coalesce(living.relation, '') AS relation, coalesce(home.address, '') AS address,
           home.commune_code, home.commune_on
    FROM persons_person AS person
    LEFT JOIN persons_member AS living
        ON living.person_id = person.id AND NOT living.is_void AND upper_inf(living.during)
    LEFT JOIN persons_household AS home ON home.id = living.household_id
    WHERE person.id = %s
    FOR UPDATE OF person
"""
_DECIDE = """
    UPDATE persons_proposal
    SET state = %(state)s, decided_by = %(by)s, decided_at = %(at)s, decided_note = %(note)s,
        person_id = coalesce(person_id, %(person)s)
    WHERE id = %(id)s AND state = 'proposed'
"""
_RESTATE = "SELECT persons_restate(%s, %s, %s)"
_COUNTS = """
    SELECT proposal.made_by, coalesce(agency.name, '') AS agency_name, proposal.field,
           count(*) FILTER (WHERE proposal.state = 'proposed') AS waiting_count,
           count(*) FILTER (WHERE proposal.state = 'confirmed') AS confirmed_count,
           count(*) FILTER (WHERE proposal.state = 'direct') AS direct_count,
           count(*) FILTER (WHERE proposal.state = 'returned') AS returned_count
    FROM persons_proposal AS proposal LEFT JOIN accounts_agency AS agency ON agency.id = proposal.agency_id
    WHERE proposal.made_at >= %(first)s::timestamptz AND proposal.made_at < %(until)s::timestamptz
      AND proposal.state <> 'withdrawn'
    GROUP BY proposal.made_by, agency.name, proposal.field
    ORDER BY agency.name, proposal.made_by, proposal.field
"""
_COLUMNS = {"full_name": "full_name", "sex": "sex", "parent": "mother_name"}
_MOST_NOTE = 300
LONG_AGO = "2000-01-01"

CHANGED_VI = "Thông tin đã thay đổi sau khi đại lý ghi. Hãy xem lại rồi trả lại hoặc sửa trực tiếp."
DECIDED_VI = "Đề nghị này vừa được xử lý."
REGISTERED_VI = (
    "Thông tin này theo khai sinh, chỉ thay đổi khi khai sinh được cải chính. Hãy trả lại."
)
TAKEN_VI = "Số định danh này đang thuộc về một người khác. Cần rà soát hai người trước."
NOTE_VI = "Hãy ghi lý do trả lại để đại lý biết."
MOVED_VI = "Người này không còn ở hộ mà đại lý đã ghi."


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """One proposal of a list; `full_name` is empty for a new member, whom `value` states."""

    id: int
    person_id: int | None
    full_name: str
    born_on: date | None
    household_id: int | None
    household_code: str
    field: str
    value: str
    value_before: str
    note: str
    agency_id: int
    agency_name: str
    state: str
    made_by: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    decided_note: str

    @property
    def member(self) -> NewMember | None:
        """Who is to become a member; None for a fact of somebody who is there."""
        return NewMember(**json.loads(self.value)) if self.field == "member" else None

    @property
    def value_vi(self) -> str:
        """The proposed value in words."""
        return value_vi(self.field, self.value)

    @property
    def before_vi(self) -> str:
        """What stood there, in words."""
        return value_vi(self.field, self.value_before)


@dataclass(frozen=True, slots=True)
class CountLine:
    """What one agent brought of one field in a time."""

    made_by: str
    agency_name: str
    field: str
    waiting_count: int
    confirmed_count: int
    direct_count: int
    returned_count: int


@dataclass(frozen=True, slots=True)
class _Asked:
    id: int
    person_id: int | None
    household_id: int | None
    field: str
    value: str
    value_before: str
    state: str
    commune_code: str


@dataclass(frozen=True, slots=True)
class _Held:
    full_name: str
    born_on: date
    sex: str
    personal_id: str
    parent: str
    is_free: bool
    household_id: int | None
    relation: str
    address: str
    commune_code: str | None
    commune_on: date | None


_SEXES_VI = {"male": "Nam", "female": "Nữ", "undetermined": "Chưa xác định"}


def value_vi(field: str, value: str) -> str:
    """A value of a field as an officer reads it."""
    if field == "sex":
        return _SEXES_VI.get(value, value)
    relation = relation_of(value) if field == "relation" else None
    return RELATIONS_VI[relation] if relation else value


def waiting(
    by: Actor, *, agency_id: int = 0, since: str = LONG_AGO, after: int = 0, limit: int = 50
) -> list[ProposalLine]:
    """Proposals that wait for an officer, the oldest first. One query."""
    need(by)
    told = {"agency": agency_id, "since": since, "after": after, "limit": limit}
    return _lines(_OPEN, told)


def own(by: Actor, *, since: datetime, limit: int = 100) -> list[ProposalLine]:
    """What an agent brought himself, the latest first. One query."""
    return _lines(_OWN, {"by": by.label, "since": since, "limit": limit})


def of_household(
    by: Actor, household_id: int | None, person_ids: Sequence[int]
) -> list[ProposalLine]:
    """What already waits about these persons or this household, as far as the asker reaches it. One query."""
    if not (by.may(Permission.AGENT_DESK) or by.may(Permission.HOUSEHOLD_VIEW)):
        raise NotAllowed("Bạn không có quyền xem đề nghị của đại lý.")
    told = {"persons": list(person_ids), "household": household_id or 0}
    return _lines(_OF_SUBJECT, told)


def counts(by: Actor, *, first: datetime, until: datetime) -> list[CountLine]:
    """What each agent within reach brought from `first` until before `until`, by field. One query."""
    if not (by.may(Permission.COMPLETENESS_VIEW) or by.may(Permission.AGENT_DESK)):
        raise NotAllowed("Bạn không có quyền xem kết quả của đại lý.")
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"first": first, "until": until})
        return rows_as(CountLine, cursor)


def confirm(proposal_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """Write each into the record; those that cannot stand are refused one by one, with the reason, and go on waiting."""
    need(by)
    return _each(proposal_ids, lambda it: _confirm(it, by=by, at=at), by=by, at=at)


def send_back(proposal_ids: Sequence[int], note: str, *, by: Actor, at: datetime) -> Outcome:
    """Return them to the agents with one reason. Raises Refused without it."""
    need(by)
    said = " ".join(note.split())[:_MOST_NOTE]
    if not said:
        raise Refused(NOTE_VI, code="NOTE", field="ly-do")
    told = ("returned", said, None)
    return _each(proposal_ids, lambda it: _decide(_asked(it), told, by=by, at=at), by=by, at=at)


def need(by: Actor) -> None:
    """Raise NotAllowed unless the actor may decide what agents bring."""
    if not by.may(Permission.HOUSEHOLD_EDIT):
        raise NotAllowed(
            "Bạn không có quyền xác nhận đề nghị.", code=str(Permission.HOUSEHOLD_EDIT)
        )


def _each(ids: Sequence[int], deed: Callable[[int], None], *, by: Actor, at: datetime) -> Outcome:
    done, refused = [], []
    for proposal_id in dict.fromkeys(ids):
        try:
            with acting(by, at=at):
                deed(proposal_id)
            done.append(proposal_id)
        except LienthongError as error:
            refused.append(Refusal(proposal_id, error.code, error.message_vi))
    return Outcome(done, refused)


def _confirm(proposal_id: int, *, by: Actor, at: datetime) -> None:
    asked = _asked(proposal_id)
    if asked.field == "member":
        person = _bring_in(asked, by=by, at=at)
    else:
        person = int(asked.person_id or 0)
        _write(asked, _held(person), by=by, at=at)
    _decide(asked, ("confirmed", "", person), by=by, at=at)


def _asked(proposal_id: int) -> _Asked:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [proposal_id])
        found = rows_as(_Asked, cursor)
    if not found:
        raise NotFound("Không tìm thấy đề nghị này trong địa bàn của bạn.")
    if found[0].state != "proposed":
        raise Refused(DECIDED_VI, code="DECIDED")
    return found[0]


def _held(person_id: int) -> _Held:
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [person_id])
        found = rows_as(_Held, cursor)
    if not found:
        raise NotFound("Người này không còn trong địa bàn của bạn.")
    return found[0]


def _write(asked: _Asked, held: _Held, *, by: Actor, at: datetime) -> None:
    """The one fact, where it still stands as the agent saw it."""
    if str(getattr(held, asked.field)) != asked.value_before:
        raise Refused(CHANGED_VI, code="CHANGED")
    person = int(asked.person_id or 0)
    if asked.field in {"relation", "address"}:
        _write_home(asked, held, by=by, at=at)
    elif asked.field == "personal_id" and not held.is_free:
        if held.personal_id:
            raise Refused(REGISTERED_VI, code="REGISTERED")
        _unique(lambda: actions.attach_personal_id(person, asked.value, by=by, at=at))
    else:
        column = _COLUMNS.get(asked.field, asked.field)
        if not _unique(lambda: _restated(person, column, asked.value)):
            raise Refused(REGISTERED_VI, code="REGISTERED")


def _write_home(asked: _Asked, held: _Held, *, by: Actor, at: datetime) -> None:
    """The relation of a member, or the address of his household."""
    if held.household_id is None or held.household_id != asked.household_id:
        raise Refused(MOVED_VI, code="MOVED")
    relation = relation_of(asked.value) if asked.field == "relation" else None
    if relation is not None:
        person, on = int(asked.person_id or 0), vietnam_date(at)
        households.change_relation(held.household_id, person, relation, on=on, by=by, at=at)
    elif held.commune_code is not None and held.commune_on is not None:
        place = Place(held.commune_code, held.commune_on, asked.value)
        households.restate(held.household_id, place, by=by, at=at)


def _unique(deed: Callable[[], bool]) -> bool:
    """What the deed answers. Raises Refused when the personal id is somebody else's."""
    try:
        with transaction.atomic():
            return deed()
    except IntegrityError as error:
        raise Refused(TAKEN_VI, code="E-PID-TAKEN") from error


def _restated(person: int, column: str, value: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_RESTATE, [person, column, value])
        return bool(cursor.fetchone()[0])


def _bring_in(asked: _Asked, *, by: Actor, at: datetime) -> int:
    """Who the new member is: found by his papers wherever he is without a household, or entered; his key.

    Raises Refused for somebody who lives in another household: an officer moves him there himself.
    """
    new, household = NewMember(**json.loads(asked.value)), int(asked.household_id or 0)
    born, relation = parse_iso_date(new.born_on), relation_of(new.relation)
    hit = None
    if new.personal_id:
        hit = newcomers.named(new.personal_id, new.full_name, born, by=by, at=at)
    if hit is not None and hit.household_id is not None:
        said = "Người này đang ở một hộ khác. Hãy ghi chuyển hộ ở trang Hộ gia đình."
        raise Refused(said, code="ELSEWHERE")
    if relation is None:
        raise Refused(households.RELATION_VI, code="RELATION")
    newcomer = Newcomer(
        new.full_name, born, new.sex, new.personal_id, commune_code=asked.commune_code
    )
    person = newcomers.make(newcomer, by=by, at=at) if hit is None else hit.person_id
    told = {person: relation}
    households.take_in(household, told, on=vietnam_date(at), by=by, at=at, seen={person: None})
    return person


def _decide(asked: _Asked, told: tuple[str, str, int | None], *, by: Actor, at: datetime) -> None:
    state, note, person = told
    with connection.cursor() as cursor:
        cursor.execute(
            _DECIDE,
            {
                "state": state,
                "by": by.label,
                "at": at,
                "note": note,
                "person": person,
                "id": asked.id,
            },
        )
    subject = person or asked.person_id
    trail.record(
        by,
        "person.proposal_confirmed" if state == "confirmed" else "person.proposal_returned",
        at=at,
        subject_kind="person" if subject else "household",
        subject_id=subject or asked.household_id,
        detail={"field": asked.field, "proposal": asked.id},
    )


def _lines(statement: str, told: dict[str, Any]) -> list[ProposalLine]:
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        return rows_as(ProposalLine, cursor)
