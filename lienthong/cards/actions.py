"""Every write of the card: request, approve, print, spoil, hand over, withdraw, revoke.

Lock order everywhere: dossiers, then persons, then cards, each by id; so racing officers get a clean refusal.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards import lifecycle
from lienthong.database.scope import acting
from lienthong.database.sql import Row, Statement, find_rows_by_index
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import lifecycle as dossier_lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.kernel.outcomes import Outcome, Refusal
from lienthong.law.groups import CHILD_UNDER_SIX

_REQUEST = Statement.load("lienthong.cards", "request.sql")
# What an approval ends: the card replaced, and of a line the others that it takes the place of.
_FIND = """
    SELECT card.id, card.status, card.dossier_id, card.person_id, request.requester_person,
           CASE WHEN request.replaces_id IS NULL THEN '{}'::bigint[]
                ELSE ARRAY(SELECT request.replaces_id UNION
                           SELECT ended::bigint FROM jsonb_array_elements_text(
                               coalesce(convert_from(request.body, 'UTF8')::jsonb -> 'closes', '[]')) AS ended)
           END AS ended
    FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id
    WHERE card.id = ANY (%s) ORDER BY card.id
"""
# A line is approved whole or not at all: the other cards asked for with these for one reason.
_WITH_THEIR_LINE = """
    SELECT card.id FROM cards_card AS card
    WHERE card.status = 'requested' AND card.dossier_id IN (
        SELECT one.dossier_id FROM cards_card AS one JOIN cards_request AS request ON request.id = one.request_id
        WHERE one.id = ANY (%s) AND one.status = 'requested' AND request.ground IN ('registered', 'number'))
"""
_LOCK_PERSONS = "SELECT persons_lock(%s)"
_LOCK_CARDS = "SELECT id, status FROM cards_card WHERE id = ANY (%s) ORDER BY id FOR UPDATE"
_OVERLAPS = """
    SELECT mine.id FROM cards_card AS mine
    JOIN cards_request AS request ON request.id = mine.request_id
    JOIN cards_card AS other ON other.person_id = mine.person_id AND other.id <> mine.id AND other.valid && mine.valid
    WHERE mine.id = ANY (%s) AND other.status = 'active' AND other.id IS DISTINCT FROM request.replaces_id
      AND NOT coalesce(convert_from(request.body, 'UTF8')::jsonb -> 'closes' @> to_jsonb(other.id), false)
"""
_APPROVALS = """
    INSERT INTO cards_approval (request_id, body_sha256, requester_person, approver_person, approved_by, area, at)
    SELECT request.id, request.body_sha256, request.requester_person, %s, %s, request.area, %s
    FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id
    WHERE card.id = ANY (%s)
"""
_ACTIVATE = """
    UPDATE cards_card SET status = 'active', approval_id = request_id, approved_at = %s WHERE id = ANY (%s)
"""
# The card before ends in the instant the new one begins, never earlier (letter 5052). One that merely ran out, or still
# runs until the new one begins, stays part of the line of cover (002-3, 002-4).
_REPLACE = """
    UPDATE cards_card AS old
    SET status = CASE WHEN said.rule = '002-5' THEN 'expired' ELSE 'superseded' END,
        end_reason = 'REPLACED', ended_at = %(at)s
    FROM (SELECT card.person_id, request.replaces_id,
                 convert_from(request.body, 'UTF8')::jsonb ->> 'rule' AS rule,
                 coalesce(convert_from(request.body, 'UTF8')::jsonb -> 'closes', '[]') AS closes
          FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id
          WHERE card.id = ANY (%(ids)s) AND request.replaces_id IS NOT NULL) AS said
    WHERE old.status = 'active' AND old.person_id = said.person_id AND said.rule NOT IN ('002-3', '002-4')
      AND (old.id = said.replaces_id OR said.rule = '002-5' OR said.closes @> to_jsonb(old.id))
"""
# Dossiers on their way that were left without a card: what they were to bring has been replaced elsewhere.
_EMPTIED = """
    SELECT DISTINCT dossier.id FROM dossiers_dossier AS dossier
    JOIN cards_card AS old ON old.dossier_id = dossier.id AND old.status IN ('superseded', 'expired')
    WHERE old.person_id = ANY (%s) AND old.ended_at = %s AND dossier.state IN ('APPROVED', 'PRINTED')
      AND NOT EXISTS (SELECT 1 FROM cards_card AS left_over
                      WHERE left_over.dossier_id = dossier.id AND left_over.status IN ('active', 'requested'))
    ORDER BY dossier.id
"""
_WITHDRAW_REQUESTS = """
    UPDATE cards_request SET withdrawn_at = %(at)s
    WHERE id IN (SELECT request_id FROM cards_card WHERE dossier_id = ANY (%(dossiers)s))
      AND dossier_id = ANY (%(dossiers)s) AND withdrawn_at IS NULL
"""
_CANCEL_CARDS = """
    UPDATE cards_card SET status = 'cancelled', end_reason = %s, ended_at = %s
    WHERE dossier_id = ANY (%s) AND status = 'requested'
"""
_REVOKE_CARDS = """
    UPDATE cards_card SET status = 'revoked', end_reason = %s, ended_at = %s
    WHERE dossier_id = ANY (%s) AND status = 'active'
    RETURNING id
"""
_FOLLOW_AREA = """
    UPDATE cards_card AS card SET area = dossier.area FROM dossiers_dossier AS dossier
    WHERE card.dossier_id = ANY (%s) AND dossier.id = card.dossier_id AND card.area <> dossier.area
      AND card.status = 'cancelled'
"""
_FOLLOW_REQUEST_AREA = """
    UPDATE cards_request AS request SET area = dossier.area FROM dossiers_dossier AS dossier
    WHERE request.id IN (SELECT request_id FROM cards_card WHERE dossier_id = ANY (%s) AND status = 'cancelled')
      AND dossier.id = request.dossier_id AND request.area <> dossier.area AND request.withdrawn_at IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM cards_approval AS approval WHERE approval.request_id = request.id)
"""

_WAITING = (lifecycle.REQUESTED, dossier_lifecycle.APPROVAL_REQUESTED)

REPLACED = "CARD_REPLACED"
"""Why a dossier ended whose card was replaced before it reached the family."""
GONE_VI = "Không tìm thấy yêu cầu này trong địa bàn của bạn."
CHANGED_VI = "Yêu cầu đã được xử lý hoặc đã thay đổi. Vui lòng tải lại danh sách."
SAME_PERSON_VI = "Người yêu cầu không được tự duyệt. Vui lòng chuyển cán bộ khác duyệt."
OLD_CARD_VI = "Thẻ cần thay không còn hiệu lực (đã thu hồi hoặc đã thay). Vui lòng rút yêu cầu này."
OVERLAP_VI = "Trẻ đang có thẻ còn giá trị trong cùng thời gian. Hồ sơ được chuyển kiểm tra trùng."


def need(by: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless the actor holds the permission."""
    if not by.may(permission):
        raise NotAllowed("Bạn không có quyền thực hiện thao tác này.", code=str(permission))


def request(limit: int, *, by: Actor, at: datetime, level: int, on: date) -> int:
    """Ask for a card for up to `limit` arisen dossiers; how many. One statement. `level`: benefit of the group."""
    with acting(by, at=at):
        parameters = {
            "limit": limit,
            "at": at,
            "on": on,
            "group": CHILD_UNDER_SIX,
            "level": str(level),
            "requester": by.person_key,
            "requested_by": by.label,
        }
        find_rows_by_index()
        return len(_REQUEST.rows(parameters))


def _refusals(wanted: list[int], found: dict[int, Row], by: Actor) -> list[Refusal]:
    """Lock everything the approval touches, then say which cards may not be approved and why.

    Cards of one line have one dossier, one requester and one list of what ends: what holds for one holds for all.
    """
    dossier_states = dossiers.lock([row[2] for row in found.values()])
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_PERSONS, [[row[3] for row in found.values()]])
        ended = [card_id for row in found.values() for card_id in row[5]]
        cursor.execute(_LOCK_CARDS, [sorted({*wanted, *ended})])
        statuses = dict(cursor.fetchall())
        cursor.execute(_OVERLAPS, [wanted])
        overlapping = {row[0] for row in cursor.fetchall()}
    refused: list[Refusal] = []
    for card_id in wanted:
        row = found.get(card_id)
        if row is None:
            refused.append(Refusal(card_id, "NOT_FOUND", GONE_VI))
        elif (statuses[card_id], dossier_states.get(row[2])) != _WAITING:
            refused.append(Refusal(card_id, "CHANGED", CHANGED_VI))
        elif any(statuses.get(it) != lifecycle.ACTIVE for it in row[5]):
            refused.append(Refusal(card_id, "OLD_CARD", OLD_CARD_VI))
        elif row[4] == by.person_key:
            refused.append(Refusal(card_id, "FOUR_EYES", SAME_PERSON_VI))
        elif card_id in overlapping:
            refused.append(Refusal(card_id, "OVERLAP", OVERLAP_VI))
    return refused


def approve(card_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """Approve cards, one or a thousand, in one transaction; each is active from this instant.

    Refused with a sentence: not in the actor's area (NOT_FOUND), no longer requested (CHANGED), the actor asked
    for it (FOUR_EYES), a card it replaces is no longer active (OLD_CARD), another active card covers one of its days
    (OVERLAP). What is replaced ends in the same instant. Cards asked for as one line are done or refused together:
    the outcome names those too that were not among `card_ids`.
    """
    need(by, Permission.CARD_APPROVE)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_WITH_THEIR_LINE, [list(card_ids)])
        wanted = sorted({*card_ids, *(row[0] for row in cursor.fetchall())})
        cursor.execute(_FIND, [wanted])
        found = {row[0]: row for row in cursor.fetchall()}
        refused = _refusals(wanted, found, by)
        not_done = {refusal.subject for refusal in refused}
        done = [card_id for card_id in wanted if card_id not in not_done]
        if done:
            cursor.execute(_APPROVALS, [by.person_key, by.label, at, done])
            cursor.execute(_REPLACE, {"ids": done, "at": at})
            cursor.execute(_ACTIVATE, [at, done])
            dossiers.advance(
                [found[card_id][2] for card_id in done],
                to=dossier_lifecycle.APPROVED,
                by=by,
                at=at,
                on=vietnam_date(at),
            )
            _close_emptied([found[it][3] for it in done if found[it][5]], by=by, at=at)
        detail = {"approved": len(done), "refused": len(refused)}
        trail.record(by, "card.approve", at=at, subject_kind="card", detail=detail)
    return Outcome(tuple(done), tuple(refused))


def _close_emptied(person_ids: list[int], *, by: Actor, at: datetime) -> None:
    """Close the dossiers on their way whose card was replaced in another dossier: nothing is left to hand over."""
    if not person_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_EMPTIED, [person_ids, at])
        emptied = [row[0] for row in cursor.fetchall()]
    for dossier_id in emptied:
        dossiers.close(
            dossier_id,
            to=dossier_lifecycle.CANCELLED,
            reason=REPLACED,
            by=by,
            at=at,
            on=vietnam_date(at),
        )


def withdraw(dossier_ids: Sequence[int], *, by: Actor, at: datetime, reason: str) -> None:
    """Take back the open requests of these dossiers: their cards are cancelled before any approval."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_CANCEL_CARDS, [reason, at, list(dossier_ids)])
        cursor.execute(_WITHDRAW_REQUESTS, {"at": at, "dossiers": list(dossier_ids)})


def revoke(dossier_ids: Sequence[int], *, by: Actor, at: datetime, reason: str) -> list[int]:
    """Revoke the active cards of these dossiers (thu hồi thẻ); the ids revoked. `reason` is a code."""
    if not reason:
        raise Refused("Thu hồi thẻ phải có lý do.", code="REASON_MISSING", field="reason")
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_REVOKE_CARDS, [reason, at, list(dossier_ids)])
        revoked = [row[0] for row in cursor.fetchall()]
        for card_id in revoked:
            trail.record(
                by,
                "card.revoke",
                at=at,
                subject_kind="card",
                subject_id=card_id,
                detail={"reason": reason},
            )
    return revoked


def follow_area(dossier_ids: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Show the cancelled cards of dossiers that have moved to whom has them now; how many.

    A card that was once approved stays the matter of the unit that issued it.
    """
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_FOLLOW_AREA, [list(dossier_ids)])
        count = int(cursor.rowcount)
        cursor.execute(_FOLLOW_REQUEST_AREA, [list(dossier_ids)])
    return count
