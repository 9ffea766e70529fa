"""A further card: re-issued, exchanged, renewed (cấp lại, đổi thẻ, cấp nối tiếp; rules §4.3, 002-1 … 002-7).

The card before stays as it is until the new one is approved, and is replaced in that instant: see `actions.approve`.
A card that the family already holds gets a dossier of its own with its own clock, in the unit that answers now; one that
is still on its way is replaced inside its dossier. What it comes to is `foreseeing`'s.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards.actions import need
from lienthong.cards.asked import Asked, NewFacts, check_evidence
from lienthong.cards.foreseeing import NOT_ACTIVE_VI, Foreseen, Issue, foresee, line_of
from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import exchanging
from lienthong.dossiers import lifecycle as dossier_lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange, vietnam_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.law.deadlines import due_on, official_calendar, reissue_allowance
from lienthong.law.exchange import OF_THE_HOUSE

_EXCHANGE = Statement.load("lienthong.cards", "exchange.sql")
# Of a whole line there is one request a dossier: its first card stands for all of them.
_AS_REGISTERED = """
    SELECT min(card.id) FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id
    WHERE card.person_id = %s AND card.status = 'requested' AND request.ground = 'registered'
    GROUP BY card.dossier_id ORDER BY 1
"""
_DOSSIERS = "SELECT id FROM dossiers_dossier WHERE person_id = %s"
_LOCK_PERSON = "SELECT persons_lock(ARRAY[%s]::bigint[])"
_WAITING = """
    SELECT card.replaces_id, request.ground FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id
    WHERE card.person_id = %s AND card.status = 'requested' AND card.replaces_id IS NOT NULL
"""
_REQUESTED = """
    SELECT dossier_id FROM cards_card WHERE id = %s AND status = 'requested' AND replaces_id IS NOT NULL
"""
_CANCEL = """
    UPDATE cards_card SET status = 'cancelled', end_reason = %s, ended_at = %s
    WHERE dossier_id = %s AND status = 'requested' AND replaces_id IS NOT NULL
    RETURNING id, request_id
"""
_TAKE_BACK = (
    "UPDATE cards_request SET withdrawn_at = %s WHERE id = ANY (%s) AND withdrawn_at IS NULL"
)

__all__ = [
    "Asked",
    "Foreseen",
    "Further",
    "NewFacts",
    "ask",
    "foresee",
    "waiting_as_registered",
    "withdraw",
]

WITHDRAWN = "EXCHANGE_WITHDRAWN"
ALREADY_ASKED_VI = "Thẻ này đã có yêu cầu cấp lại, đổi đang chờ duyệt."
LINE_ASKED_VI = "Trẻ đang có yêu cầu đổi thẻ theo dữ liệu khai sinh hoặc theo mã số đã sửa chờ duyệt; hãy duyệt hoặc rút yêu cầu đó trước."
OTHER_ASKED_VI = (
    "Trẻ đang có yêu cầu cấp lại, đổi thẻ khác chờ duyệt; hãy duyệt hoặc rút yêu cầu đó trước."
)


@dataclass(frozen=True, slots=True)
class Further:
    """What was asked for: the further card, or the first of a line of them, and the dossier that carries it."""

    card_id: int
    dossier_id: int
    rule: str
    card_ids: tuple[int, ...] = ()


def ask(asked: Asked, *, by: Actor, at: datetime) -> Further:
    """Ask for the further card: a request and a card that waits for another officer's approval.

    Raises as `foresee` does, Refused (EVIDENCE) for a paper that is wanting without a word why, and Conflict when the
    card has a request that waits, or its holder one about the whole line.
    """
    on = vietnam_date(at)
    try:
        with acting(by, at=at), transaction.atomic():
            need(by, Permission.CARD_EXCHANGE)
            card, _ = line_of(asked.card_id)
            # Every dossier of the child: whoever takes the card away locks the first one, and misses none that is born here.
            with connection.cursor() as cursor:
                cursor.execute(_DOSSIERS, [card.person_id])
                states = dossiers.lock([row[0] for row in cursor.fetchall()])
            with connection.cursor() as cursor:
                cursor.execute(_LOCK_PERSON, [card.person_id])
            _check_waiting(asked, card.person_id)
            foreseen = foresee(asked, by=by, on=on)
            check_evidence(asked, foreseen.ground)
            dossier_id = _carried(asked, foreseen, states, by=by, at=at)
            card_ids = tuple(
                _written(asked, issue, foreseen, dossier_id, by=by, at=at)
                for issue in foreseen.issues
            )
            for issue, card_id in zip(foreseen.issues, card_ids, strict=True):
                detail = {
                    "ground": asked.ground,
                    "rule": issue.decision.rule,
                    "replaces": issue.card.id,
                    "dossier": dossier_id,
                }
                trail.record(
                    by,
                    "card.exchange_asked",
                    at=at,
                    subject_kind="card",
                    subject_id=card_id,
                    detail=detail,
                )
    except IntegrityError as error:
        # Two officers at once: the unique constraint let one through.
        raise Conflict(ALREADY_ASKED_VI, code="ALREADY_ASKED") from error
    return Further(card_ids[0], dossier_id, foreseen.decision.rule, card_ids)


def withdraw(card_id: int, *, by: Actor, at: datetime, reason: str) -> None:
    """Take a further card back before its approval, with the others of its line; the cards before stay as they were.

    Raises NotFound when no such request waits in the actor's area, Refused without a reason.
    """
    need(by, Permission.CARD_EXCHANGE)
    if not reason.strip():
        raise Refused("Vui lòng ghi lý do rút yêu cầu.", code="REASON", field="reason")
    on = vietnam_date(at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_REQUESTED, [card_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("Không tìm thấy yêu cầu đang chờ duyệt này.", code="NOT_FOUND")
        dossier_id = row[0]
        dossiers.lock([dossier_id])
        cursor.execute(_CANCEL, [WITHDRAWN, at, dossier_id])
        taken_back = sorted(cursor.fetchall())
        if card_id not in {it[0] for it in taken_back}:
            raise Conflict("Yêu cầu vừa được duyệt hoặc đã rút.", code="CHANGED")
        cursor.execute(_TAKE_BACK, [at, [it[1] for it in taken_back]])
        # The card before may stand in the same dossier, be that the child's first or an earlier exchange's.
        if not exchanging.put_back(dossier_id, by=by, at=at):
            dossiers.close(
                dossier_id, to=dossier_lifecycle.CANCELLED, reason=WITHDRAWN, by=by, at=at, on=on
            )
        trail.record_each(
            by,
            "card.exchange_withdrawn",
            at=at,
            subject_kind="card",
            subject_ids=[it[0] for it in taken_back],
            detail={"reason": reason.strip()},
        )


def waiting_as_registered(person_id: int) -> list[int]:
    """The further cards of a child that wait for approval with facts of the registration, one a dossier."""
    with connection.cursor() as cursor:
        cursor.execute(_AS_REGISTERED, [person_id])
        return [row[0] for row in cursor.fetchall()]


def _check_waiting(asked: Asked, person_id: int) -> None:
    """One request a card; and one about the whole line waits alone, for it is drawn from the cards of now."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [person_id])
        waiting = cursor.fetchall()
    if any(replaces_id == asked.card_id for replaces_id, _ in waiting):
        raise Conflict(ALREADY_ASKED_VI, code="ALREADY_ASKED")
    if any(ground in OF_THE_HOUSE for _, ground in waiting):
        raise Conflict(LINE_ASKED_VI, code="ALREADY_ASKED")
    if waiting and asked.is_whole:
        raise Conflict(OTHER_ASKED_VI, code="ALREADY_ASKED")


def _carried(
    asked: Asked, foreseen: Foreseen, states: dict[int, str], *, by: Actor, at: datetime
) -> int:
    """The dossier that carries the request: that of a card still on its way, else a new one."""
    on, held, facts = vietnam_date(at), foreseen.held, asked.facts
    carrier_id = foreseen.carrier_id
    if carrier_id is not None:
        is_movable = states.get(carrier_id) in (
            dossier_lifecycle.APPROVED,
            dossier_lifecycle.PRINTED,
        )
        to = dossier_lifecycle.APPROVAL_REQUESTED
        if not is_movable or not dossiers.advance([carrier_id], to=to, by=by, at=at, on=on):
            raise Conflict(ALREADY_ASKED_VI, code="ALREADY_ASKED")
        return carrier_id
    if foreseen.place is None or held.dossier_id not in states:
        raise Conflict(ALREADY_ASKED_VI, code="ALREADY_ASKED")
    due = due_on(
        at,
        reissue_allowance(on, is_changed=foreseen.ground.is_changed),
        calendar=official_calendar(),
    )
    child = exchanging.ChildNow(
        name=facts.full_name if facts else held.full_name,
        fold_key=facts.fold_key if facts else "",
        born_on=facts.born_on if facts else held.born_on,
        sex=facts.sex if facts else held.sex,
        facility_code=held.facility_code if asked.facility_code is None else asked.facility_code,
    )
    return exchanging.open_exchange(held.dossier_id, child, foreseen.place, due, by=by, at=at)


def _signed(asked: Asked, issue: Issue, foreseen: Foreseen) -> dict[str, Any]:
    """What the approver signs beside the card itself; what concerns the child stands with the first card alone."""
    signed: dict[str, Any] = {"evidence": list(asked.evidence)}
    is_first = issue is foreseen.issues[0]
    if asked.is_whole:
        signed["closes"] = list(foreseen.closes)
        signed["line"] = [
            [it.start, it.last] for it in (each.decision.valid for each in foreseen.issues)
        ]
    if is_first and foreseen.entitled != DateRange(
        issue.card.entitled_from, issue.card.entitled_end
    ):
        signed["entitled_from"] = foreseen.entitled.start
        signed["entitled_end"] = foreseen.entitled.end
    if is_first and asked.facts is not None:
        told = asdict(asked.facts).items()
        signed["person"] = {name: value for name, value in told if value is not None}
    return signed


def _written(
    asked: Asked, issue: Issue, foreseen: Foreseen, dossier_id: int, *, by: Actor, at: datetime
) -> int:
    decision, facts = issue.decision, asked.facts
    row_id = _EXCHANGE.value(
        {
            "replaces": issue.card.id,
            "dossier": dossier_id,
            "facility_code": asked.facility_code,
            "area_code": asked.area_code,
            "address": asked.address,
            "guardian_name": asked.guardian_name,
            "number": asked.number,
            "full_name": facts.full_name if facts else None,
            "born_on": facts.born_on if facts else None,
            "sex": facts.sex if facts else None,
            "valid_from": decision.valid.start,
            "valid_end": decision.valid.end,
            "five_year_on": decision.five_year_on,
            "kind": foreseen.ground.kind.value,
            "ground": asked.ground,
            "rule": decision.rule,
            "note": asked.note.strip(),
            "signed": json.dumps(_signed(asked, issue, foreseen), default=date.isoformat),
            "requester": by.person_key,
            "requested_by": by.label,
            "at": at,
        }
    )
    if row_id is None:
        raise Conflict(NOT_ACTIVE_VI, code="NOT_ACTIVE")
    return int(row_id)
