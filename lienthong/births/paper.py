"""A birth on paper (hồ sơ giấy), by exception: typed by an officer, it becomes a birth message like any other.

Judgement, register entry, steps, trace and verification hold for it unchanged. What is its own: a reason of the closed
list (rules §13.2), evidence scanned, the electronic twin looked for first, and a rank behind the electronic record.
Whoever types it has asked for its card and cannot approve it (a trigger of the database).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.births import scans, storing, twins
from lienthong.births.lists import code_lists
from lienthong.births.records import (
    AGAINST,
    Found,
    alike_of,
    province_of,
    record_of,
    refuse_twins,
    weigh,
)
from lienthong.catalogues import queries as catalogues
from lienthong.database.scope import acting
from lienthong.gateways.findings import sentence
from lienthong.gateways.justice import judge
from lienthong.gateways.justice_typed import Envelope, name_of, write_typed
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, Refused
from lienthong.law.paper_channel import (
    ExistingRecord,
    PaperReason,
    PaperRule,
    paper_reasons,
)

SOURCE: Final = "GIAY"
NOT_LISTED: Final = "X"
MOST_NOTE: Final = 1000
_CREATE, _CORRECT, _CANCEL = "create", "correct", "cancel"
_ABROAD = frozenset(
    {PaperReason.REGISTERED_BY_FOREIGN_AUTHORITY, PaperReason.REGISTERED_AT_MISSION_ABROAD}
)
_BY_RESIDENCE = _ABROAD | {PaperReason.REGISTERED_ELSEWHERE}
_PLACE = "SELECT after_version, paper_no FROM births_paper_place(%s, %s, %s, %s::smallint)"
_KNOWN = "SELECT id FROM births_message WHERE source = %s AND message_id = %s"
_HOME = """
    SELECT province_code FROM catalogues_division WHERE code = %s AND level = 'commune' AND valid @> %s::date
"""
_PAPER = """
    INSERT INTO births_paper (message_id, reason, kind, note, commune_code, book, number, year, after_version, paper_no,
                              replaces_id, seen, area, province_code, entered_person, entered_by, entered_at)
    VALUES (%(message)s, %(reason)s, %(kind)s, %(note)s, %(commune_code)s, %(book)s, %(number)s, %(year)s,
            %(after_version)s, %(paper_no)s, %(replaces)s, %(seen)s::bigint[], %(area)s, %(province)s, %(person)s,
            %(by)s, %(at)s)
    RETURNING id
"""
_SCAN = """
    INSERT INTO births_scan (paper_id, place, name, form, size, sha256) VALUES (%s, %s, %s, %s, %s, %s)
"""
_REFUSAL = """
    INSERT INTO births_paperrefusal (at, by, reason, code, area, province_code) VALUES (%s, %s, %s, %s, %s, %s)
"""
_COUNTED = frozenset({"PAPER_NOT_ALLOWED", "PAPER_TWIN"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What the officer typed, by the names of `gateways.justice_typed.FIELDS`; days as `YYYY-MM-DD`.

    `token` names this one entry, so that sending it twice keeps it once. `twin` is the dossier that A1 and A2 correct,
    and that A3 replaces or, with `is_cancellation`, cancels. `seen` are the dossiers of children alike said to be others.
    """

    reason: str
    token: str
    typed: Mapping[str, str]
    note: str = ""
    twin: int | None = None
    seen: frozenset[int] = frozenset()
    is_cancellation: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """The paper that was kept, and the message that it became."""

    paper_id: int
    message_ref: int
    message_id: str


def open_reasons(by: Actor, *, on: date) -> tuple[PaperRule, ...]:
    """The reasons open in the officer's province that day, in the order of the list."""
    return paper_reasons(province_of(by), on=on)


def rule_of(reason: str, *, by: Actor, on: date) -> PaperRule:
    """The rule of a reason that is open. Raises Refused (PAPER_NOT_ALLOWED) for every other, X above all."""
    for rule in open_reasons(by, on=on):
        if rule.reason == reason:
            return rule
    raise Refused(
        "Trường hợp này không thuộc danh mục nhận hồ sơ giấy; chỉ tiếp nhận qua liên thông điện tử.",
        code="PAPER_NOT_ALLOWED",
        field="reason",
    )


def read(entry: Entry, *, on: date) -> BirthFacts:
    """The facts of the entry, judged as an electronic message is. Raises Refused with the code and our field's name."""
    return _judged(_message(entry, _CREATE, 1, entry.typed), on)


def enter(entry: Entry, files: Sequence[bytes], *, by: Actor, at: datetime) -> Entered:
    """Keep a paper and its scans; the next check makes it a dossier, or a correction of the one it speaks of.

    Raises NotAllowed; Refused with code and field: a reason that is not open (PAPER_NOT_ALLOWED), a twin in the way
    (PAPER_TWIN), children alike not looked at yet (PAPER_LOOKALIKE), a wrong field, a bad scan; Conflict when somebody
    has just entered a paper about the same register entry. One transaction.
    """
    if not by.may(Permission.PAPER_ENTER):
        raise NotAllowed("Bạn không có quyền nhập hồ sơ giấy.", code=str(Permission.PAPER_ENTER))
    on = vietnam_date(at)
    rule = rule_of(entry.reason, by=by, on=on)
    _check_note(rule, entry)
    with acting(by, at=at):
        known = _known(entry)
        if known is not None:
            return known
        kind, typed, twin = _decided(entry, rule, by=by, on=on)
        facts = _judged(_message(entry, kind, 1, typed), on)
        checked = scans.check(files)
        after, number = _rank(facts)
        body = _message(entry, kind, number, typed, at=at)
        try:
            with transaction.atomic():
                kept = storing.accept(body, storing.Via("paper", by.label, SOURCE), by=by, at=at)
                told = {
                    "message": kept.message_ref,
                    "kind": kind,
                    "after_version": after,
                    "paper_no": number,
                    "replaces": twin if kind == _CREATE else None,
                }
                paper_id = _insert(entry, facts, told, by=by, at=at)
                _attach(paper_id, checked)
        except IntegrityError as error:
            raise Conflict(
                "Vừa có một hồ sơ giấy khác cho đúng đăng ký này đang được xử lý."
            ) from error
        trail.record(
            by,
            "paper.entered",
            at=at,
            subject_kind="paper",
            subject_id=paper_id,
            detail={
                "reason": entry.reason,
                "kind": kind,
                "message": kept.message_ref,
                "scans": [one.sha256.hex() for one in checked],
            },
        )
    return Entered(paper_id, kept.message_ref, kept.message_id)


def note_refusal(reason: str, code: str, *, by: Actor, at: datetime) -> None:
    """Count a paper that was not taken: a rising share is a signal (rules §13.2). Nobody is named in it."""
    if code not in _COUNTED:
        return
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_REFUSAL, [at, by.label, reason[:2], code, _area(by), province_of(by)])
        trail.record(by, "paper.refused", at=at, detail={"reason": reason[:2], "code": code})


# ---------------------------------------------------------------- checks


def _decided(
    entry: Entry, rule: PaperRule, *, by: Actor, on: date
) -> tuple[str, Mapping[str, str], int | None]:
    """What the paper is to do (create, correct, cancel), what it says, and the dossier that it speaks of."""
    if entry.is_cancellation or not rule.creates:
        record = record_of(entry.twin or 0, by=by)
        typed = dict(entry.typed) | record.key
        if entry.is_cancellation:
            _need_cancellable(rule)
            return _CANCEL, typed, record.dossier_id
        facts = _judged(_message(entry, _CORRECT, 1, typed), on)
        refuse_twins([it for it in twins.search(by, facts) if it.dossier_id != record.dossier_id])
        return _CORRECT, typed, record.dossier_id
    facts = read(entry, on=on)
    _check_home(rule, facts, by=by, on=on)
    found = twins.search(by, facts)
    code = weigh(rule, found, by=by, on=on)
    if code:
        raise Found(AGAINST[code], found, code=code, field="twin")
    alike = alike_of(found)
    if {twin.dossier_id for twin in alike} - entry.seen:
        raise Found(AGAINST["PAPER_LOOKALIKE"], alike, code="PAPER_LOOKALIKE", field="seen")
    replaced = next((twin.dossier_id for twin in found if twin.is_exact and twin.dossier_id), None)
    return _CREATE, entry.typed, replaced


def _need_cancellable(rule: PaperRule) -> None:
    if rule.existing is not ExistingRecord.MUST_BE_CANCELLED:
        raise Refused(
            "Chỉ ghi nhận hủy theo trường hợp A3.", code="PAPER_NOT_ALLOWED", field="reason"
        )


def _check_note(rule: PaperRule, entry: Entry) -> None:
    if rule.needs_note and not entry.note.strip():
        raise Refused("Hãy ghi lý do và số văn bản thống nhất.", code="E-MISSING", field="note")
    if len(entry.note) > MOST_NOTE:
        raise Refused("Ghi chú quá dài.", code="E-TEXT-LONG", field="note")


def _check_home(rule: PaperRule, facts: BirthFacts, *, by: Actor, on: date) -> None:
    """Whoever comes by residence lives here."""
    if rule.reason not in _BY_RESIDENCE:
        return
    place = "residence_commune"
    if not facts.residence_commune_code:
        raise Refused("Hãy ghi xã, phường nơi trẻ cư trú.", code="E-MISSING", field=place)
    with connection.cursor() as cursor:
        cursor.execute(_HOME, [facts.residence_commune_code, on])
        row = cursor.fetchone()
    if row is None or row[0] != province_of(by):
        raise Refused(
            "Xã, phường này không thuộc tỉnh, thành phố của bạn hôm nay: gia đình nộp hồ sơ tại nơi cư trú.",
            code="PAPER_NOT_ALLOWED",
            field=place,
        )


# ---------------------------------------------------------------- rows


def _known(entry: Entry) -> Entered | None:
    message_id = _message_id(entry)
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [SOURCE, message_id])
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute("SELECT id FROM births_paper WHERE message_id = %s", [row[0]])
        paper = cursor.fetchone()
    return Entered(paper[0], row[0], message_id) if paper else None


def _rank(facts: BirthFacts) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [facts.commune_code, facts.book, facts.number, facts.year])
        after, number = cursor.fetchone()
    return int(after), int(number)


def _insert(
    entry: Entry, facts: BirthFacts, told: Mapping[str, Any], *, by: Actor, at: datetime
) -> int:
    row = {
        **told,
        "reason": entry.reason,
        "note": entry.note.strip(),
        "commune_code": facts.commune_code,
        "book": facts.book,
        "number": facts.number,
        "year": facts.year,
        "seen": sorted(entry.seen),
        "area": _area(by),
        "province": province_of(by),
        "person": by.person_key,
        "by": by.label,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAPER, row)
        return int(cursor.fetchone()[0])


def _attach(paper_id: int, files: Sequence[scans.Checked]) -> None:
    rows: list[list[Any]] = [
        [paper_id, place, one.name, one.form, one.size, one.sha256]
        for place, one in enumerate(scans.keep(files), start=1)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_SCAN, rows)


def _area(by: Actor) -> int:
    """Whose paper it is until it has a dossier: the officer's unit, or the province's own."""
    if by.unit_code:
        return catalogues.unit_id(by.unit_code) or 0
    return -int(by.province_code or 0)


# ---------------------------------------------------------------- the message


def _message_id(entry: Entry) -> str:
    return f"{SOURCE}-{entry.token.upper()}"


def _message(
    entry: Entry, kind: str, number: int, typed: Mapping[str, str], *, at: datetime | None = None
) -> bytes:
    """The bytes of the message; without `at` only for the judge's eyes."""
    envelope = Envelope(
        _message_id(entry),
        SOURCE,
        kind,
        number,
        at.isoformat(timespec="seconds") if at else "",
        entry.reason == PaperReason.NUMBER_LATE_AND_URGENT,
    )
    return write_typed(typed, envelope)


def _judged(body: bytes, on: date) -> BirthFacts:
    found = judge(body, on=on, lists=code_lists())
    if found.birth is None or found.outcome != "accepted":
        told = sentence(found.code)
        if found.suggestion:
            told = f"{told} Có thể là «{found.suggestion}»; nếu đúng, hãy gõ lại như vậy."
        raise Refused(told, code=found.code, field=name_of(found.field))
    return found.birth
