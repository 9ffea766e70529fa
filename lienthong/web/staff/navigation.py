"""The menu of the officials' pages: what the officer may open, in the order of the work."""

from dataclasses import dataclass

from django import template
from django.urls import reverse

from lienthong.accounts.permissions import Permission

register = template.Library()


@dataclass(frozen=True, slots=True)
class _Place:
    url_name: str
    label_vi: str
    needs: Permission


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One link of the menu."""

    url: str
    label_vi: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Links that belong together; never empty."""

    label_vi: str
    entries: tuple[MenuItem, ...]


_MENU: tuple[tuple[str, tuple[_Place, ...]], ...] = (
    (
        "Công việc",
        (
            _Place("home", "Việc đang chờ tôi", Permission.HOME_VIEW),
            _Place("queue", "Danh sách hồ sơ", Permission.DOSSIER_QUEUE),
            _Place("trace-search", "Tra cứu thông tin hồ sơ TE BTP", Permission.DOSSIER_VIEW),
            _Place("tasks", "Việc cần xử lý", Permission.TASK_VIEW),
            _Place("splits", "Chọn đơn vị mới", Permission.SPLIT_DECIDE),
        ),
    ),
    (
        "Thẻ BHYT",
        (
            _Place("approve", "Duyệt thẻ", Permission.CARD_APPROVE),
            _Place("print", "In thẻ", Permission.CARD_PRINT),
            _Place("runs", "Lô in và tờ hỏng", Permission.CARD_PRINT),
            _Place("hand-over", "Trả thẻ", Permission.CARD_HAND_OVER),
        ),
    ),
    (
        "Theo dõi",
        (
            _Place("undeclared", "Địa bàn chưa khai báo", Permission.UNIT_DECLARATION_VIEW),
            _Place("declarations", "Khai báo địa bàn bằng tệp", Permission.UNIT_DECLARE),
            _Place("mergers", "Sáp nhập địa bàn", Permission.MERGER_VIEW),
            _Place("divisions", "Đơn vị hành chính", Permission.CATALOGUE_VIEW),
            _Place("units", "Đơn vị cấp thẻ", Permission.CATALOGUE_VIEW),
            _Place("facilities", "Cơ sở khám, chữa bệnh", Permission.CATALOGUE_VIEW),
        ),
    ),
)


@register.simple_tag(takes_context=True)
def menu(context: template.Context) -> list[MenuGroup]:
    """The groups the signed-in officer may open something in; the current page is marked."""
    request = context["request"]
    actor = getattr(request, "actor", None)
    if actor is None:
        return []
    groups = []
    for label_vi, places in _MENU:
        entries = tuple(
            MenuItem(url, place.label_vi, is_here=request.path == url)
            for place in places
            if actor.may(place.needs)
            for url in (reverse(place.url_name),)
        )
        if entries:
            groups.append(MenuGroup(label_vi, entries))
    return groups
