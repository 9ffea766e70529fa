"""The record of a child as it stood at an instant, from events alone: pure, no table, no clock.

States come from moves, facts from the versions read by then, everything else from its own instants. What no event
tells is said to be unknown, never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from lienthong.births import standing
from lienthong.births.record_lines import (
    CardLine,
    Child,
    CopyLine,
    DossierLine,
    MatterLine,
    MessageLine,
    MoveLine,
    PlaceLine,
    Record,
)
from lienthong.dossiers import lifecycle
from lienthong.kernel.dates import DateRange, vietnam_date
from lienthong.law.exchange import Ground
from lienthong.law.validity import card_validity

_WITHOUT_UNIT = (lifecycle.RECEIVED, lifecycle.CREATE_FAILED)
_ATTACHED, _QUARANTINED, _ASKED_AGAIN = (
    "identity.attached",
    "identity.quarantined",
    "identity.asked_again",
)
_DECIDED = "correction.decided"
_PARTS = ("full_name", "sex", "mother_name", "father_name", "requester_name", "residence_text")
UNIT_UNKNOWN_VI = "Đơn vị cấp thẻ của hồ sơ {code} lúc đó: hồ sơ được làm lại từ đầu sau thời điểm này, đơn vị cũ không được lưu."
MESSAGE_UNKNOWN_VI = "Thông điệp {message_id}: đã nhận nhưng chưa kết luận hoặc đang tạm giữ; không lưu là trường hợp nào."
QUESTION_UNKNOWN_VI = "Câu trả lời chưa dứt điểm của cơ sở dữ liệu dân cư trước thời điểm này (chỉ lưu câu trả lời gần nhất)."
FACTS_UNKNOWN_VI = "Dữ liệu khai sinh lúc đó: không có thông điệp nào đã xử lý gắn với hồ sơ."


def child_of(dossiers: Sequence[DossierLine], messages: Sequence[MessageLine]) -> Child | None:
    """The child by the version in force of the last live register entry; by the last dossier where no facts were read."""
    for dossier in _last_live_first(dossiers):
        own = [m for m in messages if m.registration_id == dossier.registration_id and m.facts]
        found = next((m for m in own if m.rank == dossier.applied), None)
        if found is not None:
            return _child(found)
    last = dossiers[-1]
    return Child(
        None,
        last.child_name,
        last.child_born_on,
        last.child_sex,
        mother_name=last.mother_name or "",
        father_name=last.father_name or "",
        residence_text=last.residence_text,
    )


def at_instant(now: Record, at: datetime) -> Record:
    """The record as it stood at the end of that instant. Of a time before the child was known: without any line."""
    moves = tuple(move for move in now.moves if move.at <= at)
    messages = tuple(_message(each, at) for each in now.messages if each.received_at <= at)
    entries = standing.entries_of(messages)
    messages = tuple(
        standing.with_state(each, entries.get(each.registration_id)) for each in messages
    )
    places = tuple(_place(each, at) for each in now.places if each.at <= at)
    stood = _dossiers(now, moves, messages, at)
    dossiers = tuple(_as_told(each, messages, moves) for each in stood)
    facts = child_of(dossiers, messages) if dossiers else None
    child = None if facts is None or facts.rank is None else facts
    is_known = any(d.person_made_at is not None and d.person_made_at <= at for d in dossiers)
    personal_id = _personal_id(now, dossiers, messages, at) if is_known else None
    matters = tuple(_matter(each, now, at) for each in now.matters if each.began_at <= at)
    then = replace(
        now,
        as_of=at,
        child=child,
        person_id=now.person_id if is_known else None,
        personal_id=personal_id,
        personal_id_status=now.personal_id_status if personal_id == now.personal_id else "",
        entitled=_entitled(dossiers, at) if is_known else None,
        dossiers=dossiers,
        messages=messages,
        cards=tuple(_cards(now, moves, at)),
        moves=moves,
        places=places,
        matters=matters,
        acts=tuple(act for act in now.acts if act.at <= at),
    )
    return replace(then, unknown_vi=tuple(_unknown(now, then, at)))


def _last_live_first(dossiers: Sequence[DossierLine]) -> list[DossierLine]:
    with_entry = [each for each in dossiers if each.registration_id is not None]
    newest_first = sorted(with_entry, key=lambda each: each.id, reverse=True)
    return sorted(
        newest_first,
        key=lambda each: each.applied <= each.cancelled,
    )


def _child(message: MessageLine) -> Child:
    facts = message.facts
    told = {name: str(facts.get(name) or "") for name in _PARTS}
    return Child(
        message.rank,
        born_on=date.fromisoformat(str(facts["born_on"])),
        personal_id_told=str(facts.get("personal_id") or ""),
        **told,
    )


def _message(line: MessageLine, at: datetime) -> MessageLine:
    is_read = line.judged_at is not None and line.judged_at <= at and line.state != "pending"
    return replace(
        line,
        state=line.state if is_read else None,
        judged_at=line.judged_at if is_read else None,
        code=line.code if is_read else "",
        field=line.field if is_read else "",
        warnings=line.warnings if is_read else (),
        facts=line.facts if is_read else {},
        entitled=line.entitled if is_read else None,
        delivered_at=tuple(each for each in line.delivered_at if each <= at),
        conflicting_at=tuple(each for each in line.conflicting_at if each <= at),
        release_asked_by=_by(line.release_asked_by, line.release_asked_at, at),
        release_asked_at=_until(line.release_asked_at, at),
        release_confirmed_by=_by(line.release_confirmed_by, line.release_confirmed_at, at),
        release_confirmed_at=_until(line.release_confirmed_at, at),
    )


def _dossiers(
    now: Record, moves: Sequence[MoveLine], messages: Sequence[MessageLine], at: datetime
) -> Iterable[DossierLine]:
    entries = standing.entries_of(messages)
    for dossier in now.dossiers:
        own = [m for m in moves if (m.machine, m.subject_id) == ("dossier", dossier.id)]
        if not own:
            continue
        state = own[-1].to_state
        holder = standing.holder_of(dossier, messages)
        unit = _unit(now, dossier, state, at)
        is_closed = state in lifecycle.CLOSED
        yield replace(
            dossier,
            state=state,
            reason=own[-1].reason,
            closed_on=vietnam_date(own[-1].at) if is_closed else None,
            unit_code=unit[0],
            unit_name=unit[1],
            unit_rule=dossier.unit_rule if unit[0] else "",
            **_entry(holder, entries),
        )


def _entry(holder: int | None, entries: Mapping[int, standing.Entry]) -> dict[str, Any]:
    """The register entry of a dossier as `DossierLine` has it; none where nothing of it was read."""
    entry = None if holder is None else entries.get(holder)
    key = (None, None, None, None) if entry is None else entry.key
    told = dict(zip(("office", "book", "number", "year"), key, strict=True))
    applied = None if entry is None else entry.applied
    cancelled = None if entry is None else entry.cancelled
    return told | {
        "registration_id": None if entry is None else holder,
        "applied_version": None if applied is None else applied[0],
        "applied_paper_no": 0 if applied is None else applied[1],
        "cancelled_version": None if cancelled is None else cancelled[0],
        "cancelled_paper_no": 0 if cancelled is None else cancelled[1],
    }


def _as_told(
    dossier: DossierLine, messages: Sequence[MessageLine], moves: Sequence[MoveLine]
) -> DossierLine:
    """The child's facts that the dossier stood on; what the person's row says now does not count.

    Once a card is out a further version changes nothing in the dossier: it asks an officer. A paper that joined changes
    nothing in it ever.
    """
    holders = standing.holders_of(dossier, messages)
    told = [
        m
        for m in messages
        if m.registration_id in holders
        and m.facts
        and _state_before(dossier.id, moves, m.judged_at) not in lifecycle.WITH_CARD
    ]
    last = [m for m in told if m.registration_id == dossier.registration_id]
    newest = standing.newest(last or told)
    child = None if newest is None else _child(newest)
    then = replace(
        dossier,
        personal_id=None,
        personal_id_status=None,
        entitled_from=None,
        entitled_end=None,
        guardian_name=None,
        mother_name=None,
        father_name=None,
    )
    if child is None:
        return then
    return replace(
        then,
        child_name=child.full_name,
        child_born_on=child.born_on,
        child_sex=child.sex,
        residence_text=child.residence_text,
    )


def _state_before(dossier_id: int, moves: Sequence[MoveLine], at: datetime | None) -> str:
    own = [m for m in moves if (m.machine, m.subject_id) == ("dossier", dossier_id)]
    return next((m.to_state for m in reversed(own) if at is not None and m.at < at), "")


def _unit(now: Record, dossier: DossierLine, state: str, at: datetime) -> tuple[str, str]:
    """Where the dossier lay: before its next reroute the old unit; when it began anew before any, where a card was asked."""
    if state in _WITHOUT_UNIT:
        return "", ""
    rerouted = [
        p for p in now.places if p.kind == "reroute" and p.dossier_id == dossier.id and p.at > at
    ]
    again = _began_anew_after(now, dossier.id, at)
    first = min(rerouted, key=lambda each: each.at, default=None)
    if first is not None and (again is None or first.at <= again):
        return first.from_unit or "", first.from_unit_name
    if again is None:
        return dossier.unit_code, dossier.unit_name
    # A card was asked for at the unit that had the dossier.
    asked = [c for c in now.cards if c.dossier_id == dossier.id and at < again]
    card = next((c for c in asked if c.requested_at <= again and c.ended_at == again), None)
    return ("", "") if card is None else (card.unit_code or "", card.unit_name or "")


def _began_anew_after(now: Record, dossier_id: int, at: datetime) -> datetime | None:
    return next(
        (
            move.at
            for move in now.moves
            if (move.machine, move.subject_id) == ("dossier", dossier_id)
            and move.to_state == lifecycle.RECEIVED
            and move.at > at
        ),
        None,
    )


def _cards(now: Record, moves: Sequence[MoveLine], at: datetime) -> Iterable[CardLine]:
    for card in now.cards:
        own = [m for m in moves if (m.machine, m.subject_id) == ("card", card.id)]
        if not own:
            continue
        is_handed = card.handed_at is not None and card.handed_at <= at
        yield replace(
            card,
            status=own[-1].to_state,
            end_reason=own[-1].reason,
            ended_at=_until(card.ended_at, at),
            withdrawn_at=_until(card.withdrawn_at, at),
            approved_at=_until(card.approved_at, at),
            approved_by=_by(card.approved_by, card.approved_at, at),
            copies=tuple(_copy(copy, at) for copy in card.copies if copy.at <= at),
            handed_at=_until(card.handed_at, at),
            handed_by=_by(card.handed_by, card.handed_at, at),
            recipient=card.recipient if is_handed else "",
            relation=card.relation if is_handed else "",
        )


def _copy(copy: CopyLine, at: datetime) -> CopyLine:
    if copy.spoilt_at is None or copy.spoilt_at <= at:
        return copy
    return CopyLine(copy.run_id, copy.run_number, copy.copy_number, copy.reason, copy.at, copy.by)


def _place(place: PlaceLine, at: datetime) -> PlaceLine:
    if place.chosen_at is None or place.chosen_at <= at:
        return place
    return replace(place, chosen_at=None, by="", qualifier="", to_commune="", note="")


def _matter(matter: MatterLine, now: Record, at: datetime) -> MatterLine:
    ended = _until(matter.ended_at, at)
    if matter.matter == "question":
        return replace(matter, name=_question_state(matter, now, at), ended_at=ended, detail={})
    if matter.ended_at is None or ended is not None:
        return matter
    detail = matter.detail | ({"reason": ""} if "reason" in matter.detail else {})
    return replace(matter, ended_at=None, ended_by="", detail=detail)


def _question_state(question: MatterLine, now: Record, at: datetime) -> str:
    if question.ended_at is not None and question.ended_at <= at:
        return question.name
    told = [a.action for a in now.acts if a.at <= at and a.action in (_QUARANTINED, _ASKED_AGAIN)]
    return "quarantined" if told and told[-1] == _QUARANTINED else "waiting"


def _personal_id(
    now: Record, dossiers: Sequence[DossierLine], messages: Sequence[MessageLine], at: datetime
) -> str | None:
    """The id of the facts that stood before a card was out; none there, a later version fills in today's when it says so.

    Otherwise only an answer, an officer or a further card as registered changes it. One that another child holds is
    never written.
    """
    if _is_id_replaced(now, at):
        return now.personal_id
    holders = {each for d in now.dossiers for each in standing.holders_of(d, now.messages)}
    told = [m for m in messages if m.registration_id in holders and m.facts and m.judged_at]
    card_at = min((c.approved_at for c in now.cards if c.approved_at is not None), default=None)
    written = [m for m in told if card_at is None or (m.judged_at or at) < card_at]
    own = {each.registration_id for each in dossiers}
    last = max(
        written, key=lambda m: (m.dossier_id, m.registration_id in own, m.rank), default=None
    )
    held = "" if last is None else _id_told(last)
    if not held:
        late = {_id_told(m) for m in told if m not in written}
        return now.personal_id if now.personal_id in late else None
    is_taken = any(m.name == "E-PID-TAKEN" and m.began_at <= at for m in now.of("task"))
    return None if is_taken and held != now.personal_id else held


def _id_told(message: MessageLine) -> str:
    return str(message.facts.get("personal_id") or "")


def _is_id_replaced(now: Record, at: datetime) -> bool:
    """True once an answer, an officer's decision or a further card as registered had set the id of today."""
    acts = [act for act in now.acts if act.at <= at]
    return any(
        act.action == _ATTACHED or (act.action == _DECIDED and act.detail.get("kind") == "attach")
        for act in acts
    ) or any(
        c.request_ground == Ground.REGISTERED and c.approved_at is not None and c.approved_at <= at
        for c in now.cards
    )


def _entitled(dossiers: Sequence[DossierLine], at: datetime) -> DateRange:
    """By the birth date that the newest dossier stood on; the law is that of the day."""
    return card_validity(dossiers[-1].child_born_on, on=vietnam_date(at))


def _unknown(now: Record, then: Record, at: datetime) -> Iterable[str]:
    for dossier in then.dossiers:
        is_routed = dossier.state not in _WITHOUT_UNIT
        if is_routed and not dossier.unit_code and _began_anew_after(now, dossier.id, at):
            yield UNIT_UNKNOWN_VI.format(code=dossier.code)
    for message in then.messages:
        if message.state is None:
            yield MESSAGE_UNKNOWN_VI.format(message_id=message.message_id)
    if any(q.matter == "question" and q.ended_at is None for q in then.matters):
        yield QUESTION_UNKNOWN_VI
    if then.dossiers and then.child is None:
        yield FACTS_UNKNOWN_VI


def _until(instant: datetime | None, at: datetime) -> datetime | None:
    return instant if instant is not None and instant <= at else None


def _by(name: str, instant: datetime | None, at: datetime) -> str:
    return name if _until(instant, at) is not None else ""
