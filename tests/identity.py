"""The personal-id lane for tests: persons who lack an id, a client on the twin, one clock for all."""

from datetime import date, datetime, timedelta

from django.db import connection

from lienthong.database.scope import acting
from lienthong.gateways import http
from lienthong.gateways.fakes import PopulationTwin
from lienthong.gateways.population import ONE_TRY, Breaker, PopulationClient, TokenBucket
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.names import fold_key, tone_key
from lienthong.persons import identity
from lienthong.persons.identity import SYSTEM

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
REST = """
    SELECT md5(string_agg(to_jsonb(person)::text, '|' ORDER BY id))
    FROM (SELECT to_jsonb(p) - 'personal_id' - 'personal_id_status' AS person, id FROM persons_person AS p) AS kept
"""
NUMBERS = "SELECT md5(string_agg(to_jsonb(n)::text, '|' ORDER BY number)) FROM persons_number AS n"


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
