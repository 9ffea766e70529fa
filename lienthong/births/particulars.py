"""What a corrected registration says beside name, sex, birth date and id: parents, residence, area (rules §13.2 A1, A2).

Where a card in the family's hands prints it, an officer is asked and the card is exchanged; where none does, the record
is corrected at once and no task is opened: there is nothing for the family to bring back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from lienthong.audit import trail
from lienthong.births import reading
from lienthong.cards import inhand
from lienthong.dossiers import exchanging
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.names import tone_key
from lienthong.law.exchange import CardPart, asks_exchange
from lienthong.persons import actions as persons

_HELD = """
    SELECT mother_name, mother_born, mother_personal_id, father_name, father_born, father_personal_id, guardian_name,
           residence_text, residence_commune_code,
           (SELECT area_code FROM dossiers_dossier WHERE id = %s)
    FROM persons_person WHERE id = %s
"""
_PARENTS = (
    "mother_name",
    "mother_born",
    "mother_personal_id",
    "father_name",
    "father_born",
    "father_personal_id",
)
_NAMES = frozenset({"mother_name", "father_name"})
RESTATED = "person.restated"


@dataclass(frozen=True, slots=True)
class Particulars:
    """What differs from what we hold: on paper a part of the card each, and the parts that some card in hand prints."""

    changed: frozenset[CardPart]
    asked: frozenset[CardPart]
    has_moved: bool

    @property
    def names(self) -> list[str]:
        """The parts to ask about, as a task names them."""
        return sorted(part.value for part in self.asked)


def guardian_of(facts: BirthFacts) -> str:
    """The name that a card bears for a child: the mother's, else the father's, else who asked."""
    return facts.mother_name or facts.father_name or facts.requester_name


def look(
    dossier_id: int, person_id: int, facts: BirthFacts, *, by: Actor, at: datetime
) -> Particulars:
    """What these facts change of the child's particulars, and what of it a card in the family's hands says otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [dossier_id, person_id])
        *parents, guardian, residence, commune, area = cursor.fetchone()
    changed: set[CardPart] = set()
    told_guardian = guardian_of(facts)
    is_same_family = all(
        _is_same(name, held, getattr(facts, name))
        for name, held in zip(_PARENTS, parents, strict=True)
    )
    if not is_same_family or not _is_same("mother_name", guardian, told_guardian):
        changed.add(CardPart.GUARDIAN)
    if facts.residence_text != residence or facts.residence_commune_code != commune:
        changed.add(CardPart.ADDRESS)
    if facts.area_code and facts.area_code != area:
        changed.add(CardPart.AREA)
    said = {
        CardPart.GUARDIAN: told_guardian,
        CardPart.ADDRESS: facts.residence_text,
        CardPart.AREA: facts.area_code,
    }
    asked: set[CardPart] = set()
    for card, form in inhand.in_hand(by, person_id, on=vietnam_date(at)):
        other = [part for part in changed if said[part] and said[part] != getattr(card, part.value)]
        asked |= asks_exchange(other, forms=[form])
    has_moved = facts.residence_commune_code not in {"", commune}
    return Particulars(frozenset(changed), frozenset(asked), has_moved)


def take_in(
    dossier_id: int,
    person_id: int,
    facts: BirthFacts,
    told: Particulars,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Correct in the record what no card prints, and send what is asked for from now on to where the child lives."""
    parts = (told.changed - told.asked) & {CardPart.GUARDIAN, CardPart.ADDRESS}
    if CardPart.GUARDIAN in parts:
        persons.restate_parents(
            person_id,
            {name: getattr(facts, name) for name in _PARENTS}
            | {"guardian_name": guardian_of(facts)},
            by=by,
            at=at,
        )
    if CardPart.ADDRESS in parts:
        persons.restate_residence(
            person_id,
            facts.residence_text,
            commune_code=facts.residence_commune_code,
            by=by,
            at=at,
        )
    if told.has_moved:
        exchanging.follow_residence(
            person_id, reading.commune_of(facts), written_on=vietnam_date(at), by=by, at=at
        )
    if parts:
        trail.record(
            by,
            RESTATED,
            at=at,
            subject_kind="dossier",
            subject_id=dossier_id,
            detail={"parts": sorted(part.value for part in parts)},
        )


def _is_same(name: str, held: str, told: str) -> bool:
    return tone_key(held) == tone_key(told) if name in _NAMES else held == told
