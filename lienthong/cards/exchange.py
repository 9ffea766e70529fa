"""A further card: re-issued, exchanged, renewed (cấp lại, đổi thẻ, cấp nối tiếp; rules §4.3, 002-1 … 002-7).

The card before stays as it is until the new one is approved, and is replaced in that instant: see `actions.approve`.
A card that the family already holds gets a dossier of its own with its own clock; one that is still on its way is
replaced inside its dossier.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards import cover
from lienthong.cards.actions import need
from lienthong.cards.asked import Asked, CardHeld, NewFacts, check_parts
from lienthong.cards.cover import Stretch
from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import lifecycle as dossier_lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange, vietnam_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.law import continuity
from lienthong.law.continuity import Continuity
from lienthong.law.deadlines import due_on, official_calendar, reissue_allowance
from lienthong.law.exchange import FurtherCard, GroundRule, ground_rule

_EXCHANGE = Statement.load("lienthong.cards", "exchange.sql")
_CARD = """
    SELECT card.id, card.status, card.dossier_id, card.person_id, card.born_on, card.full_name, card.sex,
           card.facility_code, card.address, card.guardian_name, card.area_code, lower(card.valid) AS first_day,
           upper(card.valid) AS end_day, card.five_year_on, lower(person.entitled) AS entitled_from,
           upper(person.entitled) AS entitled_end, card.province_code
    FROM cards_card AS card JOIN persons_person AS person ON person.id = card.person_id
    WHERE card.id = %s
"""
_LINE = """
    SELECT id, status, lower(valid), upper(valid) FROM cards_card
    WHERE person_id = %s AND status = 'active' ORDER BY lower(valid), id
"""
_AS_REGISTERED = """
    SELECT card.id FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id
    WHERE card.person_id = %s AND card.status = 'requested' AND request.ground = 'registered' ORDER BY card.id
"""
_DOSSIERS = "SELECT id FROM dossiers_dossier WHERE person_id = %s"
_LOCK_PERSON = "SELECT persons_lock(ARRAY[%s]::bigint[])"
_LIVE = """
    SELECT card.id FROM cards_request AS request JOIN cards_card AS card ON card.request_id = request.id
    WHERE request.replaces_id = %s AND request.withdrawn_at IS NULL
"""
_WITHDRAW = """
    SELECT card.dossier_id, card.request_id, old.print_count, old.dossier_id = card.dossier_id AS is_inside
    FROM cards_card AS card
    JOIN cards_request AS request ON request.id = card.request_id AND request.replaces_id IS NOT NULL
    JOIN cards_card AS old ON old.id = request.replaces_id
    WHERE card.id = %s AND card.status = 'requested'
"""
_CANCEL = "UPDATE cards_card SET status = 'cancelled', end_reason = %s, ended_at = %s WHERE id = %s AND status = 'requested'"
_TAKE_BACK = "UPDATE cards_request SET withdrawn_at = %s WHERE id = %s AND withdrawn_at IS NULL"

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
NOT_FOUND_VI = "Không tìm thấy thẻ này trong địa bàn của bạn."
NOT_ACTIVE_VI = (
    "Thẻ này không còn hiệu lực nên không cấp lại, đổi được. Hãy mở thẻ hiện tại của trẻ."
)
ALREADY_ASKED_VI = "Thẻ này đã có yêu cầu cấp lại, đổi đang chờ duyệt."
OVER_VI = "Theo ngày sinh đúng, trẻ không còn thuộc diện trẻ em dưới 6 tuổi: không đổi thẻ mà xét thu hồi thẻ."


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What approval would do: the rule (002-2 … 002-6), the new days, the line of cover before and after."""

    ground: GroundRule
    decision: Continuity
    entitled: DateRange
    before: tuple[Stretch, ...]
    after: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Further:
    """A further card that was asked for, and the dossier that carries it."""

    card_id: int
    dossier_id: int
    rule: str


def foresee(asked: Asked, *, by: Actor, on: date) -> Foreseen:
    """What asking for this card would come to, without asking. Three statements.

    Raises NotFound for a card outside the actor's area; Refused with a sentence, a code and the field: not active any
    more (NOT_ACTIVE), no such ground (GROUND), a part this ground may not change (PART), nothing changed (UNCHANGED),
    facility not in the list (FACILITY), a gap or an overlap (002-7), no cover on this day or later (N-AGE).
    """
    need(by, Permission.CARD_EXCHANGE)
    card = _card(asked.card_id)
    rule = ground_rule(asked.ground, on=on)
    check_parts(asked, card, rule, on)
    line = _line(card.person_id)
    others = [it.valid for it in line if it.card_id != card.id]
    decision = continuity.decide(
        continuity.Request(
            birth_date=asked.facts.born_on if asked.facts else card.born_on,
            on=on,
            previous=card.valid,
            previous_five_year_on=card.five_year_on,
            entitlement=asked.entitlement,
            has_entitlement_in_gap=asked.has_entitlement_in_gap,
            is_birth_date_corrected=asked.facts is not None and asked.facts.born_on != card.born_on,
            others_active=others,
        )
    )
    if rule.kind is not FurtherCard.RENEWAL and decision.rule not in _SAME_LINE:
        raise Refused(NOT_ACTIVE_VI, code="NOT_ACTIVE", field="card")
    if decision.valid.end is not None and decision.valid.end <= on:
        raise Refused(OVER_VI, code="N-AGE", field="facts")
    held = DateRange(card.entitled_from, card.entitled_end)
    entitled = cover.entitled_after(decision, held)
    after = cover.line_after(line, card.id, decision)
    cover.check(after, entitled)
    return Foreseen(rule, decision, entitled, line, after)


_SAME_LINE = frozenset({"002-2", "002-6"})


def ask(asked: Asked, *, by: Actor, at: datetime) -> Further:
    """Ask for the further card: a request and a card that waits for another officer's approval.

    Raises as `foresee` does, and Conflict when the card has a live request already.
    """
    on = vietnam_date(at)
    try:
        with acting(by, at=at), transaction.atomic():
            need(by, Permission.CARD_EXCHANGE)
            card = _card(asked.card_id)
            # Every dossier of the child: whoever takes the card away locks the first one, and misses none that is born here.
            with connection.cursor() as cursor:
                cursor.execute(_DOSSIERS, [card.person_id])
                states = dossiers.lock([row[0] for row in cursor.fetchall()])
            with connection.cursor() as cursor:
                cursor.execute(_LOCK_PERSON, [card.person_id])
            foreseen = foresee(asked, by=by, on=on)
            if _live(card.id) is not None:
                raise Conflict(ALREADY_ASKED_VI, code="ALREADY_ASKED")
            dossier_id = _carrier(asked, card, foreseen, states[card.dossier_id], by=by, at=at)
            card_id = _written(asked, card, foreseen, dossier_id, by=by, at=at)
            detail = {
                "ground": asked.ground,
                "rule": foreseen.decision.rule,
                "replaces": card.id,
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
    return Further(card_id, dossier_id, foreseen.decision.rule)


def withdraw(card_id: int, *, by: Actor, at: datetime, reason: str) -> None:
    """Take a further card back before its approval; the card before stays as it was.

    Raises NotFound when no such request waits in the actor's area, Refused without a reason.
    """
    need(by, Permission.CARD_EXCHANGE)
    if not reason.strip():
        raise Refused("Vui lòng ghi lý do rút yêu cầu.", code="REASON", field="reason")
    on = vietnam_date(at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, [card_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("Không tìm thấy yêu cầu đang chờ duyệt này.", code="NOT_FOUND")
        dossier_id, request_id, print_count, is_inside = row
        dossiers.lock([dossier_id])
        cursor.execute(_CANCEL, [WITHDRAWN, at, card_id])
        if not cursor.rowcount:
            raise Conflict("Yêu cầu vừa được duyệt hoặc đã rút.", code="CHANGED")
        cursor.execute(_TAKE_BACK, [at, request_id])
        if is_inside:
            # The card before stands in the same dossier, be that the child's first or an earlier exchange's.
            back = dossier_lifecycle.PRINTED if print_count else dossier_lifecycle.APPROVED
            dossiers.put_back(dossier_id, to=back, by=by, at=at)
        else:
            dossiers.close(
                dossier_id, to=dossier_lifecycle.CANCELLED, reason=WITHDRAWN, by=by, at=at, on=on
            )
        detail = {"reason": reason.strip()}
        trail.record(
            by,
            "card.exchange_withdrawn",
            at=at,
            subject_kind="card",
            subject_id=card_id,
            detail=detail,
        )


def waiting_as_registered(person_id: int) -> list[int]:
    """The further cards of a child that wait for approval with facts of the registration."""
    with connection.cursor() as cursor:
        cursor.execute(_AS_REGISTERED, [person_id])
        return [row[0] for row in cursor.fetchall()]


def _card(card_id: int) -> CardHeld:
    with connection.cursor() as cursor:
        cursor.execute(_CARD, [card_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(NOT_FOUND_VI, code="NOT_FOUND")
    card = CardHeld(*row)
    if card.status != "active":
        raise Refused(NOT_ACTIVE_VI, code="NOT_ACTIVE", field="card")
    return card


def _line(person_id: int) -> tuple[Stretch, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_LINE, [person_id])
        return tuple(
            Stretch(card_id, status, DateRange(first, end))
            for card_id, status, first, end in cursor.fetchall()
        )


def _live(card_id: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [card_id])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _carrier(
    asked: Asked, card: CardHeld, foreseen: Foreseen, state: str, *, by: Actor, at: datetime
) -> int:
    """The dossier that carries the request: the card's own while it is on its way, else a new one."""
    if state in (dossier_lifecycle.APPROVED, dossier_lifecycle.PRINTED):
        moved = dossiers.advance(
            [card.dossier_id],
            to=dossier_lifecycle.APPROVAL_REQUESTED,
            by=by,
            at=at,
            on=vietnam_date(at),
        )
        if not moved:
            raise Conflict(ALREADY_ASKED_VI, code="ALREADY_ASKED")
        return card.dossier_id
    if state != dossier_lifecycle.RETURNED:
        raise Conflict(ALREADY_ASKED_VI, code="ALREADY_ASKED")
    allowance = reissue_allowance(vietnam_date(at), is_changed=foreseen.ground.is_changed)
    due = due_on(at, allowance, calendar=official_calendar())
    facts = asked.facts
    child = dossiers.ChildNow(
        name=facts.full_name if facts else card.full_name,
        fold_key=facts.fold_key if facts else "",
        born_on=facts.born_on if facts else card.born_on,
        sex=facts.sex if facts else card.sex,
        facility_code=card.facility_code if asked.facility_code is None else asked.facility_code,
    )
    return dossiers.open_exchange(card.dossier_id, child, due, by=by, at=at)


def _written(
    asked: Asked, card: CardHeld, foreseen: Foreseen, dossier_id: int, *, by: Actor, at: datetime
) -> int:
    decision, facts = foreseen.decision, asked.facts
    held = DateRange(card.entitled_from, card.entitled_end)
    signed: dict[str, Any] = {}
    if foreseen.entitled != held:
        signed["entitled_from"] = foreseen.entitled.start
        signed["entitled_end"] = foreseen.entitled.end
    if facts is not None:
        signed["person"] = {
            name: value for name, value in asdict(facts).items() if value is not None
        }
    row_id = _EXCHANGE.value(
        {
            "replaces": card.id,
            "dossier": dossier_id,
            "facility_code": asked.facility_code,
            "area_code": asked.area_code,
            "address": asked.address,
            "guardian_name": asked.guardian_name,
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
            "signed": json.dumps(signed, default=date.isoformat),
            "requester": by.person_key,
            "requested_by": by.label,
            "at": at,
        }
    )
    if row_id is None:
        raise Conflict(NOT_ACTIVE_VI, code="NOT_ACTIVE")
    return int(row_id)
