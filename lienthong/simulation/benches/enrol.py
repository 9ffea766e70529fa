"""P1 and P2: births as bytes to cards that wait for approval, beside the pure SQL and a plain COPY of the same rows.

Runs on a database of its own that is emptied between rounds; never on an installation's.
"""

import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, connections, transaction
from psycopg import sql

from lienthong.births import enrolment, reading, storing
from lienthong.births.lists import code_lists
from lienthong.catalogues import routes
from lienthong.database import lawtables
from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.gateways.justice import judge
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.dates import vietnam_date
from lienthong.simulation.births import plain_stream
from lienthong.simulation.geography import Places

_PURE = Statement.load("lienthong.simulation.benches", "pure.sql")
_INTAKE_BATCH = 2_000
_TRIES = 20
_MEBIBYTE = 1024
_TRUNCATE = (
    "TRUNCATE births_delivery, births_conflict, births_birth, births_message, births_registration, cards_event, cards_card,"
    " cards_request, collection_entry, dossiers_task, dossiers_event, dossiers_dossier, persons_identityrequest,"
    " persons_number, persons_person, database_outbox, audit_entry, audit_leaf, audit_checkpoint CASCADE"
)
# Whatever is emptied with these, some of it written once: the database knows which.
_GUARDED = """
    SELECT DISTINCT relation.relname FROM pg_trigger AS guard JOIN pg_class AS relation ON relation.oid = guard.tgrelid
    WHERE NOT guard.tgisinternal AND guard.tgtype & 32 <> 0 ORDER BY 1
"""
_STAGED = """
    CREATE TEMPORARY TABLE bench_staged (
        message_id text, body bytea, register_commune text, book text, number text, year smallint, commune_code text,
        registered_on date, due_on date, child_name text, child_fold_key text, child_born_on date, child_sex text,
        facility_code text, area_code text, facts_sha256 bytea, facts jsonb)
"""
PERSONS = """
    INSERT INTO persons_person (
        full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status, birth_notice_code,
        mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
        father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
    SELECT 'Trẻ ' || n, 'tre ' || n, 'tre ' || n, %(at)s::date - (n %% 2000)::integer, 'male', 'VN',
           (800000000000 + n)::text, '', 'K' || n, '', '', '', '', '', '', '', '', '00004', '',
           daterange(%(at)s::date - (n %% 2000)::integer, %(at)s::date + 100), %(at)s
    FROM generate_series(1, %(count)s::bigint) AS n
"""
"""So many persons who are there already, each with an id and a birth notice; `count` and `at`."""
_NUMBERS = """
    INSERT INTO persons_number (number, person_id, status, origin, taken_at)
    SELECT lpad(nextval('persons_number_serial')::text, 10, '0'), id, 'active', 'allotted', %(at)s FROM persons_person
"""
_WAITING = """
    SELECT (SELECT count(*) FROM births_message WHERE state = 'pending')
         + (SELECT count(*) FROM dossiers_dossier
            WHERE state IN ('RECEIVED', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'ARISEN'))
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run feeds: messages, how often, and when it all happens."""

    births: int
    rounds: int
    seed: int
    at: datetime


def run(plan: Plan, places: Places) -> dict[str, object]:
    """The figures of P1: births a second, ratio to the pure SQL and to COPY, medians over the rounds, peak memory.

    A second process (`lienthong work`) runs beside this one for the whole run: two workers in all.
    """
    on = vietnam_date(plan.at)
    with connections["owner"].cursor() as cursor:
        # The pure SQL writes the events itself; nobody else may.
        cursor.execute("GRANT INSERT ON dossiers_event TO lienthong_worker")
    routes.ensure(on)
    lawtables.ensure(on)
    bodies = list(plain_stream(plan.births, seed=plan.seed, until=plan.at, places=places))
    figures: dict[str, list[float]] = {"enrol": [], "intake": [], "pure": [], "copy": []}
    for _ in range(plan.rounds):
        empty()
        intake, whole = _enrol(bodies, plan.at)
        figures["intake"].append(len(bodies) / intake)
        figures["enrol"].append(len(bodies) / whole)
        empty()
        figures["copy"].append(len(bodies) / _copy(bodies))
        figures["pure"].append(len(bodies) / _pure(bodies, plan.at))
    empty()
    return _told(plan, figures)


def growth(plan: Plan, places: Places, sizes: Sequence[int]) -> dict[str, object]:
    """The figures of P2: births a second beside so many persons who are there already, and the ratio to the first."""
    on = vietnam_date(plan.at)
    routes.ensure(on)
    lawtables.ensure(on)
    bodies = list(plain_stream(plan.births, seed=plan.seed, until=plan.at, places=places))
    rates: dict[int, float] = {}
    for size in sizes:
        measured = []
        for _ in range(plan.rounds):
            empty()
            _settle(size, plan.at)
            measured.append(len(bodies) / _enrol(bodies, plan.at)[1])
        rates[size] = statistics.median(measured)
    empty()
    first = rates[sizes[0]]
    return {
        "bench": "enrol --growth",
        "births": plan.births,
        "rounds": plan.rounds,
        "births_per_second": {str(size): round(rate) for size, rate in rates.items()},
        "ratio_to_first": {str(size): round(rate / first, 3) for size, rate in rates.items()},
    }


def _settle(count: int, at: datetime) -> None:
    """So many persons with numbers, ids and birth notices of their own, written by the database alone."""
    with acting(enrolment.system(), at=at), connection.cursor() as cursor:
        cursor.execute(PERSONS, {"count": count, "at": at})
        cursor.execute(_NUMBERS, {"at": at})
    with connections["owner"].cursor() as cursor:
        # Without it the server would tidy up behind the load while the births are timed.
        cursor.execute("VACUUM (ANALYZE) persons_person, persons_number")


def _told(plan: Plan, figures: dict[str, list[float]]) -> dict[str, object]:
    medians = {name: statistics.median(values) for name, values in figures.items()}
    ratios = [a / b for a, b in zip(figures["enrol"], figures["pure"], strict=True)]
    return {
        "bench": "enrol",
        "births": plan.births,
        "rounds": plan.rounds,
        "births_per_second": round(medians["enrol"]),
        "intake_per_second": round(medians["intake"]),
        "pure_sql_per_second": round(medians["pure"]),
        "copy_per_second": round(medians["copy"]),
        "ratio_to_pure_sql": round(statistics.median(ratios), 3),
        "ratio_to_copy": round(medians["enrol"] / medians["copy"], 4),
        "peak_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEBIBYTE,
    }


def empty() -> None:
    """Empty every table of the way; as the owner, past the triggers that forbid it to everyone else.

    The second worker may be writing: of two that wait for each other PostgreSQL stops one, and we come again.
    """
    for _ in range(_TRIES):
        try:
            with transaction.atomic(using="owner"):
                _empty()
        except OperationalError:
            continue
        return
    msg = "the tables could not be emptied beside the second worker"
    raise RuntimeError(msg)


def _empty() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(_GUARDED)
        guards = [row[0] for row in cursor.fetchall()]
        for guarded in guards:
            cursor.execute(
                sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(guarded))
            )
        cursor.execute(_TRUNCATE)
        for guarded in guards:
            cursor.execute(
                sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(guarded))
            )


def _enrol(bodies: Sequence[bytes], at: datetime) -> tuple[float, float]:
    """Seconds until the last receipt, and until the last card is requested."""
    by, on = enrolment.system(), vietnam_date(at)
    via = storing.Via("file", peer="bench")
    start = time.perf_counter()
    for first in range(0, len(bodies), _INTAKE_BATCH):
        storing.accept_many(bodies[first : first + _INTAKE_BATCH], via, by=by, at=at)
    received = time.perf_counter() - start
    while _waiting():
        enrolment.advance(at=at, on=on)
    return received, time.perf_counter() - start


def _waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return bool(cursor.fetchone()[0])


def _copy(bodies: Sequence[bytes]) -> float:
    """Seconds to COPY the raw messages into a table without index or constraint."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_copied (message_id text, body bytea)")
        start = time.perf_counter()
        with cursor.copy("COPY bench_copied (message_id, body) FROM STDIN") as copy:
            for number, body in enumerate(bodies):
                copy.write_row((str(number), body))
        seconds = time.perf_counter() - start
        cursor.execute("DROP TABLE bench_copied")
    return seconds


def _pure(bodies: Sequence[bytes], at: datetime) -> float:
    """Seconds for the same rows by SQL alone, from the COPY of parsed rows to the commit. Parsing is not counted."""
    lists, on = code_lists(), vietnam_date(at)
    rows = [_staged(body, judge(body, on=on, lists=lists).birth, at) for body in bodies]
    with acting(enrolment.system(), at=at), connection.cursor() as cursor:
        cursor.execute(_STAGED)
        start = time.perf_counter()
        with cursor.copy("COPY bench_staged FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("ANALYZE bench_staged")
        _PURE.run({"at": at})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        seconds = time.perf_counter() - start
        cursor.execute("DROP TABLE bench_staged")
    return seconds


def _staged(body: bytes, birth: BirthFacts | None, at: datetime) -> tuple[object, ...]:
    if birth is None:
        msg = "the bench feeds clean messages only"
        raise ValueError(msg)
    facts, digest = reading.facts_of(birth)
    return (
        f"{birth.commune_code}-{birth.book}-{birth.number}",
        body,
        birth.commune_code,
        birth.book,
        birth.number,
        birth.year,
        reading.commune_of(birth),
        birth.registered_on,
        reading.due_on(at),
        birth.full_name,
        birth.fold_key,
        birth.born_on,
        birth.sex,
        birth.facility_code,
        birth.area_code,
        digest,
        facts.decode(),
    )
