"""Every read of births that others may ask for: the trace of one child, and what became of a file's messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.births import waiting
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.dossiers import lifecycle
from lienthong.gateways import findings
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import NotAllowed, NotFound
from lienthong.law.rerouting import QUALIFIERS_VI, RULES_VI, Rule

_TRACE = Statement.load("lienthong.births", "trace.sql")
_EVENTS = """
    SELECT at, from_state, to_state, by, reason FROM dossiers_event WHERE dossier_id = %s ORDER BY id
"""
# Units, communes and their names are those of the two sides of the act.
_REROUTES = """
    SELECT told.at, told.rule, told.qualifier, told.state, told.voids_target, act.number AS act, act.effective,
           old_unit.code AS from_unit, coalesce(old_unit.name, '') AS from_unit_name, new_unit.code AS to_unit,
           coalesce(new_unit.name, '') AS to_unit_name, coalesce(old_place.name, told.from_commune_code) AS from_commune,
           coalesce(new_place.name, told.to_commune_code) AS to_commune
    FROM dossiers_reroute AS told
    JOIN catalogues_act AS act ON act.id = told.act_id
    LEFT JOIN catalogues_unit AS old_unit ON old_unit.id = told.from_unit_id
    LEFT JOIN catalogues_unit AS new_unit ON new_unit.id = told.to_unit_id
    LEFT JOIN catalogues_division AS old_place
        ON old_place.code = told.from_commune_code AND old_place.valid @> act.effective - 1
    LEFT JOIN catalogues_division AS new_place
        ON new_place.code = told.to_commune_code AND new_place.valid @> greatest(act.effective, told.at::date)
    WHERE told.dossier_id = %s ORDER BY told.id
"""
_OUTCOMES = """
    SELECT message.id AS message_ref, message.message_id, births_outcome(message.state, message.code) AS outcome,
           message.code, message.field, message.warnings, coalesce(dossier.state, '') AS state,
           coalesce(dossier.reason, '') AS reason, coalesce(dossier.unit_rule, '') AS unit_rule,
           coalesce(person.personal_id_status, '') AS personal_id_status
    FROM births_message AS message
    LEFT JOIN births_registration AS registration ON registration.id = message.registration_id
    LEFT JOIN dossiers_dossier AS dossier
        ON dossier.id = CASE WHEN registration.dossier_id IS NULL THEN registration.joined_dossier_id
                             ELSE registration.dossier_id END
    LEFT JOIN persons_person AS person ON person.id = dossier.person_id
    WHERE message.id = ANY (%s)
"""
_CODES_OF_MESSAGE = """
    SELECT dossier.code FROM births_message AS message
    JOIN births_registration AS registration ON registration.id = message.registration_id
    JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
    WHERE message.message_id = %s
"""
_REFS = "SELECT id, message_id FROM births_message WHERE source = %s AND message_id = ANY (%s)"


@dataclass(frozen=True, slots=True)
class EventLine:
    """One move of a dossier."""

    at: datetime
    from_state: str
    to_state: str
    by: str
    reason: str

    @property
    def to_state_vi(self) -> str:
        """The new state as officials call it."""
        return lifecycle.LABELS_VI[self.to_state]

    @property
    def reason_vi(self) -> str:
        """Why, in a sentence; empty when the move needs none."""
        return lifecycle.REASONS_VI.get(self.reason, self.reason)


@dataclass(frozen=True, slots=True)
class RerouteLine:
    """What an act of merger did to the dossier; `to_unit` None while it waits for one."""

    at: datetime
    rule: str
    qualifier: str
    state: str
    voids_target: bool
    act: str
    effective: date
    from_unit: str | None
    from_unit_name: str
    to_unit: str | None
    to_unit_name: str
    from_commune: str
    to_commune: str

    @property
    def rule_vi(self) -> str:
        """The row of the decision table, as an officer reads it."""
        return RULES_VI[Rule(self.rule)]

    @property
    def qualifier_vi(self) -> str:
        """How the new unit was found, or why not yet; empty where nothing moved."""
        return QUALIFIERS_VI.get(self.qualifier, "")

    def as_json(self) -> dict[str, Any]:
        """Beside the events of contracts §5."""
        return {
            "at": _instant(self.at),
            "act": self.act,
            "effective": self.effective.isoformat(),
            "rule": self.rule,
            "qualifier": self.qualifier or None,
            "from_unit": self.from_unit,
            "to_unit": self.to_unit,
            "from_commune": self.from_commune or None,
            "to_commune": self.to_commune or None,
            "voids_target": self.voids_target,
        }


@dataclass(frozen=True, slots=True)
class TraceRow:
    """The row of `trace.sql`, by column name; None wherever the way has not come yet."""

    message_ref: int
    source: str
    message_id: str
    message_state: str
    code: str
    field: str
    warnings: list[str]
    message_received_at: datetime
    held_for: str
    office: str | None
    book: str | None
    number: str | None
    year: int | None
    dossier_id: int | None
    dossier_code: str | None
    state: str | None
    reason: str | None
    received_at: datetime | None
    due_on: date | None
    closed_on: date | None
    child_name: str | None
    child_born_on: date | None
    child_sex: str | None
    unit_rule: str | None
    written_commune_code: str | None
    resolved_commune_code: str | None
    commune_name: str
    province_name: str
    unit_code: str | None
    unit_name: str | None
    person_id: int | None
    insurance_number: str | None
    personal_id: str | None
    personal_id_status: str | None
    question_class: str
    is_question_open: bool | None
    card_id: int | None
    card_code: str | None
    card_status: str | None
    valid_from: date | None
    valid_to: date | None
    five_year_on: date | None
    facility_code: str | None
    area_code: str | None
    print_count: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message, as the report of an import says it (contracts §3)."""

    message_ref: int
    message_id: str
    outcome: str
    code: str
    field: str
    warnings: list[str]
    state: str
    reason: str
    unit_rule: str
    personal_id_status: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace of one child (Tra cứu thông tin hồ sơ TE BTP): facts now, and the events that led here."""

    row: TraceRow
    outcome: str
    is_late: bool
    waiting_for: str | None
    events: list[EventLine]
    reroutes: list[RerouteLine]

    @property
    def personal_id_status(self) -> str | None:
        """Why there is no personal id, or what is wrong with it; None when all is well."""
        return self.row.question_class or self.row.personal_id_status or None

    def as_json(self) -> dict[str, Any]:
        """The document of contracts §5."""
        row = self.row
        return {
            "message_id": row.message_id,
            "outcome": self.outcome,
            "code": row.code or None,
            "field": row.field or None,
            "warnings": row.warnings,
            "registration": _registration(row),
            "dossier": self._dossier(),
            "unit": _unit(row),
            "person": self._person(),
            "card": _card(row),
            "events": [_event(event) for event in self.events],
            "reroutes": [moved.as_json() for moved in self.reroutes],
        }

    def _dossier(self) -> dict[str, Any] | None:
        row = self.row
        if row.dossier_id is None:
            return None
        return {
            "code": row.dossier_code,
            "state": row.state,
            "state_vi": lifecycle.LABELS_VI[row.state or ""],
            "received_at": _instant(row.received_at),
            "due_on": _day(row.due_on),
            "late": self.is_late,
            "waiting_for": self.waiting_for,
        }

    def _person(self) -> dict[str, Any] | None:
        row = self.row
        if row.person_id is None:
            return None
        return {
            "insurance_number": row.insurance_number,
            "personal_id": row.personal_id,
            "personal_id_status": self.personal_id_status,
        }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(VIETNAM).isoformat(timespec="seconds")


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _registration(row: TraceRow) -> dict[str, Any] | None:
    if row.office is None:
        return None
    return {"office": row.office, "book": row.book, "number": row.number, "year": row.year}


def _unit(row: TraceRow) -> dict[str, Any] | None:
    if row.dossier_id is None:
        return None
    return {
        "code": row.unit_code,
        "name": row.unit_name,
        "commune_code": row.resolved_commune_code or row.written_commune_code,
        "rule": row.unit_rule or None,
    }


def _card(row: TraceRow) -> dict[str, Any] | None:
    if row.card_id is None or row.card_status == "cancelled":
        return None
    return {
        "code": row.card_code,
        "status": row.card_status,
        "valid_from": _day(row.valid_from),
        "valid_to": _day(row.valid_to),
        "five_year_on": _day(row.five_year_on),
        "facility_code": row.facility_code,
        "area_code": row.area_code,
    }


def _event(event: EventLine) -> dict[str, Any]:
    return {
        "at": _instant(event.at),
        "from": event.from_state or None,
        "to": event.to_state,
        "by": event.by,
        "reason": event.reason or None,
    }


def trace(by: Actor, message_id: str, *, on: date, source: str = "") -> Trace:
    """The trace of one message. Raises NotFound when it is absent or outside the actor's area. Three statements.

    A machine sees its own messages only (`source`); an officer sees a message through its dossier.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TRACE.text, {"message_id": message_id, "source": source, "on": on})
        rows = rows_as(TraceRow, cursor)
        is_sender = by.kind is ActorKind.MACHINE and bool(source)
        if not rows or (rows[0].dossier_id is None and not (by.everywhere or is_sender)):
            raise NotFound("Không tìm thấy hồ sơ.", code="NOT_FOUND")
        row = rows[0]
        cursor.execute(_EVENTS, [row.dossier_id])
        events = rows_as(EventLine, cursor)
        cursor.execute(_REROUTES, [row.dossier_id])
        reroutes = rows_as(RerouteLine, cursor)
    is_late = row.due_on is not None and row.closed_on is None and row.due_on < on
    outcome = _outcome(row.message_state, row.code, row.reason or "")
    return Trace(row, outcome, is_late, waiting.sentence(row), events, reroutes)


def _outcome(state: str, code: str, reason: str) -> str:
    """The word of contracts §3; a dossier that waits for a commune to be chosen counts as held."""
    if state == "superseded":
        return {"E-VERSION-CLASH": "conflict", "W-SAME": "duplicate"}.get(code, "accepted")
    if state == "applied":
        return "held" if reason == "H-AREA-SPLIT" else "accepted"
    return state if state != "pending" else "accepted"


def outcomes(by: Actor, message_refs: Sequence[int]) -> dict[int, Outcome]:
    """What became of these messages, by their row id. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, [list(message_refs)])
        lines = rows_as(Outcome, cursor)
    return {line.message_ref: line for line in lines}


def dossier_codes_of(by: Actor, message_id: str) -> tuple[str, ...]:
    """The codes of the dossiers in the actor's area that a message of this id is about. One statement, by index."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_CODES_OF_MESSAGE, [message_id])
        return tuple(row[0] for row in cursor.fetchall())


def sentence_of(code: str) -> str:
    """The Vietnamese sentence of a finding or a waiting reason; empty for none."""
    return lifecycle.REASONS_VI.get(code) or (findings.sentence(code) if code else "")


def message_refs(by: Actor, message_ids: Sequence[str], *, source: str) -> dict[str, int]:
    """Our own keys of these messages of a sender, by message id; unknown ones are left out. One statement.

    Raises NotAllowed for an actor who may not do anything with them.
    """
    if not by.may(Permission.MESSAGE_RELEASE):
        raise NotAllowed("Bạn không có quyền xử lý các thông điệp này.", code="MESSAGE_RELEASE")
    with connection.cursor() as cursor:
        cursor.execute(_REFS, [source, list(message_ids)])
        return {row[1]: row[0] for row in cursor.fetchall()}
