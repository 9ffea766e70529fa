"""Whether the child of a dossier may be somebody we know by keys that only suggest (rules §2.2, levels 4 and 5).

SQL finds the few candidates by indexed blocks; the score of `persons.matching` decides. What exact keys say is
`match.sql`'s business. A doubt holds the dossier for an officer; nothing here joins two children.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from django.db import connection

from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.persons.likeness import Agreement, Facts, Rule, Score, Verdict
from lienthong.persons.matching import facts_by_id, facts_of_person, score

_FACTS = Statement.load("lienthong.births", "matching_dossier.sql")
_ALIKE = Statement.load("lienthong.births", "alike.sql")
_WITHOUT_DOSSIER = """
    SELECT asked.id FROM unnest(%s::bigint[]) AS asked (id)
    WHERE NOT EXISTS (SELECT 1 FROM dossiers_dossier AS dossier WHERE dossier.person_id = asked.id)
"""
MOST_IN_A_BLOCK: Final = 64
"""No key of one delivery, one name and day, or one commune and day is shared by more people; a placeholder is."""
_DIGITS: Final = 4
_SURE_NAMES: Final = frozenset({Agreement.EXACT, Agreement.TONE})


@dataclass(frozen=True, slots=True)
class Ask:
    """The person whom the child of a dossier may be. `takes`: known without a dossier, and the child becomes him."""

    dossier_id: int
    person_id: int
    takes: bool
    probability: float
    level: int
    rule: str

    def as_json(self) -> dict[str, object]:
        """A row of the statement's `asks`."""
        return {
            "dossier_id": self.dossier_id,
            "person_id": self.person_id,
            "takes": self.takes,
            "probability": round(self.probability, _DIGITS),
            "level": self.level,
            "rule": self.rule,
        }


@dataclass(frozen=True, slots=True)
class Looked:
    """The dossiers claimed for this round, without those that must wait for another of them; and who is asked about."""

    dossier_ids: tuple[int, ...]
    asks: tuple[Ask, ...]


def facts_of_dossier(dossier_ids: Sequence[int], *, by: Actor) -> dict[int, Facts]:
    """What the newest version of the birth says of the child of each dossier, by dossier.

    Without those that the actor may not see and those without a birth. Two statements.
    """
    del by  # Row-level security already knows who asks.
    return facts_by_id(_FACTS, dossier_ids)


def look(limit: int, *, by: Actor) -> Looked:
    """Claim the next dossiers without a person, and find whom their children may be. Inside a transaction.

    Of children of one batch that may be one the first goes on, the others wait for the next round and meet its person.
    """
    claimed, known, groups = _claimed(limit)
    pairs = sorted({pair for group in groups for pair in combinations(group, 2)})
    if not known and not pairs:
        return Looked(claimed, ())
    children = facts_of_dossier(sorted({*known, *(it for pair in pairs for it in pair)}), by=by)
    waiting = set(_waiting(pairs, children))
    persons = facts_of_person(sorted({it for others in known.values() for it in others}), by=by)
    best = [
        found
        for dossier_id, others in sorted(known.items())
        if dossier_id not in waiting and dossier_id in children
        for found in _best(dossier_id, children[dossier_id], others, persons)
    ]
    return Looked(tuple(it for it in claimed if it not in waiting), tuple(_asks(best)))


def _claimed(limit: int) -> tuple[tuple[int, ...], dict[int, list[int]], list[list[int]]]:
    claimed: tuple[int, ...] = ()
    known: dict[int, list[int]] = {}
    groups: list[list[int]] = []
    for of, dossier_id, others in _ALIKE.rows({"limit": limit, "most": MOST_IN_A_BLOCK}):
        match of:
            case "person":
                known[dossier_id] = others
            case "batch":
                groups.append(others[:MOST_IN_A_BLOCK])
            case _:
                claimed = tuple(others)
    return claimed, known, groups


def _waiting(pairs: Iterable[tuple[int, int]], children: Mapping[int, Facts]) -> Iterator[int]:
    """The later ones of two that may be one child."""
    for first, second in pairs:
        if first in children and second in children:
            told = score(children[first], children[second])
            if told.verdict is not Verdict.NEW:
                yield second


def _best(
    dossier_id: int, child: Facts, others: Iterable[int], persons: Mapping[int, Facts]
) -> list[tuple[int, int, Score]]:
    """The likeliest of those whom an officer would be asked about, the oldest of equals; none or one."""
    scored = [(score(child, persons[it]), it) for it in others if it in persons]
    doubtful = [(told, it) for told, it in scored if told.verdict is Verdict.ASK]
    if not doubtful:
        return []
    told, person_id = min(doubtful, key=lambda pair: (-pair[0].weight, pair[1]))
    return [(dossier_id, person_id, told)]


def _asks(best: Sequence[tuple[int, int, Score]]) -> Iterator[Ask]:
    surest = [person_id for _, person_id, told in best if _is_beyond_doubt(told)]
    alone: set[int] = set()
    if surest:
        with connection.cursor() as cursor:
            cursor.execute(_WITHOUT_DOSSIER, [surest])
            alone = {row[0] for row in cursor.fetchall()}
    for dossier_id, person_id, told in best:
        takes = person_id in alone and _is_beyond_doubt(told)
        alone.discard(person_id)  # One child alone takes a person; a second one asks.
        yield Ask(dossier_id, person_id, takes, told.probability, told.level, told.rule)


def _is_beyond_doubt(told: Score) -> bool:
    """True when name, day, sex and the mother's own number agree: then a member of her household is her child."""
    how = {it.field: it.agreement for it in told.fields}
    return told.rule == Rule.MOTHER and how["full_name"] in _SURE_NAMES
