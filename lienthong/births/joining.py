"""Paper meets the electronic record: one child, one dossier, whichever comes first and under whichever register entry.

The same register entry is settled as ever (`settle`). Another entry joins when the child is the same by an exact key,
personal id or birth notice, as the match step has it. Children merely alike are never joined: an officer is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from django.db import connection

from lienthong.births import twins
from lienthong.births.reading import Read, facts_of, is_same_child
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers.lifecycle import CANCELLED
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.names import tone_key

DIFFERS: Final = "T-PAPER-DIFFERS"
LOOKALIKE: Final = "T-PAPER-LOOKALIKE"
TWIN_CANCELLED: Final = "T-PAPER-TWIN-CANCELLED"
# A batch goes as one text: seven lists of thousands of words take four times as long to write.
_encode = msgspec.json.Encoder().encode
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('lienthong.paper'))"
_TOGETHER = "SELECT pg_advisory_xact_lock_shared(hashtext('lienthong.paper'))"
# Papers whose dossier an electronic birth may belong to; `is_same` by the keys that the match step trusts.
_NEAR = """
    WITH asked AS (
        SELECT * FROM json_to_recordset(%s) AS asked (
            id bigint, personal_id text, notice text, born_on text, fold_key text, tone_key text, sex text)
    ),
    found AS (
        SELECT asked.id, birth.id AS birth_id FROM asked JOIN births_birth AS birth
            ON birth.paper_no > 0 AND asked.personal_id <> '' AND birth.facts ->> 'personal_id' = asked.personal_id
        UNION
        SELECT asked.id, birth.id FROM asked JOIN births_birth AS birth
            ON birth.paper_no > 0 AND asked.notice <> '' AND birth.facts ->> 'birth_notice_code' = asked.notice
        UNION
        SELECT asked.id, birth.id FROM asked JOIN births_birth AS birth
            ON birth.paper_no > 0 AND birth.facts ->> 'born_on' = asked.born_on
           AND birth.facts ->> 'fold_key' = asked.fold_key
    )
    SELECT found.id, registration.id,
           birth.facts ->> 'born_on' = asked.born_on AND birth.facts ->> 'sex' = asked.sex
           AND ((asked.personal_id <> '' AND birth.facts ->> 'personal_id' = asked.personal_id
                 AND birth.facts ->> 'fold_key' = asked.fold_key)
                OR (asked.notice <> '' AND birth.facts ->> 'birth_notice_code' = asked.notice
                    AND birth.facts ->> 'tone_key' = asked.tone_key)) AS is_same
    FROM found JOIN asked ON asked.id = found.id JOIN births_birth AS birth ON birth.id = found.birth_id
    JOIN births_registration AS registration
        ON registration.id = birth.registration_id AND registration.applied_version = birth.version
       AND registration.applied_paper_no = birth.paper_no AND registration.dossier_id IS NOT NULL
    ORDER BY found.id, registration.id
"""
_RELEASE = """
    UPDATE births_registration AS paper
    SET dossier_id = NULL, joined_dossier_id = held.dossier_id
    FROM (SELECT registration.id, registration.dossier_id FROM births_registration AS registration
          JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
          WHERE registration.id = %s AND registration.applied_paper_no > 0 AND dossier.state <> 'CANCELLED'
          FOR UPDATE OF registration) AS held
    WHERE paper.id = held.id
    RETURNING held.dossier_id, applied_version, applied_paper_no
"""
_FACTS = """
    SELECT facts_sha256, facts FROM births_birth WHERE registration_id = %s AND version = %s AND paper_no = %s
"""
_REPLACES = "SELECT replaces_id FROM births_paper WHERE message_id = %s"
_ELECTRONIC = """
    SELECT birth.facts, birth.facts_sha256, dossier.state
    FROM births_registration AS registration
    JOIN births_birth AS birth
        ON birth.registration_id = registration.id AND birth.version = registration.applied_version
       AND birth.paper_no = registration.applied_paper_no
    JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
    WHERE registration.dossier_id = %s AND dossier.kind = 'first' FOR UPDATE OF registration
"""
_OWN_DOSSIERS = """
    SELECT message.id, coalesce(registration.dossier_id, registration.joined_dossier_id)
    FROM births_message AS message JOIN births_registration AS registration ON registration.id = message.registration_id
    WHERE message.id = ANY (%s)
"""
_NAMES = ("full_name", "mother_name", "father_name")
COMPARED: Final = (
    *("full_name", "sex", "born_on", "personal_id", "birth_notice_code", "nationality"),
    *("commune_code", "book", "number", "registered_on"),
    *("mother_name", "mother_born", "mother_personal_id", "mother_insurance_number"),
    *("father_name", "father_born", "father_personal_id"),
    *("residence_commune_code", "residence_text", "facility_code"),
)
"""The facts that both sides of a comparison show, in that order."""


@dataclass(frozen=True, slots=True)
class Near:
    """Of a batch, the electronic births near a paper: read id to the paper's entry when `same`, ids alone when alike."""

    same: dict[int, int]
    alike: frozenset[int]


@dataclass(frozen=True, slots=True)
class Taken:
    """The dossier that an electronic record takes over from a paper, and the facts it stood on."""

    dossier_id: int
    sha256: bytes
    facts: object


def take_turns(reads: Sequence[Read]) -> None:
    """Let papers be settled alone, electronic births side by side: neither overlooks the other while both are new."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE if any(read.paper for read in reads) else _TOGETHER)


def near_papers(reads: Sequence[Read]) -> Near:
    """Which electronic births of the batch meet a paper's dossier. One statement, by index on papers alone."""
    asked = [_asked(it) for it in reads if it.paper is None and it.judgement.kind != "cancel"]
    if not asked:
        return Near({}, frozenset())
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, [_encode(asked).decode()])
        rows = cursor.fetchall()
    same = {read_id: entry for read_id, entry, is_same in reversed(rows) if is_same}
    return Near(same, frozenset(row[0] for row in rows) - set(same))


def _asked(read: Read) -> dict[str, object]:
    birth = read.birth
    return {
        "id": read.id,
        "personal_id": birth.personal_id or "",
        "notice": birth.birth_notice_code,
        "born_on": birth.born_on,
        "fold_key": birth.fold_key,
        "tone_key": birth.tone_key,
        "sex": birth.sex,
    }


def take_over(dossier_id: int | None, reads: Sequence[Read]) -> Taken | None:
    """The dossier of the same child's paper, released to the electronic entry that these messages speak of."""
    if dossier_id is not None:
        return None
    for paper_entry in near_papers(reads).same.values():
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE, [paper_entry])
            row = cursor.fetchone()
            if row is None:
                continue
            cursor.execute(_FACTS, [paper_entry, *row[1:]])
            digest, facts = cursor.fetchone()
        dossiers.lock([row[0]])
        return Taken(row[0], bytes(digest), facts)
    return None


def join(
    paper: BirthFacts, message_ref: int, sha256: bytes, *, by: Actor, at: datetime
) -> int | None:
    """The dossier that the paper's child has electronically, None for none. What differs is asked about."""
    with connection.cursor() as cursor:
        cursor.execute(_REPLACES, [message_ref])
        replaces = cursor.fetchone()[0]
        for twin in twins.search(by, paper):
            is_left = twin.is_cancelled and replaces is not None
            if twin.dossier_id is None or twin.level not in twins.EXACT or is_left:
                continue
            cursor.execute(_ELECTRONIC, [twin.dossier_id])
            row = cursor.fetchone()
            facts = facts_from(row[0]) if row else None
            if facts is None or not is_same_child(paper, facts):
                continue
            _ask(twin.dossier_id, paper, facts, sha256.hex()[:16], by=by, at=at)
            if row[2] == CANCELLED:
                _open(TWIN_CANCELLED, twin.dossier_id, f"message:{message_ref}", {}, by=by, at=at)
            return twin.dossier_id
    return None


def ask_about_lookalikes(reads: Sequence[Read], near: Near, *, by: Actor, at: datetime) -> None:
    """A task for each pair of dossiers, one of them on paper, whose children are alike and were not joined."""
    asked = [read for read in reads if read.judgement.kind != "cancel"]
    asked = [read for read in asked if read.paper or read.id in near.alike]
    if not asked:
        return
    with connection.cursor() as cursor:
        cursor.execute(_OWN_DOSSIERS, [[read.id for read in asked]])
        own_dossiers = dict(cursor.fetchall())
    for read in asked:
        own = own_dossiers.get(read.id)
        seen = read.paper.seen if read.paper else ()
        if own is None:
            continue
        for twin in twins.search(by, read.birth):
            other = int(twin.dossier_id or own)
            if other in {own, *seen} or twin.is_cancelled or twin.level not in twins.WARNING:
                continue
            pair = f"dossiers:{min(own, other)}:{max(own, other)}"
            _open(LOOKALIKE, other, pair, {"dossier": own, "level": twin.level}, by=by, at=at)


def ask_about_difference(
    dossier_id: int, paper: BirthFacts, record: BirthFacts, *, by: Actor, at: datetime
) -> None:
    """A task for an officer when the electronic record that took a paper's place says something else."""
    _ask(dossier_id, paper, record, facts_of(paper)[1].hex()[:16], by=by, at=at)


def differences(paper: BirthFacts, record: BirthFacts) -> list[str]:
    """The facts that both state, and state differently. What only one of them states is no difference."""
    return [name for name in COMPARED if _differ(name, getattr(paper, name), getattr(record, name))]


def facts_from(stored: object) -> BirthFacts:
    """The facts of a birth as the database hands them over: text, or read already."""
    if isinstance(stored, str):
        return msgspec.json.decode(stored, type=BirthFacts)
    return msgspec.convert(stored, BirthFacts)


def _differ(name: str, one: object, other: object) -> bool:
    if not one or not other:
        return False
    if name in _NAMES:
        return tone_key(str(one)) != tone_key(str(other))
    return str(one).casefold() != str(other).casefold()


def _ask(
    dossier_id: int, paper: BirthFacts, record: BirthFacts, mark: str, *, by: Actor, at: datetime
) -> None:
    changed = differences(paper, record)
    if changed:
        _open(
            DIFFERS, dossier_id, f"dossier:{dossier_id}:{mark}", {"changed": changed}, by=by, at=at
        )


def _open(
    kind: str,
    dossier_id: int,
    subject_key: str,
    detail: dict[str, object],
    *,
    by: Actor,
    at: datetime,
) -> None:
    dossiers.open_task(
        kind, dossier_id=dossier_id, subject_key=subject_key, detail=detail, by=by, at=at
    )
