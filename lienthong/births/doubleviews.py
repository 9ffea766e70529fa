"""How a suspected double is laid out for an officer: field by field with its arithmetic, and what merging would do. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lienthong.births.doubles import CARD_STATES_VI, Double, Side
from lienthong.kernel.dates import day_first
from lienthong.persons.likeness import FIELDS_VI, Agreement, Facts

SEXES_VI = {"male": "Nam", "female": "Nữ", "undetermined": "Chưa xác định"}
_WRITTEN = {"born_on": "born_text"}
_SAME = frozenset({Agreement.EXACT})
_NEAR = frozenset(
    {
        Agreement.TONE,
        Agreement.IY,
        Agreement.FOLD,
        Agreement.KIN,
        Agreement.SWAPPED,
        Agreement.NEAR,
        Agreement.CLOSE,
    }
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of both sides: how it agrees in words, and its weight in bits as written; '' where nobody worked it out."""

    label_vi: str
    left: str
    right: str
    words_vi: str
    weight_vi: str
    mark: str

    @property
    def differs(self) -> bool:
        """True when the two say different things, not one thing written in two ways."""
        return self.mark == "differs"


def compared(seen: Double) -> list[Compared]:
    """Every field of the score that either side fills, in the order of the score."""
    if seen.told is None:
        return list(_masked(seen))
    left, right = seen.one.facts, seen.other.facts
    if left is None or right is None:
        return []
    found = []
    for each in seen.told.fields:
        one, other = _said(left, each.field), _said(right, each.field)
        if each.field == "commune_code":
            one, other = _place(one, seen.one), _place(other, seen.other)
        if one or other or each.weight:
            found.append(
                Compared(
                    each.field_vi,
                    one,
                    other,
                    each.agreement.words_vi,
                    bits_vi(each.weight),
                    _mark(each.agreement),
                )
            )
    return found


def bits_vi(weight: float) -> str:
    """A weight as written: +3,2 or −1,0."""
    sign = "−" if weight < 0 else "+"
    return f"{sign}{abs(weight):.1f}".replace(".", ",")


def percent_vi(probability: float | None) -> str:
    """A probability as written; never more certain than one in ten thousand."""
    if probability is None:
        return ""
    return f"{min(max(probability, 0.0001), 0.9999) * 100:.2f}".replace(".", ",") + " %"


def follows_vi(loser: Side, survivor: Side) -> list[str]:
    """What merging the one into the other does, a sentence each."""
    found = [
        f"Mã số BHXH {each['number']} được gộp: tra cứu bằng mã số này vẫn tìm thấy người được giữ lại."
        for each in loser.numbers
        if each["status"] == "active"
    ]
    for card in loser.cards:
        if card["status"] == "active":
            found.append(f"Thẻ {card['code']} bị thu hồi vì một người một thẻ; gia đình được báo.")
        elif card["status"] == "requested":
            found.append(f"Yêu cầu duyệt thẻ {card['code']} được hủy.")
    found += [
        f"Hồ sơ {each['code']} được đóng với lý do trùng; Bộ Tư pháp được báo."
        for each in loser.dossiers
        if each["state"] not in {"REJECTED", "CANCELLED"}
    ]
    left, kept = loser.facts, survivor.facts
    if left and kept and left.personal_id and not kept.personal_id:
        found.append(f"Số định danh {left.personal_id} được ghi cho người được giữ lại.")
    if left and kept and left.personal_id and kept.personal_id not in {"", left.personal_id}:
        found.append(
            "Hai bên có số định danh khác nhau: người được giữ lại giữ số của mình. Hãy xác minh trước khi gộp."
        )
    return found or ["Không có mã số, thẻ hay hồ sơ nào thay đổi."]


def card_state_vi(status: str) -> str:
    """A card's status in a few words."""
    return CARD_STATES_VI.get(status, status)


def _masked(seen: Double) -> Iterator[Compared]:
    """What may be shown of a pair one of whom is another unit's, with the agreements kept when it was opened."""
    yield Compared(
        FIELDS_VI["full_name"], seen.one.name, seen.other.name, *_kept(seen, "full_name")
    )
    left, right = _born(seen.one), _born(seen.other)
    yield Compared(FIELDS_VI["born_on"], left, right, *_kept(seen, "born_on"))
    for name in FIELDS_VI:
        if name in seen.stored and name not in {"full_name", "born_on"}:
            values = [
                _said(side.facts, name) if side.facts else "(đơn vị khác)"
                for side in (seen.one, seen.other)
            ]
            yield Compared(FIELDS_VI[name], values[0], values[1], *_kept(seen, name))


def _place(code: str, side: Side) -> str:
    return f"{side.commune_name} ({code})" if code and side.commune_name else code


def _born(side: Side) -> str:
    born_on = side.facts.born_on if side.facts else None
    return day_first(born_on) if born_on else f"năm {side.birth_year}"


def _kept(seen: Double, name: str) -> tuple[str, str, str]:
    told = seen.stored.get(name)
    if not told:
        return "", "", ""
    agreement = Agreement(told[0])
    return agreement.words_vi, bits_vi(float(told[1])), _mark(agreement)


def _mark(agreement: Agreement) -> str:
    if agreement in _SAME:
        return "same"
    if agreement in _NEAR:
        return "near"
    return "differs" if agreement is Agreement.DIFFERS else ""


def _said(facts: Facts, name: str) -> str:
    value = getattr(facts, name, None) or getattr(facts, _WRITTEN.get(name, name), None)
    if isinstance(value, date):
        return day_first(value)
    return SEXES_VI.get(str(value), str(value)) if value else ""
