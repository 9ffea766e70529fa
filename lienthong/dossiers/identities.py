"""The lane of the personal id as officers read it: how many wait and why, and each open question beside its dossier.

An id is shown masked to everybody: whoever accepts one reads it from the family's paper (`persons.reviewing`). Whom the
population database took the child for is shown only to whom decides about it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotFound
from lienthong.kernel.names import tone_key
from lienthong.law.personal_id import contradictions
from lienthong.persons.advice import NEEDS_ACT, SENT_WRONG, Advice, advice

_GROUPS = """
    SELECT state, answer_class, count(*) AS count, min(made_at) AS oldest_at
    FROM persons_identityrequest WHERE state IN ('waiting', 'quarantined', 'kept')
    GROUP BY state, answer_class
"""
_LINES = """
    -- A page is picked first: who may see a question may see its child and a dossier, so none is lost below.
    WITH question AS MATERIALIZED (
        SELECT * FROM persons_identityrequest AS asked
        WHERE asked.state IN ('waiting', 'quarantined', 'kept')
          AND asked.id > %(after)s
          AND (%(person_id)s = 0 OR asked.person_id = %(person_id)s)
          AND (%(answer_class)s::text IS NULL OR asked.answer_class = %(answer_class)s)
          AND (%(person_id)s <> 0
               OR (%(shows)s = 'kept' AND asked.state = 'kept')
               OR (%(shows)s = 'waiting' AND asked.state = 'waiting')
               OR (%(shows)s = 'officer' AND (asked.state = 'quarantined' OR (
                       asked.state = 'waiting' AND asked.answer_class = ANY (%(needs_officer)s)))))
        ORDER BY asked.id LIMIT %(limit)s
    )
    SELECT question.id, question.person_id, question.state, question.answer_class, question.detail AS offered_id,
           question.offered_name, question.offered_born_on, question.offered_sex, question.attempts, question.next_at,
           question.made_at, question.decided_by, question.decided_at, question.note, person.full_name, person.born_on,
           person.sex, dossier.id AS dossier_id, dossier.code AS dossier_code, dossier.message_id,
           coalesce(unit.name, '') AS unit_name
    FROM question
    JOIN persons_person AS person ON person.id = question.person_id
    JOIN LATERAL (
        -- The child's few dossiers, and of them the newest: never the newest of all dossiers until one is the child's.
        SELECT * FROM (SELECT id, code, message_id, unit_id FROM dossiers_dossier AS own
                       WHERE own.person_id = question.person_id OFFSET 0) AS latest
        ORDER BY latest.id DESC LIMIT 1) AS dossier ON true
    LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
    ORDER BY question.id
"""
_HIDDEN = "•"
_MISMATCH = "E-PID-MISMATCH"
_SHOWN_DIGITS, _LAST_DIGITS = 3, 2

OFFICER, WAITING, KEPT = "officer", "waiting", "kept"
"""What a list may show: what needs an officer, all that waits for an answer, what was decided to go without."""


@dataclass(frozen=True, slots=True)
class IdentityGroup:
    """How many open questions stand in one state with one answer, and since when the oldest."""

    state: str
    answer_class: str
    count: int
    oldest_at: datetime

    @property
    def advice(self) -> Advice:
        """What the answer means and what to do."""
        return advice(self.answer_class)

    @property
    def needs_officer(self) -> bool:
        """True when it does not go on by itself."""
        is_unclear = self.answer_class in (*NEEDS_ACT, *SENT_WRONG)
        return self.state == "quarantined" or (self.state == "waiting" and is_unclear)


@dataclass(frozen=True, slots=True)
class Side:
    """One fact as we registered it and as the population database answered it; `answered` is empty where hidden."""

    name_vi: str
    asked: str | date
    answered: str | date | None
    differs: bool


@dataclass(frozen=True, slots=True)
class IdentityLine:
    """One open question. `offered_…` are what was answered, '' and None when nothing was."""

    id: int
    person_id: int
    state: str
    answer_class: str
    offered_id: str
    offered_name: str
    offered_born_on: date | None
    offered_sex: str
    attempts: int
    next_at: datetime
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    note: str
    full_name: str
    born_on: date
    sex: str
    dossier_id: int
    dossier_code: str
    message_id: str
    unit_name: str

    @property
    def advice(self) -> Advice:
        """What the last answer means and what to do."""
        return advice(self.answer_class)

    @property
    def has_offer(self) -> bool:
        """True when an id was answered and not believed."""
        return self.state in {"quarantined", "kept"} and self.offered_born_on is not None

    @property
    def may_be_accepted(self) -> bool:
        """True when only the comparison stood against the id: its digits fit, and nobody is known to hold it."""
        return self.has_offer and self.answer_class == _MISMATCH and not self.id_findings_vi

    @property
    def masked_id(self) -> str:
        """The answered id with the middle hidden."""
        hidden = len(self.offered_id) - _SHOWN_DIGITS - _LAST_DIGITS
        return (
            f"{self.offered_id[:_SHOWN_DIGITS]}{_HIDDEN * hidden}{self.offered_id[-_LAST_DIGITS:]}"
        )

    @property
    def id_findings_vi(self) -> list[str]:
        """What the digits of the answered id say against the child; empty when they fit."""
        if not self.has_offer:
            return []
        odd = contradictions(self.offered_id, birth_date=self.born_on, sex=self.sex)
        return [finding.message_vi for finding in odd]

    @property
    def name_differs(self) -> bool:
        """True when another name was answered; the place of a tone mark is no difference."""
        return tone_key(self.full_name) != tone_key(self.offered_name)


def groups(by: Actor) -> list[IdentityGroup]:
    """Open questions by state and answer, what needs an officer first, then by number. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS)
        found = rows_as(IdentityGroup, cursor)
    return sorted(found, key=lambda it: (it.state == KEPT, not it.needs_officer, -it.count))


def open_questions(
    by: Actor, *, shows: str, answer_class: str | None = None, after: int = 0, limit: int = 50
) -> list[IdentityLine]:
    """Open questions in the actor's area, the oldest first. `shows` as above. One statement."""
    del by
    return _lines(shows=shows, answer_class=answer_class, after=after, limit=limit)


def open_question(by: Actor, person_id: int) -> IdentityLine:
    """The open question about one child. Raises NotFound when there is none in the actor's area. One statement."""
    del by
    found = _lines(person_id=person_id)
    if not found:
        raise NotFound("Không tìm thấy.", code="NOT_FOUND")
    return found[0]


def sides(line: IdentityLine, *, by: Actor) -> list[Side]:
    """Both sides of an answer, fact by fact; the other side's facts only for whom decides about it."""
    if not line.has_offer:
        return []
    may = by.may(Permission.IDENTITY_REVIEW)
    told = (
        ("Họ tên", line.full_name, line.offered_name, line.name_differs),
        ("Ngày sinh", line.born_on, line.offered_born_on, line.born_on != line.offered_born_on),
        ("Giới tính", line.sex, line.offered_sex, line.sex != line.offered_sex),
    )
    return [
        Side(name, asked, said if may else None, differs) for name, asked, said, differs in told
    ]


def _lines(
    *,
    shows: str = "",
    answer_class: str | None = None,
    person_id: int = 0,
    after: int = 0,
    limit: int = 1,
) -> list[IdentityLine]:
    parameters: dict[str, Any] = {
        "shows": shows,
        "answer_class": answer_class,
        "person_id": person_id,
        "after": after,
        "limit": limit,
        "needs_officer": [*NEEDS_ACT, *SENT_WRONG],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, parameters)
        return rows_as(IdentityLine, cursor)
