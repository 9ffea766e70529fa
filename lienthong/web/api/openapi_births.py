"""`/api/births` for the OpenAPI document (contracts §4, §5)."""

from typing import Final

from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.web.api.openapi_operation import (
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

SIGNATURE: Final = "signature"
_RETRY = {"Retry-After": "Số giây nên chờ."}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_REFUSAL = record(
    {
        "code": {"type": "string", "pattern": "^E-"},
        "field": nullable("string"),
        "message_vi": TEXT,
        "correlation_id": {"type": "string", "format": "uuid"},
    }
)
_RECEIPT = record(
    {
        "receipt": record(
            {
                "message_id": TEXT,
                "sha256": TEXT,
                "received_at": _INSTANT,
                "key_id": TEXT,
                "signature": TEXT,
            }
        )
    }
)
_BATCH = record({"items": {"type": "array", "items": {"anyOf": [_RECEIPT, _REFUSAL]}}})
_ACCEPTED: Schema = {"anyOf": [_RECEIPT, _BATCH]}
_DATA = record(
    {
        "ndkksMaXa": {"type": "string", "pattern": "^[0-9]{5}$"},
        "quyenSo": TEXT,
        "soDangKy": TEXT,
        "ngayDangKy": {"type": "string", "pattern": "^[0-9]{2}/[0-9]{2}/[0-9]{4}$"},
        "nksHoTen": TEXT,
        "nksGioiTinh": {"enum": [1, 2, 3]},
        "nksNgaySinh": {"type": "string", "pattern": "^[0-9]{2}/[0-9]{2}/[0-9]{4}$"},
        "soDinhDanh": TEXT,
        "meHoTen": TEXT,
        "chaHoTen": TEXT,
        "nycHoTen": TEXT,
    },
    optional=frozenset({"soDinhDanh", "meHoTen", "chaHoTen", "nycHoTen"}),
)
_MESSAGE = record(
    {
        "schema": {"const": 1},
        "message_id": TEXT,
        "source": {"const": "BTP"},
        "kind": {"enum": ["create", "correct", "cancel"]},
        "version": {"type": "integer", "minimum": 1},
        "sent_at": _INSTANT,
        "urgent": {"type": "boolean"},
        "data": _DATA,
    },
    optional=frozenset({"urgent"}),
)
_EXAMPLE = {
    "schema": 1,
    "message_id": "LTKS-2026-0000001",
    "source": "BTP",
    "kind": "create",
    "version": 1,
    "sent_at": "2026-11-20T09:15:00+07:00",
    "urgent": False,
    "data": {
        "ndkksMaXa": "00004",
        "quyenSo": "01/2026",
        "soDangKy": "123",
        "ngayDangKy": "19/11/2026",
        "nksHoTen": "NGUYỄN MINH AN",
        "nksGioiTinh": 1,
        "nksNgaySinh": "12/11/2026",
        "meHoTen": "TRẦN THỊ BÌNH",
    },
}
_TRACE = record(
    {
        "message_id": TEXT,
        "outcome": TEXT,
        "code": nullable("string"),
        "field": nullable("string"),
        "registration": nullable("object"),
        "dossier": nullable("object"),
        "unit": nullable("object"),
        "person": nullable("object"),
        "card": nullable("object"),
        "events": {"type": "array", "items": {"type": "object"}},
    }
)


def _refused(text_vi: str, **headers: str) -> Said:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Said(text_vi, (Content(_REFUSAL),), named)


_SEND = Operation(
    "post",
    "/api/births",
    "Gửi một thông điệp khai sinh",
    f"Nhiều nhất {MAX_BYTES // 1024} KiB; cũng nhận một lô đến 500 thông điệp. Ký theo RFC 9421 (Ed25519) cùng "
    "Content-Digest. Biên nhận chỉ được trả sau khi thông điệp đã được lưu.",
    {
        200: Said("Đã có từ trước; biên nhận cũ.", (Content(_RECEIPT),)),
        202: Said("Đã lưu; biên nhận có chữ ký.", (Content(_ACCEPTED),)),
        400: _refused("Nội dung không nhận được."),
        401: _refused("Thiếu chữ ký hoặc chữ ký không hợp lệ."),
        403: _refused("Khóa không thuộc nguồn gửi này."),
        405: _refused("Không nhận phương thức này."),
        408: _refused("Quá thời gian chờ nhận nội dung."),
        409: _refused("Trùng mã, khác nội dung; được giữ riêng, không thay đổi gì."),
        411: _refused("Thiếu Content-Length."),
        413: _refused("Nội dung quá lớn."),
        415: _refused("Kiểu nội dung hoặc kiểu nén không được hỗ trợ."),
        503: _refused("Chưa lưu được; bên gửi giữ thông điệp và gửi lại.", **_RETRY),
    },
    body=(Content(_MESSAGE, JSON, _EXAMPLE),),
    security=SIGNATURE,
)
_STATUS = Operation(
    "get",
    "/api/births/{message_id}",
    "Hỏi về thông điệp đã gửi",
    "Chỉ thông điệp của chính bên gửi.",
    {
        200: Said("Thông điệp, hồ sơ, người và thẻ đang ở đâu.", (Content(_TRACE),)),
        400: _refused("Nội dung không nhận được."),
        401: _refused("Thiếu chữ ký hoặc chữ ký không hợp lệ."),
        403: _refused("Khóa không thuộc nguồn gửi này."),
        404: _refused("Không có thông điệp này."),
        405: _refused("Không nhận phương thức này."),
        503: _refused("Chưa trả lời được.", **_RETRY),
    },
    parameters=(Parameter("message_id", "Mã thông điệp.", "path", required=True),),
    security=SIGNATURE,
)

_STATEMENT = record(
    {
        "schema": {"const": 1},
        "kind": {"const": "statement"},
        "source": {"const": "BTP"},
        "day": {"type": "string", "format": "date"},
        "province_code": {"type": "string", "pattern": "^[0-9]{2}$"},
        "version": {"type": "integer", "minimum": 1},
        "communes": {
            "type": "array",
            "items": record(
                {
                    "commune_code": {"type": "string", "pattern": "^[0-9]{5}$"},
                    "sent": {"type": "integer", "minimum": 0},
                    "messages": {
                        "type": "array",
                        "items": record(
                            {
                                "message_id": TEXT,
                                "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                            }
                        ),
                    },
                }
            ),
        },
    }
)
_STATEMENT_EXAMPLE = {
    "schema": 1,
    "kind": "statement",
    "source": "BTP",
    "day": "2026-11-20",
    "province_code": "01",
    "version": 1,
    "communes": [
        {
            "commune_code": "00004",
            "sent": 1,
            "messages": [{"message_id": "LTKS-2026-0000001", "sha256": "0" * 64}],
        }
    ],
}
_STATE = Operation(
    "post",
    "/api/births/statements",
    "Gửi bảng kê một ngày của một tỉnh",
    "Mỗi ngày, mỗi tỉnh một bảng kê: từng xã đã gửi bao nhiêu thông điệp, kèm mã và SHA-256 của từng thông điệp. Phiên bản"
    " lớn hơn thay phiên bản nhỏ hơn. Ký như thông điệp khai sinh. Bảng kê không đọc được vẫn được giữ làm chứng cứ.",
    {
        200: Said("Đã có từ trước; biên nhận cũ.", (Content(_RECEIPT),)),
        202: Said("Đã lưu; biên nhận có chữ ký.", (Content(_RECEIPT),)),
        400: _refused("Nội dung không nhận được."),
        401: _refused("Thiếu chữ ký hoặc chữ ký không hợp lệ."),
        403: _refused("Khóa không thuộc nguồn gửi này."),
        405: _refused("Không nhận phương thức này."),
        408: _refused("Quá thời gian chờ nhận nội dung."),
        409: _refused("Trùng ngày, tỉnh và phiên bản, khác nội dung."),
        411: _refused("Thiếu Content-Length."),
        413: _refused("Nội dung quá lớn."),
        415: _refused("Kiểu nội dung hoặc kiểu nén không được hỗ trợ."),
        422: _refused("Bảng kê sai; nêu trường phải sửa."),
        503: _refused("Chưa lưu được; bên gửi giữ bảng kê và gửi lại.", **_RETRY),
    },
    body=(Content(_STATEMENT, JSON, _STATEMENT_EXAMPLE),),
    security=SIGNATURE,
)

CHAPTER: Final = Chapter(
    "Dữ liệu khai sinh", "Dành cho hệ thống của Bộ Tư pháp.", (_SEND, _STATE, _STATUS)
)
