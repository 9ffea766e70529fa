"""The menu of the officials' pages: what the officer may open, in the order of the work."""

from dataclasses import dataclass

from django import template
from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.notices import queries

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
            _Place("work", "Việc đang chờ tôi", Permission.DOSSIER_QUEUE),
            _Place("notices", "Thông báo", Permission.HOME_VIEW),
            _Place("difficulties", "Vướng mắc", Permission.DIFFICULTY_REPORT),
            _Place("knowledge", "Hướng dẫn, hỏi đáp", Permission.ARTICLE_VIEW),
            _Place("home", "Tổng quan", Permission.HOME_VIEW),
            _Place("queue", "Danh sách hồ sơ", Permission.DOSSIER_QUEUE),
            _Place("trace-search", "Tra cứu thông tin hồ sơ TE BTP", Permission.DOSSIER_VIEW),
            _Place("tasks", "Việc cần xử lý", Permission.TASK_VIEW),
            _Place("identities", "Số định danh chờ", Permission.TASK_VIEW),
            _Place("corrections", "Khai sinh thay đổi sau cấp thẻ", Permission.CORRECTION_DECIDE),
            _Place("papers", "Hồ sơ giấy", Permission.PAPER_ENTER),
            _Place("splits", "Chọn đơn vị mới", Permission.SPLIT_DECIDE),
        ),
    ),
    (
        "Thẻ BHYT",
        (
            _Place("exchanges", "Cấp lại, đổi thẻ", Permission.CARD_EXCHANGE),
            _Place("approve", "Duyệt thẻ", Permission.CARD_APPROVE),
            _Place("electronic-cards", "Giao thẻ điện tử", Permission.CARD_HAND_OVER),
            _Place("print", "In thẻ", Permission.CARD_PRINT),
            _Place("runs", "Lô in và tờ hỏng", Permission.CARD_PRINT),
            _Place("hand-over", "Trả thẻ", Permission.CARD_HAND_OVER),
            _Place("card-forms", "Mẫu thẻ của tỉnh", Permission.CATALOGUE_VIEW),
        ),
    ),
    (
        "Con người, mã số",
        (
            _Place("doubles", "Nghi trùng", Permission.PERSON_REVIEW),
            _Place("numbers", "Mã số cần sửa", Permission.PERSON_REVIEW),
            _Place("households", "Hộ gia đình", Permission.HOUSEHOLD_VIEW),
            _Place("unplaced", "Trẻ chưa vào hộ", Permission.HOUSEHOLD_VIEW),
            _Place("differences", "Chênh lệch dữ liệu", Permission.HOUSEHOLD_VIEW),
            _Place("agent-desk", "Tra cứu, bổ sung dữ liệu", Permission.AGENT_DESK),
            _Place("agent-sent", "Đã gửi", Permission.AGENT_DESK),
            _Place("proposals", "Đại lý bổ sung, chờ xác nhận", Permission.HOUSEHOLD_EDIT),
            _Place("completeness", "Mức độ đầy đủ dữ liệu", Permission.COMPLETENESS_VIEW),
            _Place("criteria", "Tiêu chí đầy đủ dữ liệu", Permission.COMPLETENESS_SET),
            _Place("agencies", "Đại lý thu", Permission.AGENCY_MANAGE),
            _Place("linkages", "Liên kết dữ liệu", Permission.LINKAGE_VIEW),
            _Place("register-imports", "Nhập dữ liệu từ tệp", Permission.REGISTER_IMPORT),
            _Place("register-export", "Xuất dữ liệu ra tệp", Permission.REGISTER_EXPORT),
        ),
    ),
    (
        "Theo dõi",
        (
            _Place("board", "Số liệu", Permission.REPORT_VIEW),
            _Place("reports", "Biểu mẫu báo cáo", Permission.REPORT_VIEW),
            _Place("directives", "Công văn đôn đốc", Permission.DIRECTIVE_VIEW),
            _Place("off-process", "Thao tác sai quy trình", Permission.CONFORMANCE_VIEW),
            _Place("books", "Đối soát với Bộ Tư pháp", Permission.BOOKS_VIEW),
            _Place("coordination", "Phối hợp với Sở Tư pháp", Permission.COORDINATION_VIEW),
            _Place("undeclared", "Địa bàn chưa khai báo", Permission.UNIT_DECLARATION_VIEW),
            _Place("declarations", "Khai báo địa bàn bằng tệp", Permission.UNIT_DECLARE),
            _Place("mergers", "Sáp nhập địa bàn", Permission.MERGER_VIEW),
            _Place("letters", "Thư và tin nhắn gửi đi", Permission.OUTBOX_VIEW),
            _Place("alarms", "Cảnh báo", Permission.ALARM_VIEW),
            _Place("divisions", "Đơn vị hành chính", Permission.CATALOGUE_VIEW),
            _Place("units", "Đơn vị cấp thẻ", Permission.CATALOGUE_VIEW),
            _Place("facilities", "Cơ sở khám, chữa bệnh", Permission.CATALOGUE_VIEW),
            _Place("facility-gaps", "Cơ sở còn thiếu", Permission.FACILITY_MANAGE),
            _Place("hospitals", "Tài khoản tra cứu", Permission.HOSPITAL_VIEW),
            _Place("lookup-limits", "Mức giới hạn tra cứu", Permission.LOOKUP_LIMIT_SET),
            _Place("task-forces", "Danh bạ tổ công tác", Permission.HOME_VIEW),
            _Place("difficulty-counts", "Tổng hợp vướng mắc", Permission.DIFFICULTY_ANSWER),
        ),
    ),
)

LABELS_VI = {place.url_name: place.label_vi for _, places in _MENU for place in places}
"""Every page of the menu by its name, as the menu calls it."""


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


@register.simple_tag(takes_context=True)
def unread(context: template.Context) -> int:
    """How many notices the signed-in officer has not read; counts to 100. One query."""
    actor = getattr(context["request"], "actor", None)
    return 0 if actor is None else queries.unread(actor)
