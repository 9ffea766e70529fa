"""Check: judge what was stored, and apply it. The first step of the enrolment.

A birth whose register entry is new goes into the tables with its whole batch (`store.sql`); anything that meets
an entry already there, or has to do with paper (`joining.py`), is settled one entry at a time (`settle.py`). Nothing stored is ever lost: a message that
breaks the step is tried alone, and quarantined after five attempts.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, OperationalError, connection

from lienthong.births import joining, settle
from lienthong.births.lists import code_lists
from lienthong.births.reading import PaperMark, Read, commune_of, due_on, facts_of
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.gateways.justice import judge
from lienthong.gateways.justice_types import CodeLists, Judgement
from lienthong.kernel.actor import Actor

_log = logging.getLogger(__name__)
_STAGING = Statement.load("lienthong.births", "staging.sql")
_STORE = Statement.load("lienthong.births", "store.sql")
_CLAIM = """
    SELECT message.id, message.source, message.message_id, message.body, message.received_at, message.held_for,
           message.judged_at IS NOT NULL, paper.after_version, paper.paper_no, paper.seen
    FROM births_message AS message LEFT JOIN births_paper AS paper ON paper.message_id = message.id
    WHERE message.state = 'pending' AND (%(only)s = 0 OR message.id = %(only)s)
    ORDER BY message.id LIMIT %(limit)s FOR UPDATE OF message SKIP LOCKED
"""
_COPY = """
    COPY births_staging (
        message_ref, source, message_id, received_at, urgent, kind, version, warnings, register_commune, book, number,
        year, commune_code, registered_on, due_on, child_name, child_fold_key, child_born_on, child_sex,
        residence_text, facility_code, area_code, facts_sha256, facts) FROM STDIN
"""
_SET_ASIDE = """
    UPDATE births_message AS message
    SET state = aside.state, code = aside.code, field = aside.field, held_for = aside.held_for, kind = aside.kind,
        version = aside.version, warnings = string_to_array(aside.warnings, ','), judged_at = %s
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[])
        AS aside (id, state, code, field, held_for, kind, version, warnings)
    WHERE message.id = aside.id
"""
_ANSWER = """
    INSERT INTO database_outbox (kind, key, version, payload)
    SELECT 'justice.answer', message.id::text,
           1 + (SELECT count(*) FROM database_outbox AS sent
                WHERE sent.kind = 'justice.answer' AND sent.key = message.id::text),
           jsonb_build_object('message_id', message.message_id, 'source', message.source,
                              'outcome', births_outcome(message.state, message.code), 'code', message.code,
                              'field', message.field)
    FROM births_message AS message
    WHERE message.id = ANY (%s) AND message.state <> 'pending' AND message.channel <> 'paper'
    ORDER BY message.id
"""
_ATTEMPT = """
    UPDATE births_message SET attempts = attempts + 1,
        state = CASE WHEN attempts + 1 >= %s THEN 'quarantined' ELSE state END,
        code = CASE WHEN attempts + 1 >= %s THEN 'E-INTERNAL' ELSE code END
    WHERE id = %s
    RETURNING state
"""
_PENDING = "SELECT id FROM births_message WHERE state = 'pending' ORDER BY id LIMIT %s"
_MOST_ATTEMPTS = 5


def check(limit: int, *, by: Actor, at: datetime, on: date) -> int:
    """Judge and apply up to `limit` stored messages; how many left `pending`.

    One transaction for the batch. When the batch breaks, each message is tried in its own.
    """
    try:
        return _check_batch(limit, 0, by=by, at=at, on=on)
    except OperationalError:
        # A deadlock, a time-out or a database that goes away is nobody's fault: the batch simply comes again.
        raise
    except (DatabaseError, ValueError, KeyError):
        _log.exception("check.batch_failed")
    return _check_one_by_one(limit, by=by, at=at, on=on)


def _check_one_by_one(limit: int, *, by: Actor, at: datetime, on: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [limit])
        ids = [row[0] for row in cursor.fetchall()]
    done = 0
    for message in ids:
        try:
            done += _check_batch(1, message, by=by, at=at, on=on)
        except OperationalError:
            raise
        except (DatabaseError, ValueError, KeyError):
            _log.exception("check.message_failed", extra={"message_ref": message})
            with acting(by, at=at), connection.cursor() as cursor:
                cursor.execute(_ATTEMPT, [_MOST_ATTEMPTS, _MOST_ATTEMPTS, message])
                if cursor.fetchone()[0] == "quarantined":
                    _answer([message])
                    done += 1
    return done


def _check_batch(limit: int, only: int, *, by: Actor, at: datetime, on: date) -> int:
    lists = code_lists()
    with acting(by, at=at):
        find_rows_by_index()
        reads = _claim(limit, only, lists, on)
        if not reads:
            return 0
        joining.take_turns(reads)
        aside = [read for read in reads if _is_aside(read.judgement)]
        _set_aside(aside, at)
        readable = [read for read in reads if not _is_aside(read.judgement)]
        near = joining.near_papers(readable)
        stored = _store_new([read for read in readable if read.id not in near.same], at)
        rest = [read for read in readable if read.id not in stored]
        for entry in _by_entry(rest):
            settle.settle(entry, by=by, at=at, on=on)
        joining.ask_about_lookalikes(readable, near, by=by, at=at)
        _answer([read.id for read in (*aside, *rest)])
        return len(reads)


def _claim(limit: int, only: int, lists: CodeLists, on: date) -> list[Read]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"limit": limit, "only": only})
        rows = cursor.fetchall()
    return [
        Read(
            row[0],
            row[1],
            row[2],
            row[4],
            row[5] == settle.RELEASED,
            row[6],
            judge(bytes(row[3]), on=on, lists=lists),
            None if row[7] is None else PaperMark(row[7], row[8], tuple(row[9])),
        )
        for row in rows
    ]


def _is_aside(judgement: Judgement) -> bool:
    return judgement.outcome in ("quarantined", "held") or judgement.birth is None


def _set_aside(reads: Sequence[Read], at: datetime) -> None:
    if not reads:
        return
    judgements = [read.judgement for read in reads]
    columns: list[list[Any]] = [
        [read.id for read in reads],
        ["held" if j.outcome == "held" else "quarantined" for j in judgements],
        [j.code for j in judgements],
        [j.field for j in judgements],
        [j.held_for for j in judgements],
        [j.kind for j in judgements],
        [j.version for j in judgements],
        [",".join(j.warnings) for j in judgements],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SET_ASIDE, [at, *columns])


def _store_new(reads: Sequence[Read], at: datetime) -> set[int]:
    """Store the plain births of the batch set-based; the ids of the messages whose entry was new."""
    seen: dict[tuple[str, str, str, int], int] = defaultdict(int)
    for read in reads:
        seen[read.key] += 1
    plain = [
        read
        for read in reads
        if seen[read.key] == 1
        and not read.was_judged
        and read.paper is None
        and read.judgement.outcome == "accepted"
        and read.judgement.kind != "cancel"
    ]
    if not plain:
        return set()
    _STAGING.run()
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for read in plain:
            copy.write_row(_staged(read))
    return {row[0] for row in _STORE.rows({"at": at})}


def _staged(read: Read) -> tuple[object, ...]:
    birth, judgement = read.birth, read.judgement
    facts, digest = facts_of(birth)
    return (
        read.id,
        read.source,
        read.message_id,
        read.received_at,
        judgement.urgent,
        judgement.kind,
        judgement.version,
        list(judgement.warnings),
        birth.commune_code,
        birth.book,
        birth.number,
        birth.year,
        commune_of(birth),
        birth.registered_on,
        due_on(read.received_at),
        birth.full_name,
        birth.fold_key,
        birth.born_on,
        birth.sex,
        birth.residence_text,
        birth.facility_code,
        birth.area_code,
        digest,
        facts.decode(),
    )


def _by_entry(reads: Sequence[Read]) -> list[list[Read]]:
    """The messages of each register entry together, entries in the order of their key (one lock order)."""
    entries: dict[tuple[str, str, str, int], list[Read]] = defaultdict(list)
    for read in reads:
        entries[read.key].append(read)
    return [entries[key] for key in sorted(entries)]


def _answer(ids: Sequence[int]) -> None:
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_ANSWER, [list(ids)])
