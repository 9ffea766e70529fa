"""What was decided at the review desk, newest first; one merger with what it changed, and whether it can be undone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.births.doubles import Side
from lienthong.births.doubleviews import card_state_vi
from lienthong.births.merging import BASES_VI, HINDRANCES_VI
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.dossiers import lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound
from lienthong.persons.matching import facts_of_person

_DONE = Statement.load("lienthong.births", "doubles_done.sql")
_NAMES = "SELECT * FROM births_double_names(%s, %s, %s)"
_MERGE = """
    SELECT id, pair_id, loser_id, survivor_id, touches, basis, note, asked_person, asked_by, asked_at, confirmed_by,
           confirmed_at, dropped_by, dropped_at, dropped_note, undone_by, undone_at, undone_note, effects::text AS effects,
           CASE WHEN confirmed_at IS NOT NULL AND undone_at IS NULL THEN births_undo_hindrance(merger) END AS hindrance
    FROM persons_merge AS merger WHERE id = %s
"""
_SIDES = "SELECT loser::text, survivor::text FROM births_merge_sides(%s)"
_MERGES_OF = """
    SELECT merger.id, merger.loser_id, merger.survivor_id, merger.confirmed_at, merger.undone_at, merger.confirmed_by
    FROM persons_merge AS merger
    WHERE merger.confirmed_at IS NOT NULL AND (merger.loser_id = ANY (%(family)s) OR merger.survivor_id = ANY (%(family)s))
    ORDER BY merger.confirmed_at, merger.id
"""
_END = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DoneLine:
    """One decision. `kind`: same or different; a dropped proposal decided nothing."""

    subject: str
    id: int
    question_id: int
    kind: str
    at: datetime
    by: str
    note: str
    is_dropped: bool
    undone_at: datetime | None
    undone_by: str
    undone_note: str
    dossier_code: str
    one: str = ""
    one_born: str = ""
    other: str = ""
    other_born: str = ""

    @property
    def kind_vi(self) -> str:
        """What was decided, in a few words."""
        if self.is_dropped:
            return "Không gộp"
        if self.kind == "different":
            return "Hai người khác nhau"
        return "Gộp thành một người" if self.subject == "merge" else "Cùng một trẻ"

    @property
    def is_undoable(self) -> bool:
        """True when somebody may try to take it back."""
        return not self.is_dropped and self.undone_at is None


@dataclass(frozen=True, slots=True)
class DonePage:
    """Decisions, and where the page ended; '' when nothing follows."""

    lines: list[DoneLine]
    next_before: str


@dataclass(frozen=True, slots=True)
class MergeSeen:
    """One merger: who into whom, by whom and why, what it changed, and why it cannot be undone now ('' when it can)."""

    id: int
    pair_id: int | None
    loser_id: int
    survivor_id: int
    touches: bool
    basis: str
    note: str
    asked_person: int
    asked_by: str
    asked_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    dropped_by: str
    dropped_at: datetime | None
    dropped_note: str
    undone_by: str
    undone_at: datetime | None
    undone_note: str
    hindrance: str | None
    loser: Side
    survivor: Side
    changes_vi: tuple[str, ...]

    @property
    def basis_vi(self) -> str:
        """On what the officer said that two are one."""
        return BASES_VI.get(self.basis, self.basis)

    @property
    def hindrance_vi(self) -> str:
        """Why it cannot be undone now, in a sentence."""
        return HINDRANCES_VI[self.hindrance] if self.hindrance else ""

    @property
    def stands(self) -> bool:
        """True while the two are one."""
        return self.confirmed_at is not None and self.undone_at is None

    @property
    def waits(self) -> bool:
        """True while a second officer is asked."""
        return self.confirmed_at is None and self.dropped_at is None


@dataclass(frozen=True, slots=True)
class MergeLine:
    """One merger of a person, for his record."""

    id: int
    loser_id: int
    survivor_id: int
    confirmed_at: datetime
    undone_at: datetime | None
    confirmed_by: str


def done(by: Actor, *, before: str = "", limit: int = 50) -> DonePage:
    """What was decided, newest first. Two statements."""
    _need(by)
    at, _, rest = before.partition("~")
    subject, _, key = rest.partition("~")
    try:
        place: tuple[datetime, str, int] = (datetime.fromisoformat(at), subject, int(key))
    except ValueError:
        place = (_END, "", 0)
    parameters: dict[str, Any] = {
        "before_at": place[0],
        "before_subject": place[1],
        "before_id": place[2],
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DONE.text, parameters)
        found = rows_as(DoneLine, cursor)
    shown = _named(found[:limit])
    last = shown[-1] if len(found) > limit else None
    return DonePage(shown, f"{last.at.isoformat()}~{last.subject}~{last.id}" if last else "")


def merge_seen(by: Actor, merge_id: int) -> MergeSeen:
    """One merger with both sides. Raises NotFound."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_MERGE, [merge_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("Không có lần gộp này trong địa bàn của bạn.")
        head = dict(zip((it[0] for it in cursor.description), row, strict=True))
        cursor.execute(_SIDES, [merge_id])
        texts = cursor.fetchone()
    if texts is None:
        raise NotFound("Không có lần gộp này trong địa bàn của bạn.")
    facts = facts_of_person([head["loser_id"], head["survivor_id"]], by=by)
    loser, survivor = (Side.read(json.loads(text), facts) for text in texts)
    effects = json.loads(head.pop("effects"))
    changes = tuple(_change_vi(each, loser) for each in effects if each["table"] in _CHANGES_VI)
    return MergeSeen(**head, loser=loser, survivor=survivor, changes_vi=changes)


def merges_of(by: Actor, person_ids: Sequence[int]) -> list[MergeLine]:
    """The mergers that any of these records took part in, the oldest first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_MERGES_OF, {"family": list(person_ids)})
        return rows_as(MergeLine, cursor)


_CHANGES_VI = {
    "persons_number": "Mã số BHXH {0}: đã gộp",
    "cards_card": "Thẻ {0}: {1}",
    "dossiers_dossier": "Hồ sơ {0}: {1}",
    "collection_entry": "Dòng phát sinh thu của hồ sơ trùng được hủy",
}


def _change_vi(effect: dict[str, Any], loser: Side) -> str:
    key, after = effect["key"], effect["after"] or {}
    if effect["table"] == "cards_card":
        codes = {str(card["id"]): card["code"] for card in loser.cards}
        status = after.get("status", "")
        said = "đã hủy yêu cầu" if status == "cancelled" else card_state_vi(status)
        return _CHANGES_VI["cards_card"].format(codes.get(key, "chờ duyệt"), said)
    if effect["table"] == "dossiers_dossier":
        codes = {str(each["id"]): each["code"] for each in loser.dossiers}
        said = lifecycle.LABELS_VI.get(after.get("state", ""), "")
        return _CHANGES_VI["dossiers_dossier"].format(codes.get(key, ""), said.lower())
    return _CHANGES_VI[effect["table"]].format(key if loser.is_mine else "của đơn vị khác")


def _named(lines: Sequence[DoneLine]) -> list[DoneLine]:
    ids: dict[str, list[int]] = {"pair": [], "duplicate": [], "merge": []}
    for line in lines:
        ids[line.subject].append(line.question_id)
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [ids["pair"], ids["duplicate"], ids["merge"]])
        names = {(row[0], row[1]): row[2:] for row in cursor.fetchall()}
    found = []
    for line in lines:
        subject = "task" if line.subject == "duplicate" else line.subject
        one, one_born, other, other_born = names.get((subject, line.question_id), ("", "", "", ""))
        found.append(replace(line, one=one, one_born=one_born, other=other, other_born=other_born))
    return found


def _need(by: Actor) -> None:
    if not by.may(Permission.PERSON_REVIEW):
        raise NotAllowed(
            "Bạn không có quyền xem xét hai người nghi trùng.", code=str(Permission.PERSON_REVIEW)
        )
