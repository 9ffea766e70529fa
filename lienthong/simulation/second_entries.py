"""A child entered a second time, by another office and in another way: what a search for doubles has to find.

Each kind says what the second entry has lost or spelt otherwise. Fictional, seeded; the truth is the caller's to keep.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from lienthong.kernel.names import fold_key
from lienthong.persons.likeness import Facts

_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_LAST_MONTH: Final = 12
_SLIPS: Final = "aeinghtou"
Change = Callable[[Facts, random.Random], Facts]


def _no_papers(facts: Facts, _: random.Random) -> Facts:
    return replace(facts, personal_id="", birth_notice_code="")


def _capitals(facts: Facts, rng: random.Random) -> Facts:
    bare = _no_papers(facts, rng)
    return replace(bare, full_name=facts.full_name.upper(), mother_name=facts.mother_name.upper())


def _marks_lost(facts: Facts, rng: random.Random) -> Facts:
    bare = _no_papers(facts, rng)
    return replace(bare, full_name=fold_key(facts.full_name).upper())


def _tones_lost(facts: Facts, rng: random.Random) -> Facts:
    bare = _no_papers(facts, rng)
    plain = _TONES.sub("", unicodedata.normalize("NFD", facts.full_name))
    return replace(bare, full_name=unicodedata.normalize("NFC", plain))


def _slip(facts: Facts, rng: random.Random) -> Facts:
    bare = _no_papers(facts, rng)
    name = facts.full_name
    at = rng.randrange(1, len(name)) if len(name) > 1 else 0
    return replace(bare, full_name=name[:at] + rng.choice(_SLIPS) + name[at + 1 :])


def _part_left_out(facts: Facts, rng: random.Random) -> Facts:
    parts = facts.full_name.split(" ")
    short = " ".join([parts[0], *parts[2:]]) if len(parts) > 2 else facts.full_name  # noqa: PLR2004 - a middle part
    return replace(_no_papers(facts, rng), full_name=short)


def _mother_unnumbered(facts: Facts, rng: random.Random) -> Facts:
    return replace(_no_papers(facts, rng), mother_personal_id="", mother_born="")


def _mother_unknown(facts: Facts, rng: random.Random) -> Facts:
    bare = _no_papers(facts, rng)
    return replace(bare, mother_name="", mother_personal_id="", mother_born="")


def _day_and_month(facts: Facts, rng: random.Random) -> Facts:
    born = facts.born_on
    if born is not None and born.day <= _LAST_MONTH:
        born = date(born.year, born.day, born.month)
    return replace(_no_papers(facts, rng), born_on=born)


def _before_merger(facts: Facts, rng: random.Random) -> Facts:
    """Under a code that the commune had before, and without the mother's number."""
    old = sorted(facts.commune_kin - {facts.commune_code})
    bare = _mother_unnumbered(facts, rng)
    return replace(bare, commune_code=rng.choice(old)) if old else bare


def _moved(facts: Facts, rng: random.Random) -> Facts:
    return replace(_no_papers(facts, rng), commune_code="", commune_kin=frozenset())


def _moved_unnumbered(facts: Facts, rng: random.Random) -> Facts:
    return _moved(_mother_unnumbered(facts, rng), rng)


KINDS: Final[Mapping[str, Change]] = {
    "papers lost": _no_papers,
    "in capitals": _capitals,
    "marks lost": _marks_lost,
    "tones lost": _tones_lost,
    "one letter wrong": _slip,
    "a part left out": _part_left_out,
    "mother unnumbered": _mother_unnumbered,
    "mother unknown": _mother_unknown,
    "day and month swapped": _day_and_month,
    "commune before the merger": _before_merger,
    "moved away": _moved,
    "moved away, mother unnumbered": _moved_unnumbered,
}
"""What the second entry has lost, by name."""
