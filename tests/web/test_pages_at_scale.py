"""The officers' pages over 20,000 children: each reads by index, whatever the planner's figures, and tells the truth."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections

from lienthong.accounts import sessions
from lienthong.births import enrolment
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.dossiers import lifecycle, queries
from lienthong.dossiers.queries import DossierLine, QueueFilter
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.names import fold_key
from lienthong.oversight import reporting
from lienthong.oversight.reporting import Met
from lienthong.simulation import places
from lienthong.simulation.benches import pages
from tests import postgres

pytestmark = pytest.mark.timeout(300)
CHILDREN = 20_000
MOST_READ = 2_500
"""Of 20,000: what is open in the whole country, twice, and a page. One table read whole is eight times that."""
_TABLES = ("persons", "dossiers", "births", "cards")
# What the transaction has read: rows of tables by whole reads, and entries of indexes. What transactions before it
# read is in it as well while the server has not taken their figures over, which it does once a second at most.
_READ = """
    SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(oid)), 0) FROM pg_class
    WHERE split_part(relname, '_', 1) = ANY (%s) OR oid IN (
        SELECT entry.indexrelid FROM pg_index AS entry JOIN pg_class AS held ON held.oid = entry.indrelid
        WHERE split_part(held.relname, '_', 1) = ANY (%s))
"""
_KEEP_FIGURES = """
    DO $$ DECLARE named text; BEGIN
        FOR named IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
            EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = false)', named);
        END LOOP;
    END $$
"""
# The slow truth: row-level security decides, and nothing helps.
_TRUTH = """
    SELECT dossier.id FROM dossiers_dossier AS dossier LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
    WHERE dossier.id > %(after)s AND (%(state)s = '' OR dossier.state = %(state)s)
      AND (%(unit_code)s = '' OR unit.code = %(unit_code)s)
      AND strpos(dossier.child_fold_key, %(folded)s) > 0
      AND (NOT %(late_only)s OR dossier.due_on < %(on)s AND dossier.closed_on IS NULL)
    ORDER BY dossier.id LIMIT %(limit)s
"""
_RECOUNT = """
    SELECT state, count(*), count(*) FILTER (WHERE due_on < %s AND closed_on IS NULL) FROM dossiers_dossier GROUP BY state
"""
_CANCEL = """
    UPDATE dossiers_dossier SET state = 'CANCELLED', closed_on = %s
    WHERE id %% 41 = 0 AND state IN ('RETURNED', 'PRINTED', 'CREATE_FAILED')
"""
_REOPEN = "UPDATE dossiers_dossier SET state = 'RECEIVED', closed_on = NULL WHERE id % 82 = 0 AND state = 'CANCELLED'"


@dataclass(frozen=True, slots=True)
class Country:
    """The filled database, the officers by kind with their sessions, and whose messages they look at."""

    unit: str
    messages: list[str]
    tokens: dict[str, str]


@pytest.fixture(scope="module", params=["never counted", "counted"])
def country(
    request: pytest.FixtureRequest,
    postgres_owner: Address,
    template_database: str,
    django_db_blocker: Any,
) -> Iterator[Country]:
    """Children at every stage, some cancelled and some begun again.

    The planner's figures were taken while the tables were empty, or afterwards.
    """
    at = settings.CLOCK()
    with postgres.copy(postgres_owner, template_database) as own, django_db_blocker.unblock():
        with postgres.django_on(own):
            places.declare_places(at=at)
            with connections["owner"].cursor() as cursor:
                cursor.execute("ANALYZE")
                cursor.execute(_KEEP_FIGURES)
            pages.fill(CHILDREN, at=at, progress=lambda _: None, analyzes=False)
            with acting(enrolment.system(), at=at), connection.cursor() as cursor:
                cursor.execute(_CANCEL, [vietnam_date(at)])
                cursor.execute(_REOPEN)
            if request.param == "counted":
                with connections["owner"].cursor() as cursor:
                    cursor.execute("VACUUM (ANALYZE)")
            unit, messages = pages.unit_with_messages()
            officers = pages.officers_of(unit, at=at)
            with pages.rights_of_pages():
                tokens = {
                    kind: sessions.open_session(officer_id, scope, browser="thử nghiệm")
                    for kind, (officer_id, scope) in officers.items()
                }
                yield Country(unit, messages, tokens)
            connections.close_all()


@contextmanager
def _reading(seen: list[tuple[int, str]]) -> Iterator[None]:
    """Note at first and after each statement how many rows are counted as read, functions included."""

    def note(told: str) -> None:
        with connection.connection.cursor() as cursor:
            cursor.execute(_READ, [list(_TABLES)] * 2)
            seen.append((int(cursor.fetchone()[0]), told))

    def noted(execute: Callable[..., Any], statement: Any, *call: Any) -> Any:
        told = execute(statement, *call)
        note(" ".join(str(statement).split())[:120])
        return told

    connection.ensure_connection()
    note("before")
    with connection.execute_wrapper(noted):
        yield


def test_every_page_reads_by_index(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_WALK", 500)
    too_many = []
    for kind, token in country.tokens.items():
        for visit in pages.visits(country.messages[:1], count=CHILDREN):
            seen: list[tuple[int, str]] = []
            with _reading(seen):
                reply = pages.ask(visit.addresses[0], visit.form, token)
            assert reply.status in {200, 403}, (kind, visit.name)
            counts = [count for count, _ in seen]
            steps = [
                (now - then, told)
                for then, now, (_, told) in zip(counts, counts[1:], seen[1:], strict=False)
            ]
            # Between transactions the server starts its own counting again: then a step is below zero.
            if sum(max(count, 0) for count, _ in steps) > MOST_READ:
                too_many.append((kind, visit.name, sorted(steps, reverse=True)[:3]))
    assert too_many == [], "\n".join(map(str, too_many))


def _actor(token: str) -> Actor:
    found = sessions.resume(token)
    assert found is not None
    return found


def _truth(filters: QueueFilter, *, on: date, limit: int) -> list[int]:
    named = {
        "after": filters.after,
        "state": filters.state,
        "unit_code": filters.unit_code,
        "folded": fold_key(filters.text),
        "late_only": filters.late_only,
        "on": on,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TRUTH, named)
        return [row[0] for row in cursor.fetchall()]


def _pieces(chance: random.Random) -> list[str]:
    """Texts out of names: whole ones, and parts that begin and end inside a syllable."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT child_name FROM dossiers_dossier WHERE id % 499 = 0 ORDER BY id")
        names = [row[0] for row in cursor.fetchall()]
    texts = ["Zwingli Xerxes", "n", "anh", "nguyen", "%", "_n", "ị Minh  a", "zz anh", "anh zz"]
    for name in names:
        begin, end = sorted(chance.sample(range(len(name) + 1), 2))
        texts += [name, name[begin:end].strip()]
    return [text for text in texts if text]


@pytest.mark.parametrize("walk", [0, 700, 20_000])
def test_the_queue_is_what_a_plain_reading_finds(
    country: Country, walk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_WALK", walk)
    chance = random.Random(walk)
    at = settings.CLOCK()
    found_some = 0
    for token in country.tokens.values():
        by = _actor(token)
        with acting(by, at=at):
            texts = _pieces(chance)
            for _ in range(60):
                filters = QueueFilter(
                    state=chance.choice(["", "", *lifecycle.STATES]),
                    unit_code=chance.choice(["", "", "", country.unit, "TE00000"]),
                    text=chance.choice(["", *texts]),
                    late_only=chance.random() < 0.2,
                    after=chance.choice([0, 0, CHILDREN // 2, CHILDREN - 300]),
                )
                _compare(by, filters, at=vietnam_date(at))
            for text in texts:
                filters = QueueFilter(text=text, after=chance.choice([0, CHILDREN // 3]))
                found_some += _compare(by, filters, at=vietnam_date(at)) > 0
    assert found_some > len(country.tokens) * 10


def _compare(by: Actor, filters: QueueFilter, *, at: date) -> int:
    lines = queries.queue(by, filters=filters, on=at, limit=51)
    assert [it.id for it in lines] == _truth(filters, on=at, limit=51), (by.role, filters)
    return len(lines)


def test_pages_of_a_name_follow_one_another(country: Country) -> None:
    at = settings.CLOCK()
    by = _actor(country.tokens["the centre"])
    filters, shown = QueueFilter(text="minh anh"), list[DossierLine]()
    with acting(by, at=at):
        while lines := queries.queue(by, filters=filters, on=vietnam_date(at), limit=7):
            shown += lines
            filters = replace(filters, after=lines[-1].id)
        assert [it.id for it in shown] == _truth(
            QueueFilter(text="minh anh"), on=vietnam_date(at), limit=CHILDREN
        )
    assert len(shown) > 7


def test_home_counts_what_a_recount_finds(country: Country) -> None:
    at = settings.CLOCK()
    for token in country.tokens.values():
        by = _actor(token)
        with acting(by, at=at), connection.cursor() as cursor:
            told = queries.counts_by_state(by, on=vietnam_date(at))
            cursor.execute(_RECOUNT, [vietnam_date(at)])
            recounted = set(cursor.fetchall())
        assert {(it.state, it.count, it.late_count) for it in told} == recounted
    assert {"RETURNED", "CANCELLED", "PRINTED", "RECEIVED"} <= {state for state, _, _ in recounted}


def test_only_who_sees_the_whole_country_searches_it(country: Country) -> None:
    for kind, token in country.tokens.items():
        with acting(_actor(token), at=settings.CLOCK()), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM dossiers_closed_named('nguyen', 0, 10, ARRAY['RETURNED'])"
            )
            assert cursor.fetchone() == (10 if kind == "the centre" else 0,), kind


def test_closed_names_of_areas_are_told_to_whoever_sees_those_areas(country: Country) -> None:
    asked = "SELECT count(*) FROM dossiers_closed_mine(%s, 'nguyen', 0, 10, ARRAY['RETURNED'])"
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(DISTINCT area) FROM dossiers_dossier WHERE state = 'RETURNED'"
        )
        every = cursor.fetchone()[0]
    for kind, token in country.tokens.items():
        with acting(_actor(token), at=settings.CLOCK()), connection.cursor() as cursor:
            cursor.execute("SELECT authz.areas()")
            mine = set(cursor.fetchone()[0])
            theirs = [area for area in every if area not in mine]
            cursor.execute(asked, [[area for area in every if area in mine]])
            assert (cursor.fetchone()[0] > 0) == bool(mine), kind
            cursor.execute(asked, [theirs])
            assert (cursor.fetchone()[0] > 0) == (kind == "the centre"), kind


def test_a_difficulty_s_matter_is_found_by_index(country: Country) -> None:
    """Whom a page was about, so that the names are masked: the dossier behind a message, code, task, card, person."""
    too_many = []
    for kind, token in country.tokens.items():
        by = _actor(token)
        for met in ("dossier", "task", "card", "finding", "person"):
            seen: list[tuple[int, str]] = []
            with acting(by, at=settings.CLOCK()), _reading(seen):
                reporting.dossier_of(country.messages[0], by=by)
                reporting.dossier_of("no such message", by=by)
                for key in (CHILDREN // 2, 10 * CHILDREN):
                    reporting.known_of(Met("", "", met, key), by=by)
            if seen[-1][0] - seen[0][0] > MOST_READ // 5:
                too_many.append((kind, met, seen))
    assert too_many == [], "\n".join(map(str, too_many))
