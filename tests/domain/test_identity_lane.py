"""The lane of the personal id (INV-12, INV-13): whatever the population database does, only the right id is attached."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from lienthong.database.scope import acting
from lienthong.gateways import http
from lienthong.gateways.fakes import BROKEN, Citizen, Mode, PopulationTwin
from lienthong.gateways.population import (
    ONE_TRY,
    Answer,
    AnswerClass,
    Breaker,
    PopulationClient,
    Question,
    TokenBucket,
)
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.names import fold_key, tone_key
from lienthong.persons import identity
from lienthong.persons.identity import SYSTEM, pause_after

START = datetime(2026, 11, 20, 8, 0, tzinfo=VIETNAM)
BORN = date(2026, 11, 12)
_INSERT = """
    INSERT INTO persons_person (
        full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status, birth_notice_code,
        mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
        father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
    VALUES (%s, %s, %s, %s, %s, 'VN', %s, %s, '', 'Trần Thị Bình', '1996', '003196000456', '', '', '', '', '',
            '00004', '', daterange('2026-11-12', '2032-12-01'), %s)
    RETURNING id
"""
_REST = """
    SELECT md5(string_agg(to_jsonb(person)::text, '|' ORDER BY id))
    FROM (SELECT to_jsonb(p) - 'personal_id' - 'personal_id_status' AS person, id FROM persons_person AS p) AS kept
"""
_NUMBERS = "SELECT md5(string_agg(to_jsonb(n)::text, '|' ORDER BY number)) FROM persons_number AS n"


class Clock:
    """The lane's clock: scaled time for the breaker, the bucket and the rows alike."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        return (self.at - START).total_seconds()

    def wait(self, **delta: float) -> None:
        self.at += timedelta(**delta)


def a_person(
    full_name: str, *, sex: str = "male", born_on: date = BORN, personal_id: str | None = None
) -> int:
    status = "" if personal_id else "PID_NO_ANSWER"
    with acting(SYSTEM, at=START), connection.cursor() as cursor:
        keys = (full_name, tone_key(full_name), fold_key(full_name))
        cursor.execute(_INSERT, [*keys, born_on, sex, personal_id, status, START])
        person_id = int(cursor.fetchone()[0])
        cursor.execute(
            "INSERT INTO persons_number (number, person_id, status, origin, taken_at)"
            " VALUES (lpad(nextval('persons_number_serial')::text, 10, '0'), %s, 'active', 'allotted', %s)",
            [person_id, START],
        )
    identity.request([person_id], by=SYSTEM, at=START)
    return person_id


def id_of(person_id: int) -> str | None:
    return one("SELECT personal_id FROM persons_person WHERE id = %s", person_id)


def question_of(person_id: int) -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, answer_class, detail FROM persons_identityrequest WHERE person_id = %s",
            [person_id],
        )
        return tuple(cursor.fetchone())


def one(text: str, *values: object) -> str:
    with connection.cursor() as cursor:
        cursor.execute(text, list(values))
        return cursor.fetchone()[0]


def a_client(twin: PopulationTwin, clock: Clock, *, rate: float = 50.0) -> PopulationClient:
    return PopulationClient(
        http.Client("https://dan-cu.invalid", ONE_TRY, transport=twin),
        Breaker(now=clock),
        TokenBucket(rate, burst=rate, now=clock),
    )


def ask(client: PopulationClient, clock: Clock, limit: int = 100) -> int:
    """What `ask_population` does, inside the test's own transaction."""
    return identity._round(client, at=clock.at, limit=limit, by=SYSTEM)


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


GOOD = Answer(0, AnswerClass.FOUND, "003226000001", "LÊ HÒA AN", BORN, "male")


def settle(*answers: Answer | None, at: datetime = START) -> identity.Settled:
    client = Silent(*answers)
    claimed = identity.due(len(answers), by=SYSTEM, at=at)
    assert len(claimed) == len(answers)
    return identity.settle(claimed, identity.ask(client, claimed), client=client, by=SYSTEM, at=at)


pytestmark = pytest.mark.django_db


def test_an_answer_that_agrees_is_attached_whatever_the_place_of_the_tone() -> None:
    child = a_person("Lê Hoà An")
    rest, numbers = one(_REST), one(_NUMBERS)
    assert settle(GOOD).attached_count == 1
    assert id_of(child) == "003226000001"
    assert question_of(child)[0] == "answered"
    assert one("SELECT personal_id_status FROM persons_person WHERE id = %s", child) == ""
    assert (one(_REST), one(_NUMBERS)) == (rest, numbers)


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
    rest, numbers = one(_REST), one(_NUMBERS)
    assert settle(replace(GOOD, **wrong)).quarantined_count == 1
    assert id_of(child) is None
    assert question_of(child) == ("quarantined", "E-PID-MISMATCH", "003226000001")
    assert (one(_REST), one(_NUMBERS)) == (rest, numbers)


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


# -- three days of fault, in scaled time (INV-12)

MANY = 12
_GIVENS = ("An", "Bình", "Chi", "Dung", "Giang", "Hà", "Khoa", "Linh", "Minh", "Nam")
_MIDDLES = ("Gia", "Hữu", "Ngọc", "Quang")


def some_children() -> list[Citizen]:
    citizens = []
    for place in range(MANY):
        name = f"Nguyễn {_MIDDLES[place // 10]} {_GIVENS[place % 10]}"
        sex = "female" if place % 2 else "male"
        a_person(name, sex=sex)
        citizens.append(Citizen(name, BORN, sex, f"003{2 + place % 2}26{place:06}"))
    return citizens


def attached() -> int:
    return int(one("SELECT count(*) FROM persons_person WHERE personal_id IS NOT NULL"))


def right(citizens: Sequence[Citizen]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT full_name, personal_id FROM persons_person WHERE personal_id IS NOT NULL"
        )
        held = dict(cursor.fetchall())
    truth = {citizen.full_name: citizen.personal_id for citizen in citizens}
    return all(truth[name] == number for name, number in held.items())


@pytest.mark.parametrize("mode", [*BROKEN, Mode.LATE])
def test_three_days_of_fault_cost_nothing_and_ten_minutes_after_it_every_id_is_there(
    mode: Mode,
) -> None:
    clock = Clock()
    citizens = some_children()
    rest, numbers = one(_REST), one(_NUMBERS)
    twin = PopulationTwin(citizens, mode, late_after=10_000)
    client = a_client(twin, clock)
    for _ in range(72):
        ask(client, clock)
        clock.wait(hours=1)
    assert attached() == 0
    most = MANY * 72 if mode in {Mode.LATE, Mode.NEVER} else MANY + 72
    assert twin.asked <= most, "a broken peer is probed, not hammered"
    twin.mode = Mode.HONEST
    if mode in {Mode.LATE, Mode.NEVER}:
        # A peer that works but is not ready is asked by the hour at most: no outage to recover from.
        clock.wait(minutes=50)
    recovered = clock.at
    while attached() < MANY and clock.at < recovered + timedelta(minutes=10):
        ask(client, clock)
        clock.wait(seconds=20)
    assert attached() == MANY
    assert right(citizens)
    assert (one(_REST), one(_NUMBERS)) == (rest, numbers)


def test_after_recovery_the_agreed_rate_is_kept() -> None:
    clock = Clock()
    citizens = some_children()
    twin = PopulationTwin(citizens, Mode.ERROR)
    client = a_client(twin, clock, rate=1.0)
    for _ in range(10):
        ask(client, clock)
        clock.wait(minutes=5)
    twin.mode, twin.asked = Mode.HONEST, 0
    seconds = 0
    while attached() < MANY and seconds < 600:
        ask(client, clock)
        assert twin.asked <= seconds + 2
        clock.wait(seconds=1)
        seconds += 1
    assert attached() == MANY


def put_off(detail: str) -> None:
    """All questions tried often and put off for the best part of an hour."""
    with acting(SYSTEM, at=START), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE persons_identityrequest SET attempts = 12, detail = %s, next_at = %s",
            [detail, START + timedelta(minutes=59)],
        )


def test_the_first_good_answer_wakes_all_that_waited_out_the_outage() -> None:
    clock = Clock()
    citizens = some_children()
    put_off("outage: http 503")
    last = a_person("Nguyễn Mới Đến")
    twin = PopulationTwin([*citizens, Citizen("Nguyễn Mới Đến", BORN, "male", "003226999999")])
    client = a_client(twin, clock)
    assert ask(client, clock) == 1
    assert id_of(last) == "003226999999"
    assert ask(client, clock) == MANY


def test_a_probe_goes_before_its_time_and_alone() -> None:
    clock = Clock()
    citizens = some_children()
    put_off("outage: http 503")
    twin = PopulationTwin(citizens)
    client = a_client(twin, clock)
    client.distrust()
    assert ask(client, clock) == 0
    clock.wait(seconds=30)
    assert ask(client, clock) == 1
    assert twin.asked == 1
    assert ask(client, clock) == MANY - 1


def test_a_question_put_off_by_the_child_s_own_case_is_not_woken() -> None:
    clock = Clock()
    citizens = some_children()
    put_off("http 200")
    a_person("Nguyễn Mới Đến")
    twin = PopulationTwin([*citizens, Citizen("Nguyễn Mới Đến", BORN, "male", "003226999999")])
    client = a_client(twin, clock)
    assert ask(client, clock) == 1
    assert ask(client, clock) == 0


def test_asking_inside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        identity.ask_population(a_client(PopulationTwin(), Clock()), at=START)


def test_one_child_with_other_facts_does_not_stop_the_others() -> None:
    clock = Clock()
    citizens = some_children()
    odd = replace(citizens[0], full_name="Nguyễn Gia Ân")
    twin = PopulationTwin([*citizens[1:]])
    twin._by_key[citizens[0].key] = odd
    client = a_client(twin, clock)
    assert ask(client, clock) == MANY - 1
    assert not client.suspect()
    assert one("SELECT count(*) FROM persons_identityrequest WHERE state = 'quarantined'") == 1
