"""Two records of one person become one by pointing (gộp), and two again (bỏ gộp): numbers, cards and dossiers follow.

Public face: `standing`, `waiting_for`, `propose`, `confirm`, `drop`, `undo`, `merge`. One officer proposes; another confirms wherever a
number, a card or a dossier follows. Nothing is deleted and nothing that points at a record is rewritten: readers go
through `persons_survivor` and `persons_family`. Stays in households alone are the survivor's from then on, because one
household a person at a time is the tables' own rule. The database does all of it in the statement that confirms or undoes.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, connection

from lienthong.accounts import jurisdiction
from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.persons.pairs import CHANGED_VI, GONE_VI, MOST_NOTE, NOTE_VI, WAITING_VI

DUPLICATE: Final = "DUPLICATE_CONFIRMED"
"""Why a dossier was refused or a card taken away: the child has another number, dossier or card."""
BASES_VI: Final = {
    "PERSONAL_ID": "Cùng số định danh cá nhân",
    "BIRTH_NOTICE": "Cùng giấy chứng sinh hoặc cùng lần sinh",
    "FAMILY_PAPERS": "Giấy tờ của gia đình xác nhận một người",
    "REGISTRY": "Cơ quan đăng ký hộ tịch xác nhận một người",
    "NUMBER": "Sửa mã số BHXH cấp trùng",
}
"""On what an officer says that two are one."""
STANDING_VI: Final = {
    "CARD": "Người này đang có thẻ còn giá trị.",
    "ON_ITS_WAY": "Hồ sơ của người này đang trên đường cấp thẻ.",
    "FIRST_NUMBER": "Mã số BHXH của người này được cấp trước.",
    "NUMBER": "Chỉ người này có mã số BHXH.",
    "FIRST_RECORD": "Hồ sơ của người này được lập trước.",
}
"""Why one of two records stands for both."""
_HOME_TAKEN_VI: Final = "Hộ gia đình của người này đã thay đổi sau khi gộp. Hãy xem lại chủ hộ và thành viên của hộ trước."
HINDRANCES_VI: Final = {
    "MERGED": "Một trong hai hồ sơ đã được gộp vào hồ sơ khác. Vui lòng tải lại trang.",
    "EXCHANGE_WAITS": (
        "Hồ sơ được gộp đang có yêu cầu cấp lại, đổi thẻ chờ duyệt. Hãy duyệt hoặc rút yêu cầu đó trước."
    ),
    "NUMBER_WAITS": "Hồ sơ được gộp đang chờ cấp mã số BHXH. Hãy chờ hệ thống cấp xong rồi gộp.",
    "TAKES_COVER": (
        "Chỉ hồ sơ này có thẻ, hoặc đang trên đường cấp thẻ: phải giữ lại hồ sơ này để quyền lợi không bị gián đoạn."
    ),
    "TAKES_NUMBER": "Chỉ hồ sơ này có mã số BHXH: phải giữ lại hồ sơ này.",
    "HEAD_LEAVES": (
        "Hồ sơ được gộp đang là chủ hộ của một hộ còn người khác, còn người được giữ lại cũng đang ở một hộ."
        " Hãy đổi chủ hộ trước rồi gộp."
    ),
    "MERGED_ON": (
        "Người được giữ lại sau đó đã được gộp vào một người khác. Hãy bỏ gộp lần sau trước, rồi bỏ gộp lần này."
    ),
    "CARD_SINCE": (
        "Sau khi gộp, người này đã được duyệt thẻ mới. Hãy thu hồi hoặc đổi lại thẻ đó trước khi bỏ gộp."
    ),
    "HOME_SINCE": "Sau khi gộp, người này đã chuyển hộ hoặc đổi quan hệ với chủ hộ. Hãy ghi lại hộ cũ trước khi bỏ gộp.",
    "member_one_household_at_a_time": _HOME_TAKEN_VI,
    "member_one_head_at_a_time": _HOME_TAKEN_VI,
    "births_changed_since": (
        "Hồ sơ, thẻ hoặc mã số đã thay đổi sau khi gộp, nên không thể trả lại như cũ bằng một thao tác."
    ),
    "merge_four_eyes": "Người đề nghị không được tự xác nhận. Vui lòng chuyển cán bộ khác xác nhận.",
    "merge_one_live_a_loser": WAITING_VI,
}
"""Why a merger cannot be made or undone now, and what to do about it."""
BOTH_SIDES_VI = "Hai người thuộc hai đơn vị khác nhau: cán bộ phụ trách cả hai đơn vị (tỉnh hoặc trung ương) xác nhận."
_BOTH = 2
_CODE = re.compile(r"cannot be (?:merged so|undone): ([A-Z_]+)")
_STANDING = "SELECT survivor, basis FROM births_standing(%s, %s)"
_LOCK = "SELECT births_merge_lock(%s, %s)"
_LOCK_PAIR = "SELECT state FROM persons_pair WHERE id = %s FOR UPDATE"
_TOUCHES = "SELECT births_merge_touches(%s, %s)"
_ROOT = "SELECT low, high FROM persons_pair_of(%s, %s)"
_WAITING = """
    SELECT id FROM persons_merge WHERE pair_id = %s AND confirmed_at IS NULL AND dropped_at IS NULL
"""
_AREAS = "SELECT persons_area_of(%s), persons_area_of(%s)"
_AREAS_MERGED = "SELECT area_loser, area_survivor FROM persons_merge WHERE id = %s"
_REACHED = """
    SELECT count(*) FROM unnest(%s::int[]) AS area WHERE authz.everywhere() OR area = ANY (authz.areas())
"""
_MERGE = "SELECT loser_id, survivor_id, asked_person FROM persons_merge WHERE id = %s"
_INSERT = """
    INSERT INTO persons_merge (pair_id, loser_id, survivor_id, basis, note, asked_person, asked_by, asked_at,
                               confirmed_person, confirmed_by, confirmed_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING id
"""
_CONFIRM = """
    UPDATE persons_merge SET confirmed_person = %s, confirmed_by = %s, confirmed_at = %s
    WHERE id = %s AND confirmed_at IS NULL AND dropped_at IS NULL
"""
_DROP = """
    UPDATE persons_merge SET dropped_at = %s, dropped_by = %s, dropped_note = %s
    WHERE id = %s AND confirmed_at IS NULL AND dropped_at IS NULL
"""
_UNDO = """
    UPDATE persons_merge SET undone_at = %s, undone_by = %s, undone_note = %s
    WHERE id = %s AND confirmed_at IS NOT NULL AND undone_at IS NULL
"""
_ENDED_CARDS = """
    SELECT (effect ->> 'key')::bigint, effect #>> '{after,status}'
    FROM persons_merge, jsonb_array_elements(effects) AS effect
    WHERE id = %s AND effect ->> 'table' = 'cards_card'
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which of two records stands for both, and why (a key of `STANDING_VI`)."""

    survivor: int
    basis: str

    @property
    def basis_vi(self) -> str:
        """Why, in a sentence."""
        return STANDING_VI[self.basis]


@dataclass(frozen=True, slots=True)
class Merger:
    """Two persons who are one, on what basis (a key of `BASES_VI`), in the officer's words.

    `survivor` is who stands for both; None leaves it to the rule. `pair_id` is the suspected double that this answers.
    """

    one: int
    other: int
    basis: str
    note: str
    survivor: int | None = None
    pair_id: int | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A merger on the books. `is_done` when nothing followed that a second officer has to confirm."""

    merge_id: int
    is_done: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for a merger that another officer confirms at once, as the repair of a number does."""

    person_key: int
    label: str
    at: datetime


def standing(one: int, other: int) -> Standing:
    """Which of the two records would stand for both (rules §2.1): cover first, then the number issued first."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [one, other])
        return Standing(*cursor.fetchone())


def waiting_for(pair_id: int) -> int | None:
    """The proposal about a pair that waits for a second officer; None for none."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [pair_id])
        row = cursor.fetchone()
    return int(row[0]) if row else None


def propose(told: Merger, *, by: Actor, at: datetime) -> Proposed:
    """Say that two persons are one. Done at once where no number, card or dossier follows; else it waits for another.

    Raises NotAllowed, NotFound, Refused (no basis, no note, what `HINDRANCES_VI` says) and Conflict (decided meanwhile).
    """
    _need(by, Permission.PERSON_REVIEW)
    told = _checked(told)
    with acting(by, at=at), connection.cursor() as cursor:
        one, other = _two(told)
        if _reached(by, one, other) == 0:
            raise NotFound(GONE_VI)
        cursor.execute(_LOCK, [one, other])
        if told.pair_id is not None:
            cursor.execute(_LOCK_PAIR, [told.pair_id])
            row = cursor.fetchone()
            if row is None:
                raise NotFound(GONE_VI)
            if row[0] not in {"open", "later"}:
                raise Conflict(CHANGED_VI, code="CHANGED")
        survivor = _survivor(told, one, other)
        loser = other if survivor == one else one
        cursor.execute(_TOUCHES, [loser, survivor])
        is_done = not cursor.fetchone()[0] and _reached(by, loser, survivor) == _BOTH
        merge_id = _insert(told, loser, survivor, _own(by, at), by if is_done else None, at)
        action = "person.merged" if is_done else "person.merge_proposed"
        _record(action, merge_id, (loser, survivor), by=by, at=at)
    return Proposed(merge_id, is_done)


def confirm(merge_id: int, *, by: Actor, at: datetime) -> list[int]:
    """Merge what another officer proposed; the ids of the cards that were taken away. All or nothing, at once.

    Raises NotFound, NotAllowed, Refused for the officer who proposed it (FOUR_EYES) or who does not answer for both
    persons (BOTH_SIDES), Conflict when it was answered meanwhile or something stands against it now.
    """
    _need(by, Permission.PERSON_MERGE)
    with acting(by, at=at), connection.cursor() as cursor:
        loser, survivor, asked_person = _merge(merge_id)
        if asked_person == by.person_key:
            raise Refused(HINDRANCES_VI["merge_four_eyes"], code="FOUR_EYES")
        _need_both(by, loser, survivor)
        cursor.execute(_LOCK, [loser, survivor])
        _answer(_CONFIRM, [by.person_key, by.label, at, merge_id])
        cards = _taken_away(merge_id)
        _record("person.merged", merge_id, (loser, survivor), by=by, at=at, cards=cards)
    return cards


def drop(merge_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Say no to a proposal, or take the own one back, for a written reason; the question is open again."""
    _need(by, Permission.PERSON_REVIEW)
    said = _said(note)
    with acting(by, at=at):
        loser, survivor, _ = _merge(merge_id)
        _answer(_DROP, [at, by.label, said, merge_id])
        _record("person.merge_dropped", merge_id, (loser, survivor), by=by, at=at)


def undo(merge_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Part what was merged: every row as it was before, cards in force again, the question open again.

    Raises Conflict with a sentence when something changed since that cannot be given back (`HINDRANCES_VI`).
    """
    _need(by, Permission.PERSON_MERGE)
    said = _said(note)
    with acting(by, at=at), connection.cursor() as cursor:
        loser, survivor, _ = _merge(merge_id)
        # As it was when they were merged: what the loser lived in or owned may be the survivor's by now.
        if _reached_areas(by, _AREAS_MERGED, [merge_id]) < _BOTH:
            raise Refused(BOTH_SIDES_VI, code="BOTH_SIDES")
        cursor.execute(_LOCK, [loser, survivor])
        _answer(_UNDO, [at, by.label, said, merge_id])
        _record("person.unmerged", merge_id, (loser, survivor), by=by, at=at)


def merge(told: Merger, asked: Asked, *, by: Actor, at: datetime) -> int:
    """Merge at once what `asked` had asked for elsewhere and `by` confirms; the merger's id, for `undo`.

    The caller has checked its own permission; four eyes are the database's. Raises as `propose` and `confirm` do.
    """
    told = _checked(told)
    with acting(by, at=at), connection.cursor() as cursor:
        one, other = _two(told)
        cursor.execute(_LOCK, [one, other])
        survivor = _survivor(told, one, other)
        loser = other if survivor == one else one
        merge_id = _insert(told, loser, survivor, asked, by, at)
        cards = _taken_away(merge_id)
        _record("person.merged", merge_id, (loser, survivor), by=by, at=at, cards=cards)
    return merge_id


def _checked(told: Merger) -> Merger:
    if told.basis not in BASES_VI:
        raise Refused("Vui lòng chọn căn cứ xác định một người.", code="BASIS", field="can-cu")
    return replace(told, note=_said(told.note))


def _said(note: str) -> str:
    said = note.strip()[:MOST_NOTE]
    if not said:
        raise Refused(NOTE_VI, code="NOTE", field="ghi-chu")
    return said


def _two(told: Merger) -> tuple[int, int]:
    """The records that stand for the two now."""
    with connection.cursor() as cursor:
        cursor.execute(_ROOT, [told.one, told.other])
        row = cursor.fetchone()
    if row is None:
        raise Conflict(HINDRANCES_VI["MERGED"], code="MERGED")
    return int(row[0]), int(row[1])


def _survivor(told: Merger, one: int, other: int) -> int:
    if told.survivor is None:
        return standing(one, other).survivor
    if told.survivor not in {one, other}:
        raise Conflict(HINDRANCES_VI["MERGED"], code="MERGED")
    return told.survivor


def _own(by: Actor, at: datetime) -> Asked:
    return Asked(by.person_key, by.label, at)


def _insert(
    told: Merger, loser: int, survivor: int, asked: Asked, done_by: Actor | None, at: datetime
) -> int:
    parameters: list[Any] = [told.pair_id, loser, survivor, told.basis, told.note]
    parameters += [asked.person_key, asked.label, asked.at]
    parameters += [done_by.person_key, done_by.label, at] if done_by else [None, "", None]
    with _refusing(), connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters)
        return int(cursor.fetchone()[0])


def _merge(merge_id: int) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_MERGE, [merge_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("Không có đề nghị gộp này trong địa bàn của bạn.")
    return int(row[0]), int(row[1]), int(row[2])


def _answer(statement: str, parameters: list[Any]) -> None:
    with _refusing(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        if cursor.rowcount == 0:
            raise Conflict(CHANGED_VI, code="CHANGED")


@contextmanager
def _refusing() -> Iterator[None]:
    """What the database refuses, said in a sentence."""
    try:
        yield
    except IntegrityError as error:
        found = _CODE.search(str(error))
        code = found[1] if found else error.__cause__.diag.constraint_name  # type: ignore[union-attr]
        if code not in HINDRANCES_VI:
            raise
        raise Conflict(HINDRANCES_VI[code], code=code) from error


def _taken_away(merge_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_ENDED_CARDS, [merge_id])
        return [int(card_id) for card_id, status in cursor.fetchall() if status == "revoked"]


def _reached(by: Actor, *persons: int) -> int:
    """For how many of the two persons the actor answers."""
    return _reached_areas(by, _AREAS, persons)


def _reached_areas(by: Actor, statement: str, parameters: Sequence[int]) -> int:
    """How many of the two areas that the statement gives are the actor's."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        areas = list(cursor.fetchone())
        if not by.token:
            return sum(jurisdiction.reaches(by, area) for area in areas)
        cursor.execute(_REACHED, [areas])
        return int(cursor.fetchone()[0])


def _need_both(by: Actor, loser: int, survivor: int) -> None:
    if _reached(by, loser, survivor) < _BOTH:
        raise Refused(BOTH_SIDES_VI, code="BOTH_SIDES")


def _need(by: Actor, permission: Permission) -> None:
    if not by.may(permission):
        raise NotAllowed("Bạn không có quyền thực hiện thao tác này.", code=str(permission))


def _record(
    action: str,
    merge_id: int,
    persons: tuple[int, int],
    *,
    by: Actor,
    at: datetime,
    cards: list[int] | None = None,
) -> None:
    """In the log: of the merger, of both persons, and of each card that was taken away."""
    detail = {"merge": merge_id, "loser": persons[0], "survivor": persons[1]}
    trail.record(by, action, at=at, subject_kind="merge", subject_id=merge_id, detail=detail)
    trail.record_each(by, action, at=at, subject_kind="person", subject_ids=persons, detail=detail)
    if cards:
        said = {"reason": DUPLICATE, "merge": merge_id}
        trail.record_each(
            by, "card.revoke", at=at, subject_kind="card", subject_ids=cards, detail=said
        )
