"""Hospitals' accounts for looking cards up (Tài khoản tra cứu): the list, and opening one."""

from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts import hospitals as accounts
from lienthong.accounts import hospitals_shown
from lienthong.accounts.hospitals import Secret
from lienthong.accounts.hospitals_shown import HospitalFilter, HospitalLine, State
from lienthong.accounts.permissions import Permission
from lienthong.cards import limits, limits_use
from lienthong.cards.limits_use import DayUse
from lienthong.catalogues import queries as catalogues
from lienthong.kernel.errors import Refused
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page

_PAGE_SIZE = 50
_TABS_VI: dict[State, str] = {
    "": "Tất cả",
    "suspended": "Đang tạm khóa",
    "closed": "Đã đóng",
    "open": "Đang dùng",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One account with what it used today; None when it asked nothing."""

    line: HospitalLine
    used: DayUse | None

    @property
    def is_near(self) -> bool:
        """True when four fifths of the day's limit are used."""
        return self.used is not None and self.used.call_count * 5 >= self.line.day_limit * 4

    @property
    def misses_much(self) -> bool:
        """True when half of what leads to a suspension is reached."""
        return self.used is not None and self.used.recent_misses * 2 >= self.line.miss_limit


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the list and where it is; no count for what is not counted."""

    label_vi: str
    url: str
    count: int | None
    is_here: bool


@page("can-bo/co-so-kham/", name="hospitals", needs=Permission.HOSPITAL_VIEW)
def hospitals(call: Call) -> Answer:
    """The accounts, the suspended first, with today's use. No person."""
    wanted = _filter(call)
    lines = hospitals_shown.hospitals(call.by, wanted=wanted, limit=_PAGE_SIZE + 1)
    shown = lines[:_PAGE_SIZE]
    used = limits_use.use_today(call.by, [line.id for line in shown])
    context = {
        "rows": [Row(line, used.get(line.id)) for line in shown],
        "wanted": wanted,
        "tabs": _tabs(call, wanted),
        "provinces": catalogues.provinces(call.by, on=call.on) if call.by.everywhere else [],
        "next_query": _query(wanted, after=shown[-1].key) if len(lines) > _PAGE_SIZE else "",
        "may_open": call.by.may(Permission.HOSPITAL_MANAGE),
        "is_door_open": limits.settings(call.by)["is_open"].value == 1,
    }
    return Show("staff/hospitals.html", context)


@page("can-bo/co-so-kham/moi/", name="hospital-new", needs=Permission.HOSPITAL_MANAGE, posts=True)
def new(call: Call) -> Answer:
    """The form; then the account's password, shown this once."""
    context: dict[str, object] = {"code": call.value("ma")[:10], "title": call.value("ten")[:300]}
    if call.is_post:
        try:
            secret = accounts.open_account(
                call.value("ma"), call.value("ten"), by=call.by, at=call.at
            )
            return shown_once(secret, is_new=True)
        except Refused as error:
            context |= {"said": error.message_vi, "field": error.field}
    return Show("staff/hospital_new.html", context)


def shown_once(secret: Secret, *, is_new: bool) -> Answer:
    """The page of a password that was just made: it is kept nowhere. Shows no person."""
    url = reverse("hospital", kwargs={"machine_id": secret.machine_id})
    context = {"secret": secret, "url": url, "is_new": is_new}
    return Show("staff/hospital_secret.html", context, subjects=[])


def _filter(call: Call) -> HospitalFilter:
    state = call.value("tinh-trang")
    return HospitalFilter(
        text=call.value("tim")[:100],
        province_code=call.value("tinh")[:2],
        state=next((it for it in get_args(State) if it == state), ""),
        after=call.value("sau")[:20],
    )


def _query(wanted: HospitalFilter, *, state: State | None = None, after: str = "") -> str:
    words = {
        "tim": wanted.text,
        "tinh": wanted.province_code,
        "tinh-trang": wanted.state if state is None else state,
        "sau": after,
    }
    return urlencode({name: value for name, value in words.items() if value})


def _tabs(call: Call, wanted: HospitalFilter) -> list[Tab]:
    counted = hospitals_shown.counts(call.by)
    numbers: dict[State, int | None] = {
        "": counted.all,
        "suspended": counted.suspended,
        "closed": counted.closed,
        "open": None,
    }
    here = reverse("hospitals")
    return [
        Tab(label, f"{here}?{_query(wanted, state=state)}", numbers[state], state == wanted.state)
        for state, label in _TABS_VI.items()
    ]
