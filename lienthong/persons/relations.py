"""Quan hệ với chủ hộ: the code list of the relation to the head of a household, and what does not fit in one. Pure.

Codes and words are those of the insurance agency's list (rules §7.5). A household that looks odd is shown as it is, with
a question beside it; only what cannot be true at all is refused by the tables.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from lienthong.kernel.dates import plus_years


class Relation(StrEnum):
    """A member's relation to the head of the household. The value is the code."""

    HEAD = "00"
    WIFE = "01"
    HUSBAND = "02"
    FATHER = "03"
    MOTHER = "04"
    YOUNGER_SIBLING = "05"
    ELDER_BROTHER = "06"
    ELDER_SISTER = "07"
    CHILD = "08"
    GRANDCHILD = "09"
    GRANDFATHER = "10"
    GRANDMOTHER = "11"
    FATHERS_SISTER = "12"
    MOTHERS_SISTER = "13"
    FATHERS_YOUNGER_BROTHER = "14"
    YOUNGER_BROTHERS_WIFE = "15"
    PARENTS_ELDER_SIBLING = "16"
    MOTHERS_BROTHER = "17"
    MOTHERS_BROTHERS_WIFE = "18"
    DAUGHTER_IN_LAW = "19"
    SON_IN_LAW = "20"
    GREAT_GRANDCHILD = "21"
    OTHER = "99"


RELATIONS_VI: Final[dict[Relation, str]] = {
    Relation.HEAD: "Chủ hộ",
    Relation.WIFE: "Vợ",
    Relation.HUSBAND: "Chồng",
    Relation.FATHER: "Bố",
    Relation.MOTHER: "Mẹ",
    Relation.YOUNGER_SIBLING: "Em",
    Relation.ELDER_BROTHER: "Anh",
    Relation.ELDER_SISTER: "Chị",
    Relation.CHILD: "Con",
    Relation.GRANDCHILD: "Cháu",
    Relation.GRANDFATHER: "Ông",
    Relation.GRANDMOTHER: "Bà",
    Relation.FATHERS_SISTER: "Cô",
    Relation.MOTHERS_SISTER: "Dì",
    Relation.FATHERS_YOUNGER_BROTHER: "Chú",
    Relation.YOUNGER_BROTHERS_WIFE: "Thím",
    Relation.PARENTS_ELDER_SIBLING: "Bác",
    Relation.MOTHERS_BROTHER: "Cậu",
    Relation.MOTHERS_BROTHERS_WIFE: "Mợ",
    Relation.DAUGHTER_IN_LAW: "Con dâu",
    Relation.SON_IN_LAW: "Con rể",
    Relation.GREAT_GRANDCHILD: "Chắt",
    Relation.OTHER: "Khác",
}

OF_A_CHILD: Final[dict[Relation, Relation]] = {
    Relation.HEAD: Relation.CHILD,
    Relation.WIFE: Relation.CHILD,
    Relation.CHILD: Relation.GRANDCHILD,
    Relation.DAUGHTER_IN_LAW: Relation.GRANDCHILD,
    Relation.YOUNGER_SIBLING: Relation.GRANDCHILD,
    Relation.ELDER_SISTER: Relation.GRANDCHILD,
    Relation.GRANDCHILD: Relation.GREAT_GRANDCHILD,
    Relation.MOTHER: Relation.YOUNGER_SIBLING,
}
"""What a newborn is to the head, by what its mother is; whoever is missing here leaves a question (Relation.OTHER)."""

YOUNGEST_PARENT_YEARS: Final = 12
"""A mother or father younger than this at a birth is asked about, not refused: dates of the old are often guesses."""

_MEN = frozenset(
    {
        Relation.HUSBAND,
        Relation.FATHER,
        Relation.ELDER_BROTHER,
        Relation.GRANDFATHER,
        Relation.FATHERS_YOUNGER_BROTHER,
        Relation.MOTHERS_BROTHER,
        Relation.SON_IN_LAW,
    }
)
_WOMEN = frozenset(
    {
        Relation.WIFE,
        Relation.MOTHER,
        Relation.ELDER_SISTER,
        Relation.GRANDMOTHER,
        Relation.FATHERS_SISTER,
        Relation.MOTHERS_SISTER,
        Relation.YOUNGER_BROTHERS_WIFE,
        Relation.MOTHERS_BROTHERS_WIFE,
        Relation.DAUGHTER_IN_LAW,
    }
)
_SPOUSES = frozenset({Relation.WIFE, Relation.HUSBAND})
_ELDERS = frozenset({Relation.FATHER, Relation.MOTHER})
_ONE_AT_MOST = (Relation.FATHER, Relation.MOTHER)


@dataclass(frozen=True, slots=True)
class Kin:
    """One member as the questions need him; `mother_id` is a person's key, `name` is for the sentence."""

    person_id: int
    name: str
    relation: Relation
    born_on: date
    sex: str
    mother_id: int | None = None


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in a household that is probably not so: a code, whom it is about, and the sentence for the officer."""

    code: str
    person_id: int | None
    message_vi: str


def relation_of(code: str) -> Relation | None:
    """The relation of a code; None for a code that the list does not have."""
    return Relation(code) if code in set(Relation) else None


def oddities(members: Sequence[Kin]) -> list[Oddity]:
    """What does not fit among those who live together on one day, in the order of the members."""
    if not members:
        return []
    head = next((it for it in members if it.relation is Relation.HEAD), None)
    found: list[Oddity] = []
    if head is None:
        found.append(Oddity("HEAD_MISSING", None, "Hộ chưa có chủ hộ. Hãy chọn một thành viên."))
    found += _too_many(members)
    for member in members:
        found += _of_sex(member)
        if head is not None and member is not head:
            found += _of_age(member, head)
    return found + _of_mothers(members)


def _too_many(members: Sequence[Kin]) -> list[Oddity]:
    spouses = [it for it in members if it.relation in _SPOUSES]
    found = []
    if len(spouses) > 1:
        names = ", ".join(it.name for it in spouses)
        found.append(
            Oddity(
                "TWO_SPOUSES", spouses[1].person_id, f"Chủ hộ có nhiều hơn một vợ, chồng: {names}."
            )
        )
    counted = Counter(it.relation for it in members)
    found += [
        Oddity("TWO_PARENTS", None, f"Hộ có {counted[it]} người ghi là {RELATIONS_VI[it].lower()}.")
        for it in _ONE_AT_MOST
        if counted[it] > 1
    ]
    return found


def _of_sex(member: Kin) -> list[Oddity]:
    is_wrong = (member.sex == "female" and member.relation in _MEN) or (
        member.sex == "male" and member.relation in _WOMEN
    )
    if not is_wrong:
        return []
    word = "nữ" if member.sex == "female" else "nam"
    label = RELATIONS_VI[member.relation].lower()
    return [
        Oddity("SEX", member.person_id, f"{member.name} là {word} nhưng quan hệ ghi là {label}.")
    ]


def _of_age(member: Kin, head: Kin) -> list[Oddity]:
    """Generations above the head are born before him, those below after."""
    above = _older_by(member.born_on, head.born_on) if member.relation in _ELDERS else True
    below = _older_by(head.born_on, member.born_on) if member.relation is Relation.CHILD else True
    if above and below:
        return []
    label = RELATIONS_VI[member.relation].lower()
    said = (
        f"{member.name} ghi là {label} của chủ hộ nhưng ngày sinh không phù hợp:"
        f" cách chủ hộ chưa đến {YOUNGEST_PARENT_YEARS} tuổi."
    )
    return [Oddity("AGE", member.person_id, said)]


def _of_mothers(members: Sequence[Kin]) -> list[Oddity]:
    by_id = {it.person_id: it for it in members}
    found = []
    for member in members:
        mother = by_id.get(member.mother_id or 0)
        if mother is not None and not _older_by(mother.born_on, member.born_on):
            said = (
                f"{mother.name} ghi là mẹ của {member.name} nhưng chưa đủ {YOUNGEST_PARENT_YEARS} tuổi"
                " khi sinh."
            )
            found.append(Oddity("MOTHER_AGE", member.person_id, said))
    return found


def _older_by(parent: date, child: date) -> bool:
    return plus_years(parent, YOUNGEST_PARENT_YEARS) <= child
