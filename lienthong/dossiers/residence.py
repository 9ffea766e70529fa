"""Where in a divided commune an address lies: what its words decide, and by what they are grouped for officers.

Words decide only what they say outright: the full name, tones included, of exactly one of the heirs, or a hamlet whose
way an officer has decided. Names without tones, areas and distances decide nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lienthong.kernel.names import stored_form, tone_key

NAMED, HAMLET, OFFICER = "named", "hamlet", "officer"
BASES_VI = {
    NAMED: "Địa chỉ ghi rõ tên xã, phường mới",
    HAMLET: "Thôn, tổ dân phố đã được xác định thuộc nơi này",
    OFFICER: "Cán bộ chọn",
}
"""Why a commune was chosen."""

# A neighbourhood is written in many ways; tổ, tổ dân phố and TDP are one.
_KINDS = {
    "tổ dân phố": "tổ", "tdp": "tổ", "tổ": "tổ", "khu phố": "khu phố", "kp": "khu phố", "khu vực": "khu vực",
    "khóm": "khóm", "khu": "khu", "thôn": "thôn", "xóm": "xóm", "ấp": "ấp", "bản": "bản", "buôn": "buôn",
    "làng": "làng", "phum": "phum", "sóc": "sóc", "tiểu khu": "tiểu khu",
}  # fmt: skip
# What begins another part of an address, after a blank and without a comma.
_AREAS = ("thành phố", "tp", "tỉnh", "thị xã", "tx", "quận", "huyện", "thị trấn", "phường", "xã")
# «xã Bản Lang», «huyện Sóc Sơn», «Sóc Trăng» are no hamlets.
_HAMLET = re.compile(
    rf"(?<!xã )(?<!phường )(?<!trấn )(?<!huyện )\b(?!sóc (?:sơn|trăng)\b)"
    rf"({'|'.join(sorted(_KINDS, key=len, reverse=True))})\.?\s+(?:số\s+)*([^,;.()–]+?)"
    rf"(?=\s*(?:[,;.()–]|\s-\s|$)|\s+(?:(?:{'|'.join(_AREAS)})\b|[pqhx]\.|tt\.))",
    re.IGNORECASE,
)
_LEADING_ZERO = re.compile(r"\b0+(?=\d)")
_STOPS = re.compile(r"[,;.()/]+")
_BLANKS = re.compile(r"[\s–-]+")
_BEFORE_AREA = "|".join(tone_key(area) for area in _AREAS)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One heir of a divided commune, and the unit declared for it on the day; `unit_id` None when there is not one."""

    code: str
    name: str
    province_code: str
    share: str
    unit_id: int | None
    unit_name: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What decides for one heir: `basis` of BASES_VI, and the words or the hamlet that say so."""

    code: str
    basis: str
    words: str


def hamlet_of(address: str) -> tuple[str, str]:
    """Key and name of the hamlet an address names: (`to 3…`, `tổ 3`), smaller parts first; two empty when none.

    The key is equal for spellings that differ in case, blanks, leading zeros and the place of a tone mark, and for the
    usual abbreviations.
    """
    found = [
        f"{_KINDS[kind.lower()]} {_LEADING_ZERO.sub('', stored_form(name))}"
        for kind, name in _HAMLET.findall(stored_form(address))
    ]
    name = ", ".join(found)
    return (tone_key(name), name) if found else ("", "")


def evidence_of(
    address: str, old_name: str, candidates: Sequence[Candidate], hamlets: Mapping[str, str]
) -> Evidence | None:
    """What the address decides; None when a person has to. `hamlets`: key to code, as decided for the old commune."""
    key, name = hamlet_of(address)
    if key in hamlets:
        return Evidence(hamlets[key], HAMLET, name)
    words = _words(address)
    # An address that names the old commune says nothing of the new one that took its name.
    names = {
        it.code: _words(it.name) for it in candidates if tone_key(it.name) != tone_key(old_name)
    }
    said = [it for it in candidates if it.code in names and _says(words, names[it.code])]
    if len(said) != 1:
        return None
    rest = words.replace(names[said[0].code], ",")
    is_only_one = not any(each in rest for each in names.values())
    return Evidence(said[0].code, NAMED, said[0].name) if is_only_one else None


def _says(words: str, name: str) -> bool:
    """The words hold the name and no longer one: «phường Tân Sơn Nhất» does not say «phường Tân Sơn»."""
    whole = rf"(?:^| ){re.escape(name)}(?= ,|$| (?:{_BEFORE_AREA})(?: |$))"
    return re.search(whole, words) is not None


def _words(text: str) -> str:
    return tone_key(_BLANKS.sub(" ", _STOPS.sub(" , ", stored_form(text))))
