"""What a page function returns, and the same few error pages for everyone. No page logic stands here."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from lienthong.kernel.errors import (
    Conflict,
    LienthongError,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)

RETRY_SECONDS = 10
_OFFICERS = "/can-bo/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Show:
    """A page, or its fragment when only that is asked for.

    `subjects` are the (kind, id) whose personal data stand in it, `fields` which data: what the log of views
    keeps. A page that reveals persons must name them, be it an empty list. `purpose` is why, where the one who looks has
    said it; else the page's permission stands for it.
    """

    template: str
    context: Mapping[str, object] = field(default_factory=dict)
    subjects: Sequence[tuple[str, int]] | None = None
    fields: Sequence[str] = ()
    fragment: str = ""
    status: int = 200
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Go:
    """Another address, after something was done."""

    to: str


@dataclass(frozen=True, slots=True)
class File:
    """Bytes for the browser to open, or only to save (`is_saved`: what somebody sent us). No personal data in the name."""

    body: bytes
    name: str
    content_type: str
    subjects: Sequence[tuple[str, int]] | None = None
    fields: Sequence[str] = ()
    is_saved: bool = False


Answer = Show | Go | File


@dataclass(frozen=True, slots=True)
class Trouble:
    """One error page: its status, heading, and what the person can do about it."""

    status: int
    title_vi: str
    advice_vi: str


_NOT_FOUND = Trouble(
    404,
    "Không tìm thấy",
    "Địa chỉ không có, hoặc nội dung không thuộc địa bàn của bạn. Hãy kiểm tra lại mã đã nhập.",
)
_TROUBLES: dict[type[LienthongError], Trouble] = {
    NotAllowed: Trouble(
        403,
        "Bạn không có quyền mở trang này",
        "Nếu công việc của bạn cần trang này, hãy đề nghị người quản trị hệ thống của đơn vị cấp quyền.",
    ),
    NotFound: _NOT_FOUND,
    Conflict: Trouble(
        409,
        "Dữ liệu vừa được người khác thay đổi",
        "Chưa có gì được ghi. Hãy mở lại danh sách để xem tình trạng mới nhất rồi thực hiện lại.",
    ),
    Refused: Trouble(
        422, "Chưa thực hiện được", "Hãy quay lại trang trước, sửa theo nội dung trên rồi gửi lại."
    ),
    Unavailable: Trouble(
        503,
        "Hệ thống đang bận",
        "Dữ liệu không mất. Hãy thử lại sau ít phút; nếu vẫn không được, báo người quản trị hệ thống.",
    ),
}
_CSRF = Trouble(
    403,
    "Trang đã để quá lâu",
    "Để an toàn, yêu cầu vừa gửi không được nhận và chưa có gì được ghi. Hãy mở lại trang rồi thực hiện lại.",
)
_METHOD = Trouble(
    405, "Thao tác không hợp lệ", "Hãy mở trang bằng đường dẫn hoặc nút trên màn hình."
)
_BROKEN = Trouble(
    500,
    "Hệ thống gặp lỗi",
    "Chưa có gì được ghi. Hãy báo người quản trị hệ thống và đọc mã sự cố dưới đây.",
)


_NOTHING_DONE = "Chưa có gì được ghi. "
_BARE = {
    trouble.status: trouble
    for trouble in (
        _TROUBLES[Unavailable],
        Trouble(400, "Yêu cầu đến không trọn vẹn", _NOTHING_DONE + "Hãy mở lại trang rồi gửi lại."),
        Trouble(
            408,
            "Đường truyền quá chậm",
            _NOTHING_DONE
            + "Hãy kiểm tra kết nối mạng rồi gửi lại; nếu kèm tệp lớn, gửi ít tệp hơn.",
        ),
        Trouble(411, "Yêu cầu không ghi độ dài", _NOTHING_DONE + "Hãy mở lại trang rồi gửi lại."),
        Trouble(
            413,
            "Nội dung gửi lên quá lớn",
            _NOTHING_DONE + "Hãy gửi ít tệp hơn, hoặc quét ở độ phân giải thấp hơn.",
        ),
    )
}


def of_error(request: HttpRequest, error: LienthongError) -> HttpResponse:
    """The answer for one of the five errors. Every NotFound reads the same, whatever was absent or not one's own."""
    trouble = _TROUBLES[type(error)]
    said = "" if isinstance(error, NotFound) else error.message_vi
    code = "" if isinstance(error, NotFound) else error.code
    response = _page(request, trouble, said=said, code=code)
    if isinstance(error, Unavailable):
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def bare(status: int) -> bytes:
    """The page for a request that reached no page function: too large, too slow, cut off, or too many of them."""
    context = {"trouble": _BARE[status], "said": "", "incident": ""}
    return render_to_string("errors/trouble.html", context).encode()


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """For an address that does not exist (root `handler404`); byte for byte the page of a foreign or absent row."""
    del exception
    return _page(request, _NOT_FOUND)


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """For a refusal by the framework (root `handler403`)."""
    del exception
    return _page(request, _TROUBLES[NotAllowed])


def broken(request: HttpRequest) -> HttpResponse:
    """For anything unforeseen (root `handler500`): no detail, only a number to quote."""
    incident = getattr(request, "request_id", "") or uuid.uuid4().hex
    return _page(request, _BROKEN, incident=incident)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For a form without its token (`CSRF_FAILURE_VIEW`)."""
    del reason
    return _page(request, _CSRF)


def wrong_method(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    """For a method the page does not know."""
    response = _page(request, _METHOD)
    response["Allow"] = ", ".join(allowed)
    return response


def with_no_store(response: HttpResponseBase) -> HttpResponseBase:
    """Never kept by a browser or a proxy."""
    response["Cache-Control"] = "no-store"
    return response


def _page(
    request: HttpRequest, trouble: Trouble, *, said: str = "", incident: str = "", code: str = ""
) -> HttpResponse:
    context = {
        "trouble": trouble,
        "said": said,
        "incident": incident,
        # Where an address is wrong, or a form is too old, nobody has asked who it is: the form of difficulties does.
        "is_for_officers": request.path.startswith(_OFFICERS),
        "code": code,
        "met": code or str(trouble.status),
    }
    body = render_to_string("errors/trouble.html", context, request)
    response = HttpResponse(body, status=trouble.status)
    with_no_store(response)
    return response
