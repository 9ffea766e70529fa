"""Cards that a family asks for on paper, where the electronic one is the rule (đề nghị cấp thẻ giấy).

Changes nothing of the card: a paper card and an electronic one are worth the same. Printing is `cards.printing`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards.actions import need
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Refused
from lienthong.kernel.outcomes import Outcome, Refusal
from lienthong.law.card_forms import PaperGround, manner_of, paper_grounds

GROUNDS_VI = {
    PaperGround.ON_REQUEST: "Gia đình đề nghị",
    PaperGround.NO_CHIP_CARD: "Trẻ chưa có thẻ căn cước gắn chip",
    PaperGround.NO_ACCOUNT: "Không dùng được VNeID",
    PaperGround.NO_APP: "Không cài được VssID",
}
_LOCK = """
    SELECT id, print_count FROM cards_card WHERE id = ANY (%s) AND status = 'active' ORDER BY id FOR UPDATE
"""
_ASK = """
    INSERT INTO cards_paperrequest (card_id, ground, asked_by, relation, at, by)
    SELECT card_id, %s, %s, %s, %s, %s FROM unnest(%s::bigint[]) AS card_id
    ON CONFLICT (card_id) DO NOTHING RETURNING card_id
"""
_ASKED = "SELECT card_id FROM cards_paperrequest WHERE card_id = ANY (%s)"
_NOT_ACTIVE_VI = "Thẻ chưa được duyệt, không còn giá trị hoặc không thuộc địa bàn của bạn."
_PRINTED_VI = "Thẻ đã in rồi."
_ASKED_VI = "Thẻ này đã có đề nghị cấp thẻ giấy."


@dataclass(frozen=True, slots=True)
class Wish:
    """On which ground, and who asked in what relation to the child."""

    ground: str
    asked_by: str
    relation: str = ""


def ask_for_paper(card_ids: Sequence[int], wish: Wish, *, by: Actor, at: datetime) -> Outcome:
    """Record that a family asked for these active, unprinted cards on paper; once a card.

    Raises Refused with a field: a ground that the day's text does not know (E-PAPER-GROUND), nobody who asked
    (ASKED_BY).
    """
    need(by, Permission.CARD_HAND_OVER)
    asked_by, on = wish.asked_by.strip(), vietnam_date(at)
    if wish.ground not in paper_grounds(on=on):
        raise Refused(
            "Hãy chọn căn cứ cấp thẻ giấy đang áp dụng.", code="E-PAPER-GROUND", field="ground"
        )
    manner_of(PaperGround(wish.ground), on=on)
    if not asked_by:
        raise Refused(
            "Vui lòng ghi họ tên người đề nghị cấp thẻ giấy.", code="ASKED_BY", field="asked_by"
        )
    wanted = list(dict.fromkeys(card_ids))
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [wanted])
        printed = dict(cursor.fetchall())
        unprinted = [card_id for card_id in wanted if printed.get(card_id) == 0]
        row = (wish.ground, asked_by, wish.relation.strip(), at, by.label, unprinted)
        cursor.execute(_ASK, row)
        done = {held[0] for held in cursor.fetchall()}
        trail.record_each(
            by,
            "card.paper_asked",
            at=at,
            subject_kind="card",
            subject_ids=sorted(done),
            detail={"ground": wish.ground},
        )
    refused = []
    for card_id in wanted:
        if card_id not in printed:
            refused.append(Refusal(card_id, "NOT_FOUND", _NOT_ACTIVE_VI))
        elif printed[card_id]:
            refused.append(Refusal(card_id, "PRINTED", _PRINTED_VI))
        elif card_id not in done:
            refused.append(Refusal(card_id, "ASKED", _ASKED_VI))
    return Outcome(tuple(card_id for card_id in wanted if card_id in done), tuple(refused))


def asked_for(card_ids: Sequence[int], *, by: Actor) -> frozenset[int]:
    """Those of the cards that were asked for on paper. One statement; none when there are no cards."""
    del by  # row-level security reads the actor of the transaction
    if not card_ids:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, [list(card_ids)])
        return frozenset(row[0] for row in cursor.fetchall())
