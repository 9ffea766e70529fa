"""What goes wrong when a register writes a person down: one function a flaw, by the names of `data/country.toml`.

Each changes the row and says whether it could: False where the person is not exposed to it.
"""

import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lienthong.simulation.country import encodings, spelling
from lienthong.simulation.country.land import Land, Spot
from lienthong.simulation.country.people import Person
from lienthong.simulation.country.plan import LEFT, RIGHT

_FONTS_UNTIL, _YEAR_ONLY_UNTIL = 2010, 1985
_CHILD_DAYS, _UNNAMED_DAYS = 14 * 365, 2 * 365
_EMPTY_DAY = 0.2
_MONTHS = 12
_HEADINGS = ("Con bà", "CON BÀ", "Cháu con bà")
_OTHER_SEX = {"male": "female", "female": "male"}


@dataclass(slots=True)
class Row:
    """A person as one register has him, by the columns of contracts §8; `birth_date` may be empty."""

    id: str
    full_name: str
    birth_date: str
    sex: str
    personal_id: str
    insurance_number: str
    mother_name: str
    province_code: str
    commune_code: str
    household_code: str

    def cells(self) -> tuple[str, ...]:
        """The row in the order of the columns."""
        return (
            self.id,
            self.full_name,
            self.birth_date,
            self.sex,
            self.personal_id,
            self.insurance_number,
            self.mother_name,
            self.province_code,
            self.commune_code,
            self.household_code,
        )


@dataclass(slots=True)
class Circumstances:
    """What a slip may draw on: where the household lives, what a register holds of it, and people seen before."""

    rng: random.Random
    land: Land
    day: date
    earlier: Sequence[Person]
    side: int
    spot: Spot
    old_spot: Spot | None = None
    """The household's place in the codes of June 2025, where the left register still holds them."""
    away: Spot | None = None
    """Where the register still has the whole household, if it moved since."""


Flaw = Callable[[Row, Person, Circumstances], bool]


def _all_caps(row: Row, _person: Person, _here: Circumstances) -> bool:
    row.full_name, row.mother_name = row.full_name.upper(), row.mother_name.upper()
    return True


def _decomposed(row: Row, _person: Person, _here: Circumstances) -> bool:
    before = row.full_name
    row.full_name = unicodedata.normalize("NFD", before)
    return row.full_name != before


def _tones_moved(row: Row, _person: Person, _here: Circumstances) -> bool:
    before = row.full_name
    row.full_name = spelling.tone_moved(before)
    return row.full_name != before


def _i_y(row: Row, _person: Person, _here: Circumstances) -> bool:
    before = row.full_name
    row.full_name = spelling.i_for_y(before)
    return row.full_name != before


def _old_commune(row: Row, _person: Person, here: Circumstances) -> bool:
    place = Spot(row.commune_code, row.province_code)
    old = here.land.former(here.rng, place) if here.side == RIGHT else here.old_spot
    if old is None or (here.side == LEFT and place != here.spot):
        return False
    row.commune_code, row.province_code = old.commune_code, old.province_code
    return True


def _missing_number(row: Row, _person: Person, _here: Circumstances) -> bool:
    row.insurance_number = ""
    return True


def _mother_spelling(row: Row, _person: Person, here: Circumstances) -> bool:
    if not row.mother_name:
        return False
    before, rng = row.mother_name, here.rng
    slip = (spelling.tones_dropped, spelling.syllable_dropped, spelling.typo)[int(rng.random() * 3)]
    row.mother_name = slip(rng, before)
    return row.mother_name != before


def _tones_dropped(row: Row, _person: Person, here: Circumstances) -> bool:
    before = row.full_name
    row.full_name = spelling.tones_dropped(here.rng, before)
    row.mother_name = spelling.tones_dropped(here.rng, row.mother_name)
    return row.full_name != before


def _missing_id(row: Row, _person: Person, _here: Circumstances) -> bool:
    row.personal_id = ""
    return True


def _moved(row: Row, person: Person, here: Circumstances) -> bool:
    """He lived elsewhere alone, or the register has the whole household where it lived before."""
    place = here.away or here.land.elsewhere(here.rng, here.spot)
    row.commune_code, row.province_code = place.commune_code, place.province_code
    if row.household_code:
        row.household_code = household_code(place, person.index, 1 + here.side)
    return True


def _syllable_dropped(row: Row, _person: Person, here: Circumstances) -> bool:
    before = row.full_name
    row.full_name = spelling.syllable_dropped(here.rng, before)
    return row.full_name != before


def _typo(row: Row, _person: Person, here: Circumstances) -> bool:
    row.full_name = spelling.typo(here.rng, row.full_name)
    return True


def _in_old_font(write: Callable[[str], str]) -> Flaw:
    def flaw(row: Row, person: Person, _here: Circumstances) -> bool:
        if person.born_on.year >= _FONTS_UNTIL:
            return False
        before = row.full_name
        row.full_name, row.mother_name = write(before), write(row.mother_name)
        return row.full_name != before

    return flaw


def _wrong_sex(row: Row, person: Person, _here: Circumstances) -> bool:
    row.sex = _OTHER_SEX[person.sex]
    return True


def _year_only(row: Row, person: Person, here: Circumstances) -> bool:
    """The first of January of the year, or no day at all."""
    if person.born_on.year >= _YEAR_ONLY_UNTIL:
        return False
    row.birth_date = "" if here.rng.random() < _EMPTY_DAY else f"{person.born_on.year}-01-01"
    return True


def _day_month_swapped(row: Row, person: Person, _here: Circumstances) -> bool:
    born = person.born_on
    if born.day > _MONTHS or born.day == born.month or row.birth_date != born.isoformat():
        return False
    row.birth_date = f"{born.year}-{born.day:02}-{born.month:02}"
    return True


def _wrong_number(row: Row, _person: Person, here: Circumstances) -> bool:
    if not row.insurance_number or not here.earlier:
        return False
    row.insurance_number = _somebody(here).number
    return True


def _wrong_id(row: Row, _person: Person, here: Circumstances) -> bool:
    text = row.personal_id
    if not text:
        return False
    at, step = 6 + int(here.rng.random() * 6), 1 + int(here.rng.random() * 9)
    row.personal_id = f"{text[:at]}{(int(text[at]) + step) % 10}{text[at + 1 :]}"
    return True


def _parent_id(row: Row, person: Person, here: Circumstances) -> bool:
    is_child = (here.day - person.born_on).days <= _CHILD_DAYS
    if person.mother is None or not is_child or not row.personal_id:
        return False
    row.personal_id = person.mother.personal_id
    return True


def _lent_id(row: Row, _person: Person, here: Circumstances) -> bool:
    if not row.personal_id or not here.earlier:
        return False
    row.personal_id = _somebody(here).personal_id
    return True


def _unnamed(row: Row, person: Person, here: Circumstances) -> bool:
    if (here.day - person.born_on).days > _UNNAMED_DAYS:
        return False
    heading = _HEADINGS[int(here.rng.random() * len(_HEADINGS))]
    mother = person.mother_name.upper() if heading.isupper() else person.mother_name
    row.full_name = f"{heading} {mother}"
    row.personal_id = ""
    return True


def _somebody(here: Circumstances) -> Person:
    return here.earlier[int(here.rng.random() * len(here.earlier))]


def household_code(spot: Spot, index: int, series: int = 0) -> str:
    """Ten digits: province, then a number unique by the person it was made for; one series a reason to make it."""
    return f"{spot.province_code}{index + series * 20_000_000:08}"


FLAWS: Mapping[str, Flaw] = {
    "unnamed": _unnamed,
    "tones_moved": _tones_moved,
    "i_y": _i_y,
    "moved": _moved,
    "old_commune": _old_commune,
    "missing_number": _missing_number,
    "mother_spelling": _mother_spelling,
    "tones_dropped": _tones_dropped,
    "missing_id": _missing_id,
    "syllable_dropped": _syllable_dropped,
    "typo": _typo,
    "all_caps": _all_caps,
    "tcvn3": _in_old_font(encodings.to_tcvn3),
    "vni": _in_old_font(encodings.to_vni),
    "wrong_sex": _wrong_sex,
    "year_only": _year_only,
    "day_month_swapped": _day_month_swapped,
    "wrong_number": _wrong_number,
    "wrong_id": _wrong_id,
    "parent_id": _parent_id,
    "lent_id": _lent_id,
    "decomposed": _decomposed,
}
"""By name, in the order in which they happen to a row: none hides one that came before it."""
