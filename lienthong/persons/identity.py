"""The lane of the personal id (số định danh): asks the population database for what a birth came without.

Beside the way to the card, never in it (INV-12): nothing here reads or writes a card, a dossier or a number. An
answer is believed only when name, birth date and sex agree and nobody else holds the id (INV-13); else the id alone
is quarantined and an officer looks.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, connection

from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.gateways.population import Answer, AnswerClass, Population, Question
from lienthong.kernel.actor import Actor, system_actor
from lienthong.kernel.errors import Conflict
from lienthong.kernel.names import tone_key
from lienthong.law.personal_id import contradictions
from lienthong.persons import lane

SYSTEM: Final = system_actor(frozenset())
LEASE: Final = timedelta(minutes=10)
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=1)
"""Full jitter up to this: a province's questions never come back in one wave."""
_MOST_DOUBLINGS = 12
_FEWEST_FOR_NONSENSE = 3
"""So many refused ids in one round, and more refused than good ones: the database is lying, not the children."""
_RACES = 3
_FOUND, _MOOT, _NOT_ASKED = "FOUND", "MOOT", ""
_MISMATCH, _DISPUTED = "E-PID-MISMATCH", "DISPUTED"
_REFUSED = frozenset({_MISMATCH, "E-PID-TAKEN", "E-PID-PARENT"})
_DOUBTED = _REFUSED | {_DISPUTED}
_CLOSING = {
    _FOUND: "answered",
    _MOOT: "answered",
    AnswerClass.PID_NOT_APPLICABLE.value: "not_applicable",
}
_PACKAGE = "lienthong.persons"
_WAKE = """
    UPDATE persons_identityrequest SET next_at = %(at)s
    WHERE state = 'waiting' AND (detail LIKE 'outage%%' OR detail LIKE 'disputed%%') AND next_at > %(at)s
"""
_FORGIVE = """
    WITH forgiven AS (
        UPDATE persons_identityrequest
        SET state = 'waiting', answer_class = '', detail = 'outage: nonsense', next_at = %(at)s, offered_name = '',
            offered_born_on = NULL, offered_sex = ''
        WHERE state = 'quarantined' AND next_at >= coalesce(
            (SELECT max(good.closed_at) FROM persons_identityrequest AS good
             WHERE good.state = 'answered' AND good.answer_class = 'FOUND'), '-infinity')
        RETURNING person_id)
    UPDATE persons_person AS person SET personal_id_status = 'PID_NO_ANSWER'
    FROM forgiven WHERE person.id = forgiven.person_id AND person.personal_id IS NULL
"""
"""Quarantined since the last good answer: the children's facts were judged by a source now found to be lying."""
_ASK_AGAIN = """
    WITH reopened AS (
        UPDATE persons_identityrequest
        SET state = 'waiting', answer_class = '', detail = '', next_at = %(at)s, offered_name = '',
            offered_born_on = NULL, offered_sex = '', decided_by = %(by)s, decided_at = %(at)s
        WHERE person_id = ANY(%(person_ids)s) AND state IN ('quarantined', 'kept')
        RETURNING person_id),
    persons AS (
        UPDATE persons_person AS person SET personal_id_status = 'PID_NO_ANSWER'
        FROM reopened WHERE person.id = reopened.person_id AND person.personal_id IS NULL)
    SELECT person_id FROM reopened ORDER BY person_id
"""
_REQUEST = """
    INSERT INTO persons_identityrequest (person_id, state, attempts, next_at, answer_class, detail, made_at)
    SELECT id, 'waiting', 0, %(at)s, '', '', %(at)s
    FROM persons_person
    WHERE id = ANY(%(person_ids)s) AND personal_id IS NULL AND merged_into_id IS NULL
      AND personal_id_status <> 'PID_NOT_APPLICABLE'
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A question in our hands until its lease ends. `attempt` is the fence: an older answer no longer counts."""

    person_id: int
    attempt: int
    question: Question


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of one round. `outage_count` are questions that the other side left unanswered."""

    attached_count: int = 0
    quarantined_count: int = 0
    waiting_count: int = 0
    outage_count: int = 0
    closed_count: int = 0


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What becomes of one question."""

    person_id: int
    state: str
    answer_class: str
    next_at: datetime
    detail: str = ""
    personal_id: str = ""
    refund: int = 0
    offered: Answer | None = None
    """Of a quarantined answer: what the other side says of the holder, for an officer to compare."""


@dataclass(frozen=True, slots=True)
class _Round:
    """Questions and their answers. `is_suspect`: the other side was already distrusted when it answered."""

    claimed: Sequence[Due]
    answers: Sequence[Answer | None]
    is_suspect: bool


def request(person_ids: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Open a question for each of these persons who lacks an id and should have one; how many were new."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_REQUEST, {"person_ids": list(person_ids), "at": at})
        return int(cursor.rowcount)


def ask_population(
    client: Population, *, at: datetime, limit: int = 100, by: Actor = SYSTEM
) -> int:
    """Ask up to `limit` due questions and settle the answers; how many ids were attached.

    Asks outside any transaction; a killed worker's questions come again when their lease ends. While the other
    side is down one question at a time goes as a probe; the first good answer wakes all that waited for it.
    Raises RuntimeError inside a transaction.
    """
    if connection.in_atomic_block:
        msg = "no call to the outside inside a transaction"
        raise RuntimeError(msg)
    return _round(client, at=at, limit=limit, by=by)


def _round(client: Population, *, at: datetime, limit: int, by: Actor) -> int:
    if not client.ready():
        return 0
    is_probe = client.suspect()
    claimed = due(1 if is_probe else limit, by=by, at=at, probe=is_probe)
    if not claimed:
        return 0
    answers = ask(client, claimed)
    settled = settle(claimed, answers, client=client, by=by, at=at, is_probe=is_probe)
    went_out = [answer for answer in answers if answer is not None]
    done = lane.Done(
        asked_count=len(went_out),
        good_count=len(went_out) - settled.outage_count,
        attached_count=settled.attached_count,
        quarantined_count=settled.quarantined_count,
    )
    lane.note(done, client.standing(), by=by, at=at)
    return settled.attached_count


def due(limit: int, *, by: Actor, at: datetime, probe: bool = False) -> list[Due]:
    """Claim up to `limit` questions whose time has come, the longest waiting first. One statement.

    `probe` also takes one that waits out an outage, before its time.
    """
    with acting(by, at=at):
        rows = _statement("identity_claim.sql").rows(
            {"at": at, "limit": limit, "lease_ends_at": at + LEASE, "probe": probe}
        )
    return [Due(row[0], row[1], Question(row[0], *row[2:])) for row in rows]


def ask(client: Population, claimed: Sequence[Due]) -> list[Answer | None]:
    """The answers in the order of the questions; None where breaker or rate said not now. No database.

    Stops when half of the lease is over, so that no answer comes past its fence.
    """
    until = time.monotonic() + LEASE.total_seconds() / 2
    return [
        client.ask(question.question) if time.monotonic() < until else None for question in claimed
    ]


def settle(
    claimed: Sequence[Due],
    answers: Sequence[Answer | None],
    *,
    client: Population,
    by: Actor,
    at: datetime,
    is_probe: bool = False,
) -> Settled:
    """Attach, quarantine or put off, set-based and in one transaction; what came of it.

    When most answers of a round are about somebody else, or bring one id for many, none is quarantined: the other
    side is distrusted, and all that it had quarantined since its last good answer is asked again. Four statements.
    Answers past their fence are dropped.
    """
    round_ = _Round(claimed, answers, is_suspect=is_probe or client.suspect())
    for _ in range(_RACES):
        try:
            outcome, is_nonsense = _settled(round_, by, at)
        except IntegrityError:
            # Somebody was given this very id since it was judged: judged again, it is taken.
            continue
        if is_nonsense:
            client.distrust()
        return outcome
    raise Conflict("Số định danh vừa được gắn cho người khác; sẽ hỏi lại.", code="E-PID-TAKEN")


def ask_again(person_ids: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Let questions that were quarantined, or given up, be asked again after an officer looked; how many there were."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_ASK_AGAIN, {"person_ids": list(person_ids), "at": at, "by": by.label})
        reopened = [int(row[0]) for row in cursor.fetchall()]
        trail.record_each(
            by, "identity.asked_again", at=at, subject_kind="person", subject_ids=reopened
        )
    return len(reopened)


def _settled(round_: _Round, by: Actor, at: datetime) -> tuple[Settled, bool]:
    """The outcome of a round, and whether its answers were nonsense."""
    asked = list(zip(round_.claimed, round_.answers, strict=True))
    with acting(by, at=at), connection.cursor() as cursor:
        judged = _judge([(question, answer) for question, answer in asked if answer is not None])
        doubted = sum(verdict in _DOUBTED for verdict in judged.values())
        found = sum(verdict == _FOUND for verdict in judged.values())
        is_nonsense = doubted > 0 and (
            round_.is_suspect or (doubted >= _FEWEST_FOR_NONSENSE and doubted > found)
        )
        maybe = [
            _verdict(question, answer, judged.get(question.person_id), at, is_nonsense=is_nonsense)
            for question, answer in asked
        ]
        verdicts = [verdict for verdict in maybe if verdict is not None]
        _write(verdicts, at)
        _record(verdicts, by, at)
        outcome = _counted(verdicts)
        if is_nonsense:
            cursor.execute(_FORGIVE, {"at": at})
        elif judged and outcome.outage_count == 0:
            cursor.execute(_WAKE, {"at": at})
    return outcome, is_nonsense


def _judge(asked: Sequence[tuple[Due, Answer]]) -> dict[int, str]:
    """The verdict of each answer that still has its question, by person; locks both."""
    found = [answer for _, answer in asked]
    rows = _statement("identity_judge.sql").rows(
        {
            "person_ids": [question.person_id for question, _ in asked],
            "attempts": [question.attempt for question, _ in asked],
            "classes": [answer.answer_class.value for answer in found],
            "personal_ids": [answer.personal_id for answer in found],
            "tone_keys": [tone_key(answer.full_name) for answer in found],
            "birth_dates": [answer.born_on for answer in found],
            "sexes": [answer.sex for answer in found],
            "fits": [_fits(answer) for answer in found],
        }
    )
    return dict(rows)


def _fits(answer: Answer) -> bool:
    """Whether the digits of the id itself say the sex, century and year of the child (rules §3.2)."""
    return answer.born_on is not None and not contradictions(
        answer.personal_id, birth_date=answer.born_on, sex=answer.sex
    )


def _verdict(
    question: Due, answer: Answer | None, said: str | None, at: datetime, *, is_nonsense: bool
) -> _Verdict | None:
    """What becomes of one question; None when the answer came past its fence."""
    if answer is None:
        return _Verdict(question.person_id, "waiting", _NOT_ASKED, at, refund=1)
    if said is None:
        return None
    state = _CLOSING.get(said, "waiting")
    if said in _REFUSED and not is_nonsense:
        state = "quarantined"
    is_put_off = said in _DOUBTED and state == "waiting"
    return _Verdict(
        question.person_id,
        state,
        AnswerClass.PID_NO_ANSWER.value if is_put_off else said,
        at + pause_after(question.attempt),
        _detail(said, answer, is_put_off=is_put_off),
        answer.personal_id if said == _FOUND else "",
        offered=answer if state == "quarantined" else None,
    )


def _detail(said: str, answer: Answer, *, is_put_off: bool) -> str:
    """Why it waits; of a refused answer the id that was offered, for the officer and for the next judgement."""
    if answer.outage:
        return f"outage: {answer.detail}"
    if said not in _DOUBTED:
        return answer.detail
    if not is_put_off:
        return answer.personal_id
    return "outage: nonsense" if said == _MISMATCH else f"disputed: {answer.personal_id}"


def pause_after(attempt: int) -> timedelta:
    """How long to wait after that many attempts: any time up to a bound that doubles and stops at one hour."""
    bound = min(FIRST_PAUSE * (1 << min(attempt, _MOST_DOUBLINGS)), LONGEST_PAUSE)
    return bound * random.random()  # noqa: S311 - spreads load, guards nothing


def _write(verdicts: Sequence[_Verdict], at: datetime) -> None:
    _statement("identity_settle.sql").run(
        {
            "person_ids": [verdict.person_id for verdict in verdicts],
            "states": [verdict.state for verdict in verdicts],
            "classes": [verdict.answer_class for verdict in verdicts],
            "details": [verdict.detail for verdict in verdicts],
            "next_ats": [verdict.next_at for verdict in verdicts],
            "refunds": [verdict.refund for verdict in verdicts],
            "personal_ids": [verdict.personal_id for verdict in verdicts],
            "names": [verdict.offered.full_name if verdict.offered else "" for verdict in verdicts],
            "birth_dates": [
                verdict.offered.born_on if verdict.offered else None for verdict in verdicts
            ],
            "sexes": [verdict.offered.sex if verdict.offered else "" for verdict in verdicts],
            "at": at,
        }
    )


def _record(verdicts: Sequence[_Verdict], by: Actor, at: datetime) -> None:
    """In the log: whose id was attached, whose was quarantined and why. Never the id itself."""
    subjects: dict[tuple[str, str], list[int]] = {}
    for verdict in verdicts:
        if verdict.personal_id:
            subjects.setdefault(("identity.attached", ""), []).append(verdict.person_id)
        elif verdict.state == "quarantined":
            key = ("identity.quarantined", verdict.answer_class)
            subjects.setdefault(key, []).append(verdict.person_id)
    for (action, code), person_ids in subjects.items():
        detail = {"code": code} if code else None
        trail.record_each(
            by, action, at=at, subject_kind="person", subject_ids=person_ids, detail=detail
        )


def _counted(verdicts: Sequence[_Verdict]) -> Settled:
    states = [verdict.state for verdict in verdicts]
    return Settled(
        attached_count=sum(bool(verdict.personal_id) for verdict in verdicts),
        quarantined_count=states.count("quarantined"),
        waiting_count=states.count("waiting"),
        outage_count=sum(verdict.detail.startswith("outage") for verdict in verdicts),
        closed_count=states.count("not_applicable"),
    )


def _statement(name: str) -> Statement:
    return Statement.load(_PACKAGE, name)
