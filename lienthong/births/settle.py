"""Settle one register entry: what its set of messages means, whatever their order (INV-05, 06, 16, 17).

The newest version of the facts and the newest cancellation decide; the greater of the two wins. Everything else
is history. So a correction before its create, a cancellation before its create, late versions and repeats all
end in the same state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection

from lienthong.births import effects
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
    SELECT id, applied_version, cancelled_version, dossier_id FROM births_registration
    WHERE commune_code = %s AND book = %s AND number = %s AND year = %s FOR UPDATE
"""
_SAME_VERSION = "SELECT facts_sha256 FROM births_birth WHERE registration_id = %s AND version = %s"
_NEW_BIRTH = """
    INSERT INTO births_birth (registration_id, version, message_id, facts_sha256, entitled, entitlement_code, facts)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_BIRTH = """
    SELECT version, facts, facts_sha256, entitled, entitlement_code FROM births_birth
    WHERE registration_id = %s ORDER BY version DESC LIMIT 1
"""
_APPLIED_FACTS = (
    "SELECT facts_sha256, facts FROM births_birth WHERE registration_id = %s AND version = %s"
)
_REGISTRATION = """
    UPDATE births_registration SET applied_version = %s, cancelled_version = %s, dossier_id = %s WHERE id = %s
"""
_READ_AS = """
    UPDATE births_message SET registration_id = %s, kind = %s, version = %s, commune_code = %s, warnings = %s,
        judged_at = %s, code = %s, state = %s, held_for = %s, field = %s
    WHERE id = %s
"""
_REMARK_TONE = """
    UPDATE births_message SET warnings = warnings || 'W-TONE'::text
    WHERE registration_id = %s AND version = %s AND state = 'applied' AND kind <> 'cancel'
      AND 'W-TONE' <> ALL (warnings)
"""
_STATES = """
    UPDATE births_message AS message SET state = told.state
    FROM (
        SELECT message.id,
               CASE
                   WHEN message.kind = 'cancel' THEN
                       CASE WHEN message.version = %(cancelled)s AND NOT %(live)s THEN 'applied' ELSE 'superseded' END
                   WHEN message.version = %(applied)s AND %(live)s
                        AND EXISTS (SELECT 1 FROM births_birth AS birth WHERE birth.message_id = message.id) THEN
                       CASE WHEN %(entitled)s THEN 'applied' ELSE 'not_entitled' END
                   ELSE 'superseded' END AS state
        FROM births_message AS message
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
    """The newest version of the facts of one register entry."""

    version: int
    facts: BirthFacts
    sha256: bytes
    entitled: bool
    code: str


@dataclass(slots=True)
class Entry:
    """A register entry under its lock, while its messages are being taken in."""

    id: int
    applied_version: int | None
    cancelled_version: int | None
    dossier_id: int | None


def settle(reads: Sequence[Read], *, by: Actor, at: datetime, on: date) -> None:
    """Take in the messages of one register entry and bring its dossier to what they mean now.

    Runs inside the caller's transaction. Locks the entry, then its dossier.
    """
    with acting(by, at=at):
        entry = _lock_entry(reads[0].key)
        before, facts_before = _facts_in_force(entry)
        if entry.dossier_id is not None:
            dossiers.lock([entry.dossier_id])
        for read in sorted(reads, key=lambda each: (each.judgement.version or 0, each.id)):
            if read.judgement.kind == "cancel":
                _take_cancel(entry, read, at)
            else:
                _take_facts(entry, read, at)
        newest = _newest(entry)
        live = newest is not None and newest.version > (entry.cancelled_version or 0)
        entry.applied_version = newest.version if newest else None
        _write_states(entry, newest, live=live)
        change = effects.Change(
            entry.id,
            entry.dossier_id,
            newest.facts if newest else None,
            before,
            newest.sha256 if newest else b"",
            is_tone_only=_is_tone_only(entry, facts_before, newest),
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
                [entry.applied_version, entry.cancelled_version, entry.dossier_id, entry.id],
            )


def _lock_entry(key: tuple[str, str, str, int]) -> Entry:
    with connection.cursor() as cursor:
        cursor.execute(_ENTRY, list(key))
        cursor.execute(_LOCK, list(key))
        return Entry(*cursor.fetchone())


def _facts_in_force(entry: Entry) -> tuple[bytes, BirthFacts | None]:
    """SHA-256 of the facts the dossier stands on now, and the facts; empty and None when there are none."""
    if entry.applied_version is None or entry.applied_version <= (entry.cancelled_version or 0):
        return b"", None
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED_FACTS, [entry.id, entry.applied_version])
        row = cursor.fetchone()
    return bytes(row[0]), _facts(row[1])


def _facts(stored: object) -> BirthFacts:
    if isinstance(stored, str):
        return msgspec.json.decode(stored, type=BirthFacts)
    return msgspec.convert(stored, BirthFacts)


def _is_tone_only(entry: Entry, before: BirthFacts | None, newest: Newest | None) -> bool:
    """True, and remarked on the message, when the newest facts say the same names with other spelling rules."""
    if before is None or newest is None:
        return False
    if not differs_in_tone_place_only(before, newest.facts):
        return False
    with connection.cursor() as cursor:
        cursor.execute(_REMARK_TONE, [entry.id, newest.version])
    return True


def _newest(entry: Entry) -> Newest | None:
    with connection.cursor() as cursor:
        cursor.execute(_BIRTH, [entry.id])
        row = cursor.fetchone()
    if row is None:
        return None
    return Newest(row[0], _facts(row[1]), bytes(row[2]), row[3], row[4])


def _take_facts(entry: Entry, read: Read, at: datetime) -> None:
    judgement = read.judgement
    facts, digest = facts_of(read.birth)
    with connection.cursor() as cursor:
        cursor.execute(_SAME_VERSION, [entry.id, judgement.version])
        held = cursor.fetchone()
    if held is None:
        entitled = judgement.outcome != "not_entitled"
        _read_as(entry, read, at, state="applied", code="" if entitled else judgement.code)
        with connection.cursor() as cursor:
            cursor.execute(
                _NEW_BIRTH,
                [
                    entry.id,
                    judgement.version,
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
    version = read.judgement.version or 0
    if entry.cancelled_version is not None and version <= entry.cancelled_version:
        _read_as(entry, read, at, state="superseded", code="W-SAME")
    elif not read.released and _brake_is_on(read.birth.commune_code, at):
        _read_as(entry, read, at, state="held", code="E-BRAKE", held_for="brake")
    else:
        _read_as(entry, read, at, state="applied", code="")
        entry.cancelled_version = version


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
        judgement.version,
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
                "applied": newest.version if newest else None,
                "live": live,
                "entitled": newest is None or newest.entitled,
            },
        )
