"""The record of a child (hồ sơ tổng hợp của một trẻ): everything in one place, as it stands now or stood at an instant.

Reads in the actor's area only. The past is not read from copies but from events (`instants`); who changed what is
told by `changes`. The log of looks is the page's own business (`audit.trail`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
from django.db import connection

from lienthong.audit import trail
from lienthong.audit.trail import TrailLine
from lienthong.births import instants
from lienthong.births.record_lines import (
    ActLine,
    CardLine,
    CopyLine,
    DossierLine,
    MatterLine,
    MessageLine,
    MoveLine,
    PaperLine,
    PlaceLine,
    Record,
)
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.codes import parse_card_code
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import NotFound

_PACKAGE = "lienthong.births"
_DOSSIERS = Statement.load(_PACKAGE, "record_dossiers.sql")
_MESSAGES = Statement.load(_PACKAGE, "record_messages.sql")
_CARDS = Statement.load(_PACKAGE, "record_cards.sql")
_MOVES = Statement.load(_PACKAGE, "record_moves.sql")
_PLACES = Statement.load(_PACKAGE, "record_places.sql")
_MATTERS = Statement.load(_PACKAGE, "record_matters.sql")
_BY_NUMBER = """
    SELECT dossier.code FROM (
        SELECT person_id FROM persons_number WHERE number = %(number)s
        UNION SELECT id FROM persons_person WHERE personal_id = %(personal_id)s AND merged_into_id IS NULL
        UNION SELECT id FROM persons_person WHERE personal_id = %(personal_id)s AND merged_into_id IS NOT NULL
        UNION SELECT person_id FROM persons_oldnumber WHERE key = persons_number_key(%(number)s) AND status = 'noted'
        UNION SELECT person_id FROM persons_identifier
              WHERE personal_id = %(personal_id)s AND status IN ('replaced', 'cancelled')
        UNION SELECT person_id FROM cards_card WHERE insurance_number = %(number)s
    ) AS holder
    JOIN dossiers_dossier AS dossier ON dossier.person_id = holder.person_id
    ORDER BY dossier.id LIMIT 1
"""
_OF_MESSAGE = """
    SELECT dossier.code FROM births_message AS message
    JOIN births_registration AS registration ON registration.id = message.registration_id
    JOIN dossiers_dossier AS dossier
        ON dossier.id = CASE WHEN registration.dossier_id IS NULL THEN registration.joined_dossier_id
                             ELSE registration.dossier_id END
    WHERE message.message_id = %s ORDER BY message.id DESC LIMIT 1
"""
_KEY_DIGITS = 18


def record(by: Actor, key: str, *, on: date) -> Record:
    """The record as it stands, by the code of any dossier or the key of the person; `on` chooses the names of places.

    Raises NotFound when there is none in the actor's area. Eight statements.
    """
    now = _now(by, key, on=on)
    # What was done to a paper stands in its own line.
    subjects = [each for each in now.subjects if each[0] != "paper"]
    return replace(now, acts=_acts(trail.acts_of_many(subjects, by=by)))


def code_of(by: Actor, text: str) -> str:
    """The code of a dossier of the child with this message, card code, or number of any time; '' for none.

    A number merged into another, as an old book has it, or a personal id of before finds the child too. At most two statements, each by index.
    """
    del by  # row-level security reads the actor of the transaction
    digits = "".join(text.split())
    card = parse_card_code(text)
    number = digits if card is None else card.number
    with connection.cursor() as cursor:
        if any(sign.isdigit() for sign in number):
            cursor.execute(_BY_NUMBER, {"number": number, "personal_id": number})
            row = cursor.fetchone()
            if row is not None:
                return str(row[0])
        cursor.execute(_OF_MESSAGE, [text])
        row = cursor.fetchone()
    return "" if row is None else str(row[0])


def _now(by: Actor, key: str, *, on: date) -> Record:
    del by
    person_key = int(key) if key.isascii() and key.isdigit() and len(key) <= _KEY_DIGITS else None
    dossiers = _read(_DOSSIERS, DossierLine, {"code": key, "person": person_key, "on": on})
    if not dossiers:
        raise NotFound("Không tìm thấy hồ sơ.", code="NOT_FOUND")
    ids = [each.id for each in dossiers]
    cards = [_card(each) for each in _read(_CARDS, CardLine, {"dossiers": ids})]
    known = [each for each in reversed(dossiers) if each.person_id is not None]
    # Of merged records the one that stands for them is the person.
    person = next(
        (each for each in known if each.merged_into_id is None), known[0] if known else None
    )
    messages = tuple(_message(each) for each in _read(_MESSAGES, MessageLine, {"dossiers": ids}))
    parameters = {
        "dossiers": ids,
        "cards": [each.id for each in cards],
        "person": None if person is None else person.person_id,
        "numbers": sorted({each.insurance_number for each in cards}),
    }
    return Record(
        as_of=None,
        child=instants.child_of(dossiers, messages),
        person_id=None if person is None else person.person_id,
        personal_id=None if person is None else person.personal_id,
        personal_id_status="" if person is None else person.personal_id_status or "",
        entitled=_entitled(person),
        dossiers=tuple(dossiers),
        messages=messages,
        cards=tuple(cards),
        moves=tuple(_read(_MOVES, MoveLine, parameters)),
        places=tuple(_read(_PLACES, PlaceLine, parameters)),
        matters=tuple(_matter(each) for each in _read(_MATTERS, MatterLine, parameters)),
    )


def _read(statement: Statement, line: type[Any], parameters: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, parameters)
        return rows_as(line, cursor)


def _entitled(person: DossierLine | None) -> DateRange | None:
    if person is None or person.entitled_from is None:
        return None
    return DateRange(person.entitled_from, person.entitled_end)


def _message(line: MessageLine) -> MessageLine:
    """Facts and arrays arrive as text and lists."""
    facts = msgspec.json.decode(str(line.facts)) if line.facts else {}
    return replace(
        line,
        facts=facts,
        warnings=tuple(line.warnings),
        delivered_at=tuple(line.delivered_at),
        conflicting_at=tuple(line.conflicting_at),
        paper=msgspec.json.decode(str(line.paper), type=PaperLine | None),
    )


def _card(line: CardLine) -> CardLine:
    return replace(
        line,
        copies=msgspec.json.decode(str(line.copies), type=tuple[CopyLine, ...]),
        request_evidence=tuple(line.request_evidence),
    )


def _matter(line: MatterLine) -> MatterLine:
    return replace(line, detail=msgspec.json.decode(str(line.detail)))


def _acts(entries: Sequence[TrailLine]) -> tuple[ActLine, ...]:
    """What was done to the child and stands in the log alone, oldest first."""
    return tuple(
        ActLine(entry.decided_at or entry.at, entry.by, entry.action, entry.detail)
        for entry in reversed(entries)
    )
