"""Every answer class of rules §3.3 along the whole way: the card goes on, the class has its state and its task."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lienthong.dossiers import actions as dossiers
from lienthong.gateways.fakes import Citizen, Mode, PopulationTwin
from lienthong.gateways.population import AnswerClass
from lienthong.persons.advice import ADVICE, NEEDS_ACT, SENT_WRONG
from tests import births
from tests.births import AT, column, message, rows, run, send
from tests.identity import BORN, Clock, a_client, ask

pytestmark = pytest.mark.django_db

NAME = "Nguyễn Minh An"
RIGHT = "003226000001"
QUESTION = "SELECT state, answer_class FROM persons_identityrequest"
OPEN_TASKS = "SELECT kind FROM dossiers_task WHERE closed_at IS NULL ORDER BY kind"
CARDS = "SELECT md5(string_agg(to_jsonb(c)::text, '|' ORDER BY id)) FROM cards_card AS c"
STATES = "SELECT state FROM dossiers_dossier ORDER BY id"
WRONG_IN_MESSAGE = {
    "E-PID-FORMAT": "00322600001",
    "E-PID-TEST": "123456789012",
    "E-PID-PARENT": "003196000456",
    "W-PID-SEX": "003326000001",
    "W-PID-CENTURY": "003026000001",
    "W-PID-YEAR": "003225000001",
}


def _clock() -> Clock:
    clock = Clock()
    clock.at = AT
    return clock


def _follow(at: datetime) -> int:
    return dossiers.follow_identity(by=births.system(), at=at)


def _born(**changes: Any) -> str:
    births.small_country()
    send(message(**({"soDinhDanh": ""} | changes)))
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"], "the card waits for no id"
    return str(column(CARDS)[0])


@pytest.mark.rule("001-2", "001-8")
@pytest.mark.parametrize("meaning", NEEDS_ACT)
def test_an_answer_that_needs_an_act_is_a_task_after_a_day_until_the_id_comes(meaning: str) -> None:
    card = _born()
    clock, twin = _clock(), PopulationTwin([Citizen(NAME, BORN, "male", RIGHT, meaning, 40)])
    client = a_client(twin, clock)
    for hour in range(26):
        ask(client, clock)
        _follow(clock.at)
        assert rows(QUESTION) == [("waiting", meaning)]
        assert column(OPEN_TASKS) == ([meaning] if hour >= 24 else []), hour
        clock.wait(hours=1)
    for _ in range(20):
        ask(client, clock)
        clock.wait(hours=1)
    assert column("SELECT personal_id FROM persons_person") == [RIGHT]
    _follow(clock.at)
    assert column(OPEN_TASKS) == []
    assert column("SELECT closed_by FROM dossiers_task") == ["system"]
    assert column(CARDS) == [card]


def test_silence_is_nobody_s_task_however_long() -> None:
    _born()
    clock = _clock()
    client = a_client(PopulationTwin([], Mode.NEVER), clock)
    for _ in range(72):
        ask(client, clock)
        _follow(clock.at)
        clock.wait(hours=1)
    assert rows(QUESTION) == [("waiting", "PID_NO_ANSWER")]
    assert column("SELECT count(*) FROM dossiers_task") == [0]


def test_a_child_that_gets_no_id_is_closed_without_a_task() -> None:
    _born()
    clock = _clock()
    twin = PopulationTwin([Citizen(NAME, BORN, "male", RIGHT, "PID_NOT_APPLICABLE", 99)])
    for _ in range(3):
        ask(a_client(twin, clock), clock)
        clock.wait(days=2)
    _follow(clock.at)
    assert rows(QUESTION) == [("not_applicable", "PID_NOT_APPLICABLE")]
    assert twin.asked == 1
    assert column("SELECT count(*) FROM dossiers_task") == [0]


@pytest.mark.rule("001-3")
@pytest.mark.parametrize("code", SENT_WRONG)
def test_an_id_sent_wrong_is_left_off_with_a_task_at_once_until_the_right_one_comes(
    code: str,
) -> None:
    card = _born(soDinhDanh=WRONG_IN_MESSAGE[code])
    assert column("SELECT personal_id FROM persons_person") == [None]
    assert rows(QUESTION) == [("waiting", code)]
    assert (_follow(AT), _follow(AT)) == (1, 0)
    assert column(OPEN_TASKS) == [code]
    clock = _clock()
    ask(a_client(PopulationTwin([Citizen(NAME, BORN, "male", RIGHT)]), clock), clock)
    _follow(clock.at)
    assert column("SELECT personal_id FROM persons_person") == [RIGHT]
    assert column(OPEN_TASKS) == []
    assert column(CARDS) == [card]


@pytest.mark.rule("001-3")
@pytest.mark.parametrize("lie", ["003326000001", "003225000001", "003026000001"])
def test_an_answer_whose_own_digits_contradict_the_child_is_quarantined_with_both_sides(
    lie: str,
) -> None:
    card = _born()
    clock = _clock()
    ask(a_client(PopulationTwin([Citizen(NAME, BORN, "male", lie)]), clock), clock)
    assert column("SELECT personal_id FROM persons_person") == [None]
    assert rows(
        "SELECT state, answer_class, detail, offered_name, offered_born_on, offered_sex"
        " FROM persons_identityrequest"
    ) == [("quarantined", "E-PID-MISMATCH", lie, NAME.upper(), BORN, "male")]
    assert _follow(clock.at) == 1
    assert column(OPEN_TASKS) == ["E-PID-MISMATCH"]
    assert column(CARDS) == [card]


def test_an_outage_changes_neither_what_was_said_of_the_child_nor_its_task() -> None:
    _born()
    clock = _clock()
    twin = PopulationTwin([Citizen(NAME, BORN, "male", RIGHT, "PID_VERIFY_REQUIRED", 1000)])
    client = a_client(twin, clock)
    ask(client, clock)
    clock.wait(days=1)
    _follow(clock.at)
    twin.mode = Mode.ERROR
    for _ in range(48):
        ask(client, clock)
        assert _follow(clock.at) == 0
        clock.wait(hours=1)
    assert rows(QUESTION) == [("waiting", "PID_VERIFY_REQUIRED")]
    assert column(OPEN_TASKS) == ["PID_VERIFY_REQUIRED"]


@pytest.mark.rule("001-8")
def test_an_id_that_comes_by_correction_ends_the_quarantine_and_its_task() -> None:
    _born()
    clock = _clock()
    wrong = Citizen("Trẻ Khác", BORN, "male", "003226000777")
    twin = PopulationTwin()
    twin._by_key[Citizen(NAME, BORN, "male", "").key] = wrong
    ask(a_client(twin, clock), clock)
    _follow(clock.at)
    assert column(OPEN_TASKS) == ["E-PID-MISMATCH"]
    later = clock.at + timedelta(hours=3)
    corrected = message(message_id="LTKS-2026-0000901", kind="correct", version=2)
    send(corrected, at=later)
    run(later)
    _follow(later)
    assert column("SELECT personal_id FROM persons_person") == [RIGHT]
    assert rows("SELECT state, detail, offered_name FROM persons_identityrequest") == [
        ("answered", "", "")
    ]
    assert column(OPEN_TASKS) == []


def test_facts_that_change_before_the_card_is_out_are_asked_about_anew() -> None:
    _born()
    clock = _clock()
    twin = PopulationTwin([Citizen(NAME, BORN, "male", RIGHT)])
    ask(a_client(twin, clock), clock)
    assert column("SELECT personal_id FROM persons_person") == [RIGHT]
    later = clock.at + timedelta(hours=1)
    respelt = message(
        message_id="LTKS-2026-0000902",
        kind="correct",
        version=2,
        soDinhDanh="",
        nksHoTen="NGUYỄN MINH ÂN",
    )
    send(respelt, at=later)
    run(later)
    assert column("SELECT state FROM persons_identityrequest") == ["waiting"]
    twin._by_key[Citizen("Nguyễn Minh Ân", BORN, "male", "").key] = replace(
        next(iter(twin.citizens)), full_name="Nguyễn Minh Ân"
    )
    clock.at = later
    ask(a_client(twin, clock), clock)
    assert column("SELECT personal_id FROM persons_person") == [RIGHT]


@pytest.mark.rule("001-3")
def test_an_id_that_another_child_holds_is_a_task_until_the_child_has_its_own() -> None:
    births.small_country()
    send(message(1))
    run()
    send(message(2, soDinhDanh=RIGHT, nksHoTen="NGUYỄN GIA BẢO"))
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"] * 2
    _follow(AT)
    assert column(OPEN_TASKS) == ["E-PID-TAKEN"]
    clock = _clock()
    own = Citizen("Nguyễn Gia Bảo", BORN, "male", "003226000002")
    ask(a_client(PopulationTwin([own]), clock), clock)
    _follow(clock.at)
    assert column(OPEN_TASKS) == []
    assert column("SELECT personal_id FROM persons_person ORDER BY id") == [RIGHT, "003226000002"]


def test_every_class_has_its_words_and_what_to_do() -> None:
    classes = {it.value for it in AnswerClass} - {"FOUND"}
    codes = classes | set(SENT_WRONG) | {"E-PID-MISMATCH", "E-PID-TAKEN", "E-PID-PARENT"}
    assert set(ADVICE) == codes
    assert all(it.label_vi and it.todo_vi.endswith(".") for it in ADVICE.values())
    assert {code for code, it in ADVICE.items() if not it.is_task} == {
        "PID_NO_ANSWER",
        "PID_NOT_APPLICABLE",
    }
