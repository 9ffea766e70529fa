"""One number to be repaired: both sides, the line of cover, what one officer proposes and another confirms."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import repairs, repairsides
from lienthong.births.repairs import KEEPS_VI, Proposal
from lienthong.births.repairsides import Side
from lienthong.kernel.dates import VIETNAM, day_first
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.law.personal_id import Usable
from lienthong.persons import numbermatters, numbers
from lienthong.persons.numbermatters import MatterLine
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardparts import drawn
from lienthong.web.staff.coverline import CoverLine
from lienthong.web.staff.people import people

_FIELDS = ("full_name", "birth_date", "insurance_number", "personal_id", "parents")
_SEX_VI = {"male": "Nam", "female": "Nữ", "undetermined": "Chưa xác định"}
_TYPED = ("cach", "ly-do", "can-cu", "ghi-chu")
_DONE_VI = {
    "de-nghi": "Đã gửi đề nghị; một cán bộ khác sẽ xem và xác nhận.",
    "xac-nhan": "Đã xác nhận. Mã số đã được sửa; thẻ in mã số cũ, nếu có, sẽ được đổi và vẫn dùng được đến lúc đó.",
    "tra-lai": "Đã trả lại đề nghị. Việc này chờ đề nghị khác.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison."""

    label_vi: str
    left: str
    right: str
    is_compared: bool = True

    @property
    def differs(self) -> bool:
        """True when both are known, should be the same, and are not."""
        return self.is_compared and bool(self.left and self.right) and self.left != self.right


@dataclass(frozen=True, slots=True)
class Drawn:
    """The line of cover before and after."""

    before: CoverLine | None
    after: CoverLine | None


@page(
    "can-bo/ma-so/<int:matter_id>/",
    name="number-matter",
    needs=Permission.PERSON_REVIEW,
    reveals="person",
    posts=True,
)
def number_matter(call: Call, matter_id: int) -> Answer:
    """What is wrong, of whom, and what becomes of it; proposed by one officer, confirmed by another."""
    typed = {name: call.value(name)[: repairs.MOST_TEXT] for name in _TYPED}
    said, field = "", ""
    if call.is_post:
        try:
            deed = call.value("thao-tac")
            if deed not in _DEEDS:
                raise Refused("Vui lòng chọn một thao tác.", code="DEED")
            _DEEDS[deed](call, matter_id, typed)
            return Go(reverse("number-matter", kwargs={"matter_id": matter_id}) + f"?xong={deed}")
        except (Refused, Conflict, NotAllowed) as error:
            said, field = error.message_vi, getattr(error, "field", "")
    matter = numbermatters.matter(call.by, matter_id)
    both = repairsides.sides(call.by, matter)
    told = numbermatters.repairs(call.by, matter_id)
    waiting = next((it for it in told if it.state == "proposed"), None)
    context = {
        "matter": matter,
        "sides": _rows(matter, both),
        "left_vi": "Người đang giữ mã số" if matter.other_id else "Mã số đang dùng",
        "right_vi": _right_vi(matter),
        "both": both,
        "histories": [
            (it, numbers.numbers_of(call.by, it.person_id, at=call.at))
            for it in both
            if it.is_in_reach
        ],
        "covers": _covers(call, both),
        "repairs": [(it, KEEPS_VI[matter.kind][it.keep]) for it in told],
        "waiting": waiting,
        "live": next((it for it in told if it.state in {"proposed", "confirmed", "done"}), None),
        "keeps": repairs.keeps(matter.kind, matter.source).items(),
        "is_mine": waiting is not None and waiting.proposed_person == call.by.person_key,
        "may_propose": call.by.may(Permission.NUMBER_REPAIR),
        "may_confirm": call.by.may(Permission.NUMBER_CONFIRM),
        "people": people(
            call,
            [label for it in told for label in (it.proposed_by, it.confirmed_by, it.refused_by)],
        ),
        "typed": typed,
        "reason": typed["ly-do"],
        "evidence": typed["can-cu"],
        "note": typed["ghi-chu"],
        "said": said,
        "field": field,
        "done_vi": "" if call.is_post else _DONE_VI.get(call.value("xong"), ""),
        "leads_with_id": Usable.PERSONAL_ID,
    }
    subjects = [("number_matter", matter.id)]
    subjects += [("person", it.person_id) for it in both if it.is_in_reach]
    return Show("staff/number_matter.html", context, subjects=subjects, fields=_FIELDS)


def _propose(call: Call, matter_id: int, typed: dict[str, str]) -> None:
    told = Proposal(matter_id, typed["cach"], typed["ly-do"], typed["can-cu"])
    repairs.propose(told, by=call.by, at=call.at)


def _confirm(call: Call, matter_id: int, typed: dict[str, str]) -> None:
    del typed
    repairs.confirm(_waiting(call, matter_id), by=call.by, at=call.at)


def _refuse(call: Call, matter_id: int, typed: dict[str, str]) -> None:
    repairs.refuse(_waiting(call, matter_id), typed["ghi-chu"], by=call.by, at=call.at)


_DEEDS: dict[str, Callable[[Call, int, dict[str, str]], None]] = {
    "de-nghi": _propose,
    "xac-nhan": _confirm,
    "tra-lai": _refuse,
}


def _waiting(call: Call, matter_id: int) -> int:
    """The proposal that the officer had before him."""
    asked = call.number("de-nghi-so")
    if asked not in {it.id for it in numbermatters.repairs(call.by, matter_id)}:
        raise NotFound(repairs.GONE_VI, code="NOT_FOUND")
    return asked


def _right_vi(matter: MatterLine) -> str:
    if matter.other_id:
        return "Người cũng được ghi mã số này"
    return "Kiểm tra sổ cấp mã số" if matter.source == "ledger" else "Ghi trên giấy tờ"


def _rows(matter: MatterLine, both: tuple[Side, ...]) -> list[Row]:
    if matter.other_id is None:
        return _own_rows(matter, both[0])
    left, right = (_words(it) for it in both)
    return [Row(label, left[label], right[label]) for label in left]


def _own_rows(matter: MatterLine, side: Side) -> list[Row]:
    taken = side.taken_at
    return [
        Row("Mã số BHXH", side.number, matter.written),
        Row(
            "Nguồn",
            "Sổ cấp mã số" if side.number else "Chưa có mã số",
            matter.source_vi,
            is_compared=False,
        ),
        Row(
            "Ghi nhận lúc",
            day_first(taken.astimezone(VIETNAM).date()) if taken else "",
            day_first(matter.found_at.astimezone(VIETNAM).date()),
            is_compared=False,
        ),
        Row("Cấu trúc", "", ", ".join(it.message_vi for it in matter.faults) or "đúng 10 chữ số"),
    ]


def _words(side: Side) -> dict[str, str]:
    if not side.is_in_reach:
        hidden = f"Thuộc {side.unit_name or 'đơn vị khác'}"
        return dict.fromkeys(_LABELS_VI, "") | {"Đơn vị phụ trách": hidden}
    values = (
        side.full_name,
        day_first(side.born_on) if side.born_on else "",
        _SEX_VI.get(side.sex, ""),
        side.personal_id,
        side.number,
        side.mother_name,
        side.residence_text,
        side.unit_name,
    )
    return dict(zip(_LABELS_VI, values, strict=True))


_LABELS_VI = (
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Số định danh",
    "Mã số BHXH đang dùng",
    "Mẹ",
    "Nơi cư trú",
    "Đơn vị phụ trách",
)


def _covers(call: Call, both: tuple[Side, ...]) -> list[tuple[Side, Drawn]]:
    """The line of each who has cards: another number wins and loses no day of it."""
    found = []
    for side in both:
        line = (
            repairsides.cover_of(call.by, side.person_id, on=call.on) if side.is_in_reach else None
        )
        if line is not None and side.entitled is not None:
            ended = {it.card_id for it in line.before}
            before = drawn(line.before, ended, side.entitled, call.on)
            found.append((side, Drawn(before, drawn(line.after, (), side.entitled, call.on))))
    return found
