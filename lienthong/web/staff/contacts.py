"""The directory of task forces (Danh bạ tổ công tác, letter 5052 §2, 3): whom one calls in each province, kept right."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.audit.trail import TrailLine
from lienthong.catalogues import contacts, contacts_desk
from lienthong.catalogues.contacts import DUTIES_VI, Duty, EntryLine
from lienthong.catalogues.contacts_desk import Entry
from lienthong.catalogues.sheets import write_sheet
from lienthong.kernel.dates import day_first
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.web.answers import XLSX, Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.declarations import day_of

_MOST_TEXT = 200
_DONE_VI = {
    "ghi": "Đã ghi danh bạ.",
    "ket-thuc": "Đã ghi. Mục này không còn hiện cho cơ sở và người dân sau ngày đã chọn.",
    "kiem-tra": "Đã ghi nhận: danh bạ vẫn đúng đến hôm nay.",
}
_DEEDS_VI = {"put": "Ghi", "ended": "Kết thúc", "checked": "Kiểm tra, vẫn đúng"}


_HEADS = (
    *("Mã tỉnh", "Tỉnh, thành phố", "Đầu mối", "Họ tên", "Điện thoại", "Thư điện tử", "Trụ sở"),
    "Kiểm tra gần nhất",
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One duty of a province: who stands today, who is to come, who was, and what its form says."""

    duty: Duty
    present: EntryLine | None
    to_come: tuple[EntryLine, ...]
    past: tuple[EntryLine, ...]
    form: Entry
    first: str

    @property
    def newest_id(self) -> int:
        """The newest entry on the page; 0 for none."""
        every = (*((self.present,) if self.present else ()), *self.to_come, *self.past)
        return max((it.id for it in every), default=0)

    @property
    def duty_vi(self) -> str:
        """What it is called."""
        return DUTIES_VI[self.duty]

    @property
    def is_hotline(self) -> bool:
        """True for the number of an office, which has no name and an address."""
        return self.duty is Duty.HOTLINE


@dataclass(frozen=True, slots=True)
class Deed:
    """One change of the directory, as the page tells it."""

    label_vi: str
    duty_vi: str
    line: TrailLine


@page("can-bo/to-cong-tac/", name="task-forces", needs=Permission.HOME_VIEW)
def task_forces(call: Call) -> Answer:
    """Every province with how its directory stands: what is missing or unchecked comes first."""
    standings = contacts.directory(call.by, on=call.on)
    told = {it.province_code: it for it in contacts.public_contacts(call.on)}
    rows = [(it, told.get(it.province_code)) for it in standings]
    context = {
        "rows": sorted(rows, key=_urgency),
        "stale_count": sum(it.is_stale for it in standings),
        "own": call.by.province_code,
        "patience": contacts.PATIENCE.days,
        "on": call.on,
    }
    return Show("staff/task_forces.html", context)


@page("can-bo/to-cong-tac/tep/", name="task-forces-file", needs=Permission.HOME_VIEW)
def task_forces_file(call: Call) -> Answer:
    """The directory of a day as a workbook: what the centre puts together for the agency's portal (letter 5052 §3)."""
    on = day_of(call, "ngay") or call.on
    rows = (_cells(it) for it in contacts.of_day(call.by, on=on))
    return File(write_sheet("Tổ công tác", _HEADS, rows), f"to-cong-tac-{on}.xlsx", XLSX)


@page(
    "can-bo/to-cong-tac/<str:province_code>/",
    name="task-force",
    needs=Permission.HOME_VIEW,
    posts=True,
)
def task_force(call: Call, province_code: str) -> Answer:
    """One province's directory, each duty with the form that changes it; all of it checked in one move."""
    standing = contacts.standing_of(call.by, province_code, on=call.on)
    said, field = "", ""
    if call.is_post:
        try:
            _save(call, province_code)
            address = reverse("task-force", kwargs={"province_code": province_code})
            return Go(f"{address}?da-ghi={call.value('thao-tac')}")
        except (Refused, Conflict) as error:
            said, field = error.message_vi, error.field
    entries = contacts.entries(call.by, province_code)
    may_edit = call.by.may(Permission.TASK_FORCE_EDIT) and contacts_desk.may_edit_in(
        call.by, province_code
    )
    slots = [_slot(call, duty, entries) for duty in Duty]
    asked = call.value("viec" if call.is_post else "sua")
    context = {
        "standing": standing,
        "slots": slots,
        "seen": [it.present.id for it in slots if it.present],
        "changing": next((it for it in slots if may_edit and it.duty == asked), None),
        "said": said,
        "field": field,
        "done_vi": _DONE_VI.get(call.value("da-ghi"), "") if not call.is_post else "",
        "may_edit": may_edit,
        "deeds": _deeds(call, entries) if may_edit else [],
        "patience": contacts.PATIENCE.days,
        "on": call.on,
    }
    return Show("staff/task_force.html", context)


def _cells(row: tuple[str, str, str, str, str, str, str, date | None]) -> list[str | float]:
    code, name, duty, *told, checked_on = row
    label = DUTIES_VI[Duty(duty)] if duty else "Chưa công bố"
    texts = [str(it) for it in told]
    return [code, name, label, *texts, day_first(checked_on) if checked_on else ""]


def _urgency(row: tuple[contacts.Standing, object]) -> tuple[bool, date, str]:
    """What needs a look first, the longest unchecked on top; then by code."""
    it = row[0]
    checked_on = it.checked_on or date.min
    return not it.is_stale, checked_on if it.is_stale else date.max, it.province_code


def _save(call: Call, province_code: str) -> None:
    """Do what the form says. Raises Refused and Conflict with a sentence."""
    if not call.by.may(Permission.TASK_FORCE_EDIT):
        raise NotAllowed("Bạn không có quyền cập nhật danh bạ tổ công tác.")
    deed, by, at = call.value("thao-tac"), call.by, call.at
    if deed == "kiem-tra":
        contacts_desk.confirm(province_code, call.keys("muc"), by=by, at=at)
        return
    last = day_of(call, "ngay-cuoi")
    if deed == "ket-thuc":
        if last is None:
            raise Refused("Hãy chọn ngày cuối cùng.", code="E-DATE", field="ngay-cuoi")
        contacts_desk.end(call.number("muc"), last, by=by, at=at)
        return
    first = day_of(call, "tu-ngay")
    if first is None:
        raise Refused("Hãy chọn «Từ ngày».", code="E-DATE", field="tu-ngay")
    entry = _sent(call)
    contacts_desk.put(province_code, entry, first, seen=call.number("da-xem"), by=by, at=at)


def _sent(call: Call) -> Entry:
    duty = call.value("viec")
    if duty not in frozenset(Duty):
        raise NotFound("")
    return Entry(
        Duty(duty),
        call.value("dien-thoai")[:40],
        call.value("ho-ten")[:_MOST_TEXT],
        call.value("thu-dien-tu")[:_MOST_TEXT],
        call.value("tru-so")[:_MOST_TEXT],
        is_name_public=call.value("cong-khai") == "1",
    )


def _slot(call: Call, duty: Duty, entries: list[EntryLine]) -> Slot:
    own = [it for it in entries if it.duty is duty]
    present = next((it for it in own if it.stands_on(call.on)), None)
    to_come = tuple(it for it in own if it.is_to_come(call.on))
    past = tuple(it for it in own if it is not present and it not in to_come)
    if call.is_post and call.value("viec") == duty and call.value("thao-tac") == "ghi":
        return Slot(duty, present, to_come, past, _sent(call), call.value("tu-ngay"))
    form = contacts_desk.as_entry(present) if present else Entry(duty, "")
    return Slot(duty, present, to_come, past, form, str(call.on))


def _deeds(call: Call, entries: list[EntryLine]) -> list[Deed]:
    """What was done to the directory; a check of all of it is told once."""
    duties = {it.id: it.duty_vi for it in entries}
    lines = trail.acts_of_many([("help_line", it.id) for it in entries], by=call.by)
    found: dict[tuple[str, str], Deed] = {}
    for line in lines:
        deed = line.action.rpartition(".")[2]
        label = _DEEDS_VI.get(deed, deed)
        if deed == "checked":
            found.setdefault((deed, str(line.decided_at)), Deed(label, "Tất cả các mục", line))
        else:
            found[deed, str(line.id)] = Deed(label, duties[line.subject_id], line)
    return list(found.values())
