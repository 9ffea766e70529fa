"""Answers to what left the procedure: who may, four eyes, what is refused, what the database holds by itself."""

import csv
import io
import json
import zipfile
from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.cards import answers, conformance, findings, offprocesslist
from lienthong.cards.findings import FindingFilter
from lienthong.catalogues.sheets import SentFile, read_sheet
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.kernel.outcomes import Outcome
from tests import births, offprocess
from tests.births import column, rows
from tests.offprocess import hour, one

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]
NIGHT = hour(23, "00:30")
THEN, LATER, LAST = hour(23, "08:00"), hour(23, "09:00"), hour(23, "10:00")
SAID = "Đã bổ sung người, duyệt trong ngày."


def _officer(name: str, role: Role, key: int) -> Actor:
    return Actor(name, ActorKind.OFFICER, permissions_of(role), key, everywhere=True)


DESK = _officer("so-the-01", Role.CARD_DESK, 11)
HEAD = _officer("truong-so-the-01", Role.HEAD, 12)
THU = _officer("thu-01", Role.COLLECTION, 13)
PROVINCE = _officer("tinh-01", Role.PROVINCE, 14)


@pytest.fixture
def waiting() -> list[int]:
    """Two slow approvals and one slow print."""
    births.small_country()
    offprocess.requested(1)
    offprocess.requested(2)
    offprocess.approved(3)
    offprocess.night(NIGHT)
    return column("SELECT id FROM cards_finding ORDER BY rule, id")


def _answer(ids: list[int], by: Actor = DESK, **said: str) -> Outcome:
    words = {"reason": "WORKLOAD", "text": SAID} | said
    return answers.answer(ids, by=by, at=THEN, **words)


def test_answered_then_confirmed_by_the_head_with_every_step_kept(waiting: list[int]) -> None:
    assert list(_answer(waiting[:2]).done) == waiting[:2]
    assert answers.send_back(waiting[:1], note="Nêu rõ ai nghỉ.", by=HEAD, at=LATER).done_count == 1
    assert _answer(waiting[:1], THU, text="Hai cán bộ nghỉ ốm.").done_count == 1
    assert answers.confirm(waiting[:2], by=HEAD, at=LAST).done_count == 2
    assert column("SELECT state FROM cards_finding ORDER BY rule, id") == [
        "confirmed",
        "confirmed",
        "open",
    ]
    told = findings.steps(HEAD, waiting[0])
    assert [(it.to_state, it.by, it.text) for it in told] == [
        ("answered", "officer:so-the-01", SAID),
        ("returned", "officer:truong-so-the-01", "Nêu rõ ai nghỉ."),
        ("answered", "officer:thu-01", "Hai cán bộ nghỉ ốm."),
        ("confirmed", "officer:truong-so-the-01", ""),
    ]
    done = [
        it[0]
        for it in rows(
            "SELECT action FROM audit_entry WHERE subject_id = %s ORDER BY id", waiting[0]
        )
    ]
    assert done == ["finding.answer", "finding.send_back", "finding.answer", "finding.confirm"]


def test_nobody_confirms_his_own_answer(waiting: list[int]) -> None:
    assert _answer(waiting[:1], HEAD).done_count == 1
    outcome = answers.confirm(waiting[:1], by=HEAD, at=LATER)
    assert (outcome.done, [it.code for it in outcome.refused]) == ((), ["FOUR_EYES"])
    assert [
        it.code for it in answers.send_back(waiting[:1], note="x", by=HEAD, at=LATER).refused
    ] == ["FOUR_EYES"]
    with pytest.raises(DatabaseError, match="finding_four_eyes"), transaction.atomic():
        births.rows(
            "UPDATE cards_finding SET state = 'confirmed', confirmed_at = now(), confirmed_by = 'x',"
            " confirmed_person = answered_person WHERE id = %s RETURNING id",
            waiting[0],
        )


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"reason": ""}, "REASON", "ly-do"),
        ({"reason": "HẾT MỰC"}, "REASON", "ly-do"),
        ({"text": "   "}, "TEXT_MISSING", "tra-loi"),
        ({"text": "a" * 1001}, "TEXT_LONG", "tra-loi"),
    ],
)
def test_an_answer_needs_a_reason_of_the_list_and_a_text(
    waiting: list[int], said: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        _answer(waiting[:1], **said)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert set(column("SELECT state FROM cards_finding")) == {"open"}


def test_one_answer_is_for_one_rule(waiting: list[int]) -> None:
    with pytest.raises(Refused) as refused:
        _answer(waiting)
    assert refused.value.code == "ONE_RULE"
    assert set(column("SELECT state FROM cards_finding")) == {"open"}


def test_what_is_answered_or_not_there_is_refused_by_row(waiting: list[int]) -> None:
    _answer(waiting[:1])
    outcome = _answer([*waiting[:2], 999_999])
    assert outcome.done == (waiting[1],)
    assert [(it.subject, it.code) for it in outcome.refused] == [
        (waiting[0], "ANSWERED"),
        (999_999, "NOT_FOUND"),
    ]
    assert [it.code for it in answers.confirm(waiting[2:], by=HEAD, at=LATER).refused] == [
        "NOT_ANSWERED"
    ]


def test_only_the_unit_s_desks_answer_and_only_the_head_confirms(waiting: list[int]) -> None:
    with pytest.raises(NotAllowed):
        _answer(waiting[:1], PROVINCE)
    _answer(waiting[:1])
    for by in (DESK, THU, PROVINCE):
        with pytest.raises(NotAllowed):
            answers.confirm(waiting[:1], by=by, at=LATER)
        with pytest.raises(NotAllowed):
            answers.send_back(waiting[:1], note="x", by=by, at=LATER)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cards_finding SET rule = 'OP-02' WHERE rule = 'OP-01' RETURNING id",
        "UPDATE cards_finding SET due_at = now() RETURNING id",
        "UPDATE cards_finding SET answer = 'x', reason = 'OTHER' RETURNING id",
        """UPDATE cards_finding SET state = 'confirmed', confirmed_at = now(), confirmed_by = 'x', confirmed_person = 9,
        answered_at = now(), answered_by = 'y', answered_person = 8, answer = 'x', reason = 'OTHER' RETURNING id""",
    ],
)
def test_the_database_keeps_what_was_found_and_the_way_of_answers(
    waiting: list[int], change: str
) -> None:
    assert waiting
    with pytest.raises(DatabaseError), transaction.atomic():
        rows(change)


def test_a_finding_is_never_deleted_and_its_steps_never_change(waiting: list[int]) -> None:
    _answer(waiting[:1])
    for statement in ("DELETE FROM cards_finding", "UPDATE cards_findingstep SET text = 'x'"):
        with pytest.raises(DatabaseError), transaction.atomic():
            offprocess.write(statement)


# ---------------------------------------------------------------- the list as a file


def _lines(at: object = LAST) -> list[findings.FindingLine]:
    return list(findings.every_finding(HEAD, filters=FindingFilter(), at=at))  # type: ignore[arg-type]


def test_the_list_says_what_the_letter_asks_for(waiting: list[int]) -> None:
    _answer(waiting[:1])
    answers.confirm(waiting[:1], by=HEAD, at=LATER)
    book = offprocesslist.as_xlsx(_lines())
    heads = [column.head_vi for column in offprocesslist.COLUMNS]
    sheet = read_sheet(
        SentFile("a.xlsx", book), columns=[head.lower() for head in heads], widths={}
    )
    assert len(sheet.rows) == 3
    row = next(it.cells for it in sheet.rows if it.cells["tình trạng"] == "Đã xác nhận")
    told = {head: row[head.lower()] for head in heads}
    assert told["Quy tắc"] == "OP-01"
    assert told["Tỉnh, thành phố"] == "Thành phố Hà Nội"
    assert told["Họ và tên"] == "NGUYỄN MINH AN"
    assert told["Mã thẻ"] == f"TE101{told['Mã số BHXH']}"
    assert told["Thao tác"] == "Duyệt thẻ"
    assert (told["Yêu cầu lúc"], told["Duyệt lúc"]) == ("20/11/2026 09:15", "")
    assert (told["Thẻ mới từ ngày"], told["Thẻ mới đến ngày"]) == ("12/11/2026", "30/11/2032")
    assert told["Nội dung sai quy trình"] == conformance.RULES_VI["OP-01"]
    assert told["Chậm (giờ làm việc)"] == "3"
    assert (told["Lý do"], told["Trả lời, biện pháp khắc phục"]) == (
        answers.REASONS_VI["WORKLOAD"],
        SAID,
    )
    assert (told["Trưởng bộ phận xác nhận"], told["Xác nhận lúc"]) == (
        "truong-so-the-01",
        "23/11/2026 09:00",
    )


@pytest.mark.parametrize("text", ["=1+1", "+84", "-1", "@SUM(A1)"])
def test_no_text_of_an_officer_becomes_a_formula(waiting: list[int], text: str) -> None:
    _answer(waiting[:1], text=text)
    lines = _lines()
    answered = [it for it in lines if it.answer]
    cells = next(
        iter(csv.DictReader(io.StringIO(offprocesslist.as_csv(answered).decode("utf-8-sig"))))
    )
    assert cells["Trả lời, biện pháp khắc phục"] == f"'{text}"
    with zipfile.ZipFile(io.BytesIO(offprocesslist.as_xlsx(answered))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    (told,) = json.loads(offprocesslist.as_json(answered))
    assert (told["answer"], told["approved_at"], told["birth_date"]) == (text, None, "2026-11-12")


def test_the_list_of_an_earlier_instant_knows_nothing_later(waiting: list[int]) -> None:
    before = _lines(THEN.replace(hour=7, minute=30))
    _answer(waiting[:1])
    answers.confirm(waiting[:1], by=HEAD, at=LATER)
    assert _lines(THEN.replace(hour=7, minute=30)) == before
    (then,) = [it for it in _lines(THEN) if it.id == waiting[0]]
    (last,) = [it for it in _lines(LAST) if it.id == waiting[0]]
    assert (then.state, last.state) == ("answered", "confirmed")
    assert (
        replace(last, confirmed_at=None, confirmed_by="", state="answered", delay_minutes=60)
        == then
    )
    assert _lines(NIGHT.replace(minute=0)) == []
    assert one("OP-02")["state"] == "open"
