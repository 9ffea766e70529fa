"""What a family chose and could not have: the tasks that settle by themselves, and the offer that an officer makes.

A facility that was missing never held a card back; one that is there now never changes a card by itself (rules 001-7,
§4.3). The family is asked, and an exchange of facility is an officer's request with its own approval.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers.lifecycle import TaskOutcome
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotFound

OFFER = "T-FACILITY-OFFER"
"""The task that asks a family whether it still wants the facility that it chose."""
_FOLLOW = Statement.load("lienthong.cards", "wishes.sql")
_OFFER = """
    SELECT task.id, task.dossier_id, dossier.code AS dossier_code, dossier.message_id,
           coalesce(task.person_id, dossier.person_id) AS person_id, dossier.child_name,
           dossier.child_born_on AS born_on, task.opened_at, task.closed_at, task.closed_by,
           task.detail ->> 'facility_code' AS wished_code, coalesce(wished.name, '') AS wished_name,
           coalesce(wished.can_be_had, false) AS can_be_had, card.id AS card_id, coalesce(card.status, '') AS card_status,
           coalesce(card.facility_code, '') AS held_code, coalesce(held.name, '') AS held_name
    FROM dossiers_task AS task
    JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    LEFT JOIN LATERAL (
        SELECT facility.name, facility.registers_children AND facility.contract @> %(on)s::date AS can_be_had
        FROM catalogues_facility AS facility WHERE facility.code = task.detail ->> 'facility_code'
        ORDER BY facility.contract @> %(on)s::date DESC, facility.id DESC LIMIT 1) AS wished ON true
    LEFT JOIN LATERAL (
        SELECT each.id, each.status, each.facility_code FROM cards_card AS each
        WHERE each.person_id = coalesce(task.person_id, dossier.person_id) AND each.status IN ('requested', 'active')
        ORDER BY each.version DESC, each.id DESC LIMIT 1) AS card ON true
    LEFT JOIN LATERAL (
        SELECT facility.name FROM catalogues_facility AS facility WHERE facility.code = card.facility_code
        ORDER BY facility.id DESC LIMIT 1) AS held ON true
    WHERE task.id = %(task)s AND task.kind = 'T-FACILITY-OFFER'
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """A family's wish that can be met now, beside what the card says. `card_status` is '' without a card."""

    id: int
    dossier_id: int
    dossier_code: str
    message_id: str
    person_id: int | None
    child_name: str
    born_on: date
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    wished_code: str
    wished_name: str
    can_be_had: bool
    card_id: int | None
    card_status: str
    held_code: str
    held_name: str

    @property
    def is_exchangeable(self) -> bool:
        """True when an exchange of facility may be asked for today."""
        return self.can_be_had and self.card_status == "active"


def follow(*, by: Actor, at: datetime, on: date) -> int:
    """Settle the tasks whose facility can be had or whose wish has passed, and offer what can be; how many settled.

    One statement. What somebody else holds locked is left for the next time.
    """
    with acting(by, at=at):
        find_rows_by_index()
        answers: dict[str, list[int]] = defaultdict(list)
        for task_id, answer in _FOLLOW.rows({"at": at, "on": on}):
            answers[answer].append(task_id)
        for answer, ids in sorted(answers.items()):
            detail = {"answer": answer}
            trail.record_each(
                by, "task.settle", at=at, subject_kind="task", subject_ids=ids, detail=detail
            )
    return sum(len(ids) for ids in answers.values())


def offer(by: Actor, task_id: int, *, on: date) -> Offer:
    """One offer in the actor's area. Raises NotFound. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_OFFER, {"task": task_id, "on": on})
        found = rows_as(Offer, cursor)
    if not found:
        raise NotFound("Không tìm thấy việc này trong địa bàn của bạn.")
    return found[0]


def decline(task_id: int, *, note: str, by: Actor, at: datetime) -> None:
    """The family keeps the facility on the card: the offer is closed, nothing else changes.

    Raises NotAllowed without TASK_SETTLE, Refused without a note, Conflict when it was closed before.
    """
    outcome = dossiers.settle_task([task_id], TaskOutcome.NOTHING_TO_DO, note=note, by=by, at=at)
    if outcome.refused:
        raise Conflict(outcome.refused[0].message_vi, code=outcome.refused[0].code)
