"""The ledger's face: every number of a person with its status and history, his old numbers and his personal ids.

Who is meant by a number of any time is asked with `persons_numbered(text)` in the database, or `named_by` here.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.law.numbering import StructureFault, number_key, structure_faults
from lienthong.law.personal_id import Usable, numbers_used

STATUSES_VI: Final = {
    "active": "Đang dùng",
    "merged_into": "Đã gộp vào mã số khác",
    "revoked": "Đã thu hồi",
    "wrong_structure": "Sai cấu trúc, đã thay",
}
ID_STATUSES_VI: Final = {
    "active": "Đang dùng",
    "replaced": "Đã thay bằng số mới",
    "cancelled": "Đã hủy, xác lập lại",
    "withdrawn": "Thôi ghi nhận",
}
SOURCES_VI: Final = {
    "book": "Sổ BHXH cũ",
    "card": "Thẻ BHYT cũ",
    "paper": "Hồ sơ giấy",
    "exchange": "Hồ sơ đổi thẻ",
    "household": "Dữ liệu hộ gia đình",
    "collection": "Dữ liệu thu",
    "repair": "Sửa mã số",
    "ledger": "Sổ cấp mã số",
}
"""Where a number was seen as written."""
BY_HAND: Final = ("book", "card", "paper", "exchange")
"""The sources that an officer may name."""
MOST_WRITTEN: Final = 40
MOST_NOTE: Final = 500
OLD_GONE_VI: Final = "Không tìm thấy số cũ này trong địa bàn của bạn."
MATTER_OPEN_VI: Final = (
    "Số này đang có việc sửa mã số chờ xử lý. Hãy xử lý việc đó trước, hoặc để nguyên rồi bỏ số."
)

# As of an instant: the status that the last change before it left, else that before the first change after it.
_LEDGER = """
    SELECT ledger.number, ledger.person_id, ledger.origin, ledger.taken_at,
           coalesce(
               (SELECT moved.to_status FROM persons_numberevent AS moved
                WHERE moved.number_id = ledger.number AND moved.at <= %(at)s ORDER BY moved.id DESC LIMIT 1),
               (SELECT moved.from_status FROM persons_numberevent AS moved
                WHERE moved.number_id = ledger.number AND moved.at > %(at)s ORDER BY moved.id LIMIT 1),
               ledger.status) AS status
    FROM persons_number AS ledger
    WHERE ledger.person_id = ANY (persons_family(persons_survivor(%(person)s))) AND ledger.taken_at <= %(at)s
    ORDER BY ledger.taken_at, ledger.number
"""
_EVENTS = """
    SELECT moved.number_id AS number, moved.at, moved.from_status, moved.to_status, moved.by
    FROM persons_numberevent AS moved JOIN persons_number AS ledger ON ledger.number = moved.number_id
    WHERE ledger.person_id = ANY (persons_family(persons_survivor(%(person)s))) AND moved.at <= %(at)s
    ORDER BY moved.at, moved.id
"""
_OLD = """
    SELECT old.id, old.person_id, old.written, old.key, old.source, old.noted_by, old.noted_at, old.status
    FROM persons_oldnumber AS old
    WHERE old.person_id = ANY (persons_family(persons_survivor(%(person)s))) AND old.noted_at <= %(at)s
      AND (old.withdrawn_at IS NULL OR old.withdrawn_at > %(at)s)
    ORDER BY old.noted_at, old.id
"""
_IDS = """
    SELECT held.personal_id, lower(held.valid) AS since, upper(held.valid) AS until, held.status, held.said_by
    FROM persons_identifier AS held
    WHERE held.person_id = ANY (persons_family(persons_survivor(%(person)s))) AND lower(held.valid) <= %(at)s
    UNION ALL
    SELECT person.personal_id, person.made_at, NULL, 'active', ''
    FROM persons_person AS person
    WHERE person.id = persons_survivor(%(person)s) AND person.personal_id IS NOT NULL AND person.made_at <= %(at)s
      AND NOT EXISTS (SELECT 1 FROM persons_identifier AS held WHERE held.person_id = person.id)
    ORDER BY 2, 3 NULLS LAST
"""
_OLD_ONE = """
    SELECT old.id, persons_survivor(old.person_id) AS person_id, old.written, old.key, old.source, old.noted_by,
           old.noted_at, old.status, old.withdrawn_by, old.withdrawn_at, old.withdrawn_note, person.full_name,
           person.born_on, coalesce(held.number, '') AS number, matter.id AS matter_id,
           coalesce(dossier.code, '') AS dossier_code
    FROM persons_oldnumber AS old
    JOIN persons_person AS person ON person.id = persons_survivor(old.person_id)
    LEFT JOIN LATERAL (
        SELECT ledger.number FROM persons_number AS ledger
        WHERE ledger.person_id = person.id AND ledger.status = 'active' LIMIT 1) AS held ON true
    LEFT JOIN LATERAL (
        SELECT open.id FROM persons_numbermatter AS open
        WHERE open.closed_at IS NULL AND open.key = old.key AND open.person_id = ANY (persons_family(person.id))
        ORDER BY open.id LIMIT 1) AS matter ON true
    LEFT JOIN LATERAL (
        SELECT first.code FROM dossiers_dossier AS first
        WHERE first.person_id = person.id AND first.kind = 'first' ORDER BY first.id LIMIT 1) AS dossier ON true
    WHERE old.id = %s
"""
_NAMED = "SELECT persons_numbered(%s)"
_WITHDRAW = """
    UPDATE persons_oldnumber SET status = 'withdrawn', withdrawn_by = %s, withdrawn_at = %s, withdrawn_note = %s
    WHERE id = %s AND status = 'noted' RETURNING person_id
"""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One number of the ledger and what it was at the instant asked about."""

    number: str
    person_id: int
    origin: str
    taken_at: datetime
    status: str

    @property
    def status_vi(self) -> str:
        """The status in words."""
        return STATUSES_VI[self.status]


@dataclass(frozen=True, slots=True)
class NumberMove:
    """One change of a number's status: when, from what to what, by whom."""

    number: str
    at: datetime
    from_status: str
    to_status: str
    by: str

    @property
    def words_vi(self) -> str:
        """The change in words."""
        return f"{STATUSES_VI[self.from_status]} → {STATUSES_VI[self.to_status]}"


@dataclass(frozen=True, slots=True)
class OldNumberLine:
    """A number as it was written somewhere, and by whom it was noted."""

    id: int
    person_id: int
    written: str
    key: str
    source: str
    noted_by: str
    noted_at: datetime
    status: str

    @property
    def source_vi(self) -> str:
        """Where it was written."""
        return SOURCES_VI[self.source]

    @property
    def faults(self) -> tuple[StructureFault, ...]:
        """What is wrong with its structure."""
        return structure_faults(self.written)


@dataclass(frozen=True, slots=True)
class OldNumberOf(OldNumberLine):
    """An old number with whose it is, and the open matter about it (None for none)."""

    withdrawn_by: str
    withdrawn_at: datetime | None
    withdrawn_note: str
    full_name: str
    born_on: date
    number: str
    matter_id: int | None
    dossier_code: str

    @property
    def is_withdrawn(self) -> bool:
        """True when it leads to nobody any more."""
        return self.status == "withdrawn"


@dataclass(frozen=True, slots=True)
class PersonalIdLine:
    """A personal id from when to when; `until` is None for the one in use."""

    personal_id: str
    since: datetime
    until: datetime | None
    status: str
    said_by: str

    @property
    def status_vi(self) -> str:
        """The status in words."""
        return ID_STATUSES_VI[self.status]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything a person is or was named by, at an instant; records merged into his included."""

    ledger: tuple[LedgerLine, ...]
    moves: tuple[NumberMove, ...]
    old: tuple[OldNumberLine, ...]
    personal_ids: tuple[PersonalIdLine, ...]

    @property
    def active(self) -> str:
        """The number in use; '' for none."""
        return next((it.number for it in self.ledger if it.status == "active"), "")

    def leading(self, at: datetime) -> Usable:
        """Which number leads on the day: the personal id from 01/08/2025 where it is known."""
        has_id = any(it.status == "active" for it in self.personal_ids)
        return numbers_used(has_personal_id=has_id, on=vietnam_date(at))[0]


def numbers_of(by: Actor, person_id: int, *, at: datetime) -> Numbers:
    """The numbers of a person in the actor's area as they stood at the instant. Four statements."""
    del by  # row-level security reads the actor of the transaction
    words: dict[str, Any] = {"person": person_id, "at": at}

    def read(line: type, statement: str) -> tuple:  # type: ignore[type-arg]
        with connection.cursor() as cursor:
            cursor.execute(statement, words)
            return tuple(rows_as(line, cursor))

    return Numbers(
        read(LedgerLine, _LEDGER),
        read(NumberMove, _EVENTS),
        read(OldNumberLine, _OLD),
        read(PersonalIdLine, _IDS),
    )


def named_by(by: Actor, text: str) -> list[int]:
    """The persons in the actor's area whom a number of any time names, oldest record first. One statement."""
    del by
    if not number_key(text):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [text])
        return sorted(row[0] for row in cursor.fetchall() if row[0] is not None)


def old_number(by: Actor, old_id: int) -> OldNumberOf:
    """One old number with the person whom it leads to and what hinders its withdrawal. Raises NotFound outside the area."""
    if not by.may(Permission.PERSON_REVIEW):
        raise NotAllowed("Bạn không có quyền xem số cũ.", code=str(Permission.PERSON_REVIEW))
    with connection.cursor() as cursor:
        cursor.execute(_OLD_ONE, [old_id])
        found = rows_as(OldNumberOf, cursor)
    if not found:
        raise NotFound(OLD_GONE_VI, code="NOT_FOUND")
    return found[0]


def withdraw_old(old_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Take back an old number noted by mistake: it leads to the person no longer and stays readable in history.

    Raises NotAllowed without NUMBER_REPAIR, NotFound, Refused without a reason (NOTE), Conflict when it was withdrawn
    already (CHANGED) or a matter about it is open (MATTER_OPEN): that one is decided first.
    """
    if not by.may(Permission.NUMBER_REPAIR):
        raise NotAllowed("Bạn không có quyền sửa mã số BHXH.", code=str(Permission.NUMBER_REPAIR))
    said = note.strip()[:MOST_NOTE]
    if not said:
        raise Refused("Hãy ghi vì sao số này là ghi nhầm.", code="NOTE", field="ly-do")
    with acting(by, at=at), connection.cursor() as cursor:
        held = old_number(by, old_id)
        if held.matter_id is not None:
            raise Conflict(MATTER_OPEN_VI, code="MATTER_OPEN")
        cursor.execute(_WITHDRAW, [by.label, at, said, old_id])
        row = cursor.fetchone()
        if row is None:
            raise Conflict("Số cũ này đã được bỏ.", code="CHANGED")
        trail.record(
            by,
            "person.old_number_withdrawn",
            at=at,
            subject_kind="person",
            subject_id=row[0],
            detail={"old_number": old_id},
        )
