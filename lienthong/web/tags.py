"""What templates may call: days and instants as Vietnamese papers write them, clocks, assets, figures."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from django import template
from django.utils.safestring import SafeString

from lienthong.kernel.dates import VIETNAM, day_first
from lienthong.law.deadlines import official_calendar
from lienthong.web import assets, prose

register = template.Library()

_WEEKDAYS_VI = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_SEX_VI = {"male": "Nam", "female": "Nữ", "undetermined": "Chưa xác định"}
_KINDS_VI = {"system": "Hệ thống", "officer": "", "machine": "Hệ thống", "citizen": "Người dân"}
_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_MACHINES = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
_SOON_DAYS = 1


@register.simple_tag
def asset(name: str) -> str:
    """The address of a stylesheet, script or font."""
    return assets.url_of(name)


@register.filter
def ngay(day: date | datetime | None) -> str:
    """`25/11/2026`; a dash when there is none."""
    if day is None:
        return "–"
    if isinstance(day, datetime):
        day = day.astimezone(VIETNAM).date()
    return day_first(day)


@register.filter
def thu(day: date | None) -> str:
    """The weekday: `thứ Tư`."""
    return "" if day is None else _WEEKDAYS_VI[day.weekday()]


@register.filter
def luc(at: datetime | str | None) -> str:
    """`09:15 25/11/2026`, in Vietnamese time."""
    if not at:
        return "–"
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    local = at.astimezone(VIETNAM)
    return f"{local:%H:%M} {day_first(local.date())}"


@register.filter
def luc_iso(at: datetime) -> str:
    """`2026-11-25T09:15`, in Vietnamese time, as an address or a form has it."""
    return at.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M")


@register.filter
def gioi_tinh(sex: str | None) -> str:
    """`Nam`, `Nữ`, `Chưa xác định`."""
    return _SEX_VI.get(sex or "", "–")


@register.filter
def so(number: int | None) -> str:
    """A whole number with dots between thousands: `1.234.567`."""
    return "–" if number is None else f"{number:,}".replace(",", ".")


@register.filter
def so_lieu(value: float | None) -> str:
    """A figure that may have a fraction: `12.345`, `12,5`; a dash when there is none."""
    if value is None:
        return "–"
    text = f"{int(value):,}" if float(value).is_integer() else f"{value:,.1f}"
    return text.translate(str.maketrans(",.", ".,"))


@register.filter
def khoa(number: int | None) -> str:
    """A key or a year: the bare figures, never grouped."""
    return "" if number is None else str(number)


@register.filter
def ngay_iso(text: str | None) -> str:
    """`2026-11-25` as `25/11/2026`; a dash when there is none."""
    return "–" if not text else day_first(date.fromisoformat(text))


@register.filter
def nguoi(label: str, people: object = None) -> str:
    """Who did something: `Hệ thống`, or the user name; with his full name where `people` has it."""
    if isinstance(people, Mapping) and label in people:
        return str(people[label])
    kind, _, name = label.partition(":")
    return _KINDS_VI.get(kind, kind) + (f" {name}" if name and kind != "officer" else name)


@register.filter
def doan(text: str) -> SafeString:
    """Plain text as paragraphs and lists."""
    return prose.as_html(text)


@register.filter
def don_vi(name: str | None) -> str:
    """A card unit in a narrow column that is its own: without the words with which all of them begin."""
    return (name or "").removeprefix("Đơn vị cấp thẻ TE – ")


@register.filter
def trinh_duyet(user_agent: str) -> str:
    """A browser and its machine in two words: `Chrome, Windows`; `Không rõ` for the rest."""
    names = [name for mark, name in _BROWSERS if mark in user_agent][:1]
    machines = [name for mark, name in _MACHINES if mark in user_agent][:1]
    return ", ".join(names + machines) or "Không rõ"


@register.filter
def theo(values: object, key: object) -> object:
    """What stands under the key; '' when nothing does, or there is nothing to look in."""
    return values.get(key, "") if isinstance(values, Mapping) else ""


@register.filter
def ma_the(code: str | None) -> str:
    """A card code in the groups that people read aloud: `TE 1 01 0123456789`."""
    if not code:
        return "–"
    return f"{code[:2]} {code[2]} {code[3:5]} {code[5:]}"


@register.simple_tag
def clock_of(line: object, on: date) -> dict[str, str]:
    """How urgent a row is: a tone for the colour and always the words beside it.

    Counts working days (the column's head says so); days off at the end of a run leave "Quá hạn" alone.
    """
    due_on: date | None = getattr(line, "due_on", None)
    return clock_on(due_on, on, is_late=getattr(line, "is_late", False))


@register.simple_tag
def clock_on(due_on: date | None, on: date, *, is_late: bool | None = None) -> dict[str, str]:
    """As `clock_of`, for a bare day; late when it is over, unless the caller knows better."""
    if due_on is None:
        return {"tone": "calm", "text": "Chưa có hạn"}
    if due_on < on if is_late is None else is_late:
        return {"tone": "late", "text": f"Quá hạn {_distance_vi(due_on, on)}".strip()}
    if due_on <= on:
        return {"tone": "soon", "text": "Hạn hôm nay"}
    tone = "soon" if _working_days(on, due_on) <= _SOON_DAYS else "calm"
    return {"tone": tone, "text": f"Còn {_distance_vi(on, due_on)}"}


@register.filter
def cua(found: Mapping[object, object], key: object) -> object:
    """What a page has for that key; nothing when it has none."""
    return found.get(key, ())


def _distance_vi(start: date, end: date) -> str:
    count = _working_days(start, end)
    return f"{count} ngày" if count else ""


@lru_cache(maxsize=1024)
def _working_days(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`."""
    calendar = official_calendar()
    days = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
    return sum(calendar.is_working_day(day) for day in days)


@register.simple_tag(takes_context=True)
def may(context: template.Context, permission: str) -> bool:
    """True when the signed-in officer holds the permission; for showing or leaving out a link."""
    actor = getattr(context.get("request"), "actor", None)
    return actor is not None and actor.may(permission)
