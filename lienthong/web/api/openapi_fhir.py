"""`/fhir/` for the OpenAPI document; what the resources hold is HL7's to say, and `/fhir/metadata` says what there is."""

from collections.abc import Mapping
from typing import Final

from lienthong.web.api import fhir_terms as terms
from lienthong.web.api.openapi_operation import (
    FORM,
    TEXT,
    Chapter,
    Content,
    Operation,
    Parameter,
    Said,
    Schema,
    record,
)
from lienthong.web.api.openapi_v1 import BEARER

_MEDIA = "application/fhir+json"
_RETRY = {"Retry-After": "Số giây nên chờ."}
_DAY: Schema = {"type": "string", "format": "date"}
_SERVICED: Schema = {**_DAY, "description": "Ngày khám; không có là hôm nay."}
_PURPOSES: Schema = {
    "type": "array",
    "items": {"enum": ["validation", "benefits"]},
    "description": "validation: còn giá trị không; benefits: thêm mã mức hưởng.",
    "minItems": 1,
}


def _resource(kind: str, **properties: Schema) -> Schema:
    return record({"resourceType": {"const": kind}, **properties})


def _said(text_vi: str, shape: Schema, headers: Mapping[str, str] | None = None) -> Said:
    return Said(text_vi, (Content(shape, _MEDIA),), headers or {})


def _outcomes(*statuses: int) -> dict[int, Said]:
    issue = record({"severity": TEXT, "code": TEXT, "diagnostics": TEXT})
    shape = _resource("OperationOutcome", issue={"type": "array", "items": issue, "minItems": 1})
    more = {429: _RETRY, 503: _RETRY, 401: {"WWW-Authenticate": "Cách xác thực."}}
    return {
        status: _said(_OUTCOMES_VI[status], shape, more.get(status))
        for status in sorted({*statuses, *_ANYWHERE})
    }


_ANYWHERE = (400, 405, 406, 408, 413, 503)
_OUTCOMES_VI = {
    400: "Tham số không hợp lệ hoặc không được hỗ trợ.",
    401: "Thiếu mã truy cập, mã hết hạn, hoặc tài khoản đang bị khóa.",
    404: "Không có tài nguyên này.",
    405: "Không nhận phương thức này.",
    406: "Chỉ trả lời bằng JSON.",
    408: "Quá thời gian chờ nhận nội dung.",
    413: "Nội dung quá lớn.",
    415: "Kiểu nội dung không được hỗ trợ.",
    422: "Tài nguyên thiếu phần bắt buộc hoặc có phần không hợp lệ.",
    429: "Tài khoản đã hỏi quá mức.",
    503: "Chưa trả lời được; không nói gì về thẻ.",
}
_BUNDLE = _resource("Bundle", type={"const": "searchset"})
_HOLDER_VI = (
    "Cần đủ identifier (mã số BHXH, số định danh, mã thẻ hoặc mã thẻ tạm; có thể kèm hệ mã, ví dụ "
    f"{terms.INSURANCE_NUMBER}|0123456789), name và birthdate; mỗi tham số một giá trị, khớp chính xác (họ tên không phân "
    "biệt dấu, chữ hoa, khoảng trắng). Sai một phần, hay không có người đó, đều là một Bundle rỗng."
)


def _search(kind: str, title_vi: str, before: str) -> Operation:
    example = {
        f"{before}identifier": "0123456789",
        f"{before}name": "NGUYEN MINH AN",
        f"{before}birthdate": "2026-11-12",
    }
    shape = record(dict.fromkeys(example, TEXT))
    return Operation(
        "post",
        f"/fhir/{kind}/_search",
        title_vi,
        _HOLDER_VI,
        {200: _said("Nhiều nhất một người.", _BUNDLE)} | _outcomes(401, 415, 429),
        body=(Content(shape, FORM, example),),
        security=BEARER,
    )


_REQUEST = _resource(
    "CoverageEligibilityRequest",
    status=TEXT,
    purpose=_PURPOSES,
    patient={
        **record({"reference": {"const": "#p"}}),
        "description": "Tham chiếu tới Patient nằm trong contained.",
    },
    contained={
        "description": "Patient với identifier, name và birthDate đủ ngày tháng năm.",
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": _resource(
            "Patient",
            id={"const": "p"},
            identifier={"type": "array", "minItems": 1, "items": record({"value": TEXT})},
            name={"type": "array", "minItems": 1, "items": record({"text": TEXT})},
            birthDate=_DAY,
        ),
    },
    servicedDate=_SERVICED,
)
_EXAMPLE = {
    "resourceType": "CoverageEligibilityRequest",
    "status": "active",
    "purpose": ["validation"],
    "created": "2026-11-20",
    "insurer": {"display": terms.INSURER_VI},
    "identifier": [{"value": "KB-2026-000123"}],
    "patient": {"reference": "#p"},
    "servicedDate": "2026-11-20",
    "contained": [
        {
            "resourceType": "Patient",
            "id": "p",
            "identifier": [{"system": terms.INSURANCE_NUMBER, "value": "0123456789"}],
            "name": [{"text": "NGUYEN MINH AN"}],
            "birthDate": "2026-11-12",
        }
    ],
}
_SUBMIT = Operation(
    "post",
    "/fhir/CoverageEligibilityRequest/$submit",
    "Người này có được bảo hiểm vào ngày khám không",
    "Nhận một CoverageEligibilityRequest có Patient nằm trong contained, hoặc một Bundle bắt đầu bằng "
    "CoverageEligibilityRequest và có Patient mà nó tham chiếu. servicedDate không có là hôm nay. identifier của yêu cầu, "
    "nếu có, là số lượt khám của cơ sở và chỉ được lưu dưới dạng băm có khóa. NO_MATCH là outcome = error.",
    {
        200: _said(
            "Câu trả lời.",
            _resource(
                "CoverageEligibilityResponse", outcome={"enum": ["complete", "error"]}, created=TEXT
            ),
        )
    }
    | _outcomes(401, 415, 422, 429),
    body=(Content({**_REQUEST, "required": [*_REQUEST["required"][:-1]]}, _MEDIA, _EXAMPLE),),
    security=BEARER,
)
_FILTERS = (
    Parameter("identifier", "Mã, có thể kèm hệ mã."),
    Parameter("name", "Tên bắt đầu bằng."),
    Parameter("name:contains", "Tên có chứa."),
    Parameter(
        "_count",
        "Số mục một trang, nhiều nhất 99.",
        schema={"type": "integer", "minimum": 0, "maximum": 999_999},
    ),
)
_KIND = Parameter(
    "type",
    "prov: cơ sở khám, chữa bệnh; pay: đơn vị cấp thẻ.",
    schema={"enum": ["prov", "pay"]},
)


def _directory(kind: str, title_vi: str, *more: Parameter) -> tuple[Operation, ...]:
    filters = (*_FILTERS, *more)
    found = {200: _said("Một trang; liên kết next dẫn tới trang sau.", _BUNDLE)}
    fields = {it.name: it.schema for it in filters}
    form = record(fields, optional=frozenset(fields))
    known = Parameter("If-None-Match", "Phiên bản đã có (ETag).", "header")
    entry_id = Parameter("id", "Ví dụ facility-01013.", "path", required=True)
    return (
        Operation(
            "get",
            f"/fhir/{kind}",
            f"Tìm {title_vi}",
            "Không cần mã truy cập.",
            found | _outcomes(),
            parameters=filters,
        ),
        Operation(
            "post",
            f"/fhir/{kind}/_search",
            f"Tìm {title_vi}, tham số trong thân",
            "Như GET.",
            found | _outcomes(415),
            body=(Content(form, FORM, {"name:contains": "đa khoa", "_count": 20}),),
        ),
        Operation(
            "get",
            f"/fhir/{kind}/{{id}}",
            f"Đọc {title_vi}",
            "Không cần mã truy cập.",
            {
                200: _said("Tài nguyên.", _resource(kind), {"ETag": "Phiên bản."}),
                304: Said("Phiên bản đã có vẫn là phiên bản hiện nay."),
            }
            | _outcomes(404),
            parameters=(entry_id, known),
        ),
    )


CHAPTER: Final = Chapter(
    "FHIR R4",
    "HL7 FHIR 4.0.1, JSON. Tìm người chỉ bằng POST, với đủ số, họ tên và ngày sinh; không nhận dữ liệu cá nhân trong địa "
    "chỉ. Hệ mã của chúng tôi là các URN cố định, không dẫn tới địa chỉ nào: "
    f"{terms.INSURANCE_NUMBER}, {terms.PERSONAL_ID}, {terms.CARD_CODE}, {terms.TEMPORARY_CODE}, {terms.FACILITY_CODE}, "
    f"{terms.UNIT_CODE}.",
    (
        Operation(
            "get",
            "/fhir/metadata",
            "Khả năng của máy chủ",
            "CapabilityStatement.",
            {200: _said("Bản công bố.", _resource("CapabilityStatement"))} | _outcomes(),
        ),
        _search("Patient", "Tìm một người", ""),
        _search("Coverage", "Tìm thẻ của một người", "beneficiary."),
        _SUBMIT,
        *_directory("Location", "địa điểm của cơ sở khám, chữa bệnh"),
        *_directory("Organization", "cơ sở khám, chữa bệnh hoặc đơn vị cấp thẻ", _KIND),
    ),
)
