"""What the frame of a page knows of where the officer stands: for "Báo vướng mắc" and "Hướng dẫn".

The page's name, the rule or code in its address, the matter by its internal id. Nothing typed, nobody's name.
"""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django import template
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse

from lienthong.oversight.difficulties import Topic
from lienthong.web.staff import navigation

register = template.Library()

SUBJECTS = {
    "card_id": "card",
    "finding_id": "finding",
    "household_id": "household",
    "difference_id": "difference",
    "pair_id": "pair",
    "merge_id": "merge",
    "paper_id": "paper",
    "matter_id": "number_matter",
    "person_id": "person",
    "task_id": "task",
}
"""What the numbers in our addresses count, by the name of the part."""
_RULE_FIELDS = ("quy-tac", "ma-loi", "giai-doan")
_TOPICS = {
    Topic.CARD: "approve print run runs hand-over electronic-cards electronic-card card-forms off-process off-process-one",
    Topic.EXCHANGE: "exchanges exchange corrections correction reduction reduction-new",
    Topic.DIVISION: "undeclared declaration declarations mergers merger divisions division units unit splits facilities"
    " facility facility-gaps",
    Topic.IDENTITY: "doubles double double-task merge numbers number-matter identities identity",
    Topic.HOUSEHOLD: "households household unplaced differences difference proposals completeness criteria agencies"
    " agent-desk linkages linkage register-imports register-export",
    Topic.RECEIVING: "trace trace-search record papers paper paper-new paper-compare queue tasks",
    Topic.HOSPITAL: "hospitals hospital lookup-limits hospital-lookup hospital-codes hospital-code-new hospital-code",
    Topic.SYSTEM: "account home notices letters",
}
_TOPIC_OF = {name: topic for topic, names in _TOPICS.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class HelpLinks:
    """Where the two links of the frame lead from here."""

    report_url: str
    guide_url: str


def topic_of(page: str) -> str:
    """What a page is mostly about; '' when it is of no subject."""
    return _TOPIC_OF.get(page, "")


@register.simple_tag(takes_context=True)
def help_links(context: template.Context, code: str = "") -> HelpLinks:
    """The links from the page being shown; `code` is the error on it, if any."""
    request: HttpRequest = context["request"]
    place = _place(request)
    if code:
        place["ma"] = code
    page = {name: it for name, it in place.items() if name in {"trang", "ma"}}
    report = reverse("difficulty-new") + (f"?{urlencode(place)}" if place else "")
    guide = reverse("knowledge") + (f"?{urlencode(page)}" if page else "")
    return HelpLinks(report, guide)


def page_before(request: HttpRequest) -> str:
    """The name of the page of ours that the browser came from; '' when it does not say, or there is none."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return ""
    try:
        return resolve(came_from.path).url_name or ""
    except Resolver404:
        return ""


def _place(request: HttpRequest) -> dict[str, str]:
    match = request.resolver_match
    if match is None or not match.url_name or match.url_name in {"difficulty-new", "knowledge"}:
        return {}
    place = {"trang": match.url_name}
    rule = next((it for name in _RULE_FIELDS if (it := request.GET.get(name, ""))), "")
    if rule:
        place["ma"] = rule[:60]
    parts = match.kwargs
    for name in ("message_id", "key"):
        if name in parts:
            place["ho-so"] = str(parts[name])
    kind = next((it for it in SUBJECTS if it in parts), "")
    if kind and "ho-so" not in place:
        place |= {"doi-tuong": SUBJECTS[kind], "so": str(parts[kind])}
    return place


_FURTHER_PAGES_VI = {
    "trace": "Hồ sơ của một trẻ",
    "record": "Toàn bộ hồ sơ của một trẻ",
    "exchange": "Lập yêu cầu cấp lại, đổi thẻ",
    "correction": "Một khai sinh thay đổi",
    "run": "Một lô in",
    "electronic-card": "Một thẻ điện tử",
    "off-process-one": "Một thao tác sai quy trình",
    "declaration": "Khai báo một địa bàn",
    "merger": "Một đợt sáp nhập",
    "double": "Một cặp nghi trùng",
    "double-task": "Hồ sơ mới nghi trùng",
    "merge": "Gộp hai hồ sơ",
    "number-matter": "Một mã số cần sửa",
    "identity": "Một số định danh chờ",
    "household": "Một hộ gia đình",
    "difference": "Một chênh lệch dữ liệu",
    "paper": "Một hồ sơ giấy",
    "paper-new": "Nhập hồ sơ giấy",
    "facility": "Một cơ sở khám, chữa bệnh",
    "account": "Tài khoản",
    "difficulty": "Một vướng mắc",
    "difficulty-new": "Báo vướng mắc",
    "article": "Một bài hỏi đáp",
    "declaration-upload": "Khai báo địa bàn, một tệp",
    "division": "Một đơn vị hành chính",
    "unit": "Một đơn vị cấp thẻ",
    "reduction": "Một báo giảm thẻ",
    "reduction-new": "Báo giảm thẻ",
    "difference-rules": "Quy tắc xử lý chênh lệch",
    "paper-compare": "So sánh hồ sơ giấy với bản điện tử",
    "off-process-summary": "Thao tác sai quy trình, tổng hợp",
    "hospital-lookup": "Quầy bệnh viện: tra cứu thẻ",
    "hospital-code-new": "Quầy bệnh viện: cấp mã thẻ tạm",
    "hospital-codes": "Quầy bệnh viện: mã thẻ tạm đã cấp",
    "hospital-code": "Quầy bệnh viện: một mã thẻ tạm",
}


@register.filter
def ten_trang(name: str) -> str:
    """A page as people call it: as the menu does, or by what it shows; its short name where neither has one."""
    return navigation.LABELS_VI.get(name) or _FURTHER_PAGES_VI.get(name) or name
