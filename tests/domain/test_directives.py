"""Letters of the centre: drafting, what an issue needs, what is written once, later days, reminders, search, whose they are."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound
from lienthong.law.deadlines import official_calendar
from lienthong.oversight import directivelists, directives, following, replies
from lienthong.oversight.directivelists import ArchiveFilter
from lienthong.oversight.reasonlists import LISTS_VI
from lienthong.oversight.replies import Signature
from lienthong.oversight.templates import Asked, days_of, templates
from tests import births
from tests.births import AT, ON, column, rows
from tests.conftest import BecomeWeb
from tests.declared import refusal
from tests.directives import (
    DRAFT,
    QUESTIONS,
    Offices,
    issued,
    offices,
    presented,
    sign,
)
from tests.officers import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(db: None) -> Offices:
    """The officers; units exist, so that a unit's head has his."""
    births.small_country()
    return offices()


def _found(by: Actor, become: BecomeWeb, **wanted: object) -> list[str]:
    with become(), acting(by, at=AT):
        asked = ArchiveFilter(**wanted)  # type: ignore[arg-type]
        return [it.number for it in directivelists.archive(by, wanted=asked, on=ON)]


def _refused_by_the_database(statement: str, *arguments: object) -> bool:
    try:
        with transaction.atomic(), acting(SYSTEM, at=AT):
            rows(statement + " RETURNING 1", *arguments)
    except DatabaseError:
        return True
    return False


@pytest.mark.parametrize("key", ["680", "2118", "5052"])
def test_the_three_letters_ship_as_templates_that_can_be_issued(there: Offices, key: str) -> None:
    by = there.centre
    template = templates()[key]
    directive_id = directives.begin(key, by=by, at=AT)
    view = directivelists.one(by, directive_id)
    days = days_of(template, on=ON)
    assert (view.due_on, view.period_first, view.period_last) == (
        days.due_on,
        days.period_first,
        days.period_last,
    )
    calendar = official_calendar()
    counted = [ON + timedelta(days=it) for it in range(1, (days.due_on - ON).days + 1)]
    assert sum(calendar.is_working_day(it) for it in counted) == template.due_working_days
    draft = directives.Draft(
        "1/CV", ON, view.subject, view.body, view.due_on, view.period_first, view.period_last,
        signer_name="Nguyễn Văn Ký", signer_title=view.signer_title, copies=view.copies,
        questions=tuple(it.asked for it in directivelists.questions(by, directive_id)),
    )  # fmt: skip
    assert draft.questions == tuple(template.question)
    assert directives.issue(directive_id, draft, seen=0, by=by, at=AT) == 34
    assert {it.kind for it in template.question} >= {"figure", "yes_no", "plan", "text"}


def test_a_period_of_months_crosses_the_year() -> None:
    days = days_of(templates()["2118"], on=date(2027, 1, 5))
    assert (days.period_first, days.period_last) == (date(2026, 8, 1), date(2027, 1, 4))
    assert days_of(templates()["5052"], on=date(2026, 12, 1)).period_first == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "so"),
        ({"dated_on": None}, "ngay"),
        ({"dated_on": ON + timedelta(days=1)}, "ngay"),
        ({"subject": ""}, "trich-yeu"),
        ({"body": ""}, "noi-dung"),
        ({"due_on": None}, "han"),
        ({"due_on": ON}, "han"),
        ({"due_on": date(2026, 12, 12)}, "han"),
        ({"period_last": date(2026, 9, 1)}, "ky-den"),
        ({"provinces": ()}, "noi-nhan"),
        ({"provinces": ("01", "27")}, "noi-nhan"),
        ({"signer_name": ""}, "nguoi-ky"),
        ({"signer_title": ""}, "chuc-danh"),
        ({"questions": ()}, "cau-hoi"),
    ],
)
def test_a_letter_is_issued_whole(there: Offices, changes: dict[str, object], field: str) -> None:
    directive_id = directives.begin("", by=there.centre, at=AT)
    bad = replace(DRAFT, **changes)  # type: ignore[arg-type]
    with pytest.raises(directives.Refused) as caught:
        directives.issue(directive_id, bad, seen=0, by=there.centre, at=AT)
    assert caught.value.field == field
    assert column("SELECT state FROM oversight_directive") == ["draft"]
    assert column("SELECT count(*) FROM oversight_addressee") == [0]


@pytest.mark.parametrize(
    "asked",
    [
        Asked("figure", "Số", figure="nobody counts this"),
        Asked("reasons", "Lý do", reason_list="no such list"),
        Asked("song", "Hát"),
        Asked("day", "Ngày", only_if_no=2),
        Asked("day", "Ngày", only_if_no=3),
        Asked("figure", "Số", figure="received", first=ON),
        Asked("figure", "Số", figure="received", first=ON, last=ON - timedelta(days=1)),
    ],
)
def test_what_cannot_be_asked_is_refused_and_the_draft_stays(there: Offices, asked: Asked) -> None:
    by = there.centre
    directive_id = directives.begin("680", by=by, at=AT)
    before = directivelists.questions(by, directive_id)
    bad = replace(DRAFT, questions=(QUESTIONS[0], QUESTIONS[4], asked))
    code = refusal(lambda: directives.revise(directive_id, bad, seen=0, by=by, at=AT))
    assert code == "QUESTION"
    assert directivelists.questions(by, directive_id) == before


def test_questions_follow_the_typed_order_and_so_does_what_depends_on_them() -> None:
    first, second, third = QUESTIONS[2], QUESTIONS[0], replace_condition(QUESTIONS[1], 7)
    found = directives.in_order([(9, third), (7, second), (3, first)])
    assert [it.text for it in found] == [first.text, second.text, third.text]
    assert [it.only_if_no for it in found] == [None, None, 2]
    (gone,) = directives.in_order([(1, third)])
    assert gone.only_if_no is None


replace_condition = directives.replace_condition


def test_two_who_write_one_draft_do_not_overwrite_each_other(there: Offices) -> None:
    by, other = there.centre, there.centre
    directive_id = directives.begin("680", by=by, at=AT)
    directives.revise(directive_id, DRAFT, seen=0, by=by, at=AT)
    stale = replace(DRAFT, subject="Khác")
    for deed in (
        lambda: directives.revise(directive_id, stale, seen=0, by=other, at=AT),
        lambda: directives.issue(directive_id, stale, seen=0, by=other, at=AT),
        lambda: directives.drop(directive_id, seen=0, by=other, at=AT),
    ):
        assert refusal(deed) == "CHANGED"
    assert directivelists.one(by, directive_id).subject == DRAFT.subject
    directives.drop(directive_id, seen=1, by=by, at=AT)
    with pytest.raises(NotFound):
        directivelists.one(by, directive_id)


def test_a_number_is_given_once_a_year(there: Offices) -> None:
    issued(there.centre)
    again = replace(DRAFT, number="680/bhxh-cntt")
    assert refusal(lambda: issued(there.centre, again)) == "NUMBER"
    assert column("SELECT state FROM oversight_directive ORDER BY id") == ["issued", "draft"]


def test_an_issued_letter_is_written_once(there: Offices) -> None:
    directive_id = issued(there.centre)
    addressee = column("SELECT id FROM oversight_addressee ORDER BY id LIMIT 1")[0]
    following.remind(directive_id, by=there.centre, at=AT)
    following.add(directive_id, "", None, "Nhắc lại địa chỉ liên hệ.", by=there.centre, at=AT)
    forbidden: list[tuple[str, tuple[object, ...]]] = [
        ("UPDATE oversight_directive SET body = 'Khác' WHERE id = %s", (directive_id,)),
        ("UPDATE oversight_directive SET due_on = '2027-01-01' WHERE id = %s", (directive_id,)),
        ("UPDATE oversight_directive SET state = 'draft' WHERE id = %s", (directive_id,)),
        ("DELETE FROM oversight_directive WHERE id = %s", (directive_id,)),
        ("UPDATE oversight_question SET text = 'Khác' WHERE directive_id = %s", (directive_id,)),
        ("DELETE FROM oversight_question WHERE directive_id = %s", (directive_id,)),
        (
            "INSERT INTO oversight_question (directive_id, place, kind, text) VALUES (%s, 9, 'text', 'Thêm')",
            (directive_id,),
        ),
        (
            (
                "INSERT INTO oversight_addressee (directive_id, province_code, province_name, due_on)"
                " VALUES (%s, '48', 'Đà Nẵng', '2026-11-30')"
            ),
            (directive_id,),
        ),
        ("UPDATE oversight_addressee SET due_on = '2027-01-01' WHERE id = %s", (addressee,)),
        ("UPDATE oversight_addendum SET reason = 'Khác'", ()),
        ("UPDATE oversight_reminder SET told_count = 9", ()),
    ]
    allowed = [it for it in forbidden if not _refused_by_the_database(it[0], *it[1])]
    assert allowed == []


def test_a_letter_to_nobody_or_with_nothing_to_answer_is_not_issued_by_anybody(
    there: Offices,
) -> None:
    directive_id = directives.begin("", by=there.centre, at=AT)
    directives.revise(directive_id, DRAFT, seen=0, by=there.centre, at=AT)
    issue = "UPDATE oversight_directive SET state = 'issued', issued_by = 'x', issued_at = now() WHERE id = %s"
    assert _refused_by_the_database(issue, directive_id)


def test_the_archive_is_found_without_tones_by_state_days_and_province(
    there: Offices, as_web_role: BecomeWeb
) -> None:
    issued(there.centre)
    issued(there.centre, replace(DRAFT, number="9/BHXH-TST", subject="V/v thẻ", provinces=("24",)))
    directives.begin("5052", by=there.centre, at=AT)
    by = there.centre
    assert _found(by, as_web_role) == ["", "9/BHXH-TST", "680/BHXH-CNTT"]
    assert _found(by, as_web_role, text="dung han 680 DON DOC") == ["680/BHXH-CNTT"]
    assert _found(by, as_web_role, text="quy trình") == [""]
    assert _found(by, as_web_role, state="issued") == ["9/BHXH-TST", "680/BHXH-CNTT"]
    assert _found(by, as_web_role, province_code="01") == ["680/BHXH-CNTT"]
    assert _found(by, as_web_role, last=ON - timedelta(days=1)) == []
    assert _found(by, as_web_role, text="100%_'") == []


def test_a_letter_is_found_by_the_number_of_a_province_s_reply(
    there: Offices, as_web_role: BecomeWeb
) -> None:
    directive_id = issued(there.centre)
    reply_id = presented(directive_id, there.writer)
    sign(reply_id, Signature("Giám đốc", "200/BHXH-QLT"), by=there.director, at=AT)
    assert _found(there.centre, as_web_role, text=" 200/bhxh-qlt") == ["680/BHXH-CNTT"]
    assert _found(there.director, as_web_role, text="200/BHXH-QLT") == ["680/BHXH-CNTT"]
    # Another province's number is another's reply.
    assert _found(there.other_director, as_web_role, text="200/BHXH-QLT") == []


def test_each_sees_the_letters_that_went_to_it_and_no_draft(
    there: Offices, as_web_role: BecomeWeb
) -> None:
    both = issued(there.centre)
    other = issued(there.centre, replace(DRAFT, number="9/BHXH-TST", provinces=("24",)))
    draft = directives.begin("680", by=there.centre, at=AT)
    following.close(both, "Xong.", by=there.centre, at=AT)
    assert _found(there.writer, as_web_role) == ["680/BHXH-CNTT"]
    assert _found(there.unit, as_web_role) == ["680/BHXH-CNTT"]
    assert _found(there.other_writer, as_web_role) == ["9/BHXH-TST", "680/BHXH-CNTT"]
    with as_web_role():
        for by, hidden in ((there.writer, other), (there.writer, draft), (there.unit, draft)):
            with acting(by, at=AT):
                with pytest.raises(NotFound):
                    directivelists.one(by, hidden)
                assert directivelists.questions(by, hidden) == []
                assert rows("SELECT 1 FROM oversight_addendum") == []
        with acting(there.writer, at=AT):
            codes = column("SELECT province_code FROM oversight_addressee")
            assert codes == ["01"]


def test_a_page_of_a_province_writes_nothing_of_the_centre_s(
    there: Offices, as_web_role: BecomeWeb
) -> None:
    issued(there.centre)
    deeds = (
        "UPDATE oversight_directive SET state = 'closed', closed_by = 'x', closed_at = now()",
        "UPDATE oversight_addressee SET province_name = 'X'",
        (
            "INSERT INTO oversight_addendum (directive_id, due_on, reason, added_by, added_at)"
            " SELECT id, '2027-01-01', 'x', 'x', now() FROM oversight_directive"
        ),
        (
            "INSERT INTO oversight_reminder (addressee_id, level, on_day, told_count, reminded_by, reminded_at)"
            " SELECT id, 'office', '2026-11-20', 1, 'x', now() FROM oversight_addressee"
        ),
        "DELETE FROM oversight_question",
    )
    with as_web_role(), acting(there.director, at=AT):
        for deed in deeds:
            try:
                with transaction.atomic():
                    assert rows(deed + " RETURNING 1") == [], deed
            except DatabaseError:
                continue


def test_only_the_centre_issues_and_follows(there: Offices) -> None:
    directive_id = issued(there.centre)
    for by in (there.director, there.writer, there.unit):
        for deed in (
            lambda by=by: directives.begin("680", by=by, at=AT),
            lambda by=by: following.remind(directive_id, by=by, at=AT),
            lambda by=by: following.close(directive_id, "Xong.", by=by, at=AT),
            lambda by=by: following.add(directive_id, "", None, "Thêm.", by=by, at=AT),
        ):
            with pytest.raises(NotAllowed):
                deed()


def test_every_act_is_in_the_log(there: Offices) -> None:
    directive_id = issued(there.centre)
    replies.open_letter(directive_id, ("01",), by=there.writer, at=AT)
    assert not replies.open_letter(directive_id, ("01",), by=there.second, at=AT)
    following.remind(directive_id, by=there.centre, at=AT)
    following.add(directive_id, "24", None, "Thêm.", by=there.centre, at=AT)
    following.close(directive_id, "Xong.", by=there.centre, at=AT)
    lines = trail.history_of("directive", directive_id, by=SYSTEM)
    assert [(it.action, it.by) for it in reversed(lines)] == [
        ("directive.begun", there.centre.label),
        ("directive.revised", there.centre.label),
        ("directive.issued", there.centre.label),
        ("directive.opened", there.writer.label),
        ("directive.reminded", there.centre.label),
        ("directive.added", there.centre.label),
        ("directive.closed", there.centre.label),
    ]


def test_every_list_of_reasons_has_rows_and_the_way_out() -> None:
    found = rows(
        "SELECT list_name, array_agg(code ORDER BY place) FROM oversight_reason GROUP BY 1"
    )
    assert {name for name, _ in found} == set(LISTS_VI)
    assert all(codes[-1] == "OTHER" for _, codes in found)
