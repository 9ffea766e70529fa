"""Two issues of a card side by side, and the line of cover before and after: shared by asking, waiting and approving."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lienthong.cards.cover import NEW, RULES_VI, Stretch
from lienthong.cards.further import CardFace, FurtherLine
from lienthong.kernel.dates import DateRange, day_first
from lienthong.kernel.errors import Refused
from lienthong.law.exchange import ground_rule
from lienthong.web.staff.coverline import CoverLine, cover_line

_SEX_VI = {"male": "Nam", "female": "Nữ"}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing on a card, before and after."""

    label_vi: str
    old: str
    new: str
    is_count: bool = False

    @property
    def is_changed(self) -> bool:
        """True when the new card says something else; the count of issues always does, and is no change."""
        return self.old != self.new and not self.is_count


@dataclass(frozen=True, slots=True)
class Sides:
    """What an approval would do, drawn and in words."""

    parts: tuple[Part, ...]
    before: CoverLine | None
    after: CoverLine | None
    rule: str
    rule_vi: str
    title_vi: str
    note: str = ""
    evidence: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    together: int = 1

    @property
    def changed(self) -> tuple[Part, ...]:
        """The parts that change."""
        return tuple(part for part in self.parts if part.is_changed)


def ground_vi(ground: str, *, on: date) -> str:
    """The ground as the form names it."""
    try:
        return ground_rule(ground, on=on).title_vi
    except Refused:
        return ground


def parts_of(old: CardFace, new: CardFace, names: Mapping[str, str]) -> tuple[Part, ...]:
    """Everything on the two cards; `names` are those of the facilities, by code."""

    def facility(code: str) -> str:
        return " – ".join(each for each in (code, names.get(code, "")) if each) or "Không ghi"

    def words(face: CardFace) -> tuple[str, ...]:
        return (
            face.full_name,
            day_first(face.born_on),
            _SEX_VI.get(face.sex, "Chưa xác định"),
            f"{day_first(face.valid_from)} đến hết {day_first(face.valid_to)}",
            day_first(face.five_year_on),
            facility(face.facility_code),
            face.address or "Không ghi",
            face.guardian_name or "Không ghi",
            face.area_code or "Không ghi",
        )

    said = zip(_LABELS_VI, words(old), words(new), strict=True)
    count = Part("Lần cấp", f"Lần {old.version}", f"Lần {new.version}", is_count=True)
    return (*(Part(*each) for each in said), count)


_LABELS_VI = (
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Giá trị sử dụng",
    "Đủ 05 năm liên tục",
    "Nơi đăng ký KCB ban đầu",
    "Địa chỉ",
    "Cha, mẹ hoặc người giám hộ",
    "Mã nơi đối tượng sinh sống",
)


def drawn(
    line: Sequence[Stretch], ended: Collection[int], entitled: DateRange, on: date
) -> CoverLine | None:
    """The line of cover as a drawing; a new card counts as if approved, those of `ended` are named the old ones."""
    spans = [
        (
            "Thẻ mới" if it.card_id == NEW else "Thẻ cũ" if it.card_id in ended else "Thẻ khác",
            it.valid.start,
            it.valid.last or it.valid.start,
            "active",
        )
        for it in line
    ]
    return cover_line(spans, entitled, on)


def sides_of(
    further: FurtherLine, line: Sequence[Stretch], names: Mapping[str, str], *, on: date
) -> Sides:
    """What approving this further card would do."""
    held = DateRange(line[0].valid.start, line[-1].valid.end) if line else further.entitled
    replaced = {further.old_id, *further.ended}
    parts = parts_of(further.old, further.new, names)
    if further.old_number != further.insurance_number:
        parts = (Part("Mã số BHXH", further.old_number, further.insurance_number), *parts)
    return Sides(
        parts,
        drawn(line, replaced, held, on),
        drawn(further.after(line), replaced, further.entitled, on),
        further.rule,
        RULES_VI.get(further.rule, ""),
        ground_vi(further.ground, on=on),
        further.note,
        further.evidence,
        further.missing(on=on),
        further.together,
    )
