"""Print runs: one batch PDF, spoilt sheets counted, a reason for every reprint, hand-over recorded.

The PDF is not stored: it is drawn again from the copies of its run, byte for byte the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards import forms, paper, queries
from lienthong.cards.actions import need
from lienthong.cards.sheet import sheet_pdf
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import lifecycle as dossier_lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotFound, Refused
from lienthong.kernel.outcomes import Outcome, Refusal
from lienthong.law.card_forms import CardManner, manner_of
from lienthong.law.personal_id import id_beside_number

_LOCK = """
    SELECT card.id, card.dossier_id, card.print_count, card.area, card.unit_id, card.province_code, person.personal_id
    FROM cards_card AS card JOIN persons_person AS person ON person.id = card.person_id
    WHERE card.id = ANY (%s) AND card.status = 'active' ORDER BY card.id FOR UPDATE OF card
"""
_NEW_RUN = """
    INSERT INTO cards_printrun (number, unit_id, area, by, at, card_count, reason)
    SELECT 'IN-' || to_char(%(at)s AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYMMDD') || '-'
               || lpad(serial::text, 6, '0'), %(unit_id)s, %(area)s, %(by)s, %(at)s, %(count)s, %(reason)s
    FROM nextval('cards_print_serial') AS serial
    RETURNING id, number
"""
_NEW_COPIES = """
    WITH counted AS (
        UPDATE cards_card SET print_count = print_count + 1 WHERE id = ANY (%s)
        RETURNING id, area, print_count, province_code
    )
    INSERT INTO cards_copy (run_id, card_id, area, copy_number, form, personal_id, reason, spoilt_by, spoilt_reason)
    SELECT %s, counted.id, counted.area, counted.print_count, used.form, coalesce(named.personal_id, ''), %s, '', ''
    FROM counted
    JOIN unnest(%s::text[], %s::text[]) AS used (province_code, form) USING (province_code)
    LEFT JOIN unnest(%s::bigint[], %s::text[]) AS named (id, personal_id) USING (id)
"""
_SPOIL = """
    UPDATE cards_copy SET spoilt_at = %s, spoilt_by = %s, spoilt_reason = %s
    WHERE run_id = %s AND card_id = ANY (%s) AND spoilt_at IS NULL
    RETURNING card_id
"""
_RUN = """
    SELECT run.number, run.at, coalesce(unit.name, ''), array_agg(copy.card_id), min(copy.copy_number)
    FROM cards_printrun AS run JOIN cards_copy AS copy ON copy.run_id = run.id
    LEFT JOIN catalogues_unit AS unit ON unit.id = run.unit_id
    WHERE run.id = %s GROUP BY run.id, unit.name
"""
_HAND_OVER = """
    INSERT INTO cards_handover (card_id, area, at, by, recipient, relation, manner)
    SELECT card.id, card.area, %(at)s, %(by)s, %(recipient)s, %(relation)s, %(manner)s
    FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    WHERE card.id = ANY (%(ids)s) AND card.status = 'active' AND dossier.state = %(state)s
      AND (%(manner)s = 'paper'
           OR NOT EXISTS (SELECT 1 FROM cards_paperrequest AS asked WHERE asked.card_id = card.id))
    ON CONFLICT (card_id) DO NOTHING
    RETURNING card_id
"""
_DOSSIERS_OF = "SELECT dossier_id FROM cards_card WHERE id = ANY (%s)"
_NOT_PRINTED_VI = "Thẻ chưa in, đã trả hoặc không thuộc địa bàn của bạn."
_NOT_WAITING_VI = "Thẻ chưa duyệt, đã in, đã giao hoặc không thuộc địa bàn của bạn."
_PAPER_ASKED_VI = "Gia đình đã đề nghị thẻ giấy: hãy in thẻ rồi trả."
_HANDED_FROM = {
    CardManner.PAPER: dossier_lifecycle.PRINTED,
    CardManner.ELECTRONIC: dossier_lifecycle.APPROVED,
}


@dataclass(frozen=True, slots=True)
class PrintRun:
    """One run as sent to the printer."""

    id: int
    number: str
    pdf: bytes
    card_count: int


def print_cards(card_ids: Sequence[int], *, by: Actor, at: datetime, reason: str = "") -> PrintRun:
    """Print active cards in one run, sorted by commune; their dossiers move to PRINTED.

    Raises NotFound when none of them is active and in the actor's area, Refused (REPRINT_REASON) when one of them
    was printed before and no reason is given. All or nothing.
    """
    need(by, Permission.CARD_PRINT)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_DOSSIERS_OF, [sorted(set(card_ids))])
        dossiers.lock([row[0] for row in cursor.fetchall()])
        cursor.execute(_LOCK, [sorted(set(card_ids))])
        rows = cursor.fetchall()
        if not rows:
            raise NotFound("Không có thẻ nào chờ in trong danh sách đã chọn.", code="NOT_FOUND")
        if any(row[2] for row in rows) and not reason.strip():
            raise Refused(
                "Có thẻ đã in trước đó. Vui lòng ghi lý do in lại.",
                code="REPRINT_REASON",
                field="reason",
            )
        ids = [row[0] for row in rows]
        units = {row[4] for row in rows}
        used = forms.forms_in_use({row[5] for row in rows}, on=vietnam_date(at), by=by)
        beside = [id_beside_number(row[6], on=vietnam_date(at)) for row in rows]
        cursor.execute(
            _NEW_RUN,
            {
                "at": at,
                "unit_id": units.pop() if len(units) == 1 else None,
                "area": rows[0][3],
                "by": by.label,
                "count": len(ids),
                "reason": reason.strip(),
            },
        )
        run_id, number = cursor.fetchone()
        copied = [*forms.copies_of(used), ids, beside]
        cursor.execute(_NEW_COPIES, [ids, run_id, reason.strip(), *copied])
        dossiers.advance(
            [row[1] for row in rows],
            to=dossier_lifecycle.PRINTED,
            by=by,
            at=at,
            on=vietnam_date(at),
        )
        detail = {"run": number, "cards": len(ids), "reprint": bool(reason.strip())}
        trail.record(
            by, "card.print", at=at, subject_kind="print_run", subject_id=run_id, detail=detail
        )
        pdf = _draw(by, run_id)
    return PrintRun(run_id, number, pdf, len(ids))


def _draw(by: Actor, run_id: int) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(_RUN, [run_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("Không tìm thấy lô in.", code="NOT_FOUND")
    number, printed_at, unit_name, card_ids, _ = row
    lines = queries.card_sheet_lines(by, card_ids, run_id=run_id)
    return sheet_pdf(
        lines, run_number=number, printed_at=printed_at, unit_name=unit_name or "Nhiều đơn vị"
    )


def run_pdf(run_id: int, *, by: Actor, at: datetime) -> PrintRun:
    """The PDF of an earlier run, drawn again; raises NotFound. Every card in it is logged as viewed."""
    need(by, Permission.CARD_PRINT)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_RUN, [run_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("Không tìm thấy lô in.", code="NOT_FOUND")
        subjects = [("card", card_id) for card_id in row[3]]
        trail.viewed(by, at=at, subjects=subjects, purpose="In lại tệp của lô in")
        return PrintRun(run_id, row[0], _draw(by, run_id), len(row[3]))


def copy_pdf(run_id: int, card_id: int, *, by: Actor) -> bytes:
    """One card of a run alone, drawn as it was printed then; raises NotFound. The caller logs whom it shows."""
    with connection.cursor() as cursor:
        cursor.execute(_RUN, [run_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("Không tìm thấy lô in.", code="NOT_FOUND")
    lines = queries.card_sheet_lines(by, [card_id], run_id=run_id)
    return sheet_pdf(
        lines, run_number=row[0], printed_at=row[1], unit_name=row[2] or "Nhiều đơn vị"
    )


def mark_spoilt(
    run_id: int, card_ids: Sequence[int], *, by: Actor, at: datetime, reason: str
) -> Outcome:
    """Count spoilt sheets of a run; each needs a new print with a reason. Raises Refused without a reason."""
    need(by, Permission.CARD_PRINT)
    if not reason.strip():
        raise Refused("Vui lòng ghi lý do hỏng tờ in.", code="SPOILT_REASON", field="reason")
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_SPOIL, [at, by.label, reason.strip(), run_id, list(card_ids)])
        done = [row[0] for row in cursor.fetchall()]
        trail.record(
            by,
            "card.spoilt",
            at=at,
            subject_kind="print_run",
            subject_id=run_id,
            detail={"spoilt": len(done)},
        )
    refused = [
        Refusal(card_id, "NOT_FOUND", "Thẻ không thuộc lô in này hoặc đã được ghi hỏng.")
        for card_id in card_ids
        if card_id not in done
    ]
    return Outcome(tuple(done), tuple(refused))


def hand_over(
    card_ids: Sequence[int], *, by: Actor, at: datetime, recipient: str, relation: str
) -> Outcome:
    """Record that printed cards reached the family; the dossiers close. Raises Refused without a recipient."""
    return _hand_over(card_ids, CardManner.PAPER, by=by, at=at, received=(recipient, relation))


def hand_over_electronically(
    card_ids: Sequence[int], *, by: Actor, at: datetime, recipient: str, relation: str
) -> Outcome:
    """Record that approved, unprinted cards reached the family as electronic ones; the dossiers close.

    A card that the family asked for on paper is refused (PAPER_ASKED). Raises Refused without a recipient, and
    while the law prints every card (E-PAPER-ALWAYS).
    """
    if manner_of(on=vietnam_date(at)) is CardManner.PAPER:
        raise Refused("Ngày này chưa có thẻ điện tử: mọi thẻ đều được in.", code="E-PAPER-ALWAYS")
    return _hand_over(card_ids, CardManner.ELECTRONIC, by=by, at=at, received=(recipient, relation))


def _hand_over(
    card_ids: Sequence[int],
    manner: CardManner,
    *,
    by: Actor,
    at: datetime,
    received: tuple[str, str],
) -> Outcome:
    """`received`: the recipient, and in what relation to the child."""
    need(by, Permission.CARD_HAND_OVER)
    recipient, relation = (text.strip() for text in received)
    if not recipient:
        raise Refused("Vui lòng ghi họ tên người nhận thẻ.", code="RECIPIENT", field="recipient")
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_DOSSIERS_OF, [sorted(set(card_ids))])
        dossiers.lock([row[0] for row in cursor.fetchall()])
        parameters: dict[str, Any] = {
            "at": at,
            "by": by.label,
            "recipient": recipient,
            "relation": relation,
            "ids": list(card_ids),
            "manner": str(manner),
            "state": _HANDED_FROM[manner],
        }
        cursor.execute(_HAND_OVER, parameters)
        done = [row[0] for row in cursor.fetchall()]
        cursor.execute(_DOSSIERS_OF, [done])
        dossiers.advance(
            [row[0] for row in cursor.fetchall()],
            to=dossier_lifecycle.RETURNED,
            by=by,
            at=at,
            on=vietnam_date(at),
        )
        detail = {"cards": len(done), "manner": str(manner)}
        trail.record(by, "card.hand_over", at=at, subject_kind="card", detail=detail)
        not_done = [card_id for card_id in card_ids if card_id not in done]
        asked = paper.asked_for(not_done, by=by)
    return Outcome(tuple(done), tuple(_not_handed(card_id, manner, asked) for card_id in not_done))


def _not_handed(card_id: int, manner: CardManner, asked: frozenset[int]) -> Refusal:
    if manner is CardManner.PAPER:
        return Refusal(card_id, "NOT_PRINTED", _NOT_PRINTED_VI)
    if card_id in asked:
        return Refusal(card_id, "PAPER_ASKED", _PAPER_ASKED_VI)
    return Refusal(card_id, "NOT_WAITING", _NOT_WAITING_VI)
