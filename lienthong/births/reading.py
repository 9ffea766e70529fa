"""A stored message with the judge's reading of it, and what follows from the facts alone: due day, commune, digest.

Shared by the check step and by the settling of register entries; touches no table.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import msgspec

from lienthong.gateways.justice_types import BirthFacts, Judgement
from lienthong.kernel.dates import VIETNAM
from lienthong.law import deadlines

_encoder = msgspec.json.Encoder()
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


@dataclass(frozen=True, slots=True)
class PaperMark:
    """What of a paper counts when it is settled: its rank, and the dossiers its officer said to be other children's."""

    after_version: int
    paper_no: int
    seen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A stored message and what the judge says of it. `paper` is None for what came electronically."""

    id: int
    source: str
    message_id: str
    received_at: datetime
    released: bool
    was_judged: bool
    judgement: Judgement
    paper: PaperMark | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """Where it stands among the versions: a paper right behind the electronic version it was written after."""
        if self.paper is not None:
            return self.paper.after_version, self.paper.paper_no
        return self.judgement.version or 0, 0

    @property
    def key(self) -> tuple[str, str, str, int]:
        """The register entry it speaks of."""
        birth = self.birth
        return (birth.commune_code, birth.book, birth.number, birth.year)

    @property
    def birth(self) -> BirthFacts:
        """The facts; only of a message that was readable."""
        if self.judgement.birth is None:
            msg = f"message {self.id} has no facts"
            raise ValueError(msg)
        return self.judgement.birth


@lru_cache(maxsize=4096)
def _due(received: datetime, allowance: int) -> date:
    return deadlines.due_on(received, allowance, calendar=deadlines.official_calendar())


@lru_cache(maxsize=4096)
def due_on(received_at: datetime) -> date:
    """The day by which the card is due, counted from the receipt, Vietnam time."""
    local = received_at.astimezone(VIETNAM)
    # Only the day and the hour count: rounding lets one answer serve every message of the hour.
    is_past_the_hour = local.minute or local.second or local.microsecond
    hour = local.replace(minute=59 if is_past_the_hour else 0, second=0, microsecond=0)
    return _due(hour, deadlines.card_allowance(local.date()))


def commune_of(birth: BirthFacts) -> str:
    """The commune whose unit answers for the child: residence when given, else the registering one.

    ASSUMPTION: residence decides (Decision 1449/QĐ-BHXH of 19/08/2024, Decree 63/2024 Art. 26.2).
    """
    return birth.residence_commune_code or birth.residence_district_code or birth.commune_code


def rank_vi(version: int, paper_no: int) -> str:
    """A rank as officials read it."""
    if not paper_no:
        return f"phiên bản {version}"
    return f"bản giấy, sau phiên bản {version}" if version else "bản giấy"


def is_same_child(one: BirthFacts, other: BirthFacts) -> bool:
    """The same child by the keys that the match step trusts: what lets a paper and an electronic record join."""
    if (one.born_on, one.sex) != (other.born_on, other.sex):
        return False
    by_id = one.personal_id is not None and one.personal_id == other.personal_id
    by_notice = bool(one.birth_notice_code) and one.birth_notice_code == other.birth_notice_code
    return (by_id and one.fold_key == other.fold_key) or (
        by_notice and one.tone_key == other.tone_key
    )


def differs_in_tone_place_only(one: BirthFacts, other: BirthFacts) -> bool:
    """True when nothing but the place of tone marks in names differs: `Hoà` and `Hòa` are one name (W-TONE)."""
    return one != other and _with_tones_placed(one) == _with_tones_placed(other)


def _with_tones_placed(birth: BirthFacts) -> BirthFacts:
    return msgspec.structs.replace(
        birth,
        full_name=_tones_placed(birth.full_name),
        mother_name=_tones_placed(birth.mother_name),
        father_name=_tones_placed(birth.father_name),
        requester_name=_tones_placed(birth.requester_name),
    )


def _tones_placed(name: str) -> str:
    syllables = unicodedata.normalize("NFD", name).split(" ")
    return " ".join(_TONE.sub("", one) + "".join(_TONE.findall(one)) for one in syllables)


def facts_of(birth: BirthFacts) -> tuple[bytes, bytes]:
    """The facts as canonical JSON bytes, and their SHA-256."""
    encoded = _encoder.encode(birth)
    return encoded, hashlib.sha256(encoded).digest()
