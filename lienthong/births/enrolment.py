"""The enrolment, step by step: from a stored message to a card that waits for approval. This file is the story.

Each step takes rows in one state, decides, and moves each to the next state or to a wait, one statement a batch,
events and audit in the same transaction. The state is the queue: a step that is killed is simply run again.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import DataError, connection

from lienthong.accounts.permissions import every_permission
from lienthong.births import check as checking
from lienthong.births import homes, matching, rerouting, splits
from lienthong.cards import actions as cards
from lienthong.catalogues import routes
from lienthong.collection import actions as collection
from lienthong.database import lawtables
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import lifecycle as states
from lienthong.kernel.actor import Actor, system_actor
from lienthong.law.groups import CHILD_UNDER_SIX, benefit_level

_ROUTE = Statement.load("lienthong.births", "route.sql")
_REROUTE = Statement.load("lienthong.births", "reroute.sql")
_MATCH = Statement.load("lienthong.births", "match.sql")
_NUMBER = Statement.load("lienthong.births", "number.sql")
_RELEASE = Statement.load("lienthong.births", "release.sql")
_MATCH_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('lienthong.match'))"
_PARK_UNNUMBERED = """
    UPDATE dossiers_dossier SET reason = 'NUMBER_EXHAUSTED'
    WHERE state = 'EXPORTED_TNHS' AND person_id IS NOT NULL AND insurance_number IS NULL
      AND reason <> 'NUMBER_EXHAUSTED'
"""

BATCH = 2_000
"""Rows a step takes at once: large enough that a commit costs nothing a row, small enough to lose little."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step decides: the instant, and its Vietnamese day."""

    at: datetime
    on: date


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the states it takes from and may leave to, and the function that moves a batch.

    `run(limit, by=, moment=)` returns how many rows it moved; 0 means that nothing waits for it.
    """

    name: str
    takes: tuple[str, ...]
    leaves: tuple[str, ...]
    run: Callable[[int, Actor, Moment], int]


def check(limit: int, by: Actor, moment: Moment) -> int:
    """Judge stored messages; a complete birth becomes a dossier, everything else says what it waits for."""
    _RELEASE.run({"limit": limit})
    return checking.check(limit, by=by, at=moment.at, on=moment.on)


def merge(limit: int, by: Actor, moment: Moment) -> int:
    """Enter confirmed acts of merger into the lists, and cut over the dossiers of every unit whose instant has come."""
    del limit
    return rerouting.merge(by=by, at=moment.at, on=moment.on)


def route(limit: int, by: Actor, moment: Moment) -> int:
    """Send each dossier to the unit that answers for the child's commune; park it visibly when none does.

    One of a divided commune waits in the queue of splits until its address or an officer says where it belongs.
    """
    routes.ensure(moment.on)
    parameters = {"limit": limit, "at": moment.at}
    with acting(by, at=moment.at):
        splits.follow(limit, by=by, at=moment.at)
        find_rows_by_index()
        moved = len(_ROUTE.rows(parameters)) + len(_REROUTE.rows(parameters))
        return moved + splits.queue(limit, by=by, at=moment.at, on=moment.on)


def receive(limit: int, by: Actor, moment: Moment) -> int:
    """Pass reception (TNHS)."""
    return dossiers.receive(limit, by=by, at=moment.at)


def export(limit: int, by: Actor, moment: Moment) -> int:
    """Leave TNHS for collection (TST)."""
    return dossiers.export(limit, by=by, at=moment.at)


def match(limit: int, by: Actor, moment: Moment) -> int:
    """Find the child among known persons by exact keys, ask an officer where others suggest one, or make the person.

    One worker at a time: two copies of one child must meet.
    """
    lawtables.ensure(moment.on)
    with acting(by, at=moment.at), connection.cursor() as cursor:
        cursor.execute(_MATCH_LOCK)
        if not cursor.fetchone()[0]:
            return 0
        find_rows_by_index()
        looked = matching.look(limit, by=by)
        asks = json.dumps([ask.as_json() for ask in looked.asks])
        return len(_MATCH.rows({"ids": list(looked.dossier_ids), "asks": asks, "at": moment.at}))


def number(limit: int, by: Actor, moment: Moment) -> int:
    """Give the child an insurance number, or the one it has, and its place in its mother's household.

    An exhausted range parks the dossiers; a household never does.
    """
    try:
        with acting(by, at=moment.at):
            find_rows_by_index()
            numbered = [row[0] for row in _NUMBER.rows({"limit": limit, "at": moment.at})]
            homes.place(numbered, by=by, at=moment.at)
            return len(numbered)
    except DataError:
        with acting(by, at=moment.at), connection.cursor() as cursor:
            cursor.execute(_PARK_UNNUMBERED)
        return 0


def collect(limit: int, by: Actor, moment: Moment) -> int:
    """Record what arises for the state budget to pay."""
    return collection.collect(limit, by=by, at=moment.at)


def request(limit: int, by: Actor, moment: Moment) -> int:
    """Compose the card and ask an officer for approval. A missing personal id never holds it (rules §13.3)."""
    routes.ensure(moment.on)
    lawtables.ensure(moment.on)
    level = benefit_level(CHILD_UNDER_SIX, on=moment.on)
    return cards.request(limit, by=by, at=moment.at, level=level, on=moment.on)


STEPS = (
    Step("check", ("pending",), (states.RECEIVED,), check),
    Step(
        "merge",
        (states.RECEIVED, states.CREATED, states.SENT_TNHS, states.EXPORTED_TNHS),
        (
            states.CREATED,
            states.SENT_TNHS,
            states.EXPORTED_TNHS,
            states.CREATE_FAILED,
            states.MANUAL_REVIEW,
        ),
        merge,
    ),
    Step(
        "route",
        (states.RECEIVED, states.CREATE_FAILED, states.MANUAL_REVIEW),
        (states.CREATED, states.CREATE_FAILED, states.MANUAL_REVIEW),
        route,
    ),
    Step("receive", (states.CREATED,), (states.SENT_TNHS,), receive),
    Step("export", (states.SENT_TNHS,), (states.EXPORTED_TNHS,), export),
    Step(
        "match",
        (states.EXPORTED_TNHS,),
        (states.EXPORTED_TNHS, states.MANUAL_REVIEW),
        match,
    ),
    Step("number", (states.EXPORTED_TNHS,), (states.EXPORTED_TNHS,), number),
    Step("collect", (states.EXPORTED_TNHS,), (states.ARISEN,), collect),
    Step("request", (states.ARISEN,), (states.APPROVAL_REQUESTED,), request),
)
"""In order: the table of contents of the system."""


def system() -> Actor:
    """The system itself, in whose name the steps run."""
    return system_actor(every_permission())


def advance(*, at: datetime, on: date, limit: int = BATCH) -> dict[str, int]:
    """Run every step once, each over at most `limit` rows; how many each moved."""
    by, moment = system(), Moment(at, on)
    return {step.name: step.run(limit, by, moment) for step in STEPS}


def advance_all(*, at: datetime, on: date, limit: int = BATCH) -> dict[str, int]:
    """Run the steps until nothing moves; how many each moved in all. Bounded by what waits."""
    total = dict.fromkeys((step.name for step in STEPS), 0)
    while True:
        moved = advance(at=at, on=on, limit=limit)
        for name, count in moved.items():
            total[name] += count
        if not any(moved.values()):
            return total
