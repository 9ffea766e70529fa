"""Whether two records are of one person: the score with its arithmetic, and the decision same, ask or new (rules §2.2).

Exact strong keys alone say *same*; everything else can only ask an officer. Children of one delivery are two. A score
keeps weights and agreements, nothing personal: values are read live by whoever shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp, log
from typing import Final

from django.conf import settings
from django.db import connection

from lienthong.catalogues.kinship import kin_of
from lienthong.database.sql import Statement
from lienthong.kernel import names
from lienthong.kernel.actor import Actor
from lienthong.persons.comparing import field_scores, is_miswritten, is_rearranged
from lienthong.persons.likeness import (
    FIELDS_VI,
    Agreement,
    Facts,
    FieldScore,
    Rule,
    Score,
    Verdict,
)

__all__ = [
    "FIELDS_VI",
    "Agreement",
    "Facts",
    "FieldScore",
    "Rule",
    "Score",
    "Verdict",
    "facts_by_id",
    "facts_of_person",
    "score",
    "with_kin",
]

_FACTS = Statement.load("lienthong.persons", "matching.sql")
_TELLS: Final = frozenset({Agreement.EXACT, Agreement.TONE, Agreement.IY})
"""A name that is the same by its sound."""
_FOLDED: Final = _TELLS | {Agreement.FOLD}
_HERE: Final = frozenset({Agreement.EXACT, Agreement.KIN})
_MOST_BITS: Final = 60.0


def score(
    left: Facts, right: Facts, *, prior: float | None = None, ask: float | None = None
) -> Score:
    """Compare two records. The same whichever comes first.

    `prior`: log2 of the odds that two records drawn at random are of one person; `ask`: the least probability at which
    an officer is asked. Both are settings (LIENTHONG_MATCH_PRIOR_BITS, LIENTHONG_MATCH_ASK_PERCENT) unless given.
    """
    odds = settings.MATCH_PRIOR_BITS if prior is None else prior
    least = settings.MATCH_ASK_ABOVE if ask is None else ask
    fields = field_scores(left, right)
    weight = sum(it.weight for it in fields)
    probability = _probability(odds + weight)
    how = {it.field: it.agreement for it in fields}
    verdict, rule = _decided(left, right, how)
    if rule is Rule.APART and probability >= least and not _are_of_two_mothers(how):
        verdict, rule = Verdict.ASK, Rule.WEIGHT
    return Score(fields, weight, odds, probability, verdict, rule)


def facts_of_person(person_ids: Sequence[int], *, by: Actor) -> dict[int, Facts]:
    """What the register says of these persons, by id; without those whom the actor may not see. Two statements."""
    del by  # Row-level security already knows who asks.
    return facts_by_id(_FACTS, person_ids)


def facts_by_id(statement: Statement, ids: Sequence[int]) -> dict[int, Facts]:
    """The rows of a statement over `ids` as facts, by their id, with the kin of their communes. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(statement.text, {"ids": list(ids)})
        columns = [it[0] for it in cursor.description]
        found = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return with_kin({int(row.pop("id")): Facts(**row) for row in found})


def with_kin(told: dict[int, Facts]) -> dict[int, Facts]:
    """The same facts, each with the codes its commune had before and has after mergers. One statement."""
    kin = kin_of({facts.commune_code for facts in told.values() if facts.commune_code})
    return {
        key: replace(facts, commune_kin=kin.get(facts.commune_code, frozenset()))
        for key, facts in told.items()
    }


def _probability(bits: float) -> float:
    bounded = min(max(bits, -_MOST_BITS), _MOST_BITS)
    return 1 / (1 + exp(-bounded * log(2)))


def _decided(left: Facts, right: Facts, how: Mapping[str, Agreement]) -> tuple[Verdict, Rule]:
    """What the rules say without the weight; APART when they say nothing."""
    if how["born_on"] is not Agreement.EXACT:
        return Verdict.NEW, Rule.APART
    exact = _by_strong_key(how)
    if exact is not None:
        return Verdict.SAME, exact
    if _are_of_one_delivery(left, right, how) and _are_told_apart(left, right, how):
        return Verdict.NEW, Rule.TWINS
    suggested = _by_weak_key(how)
    return (Verdict.NEW, Rule.APART) if suggested is None else (Verdict.ASK, suggested)


def _by_weak_key(how: Mapping[str, Agreement]) -> Rule | None:
    """The key that suggests one child to an officer, when two were born on one day."""
    if how["sex"] is Agreement.DIFFERS or how["full_name"] not in _TELLS:
        return None
    if _are_of_one_mother(how):
        return Rule.MOTHER
    if how["mother_personal_id"] is Agreement.DIFFERS:
        return None  # Namesakes with ids of their own are two women; the weight may still ask.
    is_here = how["commune_code"] in _HERE
    return Rule.COMMUNE if is_here and how["mother_name"] in _FOLDED else None


def _by_strong_key(how: Mapping[str, Agreement]) -> Rule | None:
    """The exact key that two records born on one day share, when name and sex do not speak against it."""
    if how["sex"] is Agreement.DIFFERS:
        return None
    if how["personal_id"] is Agreement.EXACT and how["full_name"] in _FOLDED:
        return Rule.PERSONAL_ID
    if how["birth_notice_code"] is Agreement.EXACT and how["full_name"] in _TELLS - {Agreement.IY}:
        return Rule.BIRTH_NOTICE
    return None


def _are_of_one_mother(how: Mapping[str, Agreement]) -> bool:
    return Agreement.EXACT in (how["mother_personal_id"], how["mother_insurance_number"])


def _are_of_two_mothers(how: Mapping[str, Agreement]) -> bool:
    """True when her name and a number of hers are both others: the rest is chance, however much of it there is."""
    numbers = (how["mother_personal_id"], how["mother_insurance_number"])
    return how["mother_name"] is Agreement.DIFFERS and Agreement.DIFFERS in numbers


def _are_of_one_delivery(left: Facts, right: Facts, how: Mapping[str, Agreement]) -> bool:
    """True for two born on one day to one mother; where nobody names her, to one father."""
    if _are_of_one_mother(how):
        return True
    nobody_names_her = not left.mother_name and not right.mother_name
    parent = how["father_name"] if nobody_names_her else how["mother_name"]
    return parent in _FOLDED and (
        how["commune_code"] in _HERE or how["household_code"] is Agreement.EXACT
    )


def _are_told_apart(left: Facts, right: Facts, how: Mapping[str, Agreement]) -> bool:
    """True when two children of one delivery are two, not one written twice: order, sex, id, name or paper differ.

    The population database gives a child one id. The same name with a part left out or moved may be one child, and so
    may a slip that makes no name; one letter more that does (An, Anh) is another name. Where the tones alone differ
    (An, Ân), a birth notice of its own makes two.
    """
    if Agreement.DIFFERS in (how["birth_order"], how["sex"]):
        return True
    if how["personal_id"] in {Agreement.DIFFERS, Agreement.NEAR}:
        return True
    one, other = names.fold_key(left.full_name), names.fold_key(right.full_name)
    has_own_notice = how["birth_notice_code"] is Agreement.DIFFERS
    if one == other:
        return how["full_name"] is Agreement.FOLD and has_own_notice
    if is_rearranged(one, other):
        return False
    return has_own_notice or not is_miswritten(left.full_name, right.full_name)
