"""What one answer of the population database does to one child (INV-13): the right id, or none."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from lienthong.database.scope import acting
from lienthong.gateways.fakes import PopulationTwin
from lienthong.gateways.population import Answer, AnswerClass, Question, Standing
from lienthong.persons import identity
from lienthong.persons.identity import SYSTEM, pause_after
from tests.identity import (
    BORN,
    NUMBERS,
    REST,
    START,
    Clock,
    a_client,
    a_person,
    id_of,
    one,
    question_of,
)


class Silent:
    """A population database that answers what the test puts in its mouth."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers = list(answers)
        self.is_distrusted = False

    def ask(self, question: Question) -> Answer | None:
        answer = self.answers.pop(0)
        return None if answer is None else replace(answer, key=question.key)

    def ready(self) -> bool:
        return True

    def suspect(self) -> bool:
        return self.is_distrusted

    def distrust(self) -> None:
        self.is_distrusted = True

    def standing(self) -> Standing:
        return Standing(not self.is_distrusted, 0.0, 20.0)


GOOD = Answer(0, AnswerClass.FOUND, "003226000001", "LÊ HÒA AN", BORN, "male")


def settle(*answers: Answer | None, at: datetime = START) -> identity.Settled:
    client = Silent(*answers)
    claimed = identity.due(len(answers), by=SYSTEM, at=at)
    assert len(claimed) == len(answers)
    return identity.settle(claimed, identity.ask(client, claimed), client=client, by=SYSTEM, at=at)


pytestmark = pytest.mark.django_db


@pytest.mark.rule("001-8")
def test_an_answer_that_agrees_is_attached_whatever_the_place_of_the_tone() -> None:
    child = a_person("Lê Hoà An")
    rest, numbers = one(REST), one(NUMBERS)
    assert settle(GOOD).attached_count == 1
    assert id_of(child) == "003226000001"
    assert question_of(child)[0] == "answered"
    assert one("SELECT personal_id_status FROM persons_person WHERE id = %s", child) == ""
    assert (one(REST), one(NUMBERS)) == (rest, numbers)


@pytest.mark.rule("001-3")
@pytest.mark.parametrize(
    "wrong",
    [
        {"full_name": "LÊ HOA AN"},
        {"full_name": "LÊ AN"},
        {"born_on": date(2026, 11, 21)},
        {"born_on": None},
        {"sex": "female"},
        {"sex": "undetermined"},
    ],
)
def test_an_answer_about_somebody_else_is_quarantined_for_the_id_alone(
    wrong: dict[str, object],
) -> None:
    child = a_person("Lê Hòa An")
    rest, numbers = one(REST), one(NUMBERS)
    assert settle(replace(GOOD, **wrong)).quarantined_count == 1
    assert id_of(child) is None
    assert question_of(child) == ("quarantined", "E-PID-MISMATCH", "003226000001")
    assert (one(REST), one(NUMBERS)) == (rest, numbers)


@pytest.mark.rule("001-3")
def test_an_id_that_another_child_holds_is_quarantined() -> None:
    holder = a_person("Lê Văn Khác", personal_id="003226000001")
    child = a_person("Lê Hòa An")
    assert settle(GOOD).quarantined_count == 1
    assert question_of(child)[:2] == ("quarantined", "E-PID-TAKEN")
    assert (id_of(holder), id_of(child)) == ("003226000001", None)


def test_an_id_that_the_mother_holds_is_quarantined() -> None:
    child = a_person("Lê Hòa An")
    settle(replace(GOOD, personal_id="003196000456"))
    assert question_of(child)[:2] == ("quarantined", "E-PID-PARENT")
    assert id_of(child) is None


def test_one_id_for_two_children_is_attached_to_neither() -> None:
    first, second = a_person("Lê Hòa An"), a_person("Lê Hòa An", born_on=BORN)
    settle(GOOD, GOOD)
    assert [id_of(first), id_of(second)] == [None, None]
    assert question_of(first)[1] == question_of(second)[1] == "E-PID-TAKEN"


def test_a_quarantined_question_is_asked_again_only_after_an_officer_says_so() -> None:
    child = a_person("Lê Hòa An")
    settle(replace(GOOD, sex="female"))
    later = START + timedelta(days=3)
    assert identity.due(10, by=SYSTEM, at=later) == []
    assert identity.ask_again([child], by=SYSTEM, at=later) == 1
    assert settle(GOOD, at=later).attached_count == 1
    assert id_of(child) == "003226000001"


@pytest.mark.parametrize(
    "meaning",
    [
        AnswerClass.PID_TECH_ERROR,
        AnswerClass.PID_SUSPECT_DUPLICATE,
        AnswerClass.PID_VERIFY_REQUIRED,
        AnswerClass.PID_NO_ANSWER,
        AnswerClass.PID_CORRECTION_PENDING,
    ],
)
def test_any_other_answer_is_noted_and_asked_again_within_the_hour(meaning: AnswerClass) -> None:
    child = a_person("Lê Hòa An")
    settle(Answer(0, meaning))
    assert question_of(child)[:2] == ("waiting", meaning)
    assert one("SELECT personal_id_status FROM persons_person WHERE id = %s", child) == meaning
    assert len(identity.due(10, by=SYSTEM, at=START + timedelta(hours=1))) == 1


def test_a_child_that_gets_no_id_is_not_asked_for_again() -> None:
    child = a_person("Lê Hòa An")
    settle(Answer(0, AnswerClass.PID_NOT_APPLICABLE))
    assert question_of(child)[0] == "not_applicable"
    assert identity.due(10, by=SYSTEM, at=START + timedelta(days=30)) == []


def test_a_question_is_in_one_pair_of_hands_until_its_lease_ends() -> None:
    a_person("Lê Hòa An")
    first = identity.due(10, by=SYSTEM, at=START)
    assert len(first) == 1
    assert identity.due(10, by=SYSTEM, at=START + timedelta(minutes=9)) == []
    second = identity.due(10, by=SYSTEM, at=START + timedelta(minutes=10))
    assert [question.attempt for question in (*first, *second)] == [1, 2]


def test_an_answer_past_its_fence_is_dropped() -> None:
    child = a_person("Lê Hòa An")
    late = identity.due(1, by=SYSTEM, at=START)
    at = START + timedelta(minutes=11)
    identity.due(1, by=SYSTEM, at=at)
    client = Silent(GOOD)
    outcome = identity.settle(late, identity.ask(client, late), client=client, by=SYSTEM, at=at)
    assert outcome == identity.Settled()
    assert id_of(child) is None
    assert question_of(child)[0] == "waiting"


def test_a_question_not_asked_stays_due_and_counts_no_attempt() -> None:
    a_person("Lê Hòa An")
    assert settle(None).waiting_count == 1
    again = identity.due(1, by=SYSTEM, at=START)
    assert [question.attempt for question in again] == [1]


def test_a_question_that_answered_itself_is_closed_without_asking() -> None:
    child = a_person("Lê Hòa An")
    with acting(SYSTEM, at=START), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE persons_person SET personal_id = '003226000777' WHERE id = %s", [child]
        )
    assert identity.due(10, by=SYSTEM, at=START) == []
    assert question_of(child)[0] == "answered"


def test_an_id_that_came_by_correction_while_we_asked_is_kept() -> None:
    child = a_person("Lê Hòa An")
    claimed = identity.due(1, by=SYSTEM, at=START)
    with acting(SYSTEM, at=START), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE persons_person SET personal_id = '003226000777' WHERE id = %s", [child]
        )
    client = Silent(GOOD)
    outcome = identity.settle(
        claimed, identity.ask(client, claimed), client=client, by=SYSTEM, at=START
    )
    assert outcome.attached_count == 0
    assert id_of(child) == "003226000777"
    assert question_of(child)[0] == "answered"


def test_opening_a_question_twice_opens_one_and_none_for_who_has_an_id() -> None:
    child = a_person("Lê Hòa An")
    has_one = a_person("Trần Bình", personal_id="003226000009")
    assert identity.request([child, has_one], by=SYSTEM, at=START) == 0
    assert one("SELECT count(*) FROM persons_identityrequest") == 1


def test_the_log_says_whose_id_was_attached_and_never_the_id() -> None:
    child = a_person("Lê Hòa An")
    settle(GOOD)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, detail::text FROM audit_entry WHERE action = 'identity.attached'"
        )
        entries = cursor.fetchall()
    assert [entry[0] for entry in entries] == [child]
    assert "003226000001" not in str(entries)


def test_pauses_grow_with_full_jitter_and_stop_at_an_hour() -> None:
    for attempt, bound in ((1, 60), (2, 120), (4, 480), (7, 3600), (40, 3600)):
        pauses = [pause_after(attempt).total_seconds() for _ in range(400)]
        assert 0 <= min(pauses) < bound * 0.1
        assert bound * 0.9 < max(pauses) <= bound


def test_asking_inside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        identity.ask_population(a_client(PopulationTwin(), Clock()), at=START)
