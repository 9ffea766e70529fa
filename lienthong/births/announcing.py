"""Tells families and officers what happened to cards, from the events, beside the way and never in it.

An approval of five hundred cards writes nothing here: this task reads the new events afterwards and tells them in a few
statements. It reads up to a watermark: a number below it may still be committed by a slow transaction, so the ceiling is
passed only when every transaction that ran when it was noted has ended. A kill loses nothing and tells nobody twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from lienthong.accounts import queries as accounts
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.dossiers import lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.notices import actions as notices
from lienthong.notices import contacts
from lienthong.notices.actions import News
from lienthong.notices.sending import STALE_AFTER
from lienthong.notices.texts import masked

BATCH = 5_000
"""Events read at once."""
STREAMS = ("card", "dossier")

_EVENTS = Statement.load("lienthong.births", "announce.sql")
_CEILINGS = {
    "card": "SELECT coalesce(max(id), 0) FROM cards_event",
    "dossier": "SELECT coalesce(max(id), 0) FROM dossiers_event",
}
# Of one person's merged records, the one through which the family is reached.
_REACHED_BY = """
    SELECT asked.id, reached.id FROM unnest(%s::bigint[]) AS asked (id)
    CROSS JOIN LATERAL (
        SELECT record.id FROM unnest(persons_family(asked.id)) WITH ORDINALITY AS record (id, place)
        JOIN notices_contact AS contact
            ON contact.subject_kind = 'person' AND contact.subject_id = record.id AND contact.ended_at IS NULL
        ORDER BY record.place LIMIT 1) AS reached
    WHERE EXISTS (SELECT 1 FROM persons_person AS merged WHERE merged.merged_into_id = asked.id)
"""
_BEGIN = "INSERT INTO notices_watermark (name, done_id, ceiling_id, ceiling_xid) VALUES (%s, 0, 0, 0) ON CONFLICT DO NOTHING"
# A restored copy counts its transactions anew, below what was noted: then none of those is running.
_WATERMARK = """
    SELECT done_id, ceiling_id, pg_snapshot_xmin(running) >= ceiling_xid::text::xid8
                                OR pg_snapshot_xmax(running) < ceiling_xid::text::xid8
    FROM notices_watermark, pg_current_snapshot() AS running
    WHERE name = %s FOR UPDATE SKIP LOCKED
"""
_DONE = "UPDATE notices_watermark SET done_id = %s WHERE name = %s"
# The snapshot is taken after the greatest id was read: who drew a smaller one has begun by then.
_NOTE = """
    UPDATE notices_watermark
    SET ceiling_id = %s, ceiling_xid = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    WHERE name = %s AND ceiling_id = done_id AND done_id < %s
"""


@dataclass(frozen=True, slots=True)
class _Happened:
    """One event with what its notice says."""

    id: int
    kind: str
    at: datetime
    reason: str
    card_id: int
    card_code: str
    valid_from: date
    valid_to: date
    child: str
    person_id: int
    dossier_code: str
    dossier_id: int
    area: int
    unit_name: str
    unit_code: str
    province_code: str
    phone: str
    requester: str


def announce(*, by: Actor, at: datetime) -> int:
    """Tell what is new in every stream; how many events were read that had something to tell."""
    return sum(_announce(stream, by=by, at=at) for stream in STREAMS)


def _announce(stream: str, *, by: Actor, at: datetime) -> int:
    """Everything below the ceiling, a batch a transaction; then a new ceiling, and what is below that."""
    told = 0
    for note in (False, True):
        if note:
            _note(stream, by=by, at=at)
        while (count := _tell_batch(stream, by=by, at=at)) is not None:
            told += count
    return told


def _note(stream: str, *, by: Actor, at: datetime) -> None:
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_BEGIN, [stream])
        cursor.execute(_CEILINGS[stream])
        greatest = cursor.fetchone()[0]
        cursor.execute(_NOTE, [greatest, stream, greatest])


def _tell_batch(stream: str, *, by: Actor, at: datetime) -> int | None:
    """How many events of one batch had something to tell; None when nothing may be read now."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_WATERMARK, [stream])
        row = cursor.fetchone()
        if row is None or row[0] >= row[1] or not row[2]:
            return None
        up_to = min(row[0] + BATCH, row[1])
        find_rows_by_index()
        parameters = {"stream": stream, "after": row[0], "to": up_to, "since": at - STALE_AFTER}
        cursor.execute(_EVENTS.text, parameters)
        happened = rows_as(_Happened, cursor)
        _tell(happened, by=by, at=at)
        cursor.execute(_DONE, [up_to, stream])
        return len(happened)


def _tell(happened: Sequence[_Happened], *, by: Actor, at: datetime) -> None:
    if not happened:
        return
    contacts.carry([(each.dossier_id, each.person_id) for each in happened], by=by, at=at)
    phones = {each.person_id: each for each in happened if each.phone}
    contacts.learn(
        [
            contacts.Told(("person", key), each.phone, each.requester)
            for key, each in phones.items()
        ],
        by=by,
        at=at,
    )
    revoked = [each for each in happened if each.kind == "CARD_REVOKED"]
    desks = _desks(revoked, by)
    reached = _reached_by({each.person_id for each in happened})
    news = [_for_family(each, reached.get(each.person_id, each.person_id)) for each in happened]
    news += [_for_desk(each, desks[each.unit_code]) for each in revoked]
    notices.tell(news, by=by, at=at)


def _desks(revoked: Sequence[_Happened], by: Actor) -> dict[str, tuple[int, ...]]:
    units = {each.unit_code: each.province_code for each in revoked}
    return {code: accounts.card_desk_of(province, code, by=by) for code, province in units.items()}


def _reached_by(person_ids: set[int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_REACHED_BY, [list(person_ids)])
        return dict(cursor.fetchall())


def _for_family(each: _Happened, reached_by: int) -> News:
    """A card's news is told once a card, whatever events repeat it."""
    words = {name: word(each) for name, word in _WORDS[each.kind].items()}
    key = f"card:{each.card_id}"
    return News(each.kind, key, ("person", reached_by), each.area, words)


def _for_desk(each: _Happened, officers: tuple[int, ...]) -> News:
    words = {
        "card": _card(each),
        "dossier": each.dossier_code,
        "unit": each.unit_name,
        "on": _on(each),
        "reason": _reason(each),
    }
    subject = ("dossier", each.dossier_id)
    return News("CARD_REVOKED_DESK", f"card:{each.card_id}", subject, each.area, words, officers)


def _card(each: _Happened) -> str:
    return each.card_code[:5] + masked(each.card_code[5:])


def _on(each: _Happened) -> str:
    return day_first(vietnam_date(each.at))


def _reason(each: _Happened) -> str:
    return lifecycle.REASONS_VI.get(each.reason, "theo quyết định của cơ quan Bảo hiểm xã hội")


def _child(each: _Happened) -> str:
    return each.child


def _unit(each: _Happened) -> str:
    return each.unit_name


_WORDS: dict[str, dict[str, Callable[[_Happened], str]]] = {
    "CARD_APPROVED": {
        "child": _child,
        "card": _card,
        "unit": _unit,
        "valid_from": lambda each: day_first(each.valid_from),
        "valid_to": lambda each: day_first(each.valid_to),
    },
    "CARD_READY": {"child": _child, "unit": _unit},
    "CARD_REVOKED": {"child": _child, "card": _card, "unit": _unit, "on": _on, "reason": _reason},
    "CARD_EXCHANGED": {"child": _child, "card": _card, "unit": _unit, "on": _on},
}
