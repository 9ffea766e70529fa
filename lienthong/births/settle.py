"""Settle one register entry: what its set of messages means, whatever their order (INV-05, 06, 16, 17).

The newest version of the facts and the newest cancellation decide; the greater of the two wins. A paper ranks right
behind the electronic version it was written after, so the next electronic one wins over it. Everything else is history. So a correction before its create, a cancellation before its create, late versions and repeats all
end in the same state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.births import effects, joining
from lienthong.births.reading import Read, differs_in_tone_place_only, facts_of
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor

RELEASED = "brake:released"
"""`held_for` of a cancellation that two persons have released from the brake."""

_ENTRY = """
    WITH made AS (
        INSERT INTO births_registration (commune_code, book, number, year) VALUES (%s, %s, %s, %s)
        ON CONFLICT DO NOTHING
    )
    SELECT 1
"""
_LOCK = """
    SELECT id, applied_version, applied_paper_no, cancelled_version, cancelled_paper_no, dossier_id, joined_dossier_id
    FROM births_registration
    WHERE commune_code = %s AND book = %s AND number = %s AND year = %s FOR UPDATE
"""
_SAME_VERSION = """
    SELECT facts_sha256 FROM births_birth WHERE registration_id = %s AND version = %s AND paper_no = %s
"""
_NEW_BIRTH = """
    INSERT INTO births_birth (
        registration_id, version, paper_no, message_id, facts_sha256, entitled, entitlement_code, facts)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_BIRTH = """
    SELECT version, paper_no, facts, facts_sha256, entitled, entitlement_code, message_id FROM births_birth
    WHERE registration_id = %s ORDER BY version DESC, paper_no DESC LIMIT 1
"""
_APPLIED_FACTS = """
    SELECT facts_sha256, facts FROM births_birth WHERE registration_id = %s AND version = %s AND paper_no = %s
"""
_REGISTRATION = """
    UPDATE births_registration SET applied_version = %s, applied_paper_no = %s, cancelled_version = %s,
        cancelled_paper_no = %s, dossier_id = %s, joined_dossier_id = %s
    WHERE id = %s
"""
_READ_AS = """
    UPDATE births_message SET registration_id = %s, kind = %s, version = %s, commune_code = %s, warnings = %s,
        judged_at = %s, code = %s, state = %s, held_for = %s, field = %s
    WHERE id = %s
"""
_REMARK_TONE = """
    UPDATE births_message SET warnings = warnings || 'W-TONE'::text
    WHERE id = %s AND state = 'applied' AND 'W-TONE' <> ALL (warnings)
"""
_STATES = """
    UPDATE births_message AS message SET state = told.state
    FROM (
        SELECT message.id,
               CASE
                   WHEN message.kind = 'cancel' THEN
                       CASE WHEN (message.version, coalesce(paper.paper_no, 0))
                                 = (%(cancelled)s, %(cancelled_paper)s) AND NOT %(live)s
                            THEN 'applied' ELSE 'superseded' END
                   WHEN message.id = %(applied)s AND %(live)s THEN
                       CASE WHEN %(entitled)s THEN 'applied' ELSE 'not_entitled' END
                   ELSE 'superseded' END AS state
        FROM births_message AS message LEFT JOIN births_paper AS paper ON paper.message_id = message.id
        WHERE message.registration_id = %(id)s AND message.state IN ('applied', 'superseded', 'not_entitled')
    ) AS told
    WHERE message.id = told.id AND message.state <> told.state
"""
_CANCELS_LATELY = """
    SELECT count(*) FILTER (WHERE commune_code = %s), count(*) FROM births_message
    WHERE kind = 'cancel' AND state = 'applied' AND judged_at > %s::timestamptz - interval '1 hour'
"""
BRAKE_COMMUNE = 20
"""Cancellations an hour of one commune beyond which the rest wait for two persons (guarantees T5)."""
BRAKE_COUNTRY = 200
"""The same for the whole country."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version of the facts of one register entry, and the message that brought it."""

    version: int
    paper_no: int
    facts: BirthFacts
    sha256: bytes
    entitled: bool
    code: str
    message_ref: int

    @property
    def rank(self) -> tuple[int, int]:
        """Its place among the versions."""
        return self.version, self.paper_no


@dataclass(slots=True)
class Entry:
    """A register entry under its lock, while its messages are being taken in."""

    id: int
    applied_version: int | None
    applied_paper_no: int
    cancelled_version: int | None
    cancelled_paper_no: int
    dossier_id: int | None
    joined_dossier_id: int | None

    @property
    def cancelled(self) -> tuple[int, int]:
        """The rank of the newest cancellation; lower than any other without one."""
        return self.cancelled_version or 0, self.cancelled_paper_no


def settle(reads: Sequence[Read], *, by: Actor, at: datetime, on: date) -> None:
    """Take in the messages of one register entry and bring its dossier to what they mean now.

    Runs inside the caller's transaction. Locks the entry, then its dossier.
    """
    with acting(by, at=at):
        entry = _lock_entry(reads[0].key)
        before, facts_before = _facts_in_force(entry)
        was_paper = facts_before is not None and entry.applied_paper_no > 0
        taken = joining.take_over(entry.dossier_id, reads)
        if taken is not None:
            entry.dossier_id, before = taken.dossier_id, taken.sha256
            facts_before, was_paper = joining.facts_from(taken.facts), True
        if entry.dossier_id is not None:
            dossiers.lock([entry.dossier_id])
        for read in sorted(reads, key=lambda each: (*each.rank, each.id)):
            if read.judgement.kind == "cancel":
                _take_cancel(entry, read, at)
            else:
                _take_facts(entry, read, at)
        newest = _newest(entry)
        live = newest is not None and newest.rank > entry.cancelled
        entry.applied_version, entry.applied_paper_no = newest.rank if newest else (None, 0)
        _write_states(entry, newest, live=live)
        _join(entry, newest, live=live, by=by, at=at)
        change = effects.Change(
            entry.id,
            entry.dossier_id,
            newest.facts if newest else None,
            before,
            newest.sha256 if newest else b"",
            is_tone_only=_is_tone_only(facts_before, newest),
            paper=facts_before
            if was_paper and newest is not None and not newest.paper_no
            else None,
            is_joined=entry.joined_dossier_id is not None,
            version=(newest.version, newest.paper_no) if newest else (0, 0),
        )
        verdict = effects.Verdict(
            live=live,
            entitled=newest is None or newest.entitled,
            code=newest.code if newest else "",
        )
        entry.dossier_id = effects.apply(change, verdict, by=by, at=at, on=on)
        with connection.cursor() as cursor:
            cursor.execute(
                _REGISTRATION,
                [
                    entry.applied_version,
                    entry.applied_paper_no,
                    entry.cancelled_version,
                    entry.cancelled_paper_no,
                    entry.dossier_id,
                    entry.joined_dossier_id,
                    entry.id,
                ],
            )


def _join(entry: Entry, newest: Newest | None, *, live: bool, by: Actor, at: datetime) -> None:
    """Let a paper join the dossier that its child has electronically under another entry; undone by an electronic one."""
    if newest is None or not newest.paper_no:
        entry.joined_dossier_id = None
    elif live and entry.dossier_id is None and entry.joined_dossier_id is None:
        entry.joined_dossier_id = joining.join(
            newest.facts, newest.message_ref, newest.sha256, by=by, at=at
        )


def _lock_entry(key: tuple[str, str, str, int]) -> Entry:
    with connection.cursor() as cursor:
        cursor.execute(_ENTRY, list(key))
        cursor.execute(_LOCK, list(key))
        return Entry(*cursor.fetchone())


def _facts_in_force(entry: Entry) -> tuple[bytes, BirthFacts | None]:
    """SHA-256 of the facts the dossier stands on now, and the facts; empty and None when there are none."""
    applied = (entry.applied_version or 0, entry.applied_paper_no)
    if entry.applied_version is None or applied <= entry.cancelled:
        return b"", None
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED_FACTS, [entry.id, *applied])
        row = cursor.fetchone()
    return bytes(row[0]), joining.facts_from(row[1])


def _is_tone_only(before: BirthFacts | None, newest: Newest | None) -> bool:
    """True, and remarked on the message, when the newest facts say the same names with other spelling rules."""
    if before is None or newest is None:
        return False
    if not differs_in_tone_place_only(before, newest.facts):
        return False
    with connection.cursor() as cursor:
        cursor.execute(_REMARK_TONE, [newest.message_ref])
    return True


def _newest(entry: Entry) -> Newest | None:
    with connection.cursor() as cursor:
        cursor.execute(_BIRTH, [entry.id])
        row = cursor.fetchone()
    if row is None:
        return None
    return Newest(row[0], row[1], joining.facts_from(row[2]), bytes(row[3]), *row[4:])


def _take_facts(entry: Entry, read: Read, at: datetime) -> None:
    judgement = read.judgement
    facts, digest = facts_of(read.birth)
    with connection.cursor() as cursor:
        cursor.execute(_SAME_VERSION, [entry.id, *read.rank])
        held = cursor.fetchone()
    if held is None:
        entitled = judgement.outcome != "not_entitled"
        _read_as(entry, read, at, state="applied", code="" if entitled else judgement.code)
        with connection.cursor() as cursor:
            cursor.execute(
                _NEW_BIRTH,
                [
                    entry.id,
                    *read.rank,
                    read.id,
                    digest,
                    entitled,
                    judgement.code,
                    facts.decode(),
                ],
            )
    elif bytes(held[0]) == digest:
        _read_as(entry, read, at, state="superseded", code="W-SAME")
    else:
        # The first of two contents under one version stands; an officer is asked which is right.
        _read_as(entry, read, at, state="superseded", code="E-VERSION-CLASH")


def _take_cancel(entry: Entry, read: Read, at: datetime) -> None:
    if entry.cancelled_version is not None and read.rank <= entry.cancelled:
        _read_as(entry, read, at, state="superseded", code="W-SAME")
    elif not read.released and (read.paper or _brake_is_on(read.birth.commune_code, at)):
        # One officer's word never takes a card away: a cancellation on paper always waits for two persons.
        _read_as(entry, read, at, state="held", code="E-BRAKE", held_for="brake")
    else:
        _read_as(entry, read, at, state="applied", code="")
        entry.cancelled_version, entry.cancelled_paper_no = read.rank


def _brake_is_on(commune_code: str, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CANCELS_LATELY, [commune_code, at])
        of_commune, of_country = cursor.fetchone()
    return bool(of_commune >= BRAKE_COMMUNE or of_country >= BRAKE_COUNTRY)


def _read_as(
    entry: Entry, read: Read, at: datetime, *, state: str, code: str, held_for: str = ""
) -> None:
    judgement = read.judgement
    row: list[Any] = [
        entry.id,
        judgement.kind,
        read.rank[0],
        read.birth.commune_code,
        list(judgement.warnings),
        at,
        code,
        state,
        held_for,
        judgement.field if code == judgement.code else "",
        read.id,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_READ_AS, row)


def _write_states(entry: Entry, newest: Newest | None, *, live: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _STATES,
            {
                "id": entry.id,
                "cancelled": entry.cancelled_version,
                "cancelled_paper": entry.cancelled_paper_no,
                "applied": newest.message_ref if newest else None,
                "live": live,
                "entitled": newest is None or newest.entitled,
            },
        )
