"""Difficulties: asked, taken, asked back, answered, passed up, merged, settled; who sees and who may; the clock."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError
from django.db.transaction import atomic

from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound
from lienthong.notices import queries as notices
from lienthong.oversight import answering, climbing, difficulties, reporting, tallies
from lienthong.oversight.reporting import Met, Question
from tests.births import AT, ON
from tests.conftest import BecomeWeb
from tests.declared import refusal
from tests.difficulties import ASKED, House, house
from tests.officers import SYSTEM, as_worker, run

pytestmark = pytest.mark.django_db
ANSWER = "1. Chọn lại máy in.\n2. In lại lô."


@pytest.fixture
def them(as_web_role: BecomeWeb) -> House:
    return house(as_web_role)


def told(them: House, by: object) -> list[str]:
    with them.acting(by):  # type: ignore[arg-type]
        return [it.kind for it in notices.own(by)]  # type: ignore[arg-type]


def acts(them: House, key: int) -> list[str]:
    with them.acting(them.centre):
        return [it.act for it in difficulties.steps(them.centre, key)]


def test_a_question_is_taken_asked_back_answered_and_confirmed(them: House) -> None:
    key = them.ask(them.desk)
    assert told(them, them.head) == ["DIFFICULTY_NEW"]
    later = AT + timedelta(hours=1)
    with them.acting(them.head, later):
        answering.ask_back(key, "Máy nào?", by=them.head, at=later)
    assert told(them, them.desk) == ["DIFFICULTY_ASKED"]
    asked = them.line(them.desk, key)
    assert (asked.state, asked.since, asked.due_on) == ("asked_back", None, None)
    with them.acting(them.desk, later):
        answering.reply(key, "Máy ở quầy 2.", by=them.desk, at=later)
    assert told(them, them.head)[0] == "DIFFICULTY_REPLIED"
    # The 24th of November is a holiday.
    assert them.line(them.head, key).due_on == date(2026, 11, 25)
    with them.acting(them.head, later):
        assert answering.answer(key, ANSWER, basis="Điều 5", by=them.head, at=later) == (key,)
    assert told(them, them.desk)[0] == "DIFFICULTY_ANSWERED"
    with them.acting(them.desk, later):
        answering.confirm(key, by=them.desk, at=later)
    done = them.line(them.desk, key)
    assert (done.state, done.answer, done.basis, done.taker_name) == (
        "confirmed",
        ANSWER,
        "Điều 5",
        "Người Thử",
    )
    assert acts(them, key) == [
        "reported",
        "taken",
        "asked_back",
        "replied",
        "answered",
        "confirmed",
    ]


def test_who_asks_is_answered_one_level_up(them: House) -> None:
    asked = {
        "unit": them.unit_desk,
        "province": them.head,
        "centre": them.province,
    }
    assert {level: them.line(by, them.ask(by)).level for level, by in asked.items()} == {
        level: level for level in asked
    }
    # In Bắc Ninh there is no head: the province answers at once.
    assert them.line(them.stranger, them.ask(them.stranger)).level == "province"


def test_a_unit_s_question_is_seen_by_its_unit_its_province_and_the_centre(them: House) -> None:
    key = them.ask(them.unit_desk)
    assert [
        key in them.seen(by)
        for by in (them.unit_desk, them.desk, them.head, them.province, them.centre)
    ] == [True] * 5
    for by in (them.other_desk, them.stranger, them.far_province, them.keeper):
        assert key not in them.seen(by)
        with them.acting(by), pytest.raises(NotFound):
            difficulties.one(by, key, on=ON)
    with them.acting(them.province):
        answering.pass_up(key, "Cần hướng dẫn chung.", by=them.province, at=AT)
    # What has come up to the centre, its keepers see and answer too.
    assert key in them.seen(them.keeper, for_me=True)
    assert told(them, them.keeper) == ["DIFFICULTY_UP"]
    with them.acting(them.keeper):
        answering.answer(key, ANSWER, by=them.keeper, at=AT)
    assert them.line(them.unit_desk, key).state == "answered"


def test_what_waits_is_shown_to_its_level_and_above_and_never_to_who_asked(them: House) -> None:
    key, of_head = them.ask(them.desk), them.ask(them.head)
    assert them.seen(them.head, for_me=True) == [key]
    assert them.seen(them.province, for_me=True) == [key, of_head]
    assert them.seen(them.desk, for_me=True) == []
    assert them.seen(them.desk, mine_only=True) == [key]
    assert them.seen(them.centre, for_me=True, province_code="24") == []


def test_the_same_question_is_merged_and_one_answer_reaches_every_asker(them: House) -> None:
    first, second = them.ask(them.unit_desk), them.ask(them.other_desk)
    far = them.ask(them.stranger)
    with them.acting(them.province):
        assert [it.id for it in difficulties.alike(them.province, first)] == [second]
        answering.merge(second, first, by=them.province, at=AT)
    # A question of another province comes up to whom answers for both.
    with them.acting(them.province), pytest.raises(NotFound):
        answering.merge(far, first, by=them.province, at=AT)
    with them.acting(them.centre):
        answering.merge(far, first, by=them.centre, at=AT)
    assert them.line(them.unit_desk, first).level == "centre"
    with them.acting(them.province), pytest.raises(NotAllowed):
        answering.answer(first, ANSWER, by=them.province, at=AT)
    with them.acting(them.centre):
        assert answering.answer(first, ANSWER, by=them.centre, at=AT) == (first, second, far)
    for by, key in ((them.unit_desk, first), (them.other_desk, second), (them.stranger, far)):
        assert (them.line(by, key).state, them.line(by, key).answer) == ("answered", ANSWER)
        assert told(them, by)[0] == "DIFFICULTY_ANSWERED"


def test_a_difficulty_is_found_by_its_words_in_any_order(them: House) -> None:
    key = them.ask(them.desk, Question("card", "Máy in báo hết mực", "Đã thay hộp mực, vẫn báo."))
    for words, found in (
        ("muc het", [key]),
        ("HỘP MỰC", [key]),
        (f"vm-{key}", [key]),
        ("mực xanh", []),
    ):
        filters = difficulties.DifficultyFilter(words=words)
        with them.acting(them.desk):
            lines = difficulties.listed(them.desk, filters=filters, on=ON)
        assert [it.id for it in lines] == found, words


def test_a_double_of_one_taken_back_waits_on_its_own_again(them: House) -> None:
    first, second, third = (them.ask(by) for by in (them.desk, them.unit_desk, them.other_desk))
    with them.acting(them.province):
        answering.merge(second, first, by=them.province, at=AT)
    with them.acting(them.desk):
        answering.withdraw(first, by=them.desk, at=AT)
    assert climbing.follow(by=SYSTEM, at=AT) == 1
    assert them.line(them.head, second).state == "new"
    assert acts(them, second) == ["reported", "merged", "parted"]
    assert them.line(them.head, third).state == "new"


def test_merged_into_what_is_answered_it_is_answered_at_once(them: House) -> None:
    first, second = them.ask(them.desk), them.ask(them.unit_desk)
    with them.acting(them.head):
        answering.answer(first, ANSWER, by=them.head, at=AT)
        # Of two units only who stands above both says that they ask the same.
        assert refusal(lambda: answering.merge(second, first, by=them.head, at=AT)) == "LEVEL"
        assert refusal(lambda: answering.merge(second, second, by=them.head, at=AT)) == "ITSELF"
    with them.acting(them.province):
        answering.merge(second, first, by=them.province, at=AT)
    assert them.line(them.unit_desk, second).answer == ANSWER
    with them.acting(them.unit_desk):
        answering.reopen(second, "Máy in của tôi khác.", by=them.unit_desk, at=AT)
    assert them.line(them.unit_desk, second).state == "new"
    assert told(them, them.province)[0] == "DIFFICULTY_REOPENED"


def test_a_stale_page_and_a_stranger_get_a_sentence(them: House) -> None:
    key = them.ask(them.desk)
    with them.acting(them.head):
        answering.answer(key, ANSWER, by=them.head, at=AT)
        with pytest.raises(Conflict):
            answering.answer(key, "Khác.", by=them.head, at=AT)
    with them.acting(them.unit_desk), pytest.raises(NotFound):
        answering.confirm(key, by=them.unit_desk, at=AT)
    with them.acting(them.head), pytest.raises(NotAllowed):
        answering.confirm(key, by=them.head, at=AT)
    with them.acting(them.desk), pytest.raises(NotAllowed):
        answering.take(key, by=them.desk, at=AT)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Question("none", "Câu hỏi", "Nội dung"), "TOPIC"),
        (Question("card", "   ", "Nội dung"), "TEXT_MISSING"),
        (Question("card", "Câu hỏi", ""), "TEXT_MISSING"),
        (Question("card", "Câu hỏi", "a b " * 2000), "TEXT_LONG"),
    ],
)
def test_what_says_nothing_is_refused(them: House, asked: Question, code: str) -> None:
    with them.acting(them.desk):
        assert refusal(lambda: reporting.report(asked, Met(), by=them.desk, at=AT)) == code


# ---------------------------------------------------------------- the clock

FRIDAY = datetime(2026, 11, 20, 9, 15, tzinfo=VIETNAM)


def test_what_nobody_answers_climbs_on_working_days_up_to_the_centre_and_alarms_there(
    them: House,
) -> None:
    """Asked on a Friday, due on Wednesday for Tuesday is free; the province has it on Thursday, the centre on Tuesday."""
    key = them.ask(them.desk, at=FRIDAY)
    levels = []
    for days in range(1, 15):
        climbing.follow(by=SYSTEM, at=FRIDAY + timedelta(days=days))
        levels.append(them.line(them.centre, key).level)
    assert levels == ["unit"] * 5 + ["province"] * 5 + ["centre"] * 4
    assert them.line(them.centre, key).due_on == date(2026, 12, 3)
    assert told(them, them.province) == ["DIFFICULTY_UP"]
    assert told(them, them.desk) == ["DIFFICULTY_UP"] * 2
    assert acts(them, key) == ["reported", "climbed", "climbed"]
    alarm = "SELECT count(*) FROM database_alarm WHERE name = %s AND closed_at IS NULL"
    assert run(alarm, climbing.ALARM) == [(1,)]
    friday = FRIDAY + timedelta(days=14)
    with them.acting(them.centre, friday):
        answering.answer(key, ANSWER, by=them.centre, at=friday)
    climbing.follow(by=SYSTEM, at=friday)
    assert run(alarm, climbing.ALARM) == [(0,)]


def test_nothing_climbs_on_a_free_day(them: House) -> None:
    """Asked on a Wednesday, due on the Friday: it lies over the weekend, and climbs on the Monday."""
    wednesday = FRIDAY + timedelta(days=5)
    key = them.ask(them.desk, at=wednesday)
    moved = [climbing.follow(by=SYSTEM, at=wednesday + timedelta(days=days)) for days in range(6)]
    assert moved == [0, 0, 0, 0, 0, 1]
    assert them.line(them.centre, key).level == "province"


def test_an_answer_nobody_reacts_to_is_closed_after_ten_working_days(them: House) -> None:
    key, asked = them.ask(them.desk), them.ask(them.unit_desk)
    with them.acting(them.head):
        answering.answer(key, ANSWER, by=them.head, at=AT)
        answering.ask_back(asked, "Máy nào?", by=them.head, at=AT)
    assert climbing.follow(by=SYSTEM, at=AT + timedelta(days=17)) == 0
    assert climbing.follow(by=SYSTEM, at=AT + timedelta(days=18)) == 2
    assert them.line(them.desk, key).state == them.line(them.unit_desk, asked).state == "closed"


# ---------------------------------------------------------------- what the database refuses


@pytest.mark.parametrize(
    ("who", "statement", "refused"),
    [
        ("desk", "UPDATE oversight_difficulty SET state = 'confirmed', act = 'confirmed', since = NULL, due_on = NULL", "no way"),
        ("head", "UPDATE oversight_difficulty SET state = 'closed', act = 'withdrawn', since = NULL, due_on = NULL", "only who asked"),
        ("desk", "UPDATE oversight_difficulty SET state = 'taken', act = 'taken'", "higher up"),
        ("head", "UPDATE oversight_difficulty SET question = 'Khác'", "permission denied"),
        ("head", "UPDATE oversight_difficulty SET level = 'unit', act = 'passed_up'", "passed up to where"),
        ("head", "UPDATE oversight_difficulty SET state = 'taken', act = 'taken', answer = 'Đã sửa'", "an answer stands"),
        ("head", "UPDATE oversight_difficulty SET state = 'taken', act = 'taken', said = 'số 0912 345 678'", "names_nobody"),
        ("head", "DELETE FROM oversight_difficulty", "permission denied"),
        ("head", "DELETE FROM oversight_difficultystep", "permission denied"),
        ("head", "INSERT INTO oversight_difficultystep (at, by, act, state, level) VALUES (now(), '', '', '', '')", "permission denied"),
    ],
)  # fmt: skip
def test_sql_of_a_page_makes_no_step_that_is_none(
    them: House, who: str, statement: str, refused: str
) -> None:
    them.ask(them.desk)
    with them.acting(getattr(them, who)), pytest.raises(DatabaseError, match=refused), atomic():
        run(statement)


def test_a_page_reports_in_nobody_else_s_name_and_from_nowhere_else(them: House) -> None:
    into = (
        "INSERT INTO oversight_difficulty (asked_at, asked_by, asker_id, asker_role, area, province_code, unit_code, topic,"
        " title, question, page, code, subject_kind, software, level, state, since, due_on, facility_code, answer, basis,"
        " answered_by, act, said, changed_at) VALUES (now(), 'x', %s, 'centre', 0, '24', '', 'card', 'Câu hỏi', 'Nội dung',"
        " '', '', '', '', 'unit', 'new', now(), '2026-11-24', '', '', '', '', 'reported', '', now()) RETURNING id"
    )
    with them.acting(them.desk):
        with pytest.raises(DatabaseError, match="row-level security"), atomic():
            run(into, them.stranger.account_id)
        ((key,),) = run(into, them.desk.account_id)
    line = them.line(them.desk, int(str(key)))
    assert (line.province_code, line.asker_role) == ("01", "card_desk")


# ---------------------------------------------------------------- counts


def test_counts_are_those_of_plain_python(them: House) -> None:
    keys = [them.ask(by) for by in (them.desk, them.unit_desk, them.other_desk, them.stranger)]
    them.ask(them.head, Question("law", "Thẻ đến ngày nào", "Căn cứ?"), Met())
    with them.acting(them.head):
        answering.answer(keys[0], ANSWER, by=them.head, at=AT)
    climbing.follow(by=SYSTEM, at=AT + timedelta(days=6))
    thursday = AT + timedelta(days=6)
    with them.acting(them.centre, thursday):
        answering.answer(keys[1], ANSWER, by=them.centre, at=thursday)
        found = tallies.tallies(them.centre, period=(ON, ON), at=thursday)
        earlier = tallies.tallies(
            them.centre, period=(ON - timedelta(days=9), ON - timedelta(days=1)), at=thursday
        )
    whole = found.whole
    assert (whole.total, whole.open_count, whole.late_count, whole.answered_count, whole.in_time_share) == (
        5, 3, 0, 2, 50,
    )  # fmt: skip
    assert whole.median_days == pytest.approx(3.0)
    assert {it.key: it.total for it in found.topics} == {"card": 4, "law": 1}
    assert {it.key: it.total for it in found.places} == {"01": 4, "24": 1}
    assert {it.key: it.total for it in found.codes} == {"E-PRINTER": 4, "–": 1}
    assert earlier.whole.total == 0
    with them.acting(them.far_province, thursday):
        own = tallies.tallies(them.far_province, period=(ON, ON), at=thursday)
    assert own.whole.total == 1
    with them.acting(them.desk), pytest.raises(NotAllowed):
        tallies.tallies(them.desk, period=(ON, ON), at=AT)


def test_the_log_holds_ids_and_levels_alone(them: House) -> None:
    key = them.ask(them.desk)
    rows = as_worker_details(key)
    assert rows == [("difficulty.reported", {"topic": "card", "level": "unit"})]
    assert ASKED.title not in str(rows)


def as_worker_details(key: int) -> list[tuple[object, ...]]:
    import json

    rows = as_worker(
        "SELECT action, detail::text FROM audit_entry WHERE subject_kind = 'difficulty' AND subject_id = %s",
        key,
    )
    return [(action, json.loads(str(detail))) for action, detail in rows]
