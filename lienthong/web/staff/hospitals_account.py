"""One hospital's account: why it is suspended and what to do, its use, staff, addresses, limits, password, history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts import hospitals as accounts
from lienthong.accounts import hospitals_shown
from lienthong.accounts.hospitals import Limits
from lienthong.accounts.hospitals_shown import Hospital
from lienthong.accounts.permissions import Permission
from lienthong.cards import limits, limits_use
from lienthong.cards.limits_use import DayUse
from lienthong.catalogues import queries as catalogues
from lienthong.kernel.errors import Conflict, LienthongError, NotFound, Refused
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.hospitals import shown_once

_FIELDS = ("staff_name", "staff_personal_id")
_STRIP_HEIGHT = 80
_STRIP_STEP = 20
_NOTE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the strip, in its own units: hits below, misses on them, refusals on top."""

    used: DayUse
    x: int
    hit_height: int
    miss_height: int
    refused_height: int

    @property
    def hit_y(self) -> int:
        """Where the part begins, from above."""
        return _STRIP_HEIGHT - self.hit_height

    @property
    def miss_y(self) -> int:
        """Where the part begins, from above."""
        return self.hit_y - self.miss_height

    @property
    def refused_y(self) -> int:
        """Where the part begins, from above."""
        return self.miss_y - self.refused_height


@page(
    "can-bo/co-so-kham/<int:machine_id>/",
    name="hospital",
    needs=Permission.HOSPITAL_VIEW,
    reveals="person",
    posts=True,
)
def hospital(call: Call, machine_id: int) -> Answer:
    """The account. After a form, what was done or why not stands on top; a new password has a page of its own."""
    context: dict[str, object] = {"typed": _typed(call)}
    if call.is_post and call.value("thao-tac") == "mat-khau":
        return shown_once(accounts.new_password(machine_id, by=call.by, at=call.at), is_new=False)
    if call.is_post:
        try:
            context["done_vi"] = _save(call, machine_id)
            context["typed"] = {}
        except (Refused, Conflict, NotFound) as error:
            context |= _refusal(call, error, machine_id)
    found = hospitals_shown.hospital(call.by, machine_id)
    days = limits_use.use_of_days(call.by, machine_id)
    most = limits.ceilings()
    names = {it.code: it.name for it in catalogues.provinces(call.by, on=call.on)}
    context |= {
        "it": found,
        "today": days[-1],
        "days": days,
        "bars": _bars(days),
        "most": most,
        "suggested": limits_use.suggested_day_limit(days),
        "is_training": _is_above(found, most),
        "has_contract": found.has_contract(call.on),
        "present_staff": [it for it in found.staff if it.ended_at is None],
        "past_staff": [it for it in found.staff if it.ended_at is not None],
        "present_addresses": [it for it in found.addresses if it.ended_at is None],
        "past_addresses": [it for it in found.addresses if it.ended_at is not None],
        "province_name": names.get(found.province_code, f"tỉnh mã {found.province_code}"),
        "may_manage": call.by.may(Permission.HOSPITAL_MANAGE),
        "may_suspend": call.by.may(Permission.HOSPITAL_SUSPEND),
        "here": reverse("hospital", kwargs={"machine_id": machine_id}),
    }
    return Show("staff/hospital.html", context, subjects=[("machine", machine_id)], fields=_FIELDS)


def _refusal(call: Call, error: LienthongError, machine_id: int) -> dict[str, object]:
    """What to say above the form. Raises NotFound for an account that is not the officer's."""
    hospitals_shown.hospital(call.by, machine_id)
    return {"said": error.message_vi, "field": error.field}


def _typed(call: Call) -> dict[str, str]:
    names = ("ho-ten", "so-dinh-danh", "dia-chi", "ten-dia-chi", "ghi-chu", "ten")
    return {name.replace("-", "_"): call.value(name)[:_NOTE_LENGTH] for name in names}


def _save(call: Call, machine_id: int) -> str:
    """Do what the form says; a sentence that tells so."""
    deed = _DEEDS.get(call.value("thao-tac"))
    if deed is None:
        raise Refused("Chưa chọn thao tác.")
    return deed(call, machine_id)


def _suspend(call: Call, machine_id: int) -> str:
    accounts.suspend(machine_id, call.value("ghi-chu"), by=call.by, at=call.at)
    return "Đã tạm khóa. Cơ sở không tra cứu được nữa, kể cả phiên đang mở."


def _lift(call: Call, machine_id: int) -> str:
    accounts.lift(machine_id, call.value("ghi-chu"), by=call.by, at=call.at)
    return "Đã mở lại. Số lượt không đúng người được tính lại từ đầu."


def _add_staff(call: Call, machine_id: int) -> str:
    name, number = call.value("ho-ten"), call.value("so-dinh-danh")
    accounts.add_staff(machine_id, name, number, by=call.by, at=call.at)
    return f"Đã đăng ký nhân viên {name}. Tra cứu được ngay."


def _end_staff(call: Call, machine_id: int) -> str:
    accounts.end_staff(machine_id, call.number("nhan-vien"), by=call.by, at=call.at)
    return "Đã thôi đăng ký nhân viên. Người này không tra cứu được nữa."


def _add_address(call: Call, machine_id: int) -> str:
    text, note = call.value("dia-chi"), call.value("ten-dia-chi")
    network = accounts.register_address(machine_id, text, note, by=call.by, at=call.at)
    return f"Đã đăng ký địa chỉ {network}. Cơ sở kết nối được ngay từ đó."


def _end_address(call: Call, machine_id: int) -> str:
    accounts.end_address(machine_id, call.number("so-dia-chi"), by=call.by, at=call.at)
    return "Đã thôi đăng ký địa chỉ. Cơ sở không mở được phiên mới từ đó."


def _limit(call: Call, machine_id: int) -> str:
    given = Limits(call.number("phut"), call.number("ngay"), call.number("khong-dung"))
    limits.limit_account(machine_id, given, by=call.by, at=call.at)
    return "Đã đặt mức giới hạn. Áp dụng từ lượt tra cứu tiếp theo."


def _rename(call: Call, machine_id: int) -> str:
    accounts.rename(machine_id, call.value("ten"), by=call.by, at=call.at)
    return "Đã ghi tên cơ sở."


def _close(call: Call, machine_id: int) -> str:
    accounts.close(machine_id, by=call.by, at=call.at)
    return "Đã đóng tài khoản. Nhân viên và địa chỉ đã đăng ký vẫn giữ."


def _reopen(call: Call, machine_id: int) -> str:
    accounts.reopen(machine_id, by=call.by, at=call.at)
    return "Đã mở lại tài khoản, với nhân viên và địa chỉ như trước."


_DEEDS: Mapping[str, Callable[[Call, int], str]] = {
    "tam-khoa": _suspend,
    "mo-khoa": _lift,
    "them-nhan-vien": _add_staff,
    "thoi-nhan-vien": _end_staff,
    "them-dia-chi": _add_address,
    "thoi-dia-chi": _end_address,
    "muc": _limit,
    "ten": _rename,
    "dong": _close,
    "mo": _reopen,
}


def _is_above(found: Hospital, most: Limits) -> bool:
    """The training account of an installation has more than any officer may give."""
    return (
        found.minute_limit > most.minute
        or found.day_limit > most.day
        or found.miss_limit > most.misses
    )


def _bars(days: list[DayUse]) -> list[Bar]:
    most = max((_total(it) for it in days), default=0)
    return [
        Bar(
            used,
            place * _STRIP_STEP,
            *(
                -(-count * _STRIP_HEIGHT // most) if most else 0
                for count in (used.hit_count, used.miss_count, used.refused_count)
            ),
        )
        for place, used in enumerate(days)
    ]


def _total(used: DayUse) -> int:
    return used.hit_count + used.miss_count + used.refused_count
