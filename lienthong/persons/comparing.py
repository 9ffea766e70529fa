"""Field by field: how two records agree, and what that says in bits (Fellegi and Sunter's weights).

A weight is log2(m / u): m, how often the records of one person agree so; u, how often those of two people do. More
agreement never weighs less. The figures and where they come from stand in docs/linkage-intake.md.
"""

from datetime import date
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein

from lienthong.kernel import names
from lienthong.kernel.charsets import is_syllable
from lienthong.persons.likeness import Agreement, Facts, FieldScore
from lienthong.persons.rarity import rarity

_NEAR_ENOUGH: Final = 0.9
"""One slip in ten letters."""
_FEWEST_PARTS: Final = 2
_CLOSE_DAYS: Final = 150
"""No mother bears twice in so few days, but for twins."""
_NAME = {Agreement.TONE: 0.2, Agreement.IY: 1.0, Agreement.FOLD: 3.0}
"""What is taken off the rarity of a name."""
_NAME_NEAR, _NAME_DIFFERS = 3.0, -6.0
_MOTHER_NAME_DIFFERS: Final = -7.0
_BORN = {
    Agreement.EXACT: 11.0,
    Agreement.SWAPPED: 3.0,
    Agreement.NEAR: 0.0,
    Agreement.CLOSE: -3.0,
    Agreement.DIFFERS: -8.0,
}
_SEX = {Agreement.EXACT: 1.0, Agreement.DIFFERS: -6.0}
_PERSONAL_ID = {Agreement.EXACT: 33.0, Agreement.NEAR: -4.0, Agreement.DIFFERS: -10.0}
_NUMBER = {Agreement.EXACT: 33.0, Agreement.DIFFERS: -3.0}
_NOTICE = {Agreement.EXACT: 20.0, Agreement.DIFFERS: -3.0}
_ORDER = {Agreement.EXACT: 0.5, Agreement.DIFFERS: -6.0}
_PARENT_ID = {Agreement.EXACT: 20.0, Agreement.NEAR: 5.0, Agreement.DIFFERS: -5.0}
_PARENT_NUMBER = {Agreement.EXACT: 20.0, Agreement.DIFFERS: -3.0}
_PARENT_BORN = {Agreement.EXACT: 10.0, Agreement.NEAR: 4.0, Agreement.DIFFERS: -5.0}
_COMMUNE = {Agreement.EXACT: 9.0, Agreement.KIN: 7.0, Agreement.DIFFERS: -3.0}
_HOUSEHOLD = {Agreement.EXACT: 12.0, Agreement.DIFFERS: -1.0}
_FAMILY_MOST: Final = 24.0
"""That two people come of one family is one fact, however many fields tell it: one pair of the country in 2^24."""
_FAMILY = frozenset(
    {
        "mother_personal_id",
        "mother_insurance_number",
        "mother_name",
        "mother_born",
        "father_personal_id",
        "father_name",
        "commune_code",
        "household_code",
    }
)


def field_scores(left: Facts, right: Facts) -> tuple[FieldScore, ...]:
    """Every field's agreement and weight, in the order of `FIELDS_VI`; the same whichever record comes first."""
    fields = (
        _name("full_name", left.full_name, right.full_name, _NAME_DIFFERS),
        _scored("born_on", _births(left, right), _BORN),
        _scored("sex", _sexes(left.sex, right.sex), _SEX),
        _scored("personal_id", _codes(left.personal_id, right.personal_id), _PERSONAL_ID),
        _scored("insurance_number", _same(left.insurance_number, right.insurance_number), _NUMBER),
        _scored(
            "birth_notice_code", _same(left.birth_notice_code, right.birth_notice_code), _NOTICE
        ),
        _scored("birth_order", _orders(left.birth_order, right.birth_order), _ORDER),
        *_mother(left, right),
        _scored(
            "father_personal_id",
            _codes(left.father_personal_id, right.father_personal_id),
            _PARENT_ID,
        ),
        _name("father_name", left.father_name, right.father_name, _NAME_DIFFERS),
        _scored("commune_code", _communes(left, right), _COMMUNE),
        _scored("household_code", _same(left.household_code, right.household_code), _HOUSEHOLD),
    )
    surplus = sum(it.weight for it in fields if it.field in _FAMILY) - _FAMILY_MOST
    if surplus > 0:
        return (*fields, FieldScore("family", Agreement.SHARED, -surplus))
    return fields


def _mother(left: Facts, right: Facts) -> tuple[FieldScore, ...]:
    return (
        _scored(
            "mother_personal_id",
            _codes(left.mother_personal_id, right.mother_personal_id),
            _PARENT_ID,
        ),
        _scored(
            "mother_insurance_number",
            _same(left.mother_insurance_number, right.mother_insurance_number),
            _PARENT_NUMBER,
        ),
        _name("mother_name", left.mother_name, right.mother_name, _MOTHER_NAME_DIFFERS),
        _scored("mother_born", _written_dates(left.mother_born, right.mother_born), _PARENT_BORN),
    )


def _scored(field: str, agreement: Agreement, weights: dict[Agreement, float]) -> FieldScore:
    return FieldScore(field, agreement, weights.get(agreement, 0.0))


def _name(field: str, left: str, right: str, differs: float) -> FieldScore:
    agreement = name_agreement(left, right)
    match agreement:
        case Agreement.MISSING:
            weight = 0.0
        case Agreement.NEAR:
            weight = _NAME_NEAR
        case Agreement.DIFFERS:
            weight = differs
        case _:
            rarest = min(rarity(left), rarity(right))
            weight = rarest - _NAME.get(agreement, 0.0)
    return FieldScore(field, agreement, weight)


@lru_cache(maxsize=1 << 14)
def _keys(name: str) -> tuple[str, str, str, str]:
    """The name in one case, its tone key, its i/y key, its fold key."""
    return (
        names.stored_form(name).casefold(),
        names.tone_key(name),
        names.iy_key(name),
        names.fold_key(name),
    )


def name_agreement(left: str, right: str) -> Agreement:
    """How two names agree: case never counts, an empty one is missing. Near: a slip, a part left out, parts moved."""
    one, other = _keys(left), _keys(right)
    if not one[0] or not other[0]:
        return Agreement.MISSING
    levels = (Agreement.EXACT, Agreement.TONE, Agreement.IY, Agreement.FOLD)
    for level, mine, theirs in zip(levels, one, other, strict=True):
        if mine == theirs:
            return level
    alike = is_rearranged(one[3], other[3]) or is_a_slip(one[3], other[3])
    return Agreement.NEAR if alike else Agreement.DIFFERS


def is_a_slip(left: str, right: str) -> bool:
    """True when one letter in ten, no more, is wrong, missing or moved."""
    return DamerauLevenshtein.normalized_similarity(left, right) >= _NEAR_ENOUGH


def is_miswritten(left: str, right: str) -> bool:
    """True when one letter parts two names and makes no other name of it.

    The given part is the same, or one of the two given parts is no Vietnamese syllable.
    """
    one, other = names.fold_key(left), names.fold_key(right)
    if DamerauLevenshtein.distance(one, other) > 1:
        return False
    given, known = (names.stored_form(name).rpartition(" ")[2] for name in (left, right))
    return one.rpartition(" ")[2] == other.rpartition(" ")[2] or is_syllable(given) != is_syllable(
        known
    )


def is_rearranged(left: str, right: str) -> bool:
    """True when the parts of one name (fold keys) are those of the other, in another order or with some left out."""
    one, other = left.split(" "), right.split(" ")
    if min(len(one), len(other)) < _FEWEST_PARTS:
        return False
    return set(one) <= set(other) or set(other) <= set(one)


def _births(left: Facts, right: Facts) -> Agreement:
    if left.born_on is None or right.born_on is None:
        return _partial_births(left, right)
    return _dates(left.born_on, right.born_on)


def _partial_births(left: Facts, right: Facts) -> Agreement:
    """Of a date that is known in part, the year alone speaks, and little."""
    one, other = _year(left), _year(right)
    if not one or not other:
        return Agreement.MISSING
    return Agreement.NEAR if one == other else Agreement.DIFFERS


def _year(facts: Facts) -> str:
    return f"{facts.born_on.year:04}" if facts.born_on else facts.born_text.strip()[-4:]


def _dates(left: date, right: date) -> Agreement:
    if left == right:
        return Agreement.EXACT
    if (left.year, left.month, left.day) == (right.year, right.day, right.month):
        return Agreement.SWAPPED
    parts = (left.year == right.year, left.month == right.month, left.day == right.day)
    if sum(parts) == len(parts) - 1:
        return Agreement.NEAR
    return Agreement.CLOSE if abs((left - right).days) <= _CLOSE_DAYS else Agreement.DIFFERS


def _written_dates(left: str, right: str) -> Agreement:
    """Dates of birth as a registrar wrote them: the day, the month and the year, or fewer."""
    one, other = left.strip(), right.strip()
    if not one or not other:
        return Agreement.MISSING
    if one == other and "/" in one:
        return Agreement.EXACT
    return Agreement.NEAR if one[-4:] == other[-4:] else Agreement.DIFFERS


def _sexes(left: str, right: str) -> Agreement:
    known = {"male", "female"}
    if left not in known or right not in known:
        return Agreement.MISSING
    return Agreement.EXACT if left == right else Agreement.DIFFERS


def _same(left: str, right: str) -> Agreement:
    if not left or not right:
        return Agreement.MISSING
    return Agreement.EXACT if left == right else Agreement.DIFFERS


def _codes(left: str, right: str) -> Agreement:
    """Numbers of one kind. Of an old and a new kind (9 and 12 digits) nothing can be said."""
    if not left or not right or len(left) != len(right):
        return Agreement.EXACT if left and left == right else Agreement.MISSING
    if left == right:
        return Agreement.EXACT
    return Agreement.NEAR if DamerauLevenshtein.distance(left, right) == 1 else Agreement.DIFFERS


def _orders(left: int | None, right: int | None) -> Agreement:
    if left is None or right is None:
        return Agreement.MISSING
    return Agreement.EXACT if left == right else Agreement.DIFFERS


def _communes(left: Facts, right: Facts) -> Agreement:
    one, other = left.commune_code, right.commune_code
    if not one or not other:
        return Agreement.MISSING
    if one == other:
        return Agreement.EXACT
    is_kin = one in right.commune_kin or other in left.commune_kin
    return Agreement.KIN if is_kin else Agreement.DIFFERS
