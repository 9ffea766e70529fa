"""The giám định gateway for the OpenAPI document: the addresses are its routes, the keys are those of its answers."""

from collections.abc import Iterator
from typing import Final

from lienthong.web.api import giamdinh
from lienthong.web.api.giamdinh_answers import KEYS
from lienthong.web.api.openapi_operation import (
    FORM,
    JSON,
    TEXT,
    Chapter,
    Content,
    Operation,
    Parameter,
    Said,
    Schema,
    nullable,
    record,
)

_CODE: Schema = {"type": "string", "pattern": "^[0-9]{2,3}$"}
_RETRY = {"Retry-After": "Số giây nên chờ."}
_LIST = nullable("array", items={"type": "object"})
_CREDENTIALS = (
    Parameter("token", "access_token."),
    Parameter("id_token", "id_token."),
    Parameter("username", "Tài khoản, dạng NNNNN_BV."),
    Parameter("password", "MD5 của mật khẩu, viết hoa hoặc thường."),
)
_KEY = record(
    dict.fromkeys(("access_token", "id_token", "token_type", "username", "expires_in"), TEXT)
)
_TOKEN_ANSWER = record({"maKetQua": _CODE, "APIKey": {"anyOf": [_KEY, {"type": "null"}]}})
_ANSWER_2018 = record(
    {key: _LIST if key.startswith("ds") else nullable("string") for key in KEYS}
    | {"maKetQua": _CODE}
)
_KEYS_OF_OTHERS: dict[str, Schema] = {
    "lskcb2025": record(
        {"maKetQua": _CODE, "ghiChu": TEXT, "dsLichSuKCB2025": {"type": "array"}},
        optional=frozenset({"ghiChu"}),
    ),
    "nhanlichsukcb595": record(
        {"maKetQua": _CODE, "hoTen": nullable("string"), "dsLichSuKCB": _LIST}
    ),
    "nhanlichsukcb": record({"maKetQua": _CODE, "dsLichSuKCB": _LIST}),
    "ktmathe": record({"maKetQua": _CODE, "ghiChu": TEXT, "chiTietThe": nullable("object")}),
}
_ASKED = {"maThe": "0123456789", "hoTen": "NGUYEN MINH AN", "ngaySinh": "12/11/2026"}
_STAFF = {"hoTenCb": "NGUYEN VAN CAN BO", "cccdCb": "001087000001"}
_MUST_NAME_STAFF = frozenset({"nhanlichsukcb2024", "lskcb2025"})


def _twice(example: dict[str, str]) -> tuple[Content, ...]:
    """The same fields as a form and as JSON."""
    fields = record(dict.fromkeys(example, TEXT), optional=frozenset(_STAFF))
    return Content(fields, FORM, example), Content(fields, JSON, example)


def _token(path: str) -> Operation:
    refused = Said("Không nhận yêu cầu.", (Content(_TOKEN_ANSWER),))
    return Operation(
        "post",
        path,
        "Lấy mã truy cập của cổng giám định",
        "maKetQua 200: được; 401 (HTTP 200): tài khoản, mật khẩu hoặc địa chỉ mạng không đúng. expires_in là thời điểm "
        "UTC, sau mười phút.",
        {
            200: Said("Kết quả.", (Content(_TOKEN_ANSWER),)),
            405: refused,
            408: refused,
            413: refused,
        },
        body=_twice({"username": "01929_BV", "password": "0cc175b9c0f1b6a831c399e269772661"}),
    )


def _look_up(path: str) -> Operation:
    name = path.rpartition("/")[2].lower().removeprefix("kq")
    answer = Content(_KEYS_OF_OTHERS.get(name, _ANSWER_2018))
    refused = Said("Không nhận yêu cầu.", (answer,))
    return Operation(
        "post",
        path,
        f"Tra cứu thẻ: {path.rpartition('/')[2]}",
        "Giao thức của cổng giám định, từng byte: JSON không khoảng trắng, thứ tự khóa cố định. Tên địa chỉ và tham số "
        "không phân biệt chữ hoa. Ý nghĩa của maKetQua như tài liệu của BHXH Việt Nam.",
        {
            200: Said("Kết quả; maKetQua nói tra cứu ra sao.", (answer,)),
            401: Said("Mã truy cập sai hoặc hết hạn (maKetQua 401).", (answer,)),
            405: refused,
            408: refused,
            413: refused,
            429: Said("Hỏi quá mức (maKetQua 101); không nói gì về thẻ.", (answer,), _RETRY),
        },
        body=_twice(_ASKED | (_STAFF if name in _MUST_NAME_STAFF else {})),
        parameters=_CREDENTIALS,
    )


def _operations() -> Iterator[Operation]:
    for route in giamdinh.ROUTES:
        yield _look_up(route.path) if "/egw/" in route.path else _token(route.path)


CHAPTER: Final = Chapter(
    "Cổng giám định",
    "Dành cho phần mềm bệnh viện đã nối cổng giám định BHXH: giữ nguyên địa chỉ, tham số và dạng trả lời.",
    tuple(_operations()),
)
