"""The page Số định danh chờ by HTTP: how the lane stands, both sides of an answer, and what an officer may decide."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.gateways.population import Standing
from lienthong.persons import lane
from tests.web.conftest import SignedIn
from tests.web.declared import text_of
from tests.web.world import SYSTEM, Child, World

PAGE = "/can-bo/so-dinh-danh/"
ANSWERED = "003326000123"
NOTE = "Đã xem bản chính giấy khai sinh"
NAME = "NGUYỄN HOÀNG AN"
_QUESTION = """
    INSERT INTO persons_identityrequest (person_id, state, attempts, next_at, answer_class, detail, offered_name,
        offered_born_on, offered_sex, made_at)
    SELECT person_id, %s, 4, %s, %s, %s, %s, %s, %s, %s FROM dossiers_dossier WHERE id = %s RETURNING person_id
"""


def _asked(
    world: World,
    child: Child,
    *,
    state: str = "quarantined",
    said: str = "E-PID-MISMATCH",
    offered: tuple[str, str, date | None, str] = (
        ANSWERED,
        "NGUYỄN HOÀNG ÂN",
        date(2026, 11, 1),
        "female",
    ),
) -> int:
    """An open question about the child; the person's id."""
    personal_id, *facts = offered
    at = world.at - timedelta(days=2)
    with acting(SYSTEM, at=at), connection.cursor() as cursor:
        soon = world.at + timedelta(hours=1)
        cursor.execute(_QUESTION, [state, soon, said, personal_id, *facts, at, child.dossier_id])
        return int(cursor.fetchone()[0])


def _waiting(world: World, child: Child, said: str = "PID_VERIFY_REQUIRED") -> int:
    return _asked(world, child, state="waiting", said=said, offered=("", "", None, ""))


def _worker(statement: str, *parameters: object) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(statement, list(parameters))
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return rows


def _state(person_id: int) -> tuple[str, str | None]:
    told = """SELECT question.state, person.personal_id FROM persons_identityrequest AS question
              JOIN persons_person AS person ON person.id = question.person_id WHERE person.id = %s"""
    return tuple(_worker(told, person_id)[0])


def _post(client: Client, address: str, form: dict[str, object]) -> str:
    response = client.post(address, form)
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.rule("001-9")
def test_the_list_compares_both_sides_marks_the_difference_and_masks_the_id(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child(NAME)
    person_id = _asked(world, child)
    text = text_of(signed_in("thu-01"), PAGE)
    assert NAME in text
    assert "NGUYỄN HOÀNG ÂN" in text
    assert text.count("khác</span>") == 1, "only the name differs"
    assert "003•••••••23" in text
    assert ANSWERED not in text
    viewed = _worker("SELECT subject_kind, subject_id FROM audit_entry WHERE action = 'viewed'")
    assert set(viewed) == {("person", person_id), ("dossier", child.dossier_id)}


def test_who_may_not_decide_sees_what_differs_and_not_whom_was_answered(
    world: World, signed_in: SignedIn
) -> None:
    person_id = _asked(world, world.child(NAME))
    client = signed_in("tiep-nhan-01")
    for address in (PAGE, f"{PAGE}{person_id}/"):
        text = text_of(client, address)
        assert NAME in text
        assert "khác</span>" in text
        assert "NGUYỄN HOÀNG ÂN" not in text
        assert 'name="thao-tac"' not in text
    assert client.post(PAGE, {"chon": [person_id], "thao-tac": "hoi-lai"}).status_code == 403
    assert _state(person_id)[0] == "quarantined"


@pytest.mark.parametrize("username", ["so-the-24", "thu-01"])
def test_another_area_s_child_is_neither_counted_nor_found_nor_decided(
    username: str, world: World, signed_in: SignedIn
) -> None:
    own, other = ("TE24001", "TE01001") if username == "so-the-24" else ("TE01001", "TE24001")
    mine, theirs = world.child("LÊ MAI CHI", unit=own), world.child(NAME, unit=other)
    _waiting(world, mine)
    foreign = _asked(world, theirs)
    client = signed_in(username)
    text = text_of(client, PAGE)
    assert "LÊ MAI CHI" in text
    assert NAME not in text
    assert "<b>1</b> trẻ" in text
    assert client.get(f"{PAGE}{foreign}/").status_code == 404
    if username == "thu-01":
        text = _post(client, PAGE, {"chon": [foreign], "thao-tac": "hoi-lai"})
        assert "Không tìm thấy trẻ này trong địa bàn của bạn." in text
        assert NAME not in text
    assert _state(foreign)[0] == "quarantined"


def test_ticked_questions_are_asked_again(world: World, signed_in: SignedIn) -> None:
    first, second = (_asked(world, world.child(name)) for name in (NAME, "LÊ MAI CHI"))
    waiting = _waiting(world, world.child("TRẦN GIA BẢO"))
    client = signed_in("thu-01")
    text = _post(client, PAGE, {"chon": [first, waiting], "thao-tac": "hoi-lai"})
    assert "Sẽ hỏi lại ở lượt tới: 2 trẻ." in text
    assert _state(first) == ("waiting", None)
    assert _state(second) == ("quarantined", None)
    next_at = "SELECT next_at FROM persons_identityrequest WHERE person_id = %s"
    assert _worker(next_at, waiting)[0][0] < world.at + timedelta(minutes=30)
    acts = "SELECT by, subject_id FROM audit_entry WHERE action = 'identity.asked_again'"
    assert _worker(acts) == [("officer:thu-01", first)]


def test_going_on_without_an_id_needs_a_note_and_keeps_what_was_typed(
    world: World, signed_in: SignedIn
) -> None:
    person_id = _waiting(world, world.child(NAME))
    client = signed_in("truong-so-the-01")
    text = _post(client, PAGE, {"chon": [person_id], "thao-tac": "giu", "ghi-chu": " "})
    assert "Hãy ghi căn cứ" in text
    assert f'value="{person_id}" aria-label="Chọn {NAME}" checked' in text
    assert _state(person_id)[0] == "waiting"
    text = _post(client, PAGE, {"chon": [person_id], "thao-tac": "giu", "ghi-chu": NOTE})
    assert "Giữ không số: 1 trẻ." in text
    assert _state(person_id) == ("kept", None)
    kept = text_of(client, f"{PAGE}?xem=kept")
    assert NOTE in kept
    assert NAME in kept
    assert "Đã có quyết định giữ không số" in _post(
        client, PAGE, {"chon": [person_id], "thao-tac": "giu", "ghi-chu": NOTE, "xem": "kept"}
    )


@pytest.mark.rule("001-8")
def test_an_id_that_paper_and_answer_agree_on_is_attached_and_nothing_else_changes(
    world: World, signed_in: SignedIn
) -> None:
    person_id = _asked(world, world.child(NAME))
    rest = "SELECT md5(string_agg(to_jsonb(c)::text, '|')) FROM cards_card AS c"
    before = _worker(rest)
    client = signed_in("thu-01")
    form = {"thao-tac": "nhan", "so": "0033 2600 0123", "ghi-chu": NOTE}
    assert "Đã gắn số định danh." in _post(client, f"{PAGE}{person_id}/", form)
    assert _state(person_id) == ("answered", ANSWERED)
    assert _worker(rest) == before
    kept = "SELECT detail, offered_name, note, decided_by FROM persons_identityrequest"
    assert _worker(kept) == [("", "", NOTE, "officer:thu-01")]
    entry = _worker("SELECT subject_id, detail FROM audit_entry WHERE action = 'identity.accepted'")
    assert entry[0][0] == person_id
    assert ANSWERED not in str(entry)
    assert client.get(f"{PAGE}{person_id}/").status_code == 404


@pytest.mark.rule("001-3")
@pytest.mark.parametrize(
    ("offered", "typed", "note", "said"),
    [
        (ANSWERED, "003326000124", NOTE, "khác số cơ sở dữ liệu dân cư đã trả lời"),
        (ANSWERED, "00332600012", NOTE, "phải đủ 12 chữ số"),
        (ANSWERED, "", NOTE, "phải đủ 12 chữ số"),
        (ANSWERED, ANSWERED, "", "Hãy ghi căn cứ"),
    ],
)
def test_an_id_that_does_not_hold_is_refused_with_a_sentence_and_the_form_keeps_its_words(
    offered: str, typed: str, note: str, said: str, world: World, signed_in: SignedIn
) -> None:
    facts = (offered, "NGUYỄN HOÀNG ÂN", date(2026, 11, 1), "female")
    person_id = _asked(world, world.child(NAME), offered=facts)
    form = {"thao-tac": "nhan", "so": typed, "ghi-chu": note}
    text = _post(signed_in("thu-01"), f"{PAGE}{person_id}/", form)
    assert said in text
    assert f'value="{typed}"' in text
    assert f'value="{note}"' in text
    assert 'aria-invalid="true"' in text
    assert _state(person_id) == ("quarantined", None)


@pytest.mark.rule("001-3")
@pytest.mark.parametrize(
    ("offered", "said"),
    [
        ("003226000123", "không khớp giới tính"),
        ("003325000123", "Năm sinh trong số định danh"),
        ("003126000123", "Số thế kỷ"),
    ],
)
def test_an_id_whose_digits_contradict_the_child_is_not_offered_and_refused_all_the_same(
    offered: str, said: str, world: World, signed_in: SignedIn
) -> None:
    facts = (offered, "NGUYỄN HOÀNG ÂN", date(2026, 11, 1), "female")
    person_id = _asked(world, world.child(NAME), offered=facts)
    client = signed_in("thu-01")
    assert 'value="nhan"' not in text_of(client, f"{PAGE}{person_id}/")
    form = {"thao-tac": "nhan", "so": offered, "ghi-chu": NOTE}
    assert said in _post(client, f"{PAGE}{person_id}/", form)
    assert _state(person_id) == ("quarantined", None)


@pytest.mark.parametrize("unit", ["TE01001", "TE24001"])
def test_an_id_that_somebody_holds_anywhere_in_the_country_is_refused(
    unit: str, world: World, signed_in: SignedIn
) -> None:
    holder = world.child("PHẠM THU HÀ", unit=unit)
    person_id = _asked(world, world.child(NAME))
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE persons_person SET personal_id = %s WHERE id ="
            " (SELECT person_id FROM dossiers_dossier WHERE id = %s)",
            [ANSWERED, holder.dossier_id],
        )
    form = {"thao-tac": "nhan", "so": ANSWERED, "ghi-chu": NOTE}
    text = _post(signed_in("thu-01"), f"{PAGE}{person_id}/", form)
    assert "đang thuộc về một trẻ khác" in text
    assert "PHẠM THU HÀ" not in text
    assert _state(person_id) == ("quarantined", None)


def test_a_parent_s_id_is_refused(world: World, signed_in: SignedIn) -> None:
    person_id = _asked(world, world.child(NAME))
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute("UPDATE persons_person SET mother_personal_id = %s", [ANSWERED])
    form = {"thao-tac": "nhan", "so": ANSWERED, "ghi-chu": NOTE}
    assert "của cha hoặc mẹ" in _post(signed_in("thu-01"), f"{PAGE}{person_id}/", form)
    assert _state(person_id) == ("quarantined", None)


def test_nothing_can_be_accepted_where_nothing_was_answered(
    world: World, signed_in: SignedIn
) -> None:
    person_id = _waiting(world, world.child(NAME))
    form = {"thao-tac": "nhan", "so": ANSWERED, "ghi-chu": NOTE}
    text = _post(signed_in("thu-01"), f"{PAGE}{person_id}/", form)
    assert "chưa trả lời số nào" in text
    assert _state(person_id) == ("waiting", None)


@pytest.mark.parametrize(
    ("standing", "later", "said"),
    [
        (None, timedelta(), "Chưa hỏi lần nào"),
        (Standing(True, 0.0, 20.0), timedelta(), "Đang thông"),
        (Standing(False, 120.0, 20.0), timedelta(), "Tạm ngừng hỏi"),
        (Standing(False, 120.0, 20.0), timedelta(minutes=5), "Đang thử lại"),
    ],
)
def test_the_lane_says_in_words_how_it_stands(
    standing: Standing | None, later: timedelta, said: str, world: World, signed_in: SignedIn
) -> None:
    if standing is not None:
        lane.note(lane.Done(7, 5, 3, 1), standing, by=SYSTEM, at=world.at - later)
    text = text_of(signed_in("tinh-01"), PAGE)
    assert said in text
    if standing is not None:
        assert "Tối đa 20 câu hỏi mỗi giây" in text
        assert "Số câu hỏi từng giờ" in text


def test_an_outage_is_one_alarm_until_a_good_answer(world: World) -> None:
    down, well = Standing(False, 30.0, 20.0), Standing(True, 0.0, 20.0)
    at: datetime = world.at
    for minutes in range(5):
        lane.note(lane.Done(1, 0, 0, 0), down, by=SYSTEM, at=at + timedelta(minutes=minutes))
    alarms = "SELECT count(*), count(closed_at) FROM database_alarm WHERE name = 'identity.lane'"
    assert _worker(alarms) == [(1, 0)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
    lane.note(lane.Done(1, 1, 1, 0), well, by=SYSTEM, at=at + timedelta(minutes=9))
    assert _worker(alarms) == [(1, 1)]


def test_a_task_leads_to_the_child_s_question_and_the_trace_does_too(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child(NAME)
    person_id = _asked(world, child)
    dossiers.follow_identity(by=SYSTEM, at=world.at)
    client = signed_in("thu-01")
    text = text_of(client, "/can-bo/viec/")
    assert "Câu trả lời không khớp với trẻ" in text
    assert f"{PAGE}{person_id}/" in text
    assert f"{PAGE}{person_id}/" in text_of(client, f"/can-bo/tra-cuu/{child.message_id}/")
