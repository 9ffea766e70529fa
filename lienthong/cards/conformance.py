"""Operations that left the procedure (thao tác sai quy trình, OP-01 … OP-15), found on the event and every night.

Each rule is a file of `offprocess/` that selects its rows; what it selects becomes a finding, once. The search on the
event looks at what has moved since the last look; the nightly one at the whole country, whatever came past the events.
Letter 5052/BHXH-CNTT, part 1; rules §13.4.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts import queries as accounts
from lienthong.audit import trail
from lienthong.cards import officetime
from lienthong.database.scope import acting
from lienthong.database.sql import Row, Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.law.conformance import repeated_exchange
from lienthong.law.exchange import CardPart, ground_rule, grounds
from lienthong.law.paper_channel import PaperReason, may_take_paper
from lienthong.notices import actions as notices
from lienthong.notices.actions import News

_PACKAGE = "lienthong.cards"
_RECORD = Statement.load(_PACKAGE, "offprocess/record.sql")
_GONE = Statement.load(_PACKAGE, "offprocess/gone.sql")
_TOUCHED = Statement.load(_PACKAGE, "offprocess/touched.sql")
_ROWS_AT_ONCE = 10_000
_EVENTS_AT_ONCE = 10_000
_NOBODY = "{}"
_SELECTED = 10
"""Columns of every rule's rows; what follows is for its judge."""
_ENDED_AT = 6
"""Which of them says that the cause is over."""

# One search at a time, of either kind; no transaction id is taken for it.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('lienthong.conformance'))"
_GIVEN_OUT = "SELECT pg_sequence_last_value('cards_event_id_seq'), pg_sequence_last_value('dossiers_event_id_seq')"
_LOOKS = "SELECT name, seen_id, pending_id, pending_xact, looked_on FROM cards_look"
_ALL_BEFORE = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_CARD_EVENTS = "SELECT id, card_id FROM cards_event WHERE id > %s ORDER BY id LIMIT %s"
_DOSSIER_EVENTS = (
    "SELECT id, dossier_id, to_state FROM dossiers_event WHERE id > %s ORDER BY id LIMIT %s"
)
_ADVANCE = """
    UPDATE cards_look
    SET seen_id = %(seen)s, pending_id = %(pending)s, pending_xact = pg_current_xact_id()::text::bigint
    WHERE name = %(name)s
"""
_STEP = "UPDATE cards_look SET seen_id = %(seen)s WHERE name = %(name)s"
_NIGHT_DONE = "UPDATE cards_look SET looked_on = %s WHERE name = 'night'"
_FOUND_NOW = """
    SELECT finding.unit_id, unit.code, unit.name, unit.province_code, count(*),
           array_agg(DISTINCT finding.rule ORDER BY finding.rule), min(finding.dossier_id),
           (array_agg(dossier.code ORDER BY finding.dossier_id))[1]
    FROM cards_finding AS finding
    JOIN catalogues_unit AS unit ON unit.id = finding.unit_id
    JOIN dossiers_dossier AS dossier ON dossier.id = finding.dossier_id
    WHERE finding.found_at = %s
    GROUP BY finding.unit_id, unit.id
"""
_TELLING_STATES = frozenset({"RECEIVED", "ARISEN", "APPROVED", "PRINTED", "RETURNED"})
"""Moves of a dossier after which a rule may have something to say; a card's own moves always are."""


def _paper_fault(reason: str, province: str, on: date, *record: bool) -> str:
    """Why a paper dossier may not stand, or '' when it may."""
    if reason not in frozenset(PaperReason):
        return "Không có lý do trong danh mục được nhận hồ sơ giấy"
    exists, is_cancelled = record
    if may_take_paper(
        PaperReason(reason),
        province=province,
        on=on,
        record_exists=exists,
        is_record_cancelled=exists and is_cancelled,
    ):
        return ""
    said = "đã có hồ sơ điện tử" if exists else "không có dữ liệu đã gửi trước đó"
    return f"Lý do {reason} không được nhận khi {said}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its code, whose row it names, the operation, a title, and what is broken in one sentence.

    `judge` says by the law what the rest of a row's columns mean: the fault in words, or '' for none.
    """

    code: str
    subject_kind: str
    operation: str
    title_vi: str
    broken_vi: str
    judge: Callable[..., str] | None = None

    @property
    def statement(self) -> Statement:
        """The rule's own file."""
        return Statement.load(_PACKAGE, f"offprocess/{self.code.lower().replace('-', '_')}.sql")


OPERATIONS_VI = {
    "request": "Yêu cầu cấp, đổi thẻ",
    "approve": "Duyệt thẻ",
    "print": "In thẻ",
    "return": "Trả thẻ",
    "collect": "Phát sinh thu",
    "receive": "Tiếp nhận hồ sơ giấy",
}
_RULES = (
    ("OP-01", "request", "approve", "Duyệt chậm",
     "Yêu cầu của bộ phận Thu không được duyệt trong thời hạn."),
    ("OP-02", "card", "print", "In chậm",
     "Thẻ đã duyệt không được in hoặc giao điện tử trong thời hạn."),
    ("OP-03", "card", "return", "Trả chậm",
     "Thẻ đã in không được trả cho gia đình trong thời hạn."),
    ("OP-04", "card", "approve", "Chưa duyệt đã in",
     "Thẻ đã in hoặc có giá trị mà không có lượt duyệt."),
    ("OP-05", "request", "approve", "Duyệt không đúng người",
     "Thẻ được duyệt khi không có yêu cầu của bộ phận Thu, hoặc người duyệt cũng là người yêu cầu."),
    ("OP-06", "card", "approve", "Sai thứ tự các bước",
     "Các bước yêu cầu, duyệt, in, trả thẻ không theo thứ tự."),
    ("OP-07", "request", "request", "Đổi thời hạn không lý do",
     "Cấp lại, đổi thẻ làm thay đổi thời hạn hoặc thời điểm đủ 05 năm mà không có lý do cho phép."),
    ("OP-08", "card", "request", "Thời hạn không liên tục",
     "Thời hạn của hai thẻ nối tiếp bị hở hoặc chồng lên nhau."),
    ("OP-09", "card", "approve", "Đóng thẻ cũ trước",
     "Thẻ cũ bị đóng trước khi thẻ mới được duyệt; người tham gia có lúc không có thẻ."),
    ("OP-10", "card", "request", "Mã số BHXH thay đổi",
     "Cấp lại, đổi thẻ làm thay đổi mã số BHXH."),
    ("OP-11", "card", "request", "Mã thẻ sai cấu trúc",
     "Ký tự nhóm, mức hưởng hoặc tỉnh của mã thẻ không đúng quy định tại ngày yêu cầu."),
    ("OP-12", "card", "approve", "Hai thẻ cùng lúc",
     "Thẻ được duyệt khi người tham gia đang có thẻ khác còn giá trị."),
    ("OP-13", "request", "request", "Đổi thẻ nhiều lần",
     "Một người được cấp lại, đổi thẻ nhiều lần trong thời gian ngắn."),
    ("OP-14", "dossier", "collect", "Phát sinh tại đơn vị cũ",
     "Phát sinh thu tại đơn vị cũ sau thời điểm chuyển địa bàn."),
)  # fmt: skip
RULES = (
    *(Rule(*row) for row in _RULES),
    Rule(
        "OP-15",
        "dossier",
        "receive",
        "Hồ sơ giấy sai quy định",
        "Hồ sơ giấy không thuộc trường hợp được nhận, hoặc được nhận khi đã có hồ sơ điện tử.",
        _paper_fault,
    ),
)
BY_CODE = {rule.code: rule for rule in RULES}
RULES_VI = {rule.code: rule.broken_vi for rule in RULES}


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which subjects a search looks at: all of them, or the touched ones by kind, each as PostgreSQL writes an array."""

    everything: bool
    ids: dict[str, str]
    found_by: str


def look(*, by: Actor, at: datetime) -> int:
    """Look at what has moved since the last look; how many findings are new, or one when more waits.

    The watermark passes no event whose transaction may still commit: an id counts as seen only when every transaction
    that could hold a lower one has ended. Until then the same events are looked at again, and found once.
    """
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_ALONE)
        if not cursor.fetchone()[0]:
            return 0
        # Before anything here has a transaction id: whoever holds an id up to these began before `_ADVANCE` takes ours.
        cursor.execute(_GIVEN_OUT)
        given_out = dict(zip(("card", "dossier"), cursor.fetchone(), strict=True))
        cursor.execute(_LOOKS)
        seen = {row[0]: row[1:4] for row in cursor.fetchall()}
        if all((given_out[name] or 0) <= seen[name][0] for name in given_out):
            return 0
        cursor.execute(_ALL_BEFORE)
        ended_before = cursor.fetchone()[0]
        moved: dict[str, list[int]] = {}
        is_more = False
        for name, statement in (("card", _CARD_EVENTS), ("dossier", _DOSSIER_EVENTS)):
            last, pending, pending_xact = seen[name]
            cursor.execute(statement, [last, _EVENTS_AT_ONCE])
            events = cursor.fetchall()
            moved[name] = sorted({event[1] for event in events if _tells(event)})
            if pending_xact > ended_before:
                continue
            settled = max(last, pending)
            if len(events) == _EVENTS_AT_ONCE:
                is_more = True
                settled = min(settled, events[-1][0])
            # The rest of what is settled is taken first: only then is a new bound noted.
            step = _STEP if settled < pending else _ADVANCE
            cursor.execute(step, {"seen": settled, "pending": given_out[name] or 0, "name": name})
        new = _search(_touched(moved), by=by, at=at) if any(moved.values()) else 0
    return max(new, int(is_more))


def look_at_everything(*, by: Actor, at: datetime) -> int:
    """Look at every card, request and dossier of the country, once a Vietnamese day; how many findings are new."""
    on = vietnam_date(at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOOKS)
        done = {row[0]: row[4] for row in cursor.fetchall()}["night"]
        if done is not None and done >= on:
            return 0
        cursor.execute(_ALONE)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_NIGHT_DONE, [on])
        return _search(_Scope(everything=True, ids={}, found_by="night"), by=by, at=at)


def _tells(event: Row) -> bool:
    return len(event) == 2 or event[2] in _TELLING_STATES  # noqa: PLR2004 - a card's event, or one with its state


def _touched(moved: dict[str, list[int]]) -> _Scope:
    (row,) = _TOUCHED.rows({"cards": moved["card"], "dossiers": moved["dossier"]})
    return _Scope(
        everything=False,
        ids=dict(zip(("card", "request", "dossier"), row, strict=True)),
        found_by="event",
    )


def _search(scope: _Scope, *, by: Actor, at: datetime) -> int:
    """Run every rule over the scope; how many findings are new. A statement a rule, and two for what it found."""
    officetime.ensure(vietnam_date(at))
    repeat_count, repeat_days = repeated_exchange(vietnam_date(at))
    given = {
        "at": at,
        "everything": scope.everything,
        "dating_grounds": _dating_grounds(vietnam_date(at)),
        "repeat_count": repeat_count,
        "repeat_days": repeat_days,
    }
    new: Counter[str] = Counter()
    for rule in RULES:
        ids = scope.ids.get(rule.subject_kind, _NOBODY)
        if scope.everything or ids != _NOBODY:
            own = given | {"ids": ids}
            rows = _judged(rule, rule.statement.rows(own))
            new[rule.code] = _record(rule, rows, scope=scope, at=at)
            _GONE.run(
                own
                | {"rule": rule.code, "found": [row[0] for row in rows if row[_ENDED_AT] is None]}
            )
    found = {code: count for code, count in new.items() if count}
    if found:
        trail.record(by, "finding.found", at=at, subject_kind="finding", detail=found)
        _tell(by=by, at=at)
    return sum(found.values())


def _tell(*, by: Actor, at: datetime) -> None:
    """What was found at this instant is told to the card desk and its head, once a unit."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND_NOW, [at])
        found = cursor.fetchall()
    news = []
    for unit_id, code, name, province, count, rules, dossier_id, dossier in found:
        officers = accounts.card_desk_of(province, code, by=by)
        words = {"count": str(count), "unit": name, "rules": ", ".join(rules), "dossier": dossier}
        key = f"off-process:{unit_id}:{at.isoformat()}"
        if officers:
            subject = ("dossier", dossier_id)
            news.append(News("OFF_PROCESS", key, subject, unit_id, words, officers))
    notices.tell(news, by=by, at=at)


def _dating_grounds(on: date) -> list[str]:
    """Grounds on which a further card may have other days than the one it replaces (002-3 to 002-6)."""
    return [
        str(ground)
        for ground in grounds(on=on)
        if CardPart.VALIDITY in ground_rule(ground, on=on).may_change
    ]


def _judged(rule: Rule, rows: list[Row]) -> list[Row]:
    if rule.judge is None:
        return rows
    told = [(row[: _SELECTED - 1], rule.judge(*row[_SELECTED:])) for row in rows]
    return [(*row, fault) for row, fault in told if fault]


def _record(rule: Rule, rows: Sequence[Row], *, scope: _Scope, at: datetime) -> int:
    names = (
        "subject_ids",
        "card_ids",
        "dossier_ids",
        "unit_ids",
        "areas",
        "due_at",
        "ended_at",
        "old_valid",
        "new_valid",
        "details",
    )
    new = 0
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        columns = zip(*rows[start : start + _ROWS_AT_ONCE], strict=True)
        parameters: dict[str, Any] = {
            "rule": rule.code,
            "subject_kind": rule.subject_kind,
            "operation": rule.operation,
            "found_by": scope.found_by,
            "at": at,
            **{name: list(column) for name, column in zip(names, columns, strict=True)},
        }
        new += sum(1 for (is_new,) in _RECORD.rows(parameters) if is_new)
    return new
