"""Numbers put right (sửa mã số): one officer proposes, another confirms, the card follows through the exchange.

Public face: `tell`, `propose`, `confirm`, `refuse`, `follow`. The database changes the ledger in the statement that confirms; a
number never changes its person. Where the number stands on a card, the card in force counts until the new one is approved.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards import exchange
from lienthong.cards.asked import Asked
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, LienthongError, NotAllowed, NotFound, Refused
from lienthong.law.exchange import Ground, ground_rule
from lienthong.law.numbering import number_key
from lienthong.notices import actions as notices
from lienthong.notices.actions import News
from lienthong.persons import pairs
from lienthong.persons.numbers import BY_HAND, MOST_WRITTEN
from lienthong.persons.numberwatch import SAME_ID
from lienthong.persons.pairs import Suspected

MOST_TEXT: Final = 1000
KEEPS_VI: Final = {
    "claimed": {
        "person": "Mã số là của người đang giữ; người kia được cấp mã số riêng",
        "other": "Mã số không phải của người đang giữ: đóng mã số này, cấp mã số riêng cho từng người chưa có",
        "nothing": "Không phải sai lệch, để nguyên",
    },
    "doubled": {
        "held": "Giữ mã số đang dùng; số kia gộp vào",
        "written": "Dùng mã số ghi trên giấy tờ; mã số đang dùng gộp vào và thẻ được đổi",
        "nothing": "Không phải sai lệch, để nguyên",
    },
    "structure": {
        "held": "Người này đã có mã số đúng: giữ mã số đó, ghi số cũ để tra cứu",
        "new": "Cấp mã số đúng; ghi số cũ để tra cứu và đổi thẻ nếu thẻ in số cũ",
        "nothing": "Không phải sai lệch, để nguyên",
    },
}
"""What an officer may decide about each kind, in the order of the form."""
HINDRANCES_VI: Final = {
    "births_number_of_another": "Mã số này nay thuộc về một người thứ ba. Vui lòng tải lại trang.",
    "births_number_reserved": "Mã số này không nằm trong các mã số được cấp cho người tham gia.",
    "births_repair_settled": "Việc này vừa được xử lý, hoặc hai người đã được gộp. Vui lòng tải lại trang.",
    "births_repair_keep": "Không thể giữ như đã chọn: mã số đang dùng của người này đã khác. Hãy trả lại đề nghị và xem lại.",
    "births_repair_reach": (
        "Người phải đổi mã số thuộc đơn vị khác: cán bộ phụ trách đơn vị đó (tỉnh hoặc trung ương) xác nhận."
    ),
    "births_repair_card_waits": (
        "Trẻ đang có thẻ chờ duyệt mang mã số cũ. Hãy duyệt hoặc rút yêu cầu đó rồi xác nhận."
    ),
    "number_repair_four_eyes": "Người đề nghị không được tự xác nhận. Vui lòng chuyển cán bộ khác xác nhận.",
}
"""Why a repair cannot be made now, and what to do about it."""
ALREADY_VI = "Đã có đề nghị về việc này; hãy xác nhận hoặc trả lại đề nghị đó trước."
CHANGED_VI = "Đề nghị này đã có người xử lý xong. Vui lòng tải lại trang."
GONE_VI = "Không tìm thấy việc này trong địa bàn của bạn."
_ONE_LIVE = "number_repair_one_live"
_TELL = "SELECT births_tell_number(%s, %s, %s)"
_MATTER = (
    "SELECT kind, person_id, other_id, closed_at, source FROM persons_numbermatter WHERE id = %s"
)
_PROPOSE = """
    INSERT INTO persons_numberrepair (matter_id, keep, reason, evidence, proposed_person, proposed_by, proposed_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_REPAIR = """
    SELECT repair.matter_id, repair.state, repair.proposed_person, persons_survivor(matter.person_id),
           persons_survivor(matter.other_id)
    FROM persons_numberrepair AS repair JOIN persons_numbermatter AS matter ON matter.id = repair.matter_id
    WHERE repair.id = %s
"""
_DOSSIERS = "SELECT id FROM dossiers_dossier WHERE person_id = ANY (%s) ORDER BY id"
_LOCK = "SELECT state FROM persons_numberrepair WHERE id = %s FOR UPDATE"
_CONFIRM = """
    UPDATE persons_numberrepair SET state = 'confirmed', confirmed_person = %s, confirmed_by = %s, confirmed_at = %s
    WHERE id = %s AND state = 'proposed' RETURNING effects::text
"""
_REFUSE = """
    UPDATE persons_numberrepair SET state = 'refused', refused_by = %s, refused_at = %s, refused_note = %s
    WHERE id = %s AND state = 'proposed' RETURNING matter_id
"""
_GIVEN = """
    SELECT told.person AS person_id, told.number, person.full_name, persons_area_of(told.person) AS area,
           coalesce(unit.name, '') AS unit_name
    FROM persons_numberrepair AS repair
    CROSS JOIN LATERAL jsonb_to_recordset(repair.effects) AS told (person bigint, number text, before text, after text)
    JOIN persons_person AS person ON person.id = told.person
    LEFT JOIN catalogues_unit AS unit ON unit.id = persons_area_of(told.person)
    WHERE repair.id = %s AND told.after = 'active' ORDER BY told.person
"""
_WAITING = """
    SELECT id, matter_id, confirmed_by, confirmed_at FROM persons_numberrepair WHERE state = 'confirmed' AND id > %s
    ORDER BY id LIMIT 100
"""
# Of a person whose number was given: the first card in force that bears another one, and whether one waits already.
_CARDS = """
    SELECT (SELECT card.id FROM cards_card AS card
            WHERE card.person_id = %(person)s AND card.status = 'active' AND card.insurance_number <> %(number)s
              AND upper(card.valid) > %(on)s
            ORDER BY lower(card.valid) LIMIT 1) AS card_id,
           EXISTS (SELECT 1 FROM cards_card AS card
                   WHERE card.person_id = %(person)s AND card.status = 'requested'
                     AND card.insurance_number = %(number)s) AS is_asked
"""
_DONE = "UPDATE persons_numberrepair SET state = 'done', done_at = %s WHERE id = %s AND state = 'confirmed'"
_ASKED = """
    UPDATE persons_numberrepair SET card_id = coalesce(%s, card_id), trouble = %s
    WHERE id = %s AND state = 'confirmed' AND (card_id, trouble) IS DISTINCT FROM (coalesce(%s, card_id), %s)
"""
# Two children with one id: the one who came second was left without it and an officer asked.
_TAKEN = """
    SELECT dossier.person_id, (task.detail ->> 'other_person')::bigint
    FROM dossiers_task AS task JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    WHERE task.kind = 'E-PID-TAKEN' AND task.closed_at IS NULL AND dossier.person_id IS NOT NULL
      AND (task.detail ->> 'other_person') IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one officer proposes about a matter: what to keep (a key of `KEEPS_VI`), why, on which papers."""

    matter_id: int
    keep: str
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class _Given:
    """A person who has another number since the repair."""

    person_id: int
    number: str
    full_name: str
    area: int
    unit_name: str


def keeps(kind: str, source: str) -> dict[str, str]:
    """What may be decided about a matter of the kind, with its words; the number in use, once it is odd, is not kept as right."""
    return {
        keep: words
        for keep, words in KEEPS_VI[kind].items()
        if not (source == "ledger" and keep == "held")
    }


def tell(person_id: int, written: str, source: str, *, by: Actor, at: datetime) -> int | None:
    """Note a number as it stands in a book, card or paper of the person; the matter to be settled.

    None when it is the person's own: nothing is to be repaired. Raises NotAllowed, NotFound outside the area, and
    Refused for a text without letters or digits (WRITTEN) or an unknown source (SOURCE).
    """
    _need(by, Permission.NUMBER_REPAIR)
    said = written.strip()
    if not number_key(said) or len(said) > MOST_WRITTEN:
        message = f"Hãy ghi mã số đúng như trên giấy tờ, không quá {MOST_WRITTEN} ký tự."
        raise Refused(message, code="WRITTEN", field="ma-so")
    if source not in BY_HAND:
        raise Refused("Hãy chọn nơi ghi mã số này.", code="SOURCE", field="noi-ghi")
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM persons_person WHERE id = %s", [person_id])
        if cursor.fetchone() is None:
            raise NotFound("Không tìm thấy người này trong địa bàn của bạn.", code="NOT_FOUND")
        cursor.execute(_TELL, [person_id, said, source])
        matter_id = cursor.fetchone()[0]
        _record(by, "person.number_told", person_id, {"source": source, "matter": matter_id}, at)
    return None if matter_id is None else int(matter_id)


def propose(told: Proposal, *, by: Actor, at: datetime) -> int:
    """Propose what to do about a matter; the repair's id. Nothing changes until another officer confirms.

    Raises NotAllowed without NUMBER_REPAIR, NotFound, Conflict when one waits or the matter is closed (CHANGED), and
    Refused for no such choice (KEEP), no reason (REASON) or no evidence (EVIDENCE).
    """
    _need(by, Permission.NUMBER_REPAIR)
    reason, evidence = told.reason.strip()[:MOST_TEXT], told.evidence.strip()[:MOST_TEXT]
    try:
        with acting(by, at=at), connection.cursor() as cursor:
            row = _checked(told, reason, evidence)
            words: list[Any] = [told.matter_id, told.keep, reason, evidence]
            cursor.execute(_PROPOSE, [*words, by.person_key, by.label, at])
            repair_id = int(cursor.fetchone()[0])
            detail = {"repair": repair_id, "keep": told.keep}
            for person_id in (row[1], row[2]):
                if person_id is not None:
                    _record(by, "person.number_proposed", person_id, detail, at)
    except IntegrityError as error:
        if _ONE_LIVE not in str(error):
            raise
        raise Conflict(ALREADY_VI, code="ALREADY_ASKED") from error
    return repair_id


def confirm(repair_id: int, *, by: Actor, at: datetime) -> tuple[int, ...]:
    """Make the repair that another officer proposed; the persons who have another number now.

    The ledger and the dossiers change at once, the family is told; a card that bears the number of before counts until
    its successor is approved (`follow`). Raises NotAllowed without NUMBER_CONFIRM, NotFound, Conflict when it was answered,
    Refused with a constraint of `HINDRANCES_VI` as code.
    """
    _need(by, Permission.NUMBER_CONFIRM)
    try:
        with acting(by, at=at), connection.cursor() as cursor:
            _, persons = _locked(repair_id)
            cursor.execute(_CONFIRM, [by.person_key, by.label, at, repair_id])
            row = cursor.fetchone()
            if row is None:
                raise Conflict(CHANGED_VI, code="CHANGED")
            effects = json.loads(row[0])
            notices.tell([_news(repair_id, it) for it in _given(repair_id)], by=by, at=at)
            for person_id in persons:
                _record(by, "person.number_confirmed", person_id, {"repair": repair_id}, at)
    except IntegrityError as error:
        code = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if code not in HINDRANCES_VI:
            raise
        raise Refused(HINDRANCES_VI[code], code=code, field="xac-nhan") from error
    return tuple(sorted({it["person"] for it in effects if it["after"] == "active"}))


def refuse(repair_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Say no, or take the own proposal back, for a written reason; the matter waits again.

    Raises NotAllowed without either permission, Refused without a note (NOTE), Conflict when it was answered already.
    """
    if not by.may(Permission.NUMBER_REPAIR):
        _need(by, Permission.NUMBER_CONFIRM)
    said = note.strip()[:MOST_TEXT]
    if not said:
        raise Refused("Hãy ghi lý do trả lại hoặc rút đề nghị.", code="NOTE", field="ghi-chu")
    with acting(by, at=at), connection.cursor() as cursor:
        proposer, persons = _locked(repair_id)
        if not by.may(Permission.NUMBER_CONFIRM) and proposer != by.person_key:
            raise NotAllowed(
                "Chỉ người đề nghị mới được rút đề nghị của mình.", code="NUMBER_CONFIRM"
            )
        cursor.execute(_REFUSE, [by.label, at, said, repair_id])
        if cursor.fetchone() is None:
            raise Conflict(CHANGED_VI, code="CHANGED")
        for person_id in persons:
            _record(by, "person.number_refused", person_id, {"repair": repair_id}, at)


def follow(*, by: Actor, at: datetime) -> int:
    """Ask for the cards that confirmed repairs need, and close those whose cards were approved; how many moved.

    Each in a transaction of its own; what hinders one stays written with it and is tried again.
    """
    moved, after = 0, 0
    while True:
        with acting(by, at=at), connection.cursor() as cursor:
            cursor.execute(_WAITING, [after])
            waiting = [row[0] for row in cursor.fetchall()]
        if not waiting:
            return moved
        moved += sum(_follow(repair_id, by=by, at=at) for repair_id in waiting)
        after = waiting[-1]


def suspect_same_ids(*, by: Actor, at: datetime) -> int:
    """Put before the review desk the children of whom two registrations brought one personal id; how many are new."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_TAKEN)
        rows = [
            Suspected(one, other, pairs.NUMBER, reason=SAME_ID) for one, other in cursor.fetchall()
        ]
        return pairs.open_pairs(rows, by=by, at=at)


def _checked(told: Proposal, reason: str, evidence: str) -> tuple[Any, ...]:
    """The matter, open still, and a proposal that says all it must."""
    with connection.cursor() as cursor:
        cursor.execute(_MATTER, [told.matter_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(GONE_VI, code="NOT_FOUND")
    if row[3] is not None:
        raise Conflict(CHANGED_VI, code="CHANGED")
    if told.keep not in keeps(row[0], row[4]):
        raise Refused("Hãy chọn cách xử lý.", code="KEEP", field="cach")
    if not reason:
        raise Refused("Hãy ghi lý do.", code="REASON", field="ly-do")
    if not evidence:
        message = "Hãy ghi giấy tờ làm căn cứ: tên, số, ngày."
        raise Refused(message, code="EVIDENCE", field="can-cu")
    return tuple(row)


def _follow(repair_id: int, *, by: Actor, at: datetime) -> int:
    is_open, asked, trouble = False, None, ""
    on = vietnam_date(at)
    with acting(by, at=at), connection.cursor() as cursor:
        for it in _given(repair_id):
            cursor.execute(_CARDS, {"person": it.person_id, "number": it.number, "on": on})
            card_id, is_asked = cursor.fetchone()
            is_open = is_open or is_asked or card_id is not None
            if card_id is None or is_asked:
                continue
            try:
                asked = exchange.ask(_card(card_id, it, repair_id, on), by=by, at=at).card_id
            except LienthongError as error:
                trouble = error.message_vi
        if not is_open:
            cursor.execute(_DONE, [at, repair_id])
            for it in _given(repair_id):
                _record(by, "person.number_repaired", it.person_id, {"repair": repair_id}, at)
            return 1
        cursor.execute(_ASKED, [asked, trouble, repair_id, asked, trouble])
        return int(asked is not None)


def _card(card_id: int, it: _Given, repair_id: int, on: Any) -> Asked:  # noqa: ANN401 - a day
    return Asked(
        card_id=card_id,
        ground=Ground.NUMBER.value,
        number=it.number,
        note=f"Sửa mã số, việc số {repair_id}",
        evidence=ground_rule(Ground.NUMBER, on=on).evidence_vi,
    )


def _locked(repair_id: int) -> tuple[int, tuple[int, ...]]:
    """Who proposed, and the persons concerned, their dossiers locked first: no card is approved meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_REPAIR, [repair_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound(GONE_VI, code="NOT_FOUND")
        persons = tuple(it for it in row[3:] if it is not None)
        cursor.execute(_DOSSIERS, [list(persons)])
        dossiers.lock([it[0] for it in cursor.fetchall()])
        cursor.execute("SELECT persons_lock(%s)", [list(persons)])
        cursor.execute(_LOCK, [repair_id])
        if cursor.fetchone()[0] != "proposed":
            raise Conflict(CHANGED_VI, code="CHANGED")
    return row[2], persons


def _given(repair_id: int) -> list[_Given]:
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN, [repair_id])
        return rows_as(_Given, cursor)


def _news(repair_id: int, it: _Given) -> News:
    words = {"child": it.full_name, "unit": it.unit_name}
    key = f"number:{repair_id}:{it.person_id}"
    return News("NUMBER_CHANGED", key, ("person", it.person_id), it.area, words)


def _need(by: Actor, permission: Permission) -> None:
    if not by.may(permission):
        raise NotAllowed("Bạn không có quyền thực hiện thao tác này.", code=str(permission))


def _record(by: Actor, action: str, person_id: int, detail: dict[str, Any], at: datetime) -> None:
    trail.record(by, action, at=at, subject_kind="person", subject_id=person_id, detail=detail)
