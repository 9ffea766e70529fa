"""Every read of cards that others may ask for, in the actor's area only.

Lines are frozen dataclasses, oldest first, with keyset paging on the card's id (`after`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from lienthong.cards import lifecycle
from lienthong.cards.design import CardSheetLine
from lienthong.cards.paper import GROUNDS_VI
from lienthong.cards.seal import CardFacts, seal_text
from lienthong.database.rows import rows_as
from lienthong.dossiers.clocks import approval_due
from lienthong.dossiers.lifecycle import late_reason_vi
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM
from lienthong.law.card_forms import PaperGround
from lienthong.law.personal_id import id_beside_number

_LINES = """
    SELECT card.id, card.code, card.insurance_number, person.personal_id, card.full_name,
           card.born_on AS birth_date, card.sex, card.status, lower(card.valid) AS valid_from,
           upper(card.valid) - 1 AS valid_to, unit.code AS unit_code, unit.name AS unit_name, card.commune_code,
           commune.name AS commune_name, dossier.message_id, dossier.id AS dossier_id, dossier.code AS dossier_code,
           request.requested_at, dossier.due_on,
           dossier.due_on < %(on)s AND dossier.closed_on IS NULL AS is_late, dossier.late_reason, dossier.late_note,
           dossier.urgent,
           card.facility_code, coalesce(facility.name, '') AS facility_name, card.print_count,
           coalesce(paper.ground, '') AS paper_ground, coalesce(paper.asked_by, '') AS paper_asked_by,
           paper.at AS paper_asked_at, dossier.state AS dossier_state
    FROM cards_card AS card
    JOIN cards_request AS request ON request.id = card.request_id
    JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    JOIN persons_person AS person ON person.id = card.person_id
    JOIN catalogues_unit AS unit ON unit.id = card.unit_id
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_division AS division
        WHERE division.code = card.commune_code AND division.level = 'commune' AND division.valid @> %(on)s::date
        LIMIT 1) AS commune ON true
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_facility WHERE code = card.facility_code ORDER BY id DESC LIMIT 1) AS facility
        ON true
    LEFT JOIN cards_paperrequest AS paper ON paper.card_id = card.id
    -- The few dossiers of a stage are found first, by the actor's areas, and lead to their cards, each by index; then
    -- the cards that wait for paper. The page's place among them and the status are asked last, in words that no index
    -- serves: as a range of keys, or said plainly, they would lead to every card, or to every active one.
    WHERE (%(state)s <> '' OR card.id > %(after)s) AND card.id > ALL (ARRAY[%(after)s])
      AND (%(status)s = '' OR card.status = (SELECT %(status)s::text))
      AND (%(state)s = '' OR card.id = ANY (ARRAY(
              SELECT of_stage.id FROM cards_card AS of_stage WHERE of_stage.dossier_id = ANY (ARRAY(
                  SELECT staged.id FROM dossiers_dossier AS staged
                  WHERE staged.state = %(state)s
                    AND (%(everywhere)s OR staged.area = ANY ((SELECT authz.areas())::int[]))))
              UNION ALL
              SELECT waiting.card_id FROM cards_paperwaiting AS waiting WHERE %(manner)s = 'paper'))
          AND (dossier.state = %(state)s
               OR %(manner)s = 'paper' AND dossier.state = 'RETURNED' AND card.print_count = 0))
      AND (%(manner)s = '' OR (paper.card_id IS NOT NULL) = (%(manner)s = 'paper'))
      AND (%(unit_code)s = '' OR unit.code = %(unit_code)s)
      AND (%(dossier_id)s = 0 OR card.dossier_id = %(dossier_id)s)
    ORDER BY card.id LIMIT %(limit)s
"""
_SHEET = """
    SELECT card.id AS card_id, card.code, card.insurance_number, card.full_name, card.born_on AS birth_date, card.sex,
           card.address, card.facility_code, coalesce(facility.name, '') AS facility_name,
           lower(card.valid) AS valid_from, upper(card.valid) - 1 AS valid_to, card.five_year_on, card.benefit_level,
           card.area_code, unit.name AS unit_name, coalesce(province.name, '') AS province_name, card.commune_code,
           coalesce(commune.name, '') AS commune_name, card.guardian_name, card.version,
           card.approved_at, run.at AS run_at, copy.copy_number, copy.form, copy.personal_id
    FROM cards_copy AS copy
    JOIN cards_card AS card ON card.id = copy.card_id
    JOIN cards_printrun AS run ON run.id = copy.run_id
    JOIN catalogues_unit AS unit ON unit.id = card.unit_id
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_division AS division
        WHERE division.code = card.commune_code AND division.level = 'commune'
          AND division.valid @> (run.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date LIMIT 1) AS commune ON true
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_division AS division
        WHERE division.code = card.province_code AND division.level = 'province'
          AND division.valid @> (run.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date LIMIT 1) AS province ON true
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_facility WHERE code = card.facility_code ORDER BY id DESC LIMIT 1) AS facility
        ON true
    WHERE copy.run_id = %(run_id)s AND copy.card_id = ANY (%(ids)s)
    ORDER BY card.commune_code, card.full_name, card.id
"""
_BODIES = """
    SELECT card.id, request.body FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id
    WHERE card.id = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class CardLine:
    """One card in a list. `valid_to` is the last day included; a `paper_ground` says that paper was asked for."""

    id: int
    code: str
    insurance_number: str
    personal_id: str | None
    full_name: str
    birth_date: date
    sex: str
    status: str
    valid_from: date
    valid_to: date
    unit_code: str
    unit_name: str
    commune_code: str
    commune_name: str | None
    message_id: str
    dossier_id: int
    dossier_code: str
    requested_at: datetime
    due_on: date
    is_late: bool
    late_reason: str
    late_note: str
    urgent: bool
    facility_code: str
    facility_name: str
    print_count: int
    paper_ground: str
    paper_asked_by: str
    paper_asked_at: datetime | None
    dossier_state: str

    @property
    def status_vi(self) -> str:
        """The status as officials call it."""
        return lifecycle.LABELS_VI[self.status]

    def id_beside(self, on: date) -> str:
        """The personal id where it names the child beside the number on the day; '' where it is unknown or not used yet."""
        return id_beside_number(self.personal_id, on=on)

    @property
    def paper_vi(self) -> str:
        """On which ground paper was asked for; '' when it was not."""
        return GROUNDS_VI[PaperGround(self.paper_ground)] if self.paper_ground else ""

    @property
    def step_due_on(self) -> date:
        """The last day for what is next: the request's own day for its approval, else the dossier's."""
        is_request = self.status == lifecycle.REQUESTED
        return approval_due(self.requested_at) if is_request else self.due_on

    @property
    def late_reason_vi(self) -> str:
        """Why the dossier is late, as an officer gave it; empty when nobody did."""
        return late_reason_vi(self.late_reason, self.late_note)


@dataclass(frozen=True, slots=True)
class CardFilter:
    """Which cards: empty strings and 0 ask for everything; `after` is the last id of the page before.

    `manner` is `paper` (asked for on paper, also after the electronic one was handed over) or `electronic`.
    """

    status: str = ""
    state: str = ""
    unit_code: str = ""
    after: int = 0
    dossier_id: int = 0
    manner: str = ""


TO_APPROVE = CardFilter(lifecycle.REQUESTED, "APPROVAL_REQUESTED")
"""Cards that wait for approval."""
TO_PRINT = CardFilter(lifecycle.ACTIVE, "APPROVED")
"""Approved cards that were not printed yet."""
TO_PRINT_ON_PAPER = replace(TO_PRINT, manner="paper")
"""Of those, the cards that a family asked for on paper, handed over electronically or not."""
TO_HAND_OVER_ELECTRONICALLY = replace(TO_PRINT, manner="electronic")
"""Of those, the cards that nobody asked for on paper and that were not handed over."""
TO_HAND_OVER = CardFilter(lifecycle.ACTIVE, "PRINTED")
"""Printed cards that did not reach the family yet."""


def cards(by: Actor, *, filters: CardFilter, on: date, limit: int = 200) -> list[CardLine]:
    """Cards in the actor's area, by id. One statement."""
    parameters: dict[str, Any] = {
        "everywhere": not by.is_bounded,
        "status": filters.status,
        "state": filters.state,
        "unit_code": filters.unit_code,
        "after": filters.after,
        "manner": filters.manner,
        "dossier_id": filters.dossier_id,
        "on": on,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, parameters)
        return rows_as(CardLine, cursor)


def one(by: Actor, card_id: int, *, on: date) -> CardLine | None:
    """One card in the actor's area; None when there is none. One statement."""
    found = cards(by, filters=CardFilter(after=card_id - 1), on=on, limit=1)
    return found[0] if found and found[0].id == card_id else None


def card_sheet_lines(by: Actor, card_ids: Sequence[int], *, run_id: int) -> list[CardSheetLine]:
    """What the printer draws for these cards of a run, sealed QR included; sorted by commune, then name."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_SHEET, {"run_id": run_id, "ids": list(card_ids)})
        names = [column[0] for column in cursor.description]
        return [_sheet_line(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _sheet_line(row: dict[str, Any]) -> CardSheetLine:
    approved_at: datetime = row.pop("approved_at")
    run_at: datetime = row.pop("run_at")
    issued_on = approved_at.astimezone(VIETNAM).date()
    facts = CardFacts(
        code=row["code"],
        full_name=row["full_name"],
        birth_date=row["birth_date"],
        sex=row["sex"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        facility_code=row["facility_code"],
        version=row.pop("version"),
    )
    qr_text = seal_text(facts, settings.KEYRING, at=run_at)
    return CardSheetLine(**row, qr_text=qr_text, issued_on=issued_on)


def request_bodies(by: Actor, card_ids: Sequence[int]) -> dict[int, bytes]:
    """The exact bytes that were asked for, by card: what its approval signed off. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_BODIES, [list(card_ids)])
        return {row[0]: bytes(row[1]) for row in cursor.fetchall()}


def dossiers_of(by: Actor, card_ids: Sequence[int]) -> dict[int, int]:
    """The dossier of each of these cards that the actor can see. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, dossier_id FROM cards_card WHERE id = ANY (%s)", [list(card_ids)]
        )
        return dict(cursor.fetchall())


def count(by: Actor) -> int:
    """How many cards were requested or are out in the actor's area; cancelled requests do not count."""
    del by
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cards_card WHERE status <> 'cancelled'")
        return int(cursor.fetchone()[0])
