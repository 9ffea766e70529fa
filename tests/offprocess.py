"""Cards that leave the procedure, or nearly: made by the real actions where these can, else past the constraints."""

from datetime import date, datetime
from typing import Any

from django.db import connection
from psycopg import sql

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.cards import actions as cards
from lienthong.cards import conformance, printing
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.dates import VIETNAM
from tests import births
from tests.births import AT, column, message, rows, send
from tests.officers import become

APPROVER = Actor(
    "so-the", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), 77, everywhere=True, token=""
)
FRIDAY = AT
"""The day on which everything begins; Monday is worked, Tuesday is a public holiday."""
FROM, END = date(2026, 11, 12), date(2032, 12, 1)
_PAST = {
    "persons_person": ("cards_no_gap_merged",),
    "cards_card": ("cards_no_gap", "cards_no_gap_new", "cards_card_kept"),
    "cards_request": ("cards_request_kept",),
    "cards_approval": ("cards_approval_kept",),
    "cards_handover": ("cards_hand_over_kept",),
}
_DROPPED = (
    ("cards_card", "card_one_active_a_day"),
    ("cards_card", "card_approved_before_active"),
    ("cards_card", "card_approval_of_its_request"),
    ("cards_approval", "approval_four_eyes"),
    ("cards_approval", "approval_same_content"),
    ("cards_request", "request_further_names_its_card"),
    ("dossiers_dossier", "dossier_paper_has_reason"),
)
_FURTHER_REQUEST = """
    INSERT INTO cards_request (kind, replaces_id, ground, dossier_id, person_id, unit_id, area, body, requester_person,
                               requested_by, requested_at)
    SELECT %(kind)s, %(replaces)s, %(ground)s, dossier_id, person_id, unit_id, area, '{}'::bytea, 5, 'officer:thu-01',
           %(at)s
    FROM cards_card WHERE id = %(old)s RETURNING id
"""
_FURTHER_CARD = """
    INSERT INTO cards_card (code, person_id, dossier_id, unit_id, area, request_id, status, insurance_number,
                            beneficiary_group, benefit_level, province_code, valid, five_year_on, facility_code,
                            area_code, commune_code, full_name, born_on, sex, address, guardian_name, version,
                            end_reason, print_count)
    SELECT 'TE101' || %(number)s, person_id, dossier_id, unit_id, area, %(request)s, 'requested', %(number)s,
           beneficiary_group, benefit_level, province_code, daterange(%(first)s, %(end)s), five_year_on, facility_code,
           area_code, commune_code, full_name, born_on, sex, address, guardian_name, version + 1, '', 0
    FROM cards_card WHERE id = %(old)s RETURNING id
"""
_APPROVAL = """
    INSERT INTO cards_approval (request_id, body_sha256, requester_person, approver_person, approved_by, area, at)
    SELECT request.id, request.body_sha256, request.requester_person, 77, 'officer:so-the', request.area, %s
    FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id WHERE card.id = %s
"""


def hour(day: int, clock: str = "09:00", *, month: int = 11) -> datetime:
    """An instant of November 2026 in Viet Nam."""
    hours, minutes = clock.split(":")
    return datetime(2026, month, day, int(hours), int(minutes), tzinfo=VIETNAM)


def requested(number: int = 1, *, at: datetime = FRIDAY, **changes: Any) -> int:
    """A child's first card, requested; its id."""
    send(message(number, **changes), at=at)
    births.run(at)
    (card,) = column(
        "SELECT card.id FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id"
        " WHERE dossier.message_id = %s",
        f"LTKS-2026-{number:07}",
    )
    return int(card)


def approved(number: int = 1, *, at: datetime = FRIDAY) -> int:
    """A child's first card, approved; its id."""
    card = requested(number)
    assert not cards.approve([card], by=APPROVER, at=at).refused
    return card


def printed(number: int = 1, *, at: datetime = FRIDAY) -> int:
    """A child's first card, printed; its id."""
    card = approved(number)
    printing.print_cards([card], by=APPROVER, at=at)
    return card


def hand_over(card: int, *, at: datetime) -> None:
    """The card in the family's hands."""
    assert printing.hand_over([card], by=APPROVER, at=at, recipient="Mẹ", relation="Mẹ").done_count


def past_the_constraints() -> None:
    """From here this transaction writes what no constraint and no trigger would let through; events are still written."""
    become("owner")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX request_one_live_a_dossier")
        for table in (*_PAST, "dossiers_dossier", "collection_entry"):
            _alter(cursor, "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", table)
        for table, triggers in _PAST.items():
            for trigger in triggers:
                _alter(cursor, "ALTER TABLE {} DISABLE TRIGGER {}", table, trigger)
        for table, constraint in _DROPPED:
            _alter(cursor, "ALTER TABLE {} DROP CONSTRAINT {}", table, constraint)
    become("lienthong_worker")


def _alter(cursor: Any, statement: str, *names: str) -> None:
    cursor.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def write(statement: str, *arguments: object, at: datetime = FRIDAY) -> list[tuple[Any, ...]]:
    """One statement with the owner's rights, in the system's name."""
    become("owner")
    with acting(births.system(), at=at):
        done = (
            rows(statement, *arguments) if "RETURNING" in statement else _run(statement, arguments)
        )
    become("lienthong_worker")
    return done


def _run(statement: str, arguments: tuple[object, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(arguments))
    return []


def further(old: int, *, at: datetime = FRIDAY, **changes: Any) -> int:
    """A further card in place of `old`, requested; its id. Past the constraints.

    `changes`: kind, ground, first and end (its days), number, replaces.
    """
    (known,) = column("SELECT insurance_number FROM cards_card WHERE id = %s", old)
    usual = {"kind": "reissue", "ground": "lost", "first": FROM, "end": END, "number": known}
    named = {"old": old, "replaces": old, "at": at, **usual, **changes}
    become("owner")
    with acting(births.system(), at=at), connection.cursor() as cursor:
        cursor.execute(_FURTHER_REQUEST, named)
        named["request"] = cursor.fetchone()[0]
        cursor.execute(_FURTHER_CARD, named)
        card = int(cursor.fetchone()[0])
    become("lienthong_worker")
    return card


def bring_in_force(card: int, *, at: datetime = FRIDAY) -> None:
    """An approval and an active card, past the constraints."""
    write(_APPROVAL, at, card, at=at)
    write(
        "UPDATE cards_card SET status = 'active', approval_id = request_id, approved_at = %s WHERE id = %s",
        at,
        card,
        at=at,
    )


def replace(old: int, card: int, *, at: datetime, closed_at: datetime | None = None) -> None:
    """The further card in force, the old one superseded at the same instant, or at another."""
    bring_in_force(card, at=at)
    close(old, at=closed_at or at)


def close(card: int, *, at: datetime) -> None:
    """The card superseded."""
    write(
        "UPDATE cards_card SET status = 'superseded', ended_at = %s, end_reason = 'REPLACED' WHERE id = %s",
        at,
        card,
        at=at,
    )


def request_of(card: int) -> int:
    """The card's request."""
    return int(column("SELECT request_id FROM cards_card WHERE id = %s", card)[0])


def dossier_of(card: int) -> int:
    """The card's dossier."""
    return int(column("SELECT dossier_id FROM cards_card WHERE id = %s", card)[0])


def night(at: datetime) -> int:
    """The nightly look, even where one was made on that day."""
    with acting(births.system(), at=at), connection.cursor() as cursor:
        cursor.execute("UPDATE cards_look SET looked_on = NULL WHERE name = 'night'")
    return conformance.look_at_everything(by=births.system(), at=at)


def found() -> set[tuple[str, int]]:
    """Every finding: rule and subject."""
    return set(rows("SELECT rule, subject_id FROM cards_finding"))


def one(rule: str) -> dict[str, Any]:
    """The only finding of a rule, by column."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cards_finding WHERE rule = %s", [rule])
        names = [each[0] for each in cursor.description]
        (row,) = cursor.fetchall()
    return dict(zip(names, row, strict=True))
