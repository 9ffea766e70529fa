"""`/api/v1` as its own types describe it."""

from typing import Final

from lienthong.web.api.eligibility_schema import Answer, Question, Refusal, Token, TokenRefusal
from lienthong.web.api.openapi_operation import (
    FORM,
    TEXT,
    Chapter,
    Content,
    Operation,
    Said,
    record,
)

BEARER: Final = "bearer"
_RETRY = {"Retry-After": "Số giây nên chờ."}
_CHALLENGE = {"WWW-Authenticate": "Cách xác thực."}
_UNKNOWN = Said("Chưa trả lời được (UNKNOWN); không nói gì về thẻ.", (Content(Answer),), _RETRY)


def _refused(text_vi: str, **headers: str) -> Said:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Said(text_vi, (Content(Refusal),), named)


def _no_token(text_vi: str, headers: dict[str, str] | None = None) -> Said:
    return Said(text_vi, (Content(TokenRefusal),), headers or {})


_TOKEN = Operation(
    "post",
    "/api/v1/token",
    "Lấy mã truy cập",
    "OAuth 2.0 client credentials (RFC 6749 §4.4). client_id và client_secret là tài khoản và mật khẩu của cơ sở, gửi "
    "trong biểu mẫu hoặc bằng HTTP Basic, không cả hai. Mã có hạn mười phút và chỉ dùng được từ địa chỉ mạng đã lấy mã.",
    {
        200: Said("Mã truy cập.", (Content(Token),)),
        400: _no_token("Yêu cầu sai."),
        401: _no_token("Tài khoản, mật khẩu hoặc địa chỉ mạng không đúng.", _CHALLENGE),
        405: _no_token("Chỉ nhận POST."),
        408: _no_token("Quá thời gian chờ nhận nội dung."),
        413: _no_token("Nội dung quá lớn."),
        503: _no_token("Chưa trả lời được.", _RETRY),
    },
    body=(
        Content(
            record(
                {
                    "grant_type": {
                        "const": "client_credentials",
                        "description": "Cách lấy mã; hai trường sau có thể gửi bằng HTTP Basic.",
                    },
                    "client_id": {**TEXT, "description": "Tài khoản, dạng NNNNN_BV."},
                    "client_secret": {**TEXT, "description": "Mật khẩu của tài khoản."},
                },
                optional=frozenset({"client_id", "client_secret"}),
            ),
            FORM,
            {
                "grant_type": "client_credentials",
                "client_id": "01929_BV",
                "client_secret": "mật khẩu của cơ sở",
            },
        ),
    ),
)
_ELIGIBILITY = Operation(
    "post",
    "/api/v1/eligibility",
    "Người này có được bảo hiểm vào ngày khám không",
    "VALID: có thẻ còn giá trị. NOT_VALID: đúng người, không có thẻ còn giá trị vào ngày đó. NO_MATCH: không khớp; không "
    "nói gì về thẻ, đề nghị xem giấy tờ hoặc quét mã QR. UNKNOWN: chưa trả lời được, đề nghị hỏi lại. Họ tên và ngày sinh "
    "chỉ được xác nhận, không bao giờ được trả về. Mọi câu trả lời cùng một dạng và cùng một độ dài.",
    {
        200: Said("Câu trả lời.", (Content(Answer),)),
        400: _refused("Nội dung không phải JSON."),
        401: _refused("Thiếu mã truy cập, mã hết hạn, hoặc tài khoản đang bị khóa.", **_CHALLENGE),
        405: _refused("Chỉ nhận POST."),
        408: _refused("Quá thời gian chờ nhận nội dung."),
        413: _refused("Nội dung quá lớn."),
        415: _refused("Chỉ nhận application/json."),
        422: _refused("Có trường thiếu hoặc không hợp lệ; field nêu tên trường."),
        429: Said(
            "Tài khoản đã hỏi quá mức trong phút hoặc trong ngày (UNKNOWN).",
            (Content(Answer),),
            _RETRY,
        ),
        503: _UNKNOWN,
    },
    body=(Content(Question),),
    security=BEARER,
)

CHAPTER: Final = Chapter(
    "Tra cứu thẻ BHYT",
    "Dành cho phần mềm mới của cơ sở khám, chữa bệnh. Phần mềm đã nối cổng giám định dùng tiếp địa chỉ cũ.",
    (_TOKEN, _ELIGIBILITY),
)
